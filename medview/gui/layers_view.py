"""The layer list: what lies over what, seen or hidden, renamed in place, moved and removed."""

from __future__ import annotations

from psygnal import Signal
from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from medview.core.layers import LayerId
from medview.gui import icons
from medview.gui.layer_properties import LayerProperties
from medview.gui.theme import Colours
from medview.gui.widgets import IconButton, label
from medview.present.ports import LayerRow

_KIND_ICONS = {"image": "image", "labels": "labels", "synthesized image": "synthesized"}


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
        column.setContentsMargins(12, 10, 12, 10)
        column.setSpacing(6)
        self._buttons = self._make_buttons()
        column.addLayout(self._make_head())
        self._list = QListWidget()
        self._list.setAccessibleName("Layers")
        self._list.setIconSize(QSize(18, 18))
        self._list.setMinimumHeight(76)
        self._list.currentRowChanged.connect(self._on_chosen)
        column.addWidget(self._list, 1)
        self._empty = label(
            "Nothing is open. Drop a scan on the window, or press Ctrl+O.", "muted", wraps=True
        )
        column.addWidget(self._empty)
        self.properties = LayerProperties()
        self.properties.changed.connect(self._on_property)
        self.properties.window_changed.connect(self._on_window)
        column.addWidget(self.properties.widget)
        self.dress(colours)

    def show_colormaps(self, names: tuple[str, ...]) -> None:
        """Offer these colour maps."""
        self.properties.show_colormaps(names)

    def show(self, rows: tuple[LayerRow, ...], active_id: LayerId | None) -> None:
        """Show these lines, top layer first."""
        is_same_list = [row.layer_id for row in rows] == [row.layer_id for row in self._rows]
        self._rows, self._active = rows, active_id
        self._list.blockSignals(True)
        if not is_same_list:
            self._rebuild()
        for index, row in enumerate(rows):
            self._show_line(index, row)
            if row.layer_id == active_id:
                self._list.setCurrentRow(index)
        self._list.blockSignals(False)
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
        self._rebuild()
        for index, row in enumerate(self._rows):
            self._show_line(index, row)

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
            "up": IconButton("up", "Move the layer up: it is drawn over more (Alt+Up)"),
            "down": IconButton("down", "Move the layer down: it is drawn under more (Alt+Down)"),
            "trash": IconButton("trash", "Remove the layer (Ctrl+Delete); Ctrl+Z brings it back"),
        }
        buttons["up"].clicked.connect(lambda: self.moved.emit(self._active, 1))
        buttons["down"].clicked.connect(lambda: self.moved.emit(self._active, -1))
        buttons["trash"].clicked.connect(lambda: self.removed.emit(self._active))
        return buttons

    def _turn_buttons(self, active: LayerRow | None) -> None:
        ids = [row.layer_id for row in self._rows]
        place = ids.index(active.layer_id) if active else -1
        self._buttons["up"].setEnabled(place > 0)
        self._buttons["down"].setEnabled(0 <= place < len(ids) - 1)
        self._buttons["trash"].setEnabled(active is not None)

    def _rebuild(self) -> None:
        self._list.blockSignals(True)
        self._list.clear()
        for row in self._rows:
            item = QListWidgetItem()
            item.setSizeHint(QSize(0, 34))
            self._list.addItem(item)
            self._list.setItemWidget(item, _LayerLine(self, row.layer_id, self._colours))
        self._list.blockSignals(False)

    def _show_line(self, index: int, row: LayerRow) -> None:
        line = self._list.itemWidget(self._list.item(index))
        assert isinstance(line, _LayerLine)
        line.show_row(row, self._colours)

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

    def __init__(self, view: LayersView, layer_id: LayerId, colours: Colours) -> None:
        super().__init__()
        row = QHBoxLayout(self)
        row.setContentsMargins(4, 0, 8, 0)
        row.setSpacing(6)
        self._is_visible = True
        self._eye = IconButton("eye", "Show or hide the layer")
        self._eye.clicked.connect(lambda: view.changed.emit(layer_id, "visible", not self._is_visible))
        self._eye.dress(colours)
        self._kind = QLabel()
        self._name = label("")
        row.addWidget(self._eye)
        row.addWidget(self._kind)
        row.addWidget(self._name, 1)

    def show_row(self, row: LayerRow, colours: Colours) -> None:
        """Show the line's present state."""
        self._is_visible = row.visible
        self._eye.set_icon("eye" if row.visible else "eye-off", colours)
        if row.colour is not None:
            self._kind.setPixmap(icons.chip(row.colour).pixmap(16, 16))
        else:
            self._kind.setPixmap(icons.pixmap(_KIND_ICONS.get(row.kind, "image"), colours.muted, 16))
        self._kind.setToolTip(row.kind)
        self._name.setText(f"{row.name} •" if row.is_unsaved else row.name)
        self._name.setEnabled(row.visible)
        self.setToolTip(f"{row.name} ({row.kind})" + (", not saved yet" if row.is_unsaved else ""))
        self._name.setAlignment(Qt.AlignmentFlag.AlignVCenter)
