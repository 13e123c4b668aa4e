"""The layer list: what lies over what, seen or hidden, moved and removed."""

from __future__ import annotations

from psygnal import Signal
from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from medview.core.layers import LayerId
from medview.gui import icons
from medview.gui.layer_properties import LayerProperties
from medview.gui.texts import ElidedLabel, label, plain_tip
from medview.gui.theme import Colours
from medview.gui.widgets import IconButton, quiet
from medview.present.ports.layers_port import LayerRow

_KIND_ICONS = {
    "image": "image",
    "labels": "labels",
    "synthesized image": "synthesized",
    "radiance field, in 3-D only": "field",
}
_LINE_HEIGHT_PX = 32
_FEWEST_LINES = 2


class LayersView:
    """Implements `LayersViewPort`."""

    activated = Signal(object)
    changed = Signal(object, str, object)
    window_changed = Signal(object, float, float)
    moved = Signal(object, int)
    removed = Signal(object)

    def __init__(self, colours: Colours) -> None:
        self._colours = colours
        self._rows: tuple[LayerRow, ...] = ()
        self._active: LayerId | None = None
        self.widget = QWidget()
        column = QVBoxLayout(self.widget)
        column.setContentsMargins(12, 8, 12, 8)
        column.setSpacing(6)
        self._buttons = self._make_buttons()
        column.addLayout(self._make_head())
        self._list = self._make_list()
        column.addWidget(self._list, 1)
        self._empty = label(
            "Nothing is open yet. Drop a scan on the window, or press Ctrl+O.", "muted", wraps=True
        )
        column.addWidget(self._empty)
        column.addStretch(0)
        self.properties = LayerProperties()
        self.properties.changed.connect(self._on_property)
        self.properties.window_changed.connect(self._on_window)
        column.addWidget(self.properties.widget)
        self.dress(colours)
        self.show((), None)

    def show_colormaps(self, names: tuple[str, ...]) -> None:
        """Offer these colour maps."""
        self.properties.show_colormaps(names)

    def show(self, rows: tuple[LayerRow, ...], active_id: LayerId | None) -> None:
        """Show these lines, top layer first."""
        is_same_list = [row.layer_id for row in rows] == [row.layer_id for row in self._rows]
        self._rows, self._active = rows, active_id
        if not is_same_list:
            self._rebuild()
        self._show_lines()
        active = next((row for row in rows if row.layer_id == active_id), None)
        self.properties.show(active)
        self._empty.setVisible(not rows)
        self._list.setVisible(bool(rows))
        self._turn_buttons(active)

    def dress(self, colours: Colours) -> None:
        """Take the colours of another theme."""
        self._colours = colours
        for button in self._buttons.values():
            button.dress(colours)
        self.properties.dress(colours)
        self._show_lines()

    def _make_head(self) -> QHBoxLayout:
        head = QHBoxLayout()
        head.setSpacing(2)
        head.addWidget(label("Layers", "heading"))
        head.addStretch(1)
        for button in self._buttons.values():
            head.addWidget(button)
        return head

    def _make_buttons(self) -> dict[str, IconButton]:
        buttons = {
            "up": IconButton("up", "Move the layer up, over the next one (Ctrl+Up)"),
            "down": IconButton("down", "Move the layer down, under the next one (Ctrl+Down)"),
            "trash": IconButton("trash", "Remove the layer (Ctrl+Del); Ctrl+Z brings it back"),
        }
        buttons["up"].clicked.connect(lambda: self.moved.emit(self._active, 1))
        buttons["down"].clicked.connect(lambda: self.moved.emit(self._active, -1))
        buttons["trash"].clicked.connect(lambda: self.removed.emit(self._active))
        return buttons

    def _make_list(self) -> QListWidget:
        made = QListWidget()
        made.setAccessibleName("Layers")
        made.setToolTip("Top layer first. Click or arrow keys: take a layer; double click: rename it")
        made.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        made.setMinimumHeight(_FEWEST_LINES * _LINE_HEIGHT_PX + 4)
        made.currentRowChanged.connect(self._on_chosen)
        made.itemDoubleClicked.connect(lambda _: self.properties.edit_name())
        return made

    def _turn_buttons(self, active: LayerRow | None) -> None:
        ids = [row.layer_id for row in self._rows]
        place = ids.index(active.layer_id) if active else -1
        missing = "" if active else "Choose a layer in the list first"
        self._buttons["up"].turn(missing or ("" if place > 0 else "This layer is already at the top"))
        is_lowest = place == len(ids) - 1
        self._buttons["down"].turn(missing or ("This layer is already at the bottom" if is_lowest else ""))
        self._buttons["trash"].turn(missing)

    def _rebuild(self) -> None:
        with quiet(self._list):
            self._list.clear()
            for row in self._rows:
                item = QListWidgetItem()
                item.setSizeHint(QSize(0, _LINE_HEIGHT_PX))
                self._list.addItem(item)
                self._list.setItemWidget(item, _LayerLine(self, row.layer_id))

    def _show_lines(self) -> None:
        chosen = -1
        for index, row in enumerate(self._rows):
            item = self._list.item(index)
            # the row's name for screen readers and for finding a row by its first letters
            item.setData(Qt.ItemDataRole.AccessibleTextRole, f"{row.name}, {row.kind}")
            shown = self._list.itemWidget(item)
            assert isinstance(shown, _LayerLine)
            shown.show_row(row, self._colours)
            chosen = index if row.layer_id == self._active else chosen
        with quiet(self._list):
            self._list.setCurrentRow(chosen)

    def _on_chosen(self, index: int) -> None:
        if 0 <= index < len(self._rows):
            self.activated.emit(self._rows[index].layer_id)

    def _on_property(self, field: str, value: object) -> None:
        if self._active is not None:
            self.changed.emit(self._active, field, value)

    def _on_window(self, low: float, high: float) -> None:
        if self._active is not None:
            self.window_changed.emit(self._active, low, high)


class _LayerLine(QWidget):
    """Eye, kind and name of one layer."""

    def __init__(self, view: LayersView, layer_id: LayerId) -> None:
        super().__init__()
        row = QHBoxLayout(self)
        row.setContentsMargins(4, 0, 8, 0)
        row.setSpacing(6)
        self._is_visible = True
        self._eye = IconButton("eye", "Show or hide the layer")
        self._eye.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._eye.clicked.connect(lambda: view.changed.emit(layer_id, "visible", not self._is_visible))
        self._kind = QLabel()
        self._kind.setFixedWidth(18)
        self._name = ElidedLabel("", Qt.TextElideMode.ElideMiddle)
        row.addWidget(self._eye)
        row.addWidget(self._kind)
        row.addWidget(self._name, 1)

    def show_row(self, row: LayerRow, colours: Colours) -> None:
        """Show the line's present state."""
        self._is_visible = row.visible
        self._eye.set_icon("eye" if row.visible else "eye-off", colours)
        deed = "Hide" if row.visible else "Show"
        self._eye.setToolTip(f"{deed} this layer (S for the active mask)" if row.is_labels else f"{deed} it")
        self._eye.setAccessibleName(f"{deed} {row.name}")
        if row.colour is not None:
            self._kind.setPixmap(icons.chip_pixmap(row.colour))
        else:
            self._kind.setPixmap(icons.pixmap(_KIND_ICONS.get(row.kind, "image"), colours.muted, 16))
        self._name.setText(f"{row.name} •" if row.is_unsaved else row.name)
        self._name.setEnabled(row.visible)
        self.setToolTip(plain_tip(f"{row.name} ({row.kind})" + (", not saved yet" if row.is_unsaved else "")))
