"""How the active layer is shown: name, opacity, window, colours, outline, surface, facts."""

from __future__ import annotations

from psygnal import Signal
from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDoubleSpinBox,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QSlider,
    QVBoxLayout,
    QWidget,
)

from medview.core.layers import LayerId
from medview.gui import icons
from medview.gui.texts import label
from medview.gui.theme import Colours
from medview.gui.widgets import Fold, add_field, calm, field_form, number_box, quiet
from medview.present.ports.layers_port import LayerRow
from medview.render.transfer import colormap

_SWATCH = QSize(44, 12)


class LayerProperties:
    """The properties of one layer; reports every change with the field's name in `LayerRow`."""

    changed = Signal(str, object)
    window_changed = Signal(float, float)

    def __init__(self) -> None:
        self.widget = QWidget()
        self._row: LayerRow | None = None
        column = QVBoxLayout(self.widget)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        self._form = field_form()
        column.addLayout(self._form)
        self._make_shared()
        self._make_image()
        self._make_labels()
        self._details = QPlainTextEdit()
        self._details.setReadOnly(True)
        self._details.setFixedHeight(140)
        self._details.setTabChangesFocus(True)
        self._details.setAccessibleName("Facts about the layer")
        self._fold = Fold("File, grid and origin", self._details)
        column.addWidget(self._fold)
        column.addWidget(self._details)

    def show_colormaps(self, names: tuple[str, ...]) -> None:
        """Offer these colour maps, each with its colours."""
        self._colormap.setIconSize(_SWATCH)
        with quiet(self._colormap):
            self._colormap.clear()
            for name in names:
                self._colormap.addItem(icons.swatch(colormap(name), _SWATCH), name)

    def show(self, row: LayerRow | None) -> None:
        """Show a layer; None hides everything."""
        is_other = row is None or self._row is None or row.layer_id != self._row.layer_id
        self._row = row
        self.widget.setVisible(row is not None)
        if row is None:
            return
        self._set_visible(row)
        with quiet(self._name, self._opacity, self._colormap, self._low, self._high,
                   self._outline, self._surface, self._smoothing):  # fmt: skip
            self._show_fields(row, is_other)
        if self._details.toPlainText() != row.details:
            self._details.setPlainText(row.details)

    def edit_name(self) -> None:
        """Put the cursor into the name, all of it selected."""
        self._name.setFocus(Qt.FocusReason.OtherFocusReason)
        self._name.selectAll()

    def dress(self, colours: Colours) -> None:
        """Take the colours of another theme."""
        self._fold.dress(colours)

    @property
    def layer_id(self) -> LayerId | None:
        """The layer on show."""
        return self._row.layer_id if self._row else None

    def _show_fields(self, row: LayerRow, is_other: bool) -> None:
        if is_other or not self._name.hasFocus():
            self._name.setText(row.name)
            self._name.setCursorPosition(0)
        if not self._opacity.isSliderDown():
            self._opacity.setValue(round(row.opacity * 100))
        self._percent.setText(f"{row.opacity:.0%}")
        self._colormap.setCurrentText(row.colormap)
        for box, value in ((self._low, row.low), (self._high, row.high)):
            box.setSingleStep(row.value_step)
            box.setDecimals(_decimals(row.value_step))
            if is_other or not box.hasFocus() or box.value() != value:
                box.setValue(value)
        self._outline.setChecked(row.outline)
        self._surface.setChecked(row.surface)
        self._smoothing.setValue(row.smoothing_mm)
        self._smoothing.setEnabled(row.surface)
        self._smoothing.setToolTip(
            "How far the 3-D surface is smoothed; the mask itself never is"
            if row.surface
            else "Off because the surface is not shown in 3-D"
        )

    def _set_visible(self, row: LayerRow) -> None:
        is_scan, is_mask = not (row.is_labels or row.is_field), row.is_labels and not row.is_proposal
        self._form.setRowVisible(self._window, is_scan)
        self._form.setRowVisible(self._colormap, is_scan)
        self._form.setRowVisible(self._label_box, is_mask)
        self._form.setRowVisible(self._smoothing, is_mask)

    def _make_shared(self) -> None:
        self._name = QLineEdit()
        self._name.setMaxLength(80)
        self._name.setToolTip("Name of the layer, never a patient's; Enter keeps it, Esc takes it back")
        self._name.editingFinished.connect(self._on_name)
        self._opacity = QSlider(Qt.Orientation.Horizontal)
        self._opacity.setRange(0, 100)
        self._opacity.setAccessibleName("Opacity")
        self._opacity.valueChanged.connect(lambda percent: self.changed.emit("opacity", percent / 100))
        calm(self._opacity)
        self._percent = label("", "muted")
        self._percent.setFixedWidth(38)
        self._percent.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        add_field(self._form, "Name", self._name)
        tip = "How much of the layer is seen; A and D change that of the active mask"
        add_field(self._form, "Opacity", _pair(tip, self._opacity, self._percent))

    def _make_image(self) -> None:
        self._low, self._high = _number("Lowest shown value"), _number("Highest shown value")
        for box in (self._low, self._high):
            box.valueChanged.connect(self._on_window)
        tip = "Values drawn darkest and brightest; the Window tool (W) drags them in a slice, 0 resets them"
        self._window = _pair(tip, self._low, label("to", "muted"), self._high)
        self._colormap = QComboBox()
        self._colormap.setToolTip("Colours that stand for the values")
        self._colormap.currentTextChanged.connect(lambda name: self.changed.emit("colormap", name))
        calm(self._colormap)
        add_field(self._form, "Window", self._window)
        add_field(self._form, "Colours", self._colormap)

    def _make_labels(self) -> None:
        self._outline = QCheckBox("Outline")
        self._outline.setToolTip("Draw only the edges of the labels in slices")
        self._outline.toggled.connect(lambda on: self.changed.emit("outline", on))
        self._surface = QCheckBox("Surface in 3-D")
        self._surface.setToolTip("Draw the labels as surfaces in the 3-D view")
        self._surface.toggled.connect(lambda on: self.changed.emit("surface", on))
        self._label_box = _pair("", self._outline, self._surface)
        self._smoothing = number_box(0, 10, 1, 0.2, " mm")
        self._smoothing.valueChanged.connect(lambda value: self.changed.emit("smoothing_mm", value))
        add_field(self._form, "Show as", self._label_box)
        add_field(self._form, "Smoothing", self._smoothing)

    def _on_name(self) -> None:
        name = self._name.text().strip()
        if self._row is None or name == self._row.name:
            return
        if name:
            self.changed.emit("name", name)
        else:
            self._name.setText(self._row.name)

    def _on_window(self) -> None:
        low, high = self._low.value(), self._high.value()
        if low != high:
            self.window_changed.emit(min(low, high), max(low, high))


def _decimals(step: float) -> int:
    return 0 if step >= 1 else 1 if step >= 0.1 else 3 if step >= 0.001 else 6


def _number(name: str) -> QDoubleSpinBox:
    box = number_box(-1e12, 1e12, 0, 1.0)
    box.setAccessibleName(name)
    box.setToolTip(f"{name}; wheel or arrow keys change it")
    box.setMinimumWidth(60)
    return box


def _pair(tip: str, *parts: QWidget) -> QWidget:
    """Several fields in one row of the form."""
    box = QWidget()
    row = QHBoxLayout(box)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(6)
    for part in parts:
        row.addWidget(part, 0 if isinstance(part, QLabel | QCheckBox) else 1)
        if not part.toolTip():
            part.setToolTip(tip)
    if any(isinstance(part, QCheckBox) for part in parts):
        row.addStretch(1)
    return box
