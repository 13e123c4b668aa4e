"""How the active layer is shown: name, opacity, window, colours, outline, surface, facts."""

from __future__ import annotations

from psygnal import Signal
from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDoubleSpinBox,
    QFormLayout,
    QHBoxLayout,
    QLineEdit,
    QPlainTextEdit,
    QSlider,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from medview.core.layers import LayerId
from medview.present.ports import LayerRow


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
        self._form = QFormLayout()
        self._form.setHorizontalSpacing(10)
        self._form.setVerticalSpacing(5)
        column.addLayout(self._form)
        self._make_shared()
        self._make_image()
        self._make_labels()
        self._make_details(column)

    def show_colormaps(self, names: tuple[str, ...]) -> None:
        """Offer these colour maps."""
        self._colormap.blockSignals(True)
        self._colormap.clear()
        self._colormap.addItems(list(names))
        self._colormap.blockSignals(False)

    def show(self, row: LayerRow | None) -> None:
        """Show a layer; None hides everything."""
        is_other = row is None or self._row is None or row.layer_id != self._row.layer_id
        self._row = row
        self.widget.setVisible(row is not None)
        if row is None:
            return
        self._set_visible(is_labels=row.is_labels)
        for widget in self._reporting():
            widget.blockSignals(True)
        if is_other or not self._name.hasFocus():
            self._name.setText(row.name)
        if not self._opacity.isSliderDown():
            self._opacity.setValue(round(row.opacity * 100))
        self._colormap.setCurrentText(row.colormap)
        for box, value in ((self._low, row.low), (self._high, row.high)):
            box.setSingleStep(row.value_step)
            box.setDecimals(3 if row.value_step < 0.5 else 0)
            box.setValue(value)
        self._outline.setChecked(row.outline)
        self._surface.setChecked(row.surface)
        self._smoothing.setValue(row.smoothing_mm)
        for widget in self._reporting():
            widget.blockSignals(False)
        if self._details.toPlainText() != row.details:
            self._details.setPlainText(row.details)

    def _reporting(self) -> tuple[QWidget, ...]:
        return (self._name, self._opacity, self._colormap, self._low, self._high,
                self._outline, self._surface, self._smoothing)  # fmt: skip

    def _set_visible(self, *, is_labels: bool) -> None:
        self._form.setRowVisible(self._window, not is_labels)
        self._form.setRowVisible(self._colormap, not is_labels)
        self._form.setRowVisible(self._label_box, is_labels)
        self._form.setRowVisible(self._smoothing, is_labels)

    def _make_shared(self) -> None:
        self._name = QLineEdit(maxLength=120)
        self._name.setToolTip("Name of the layer; Enter keeps it")
        self._name.editingFinished.connect(self._on_name)
        self._opacity = QSlider(Qt.Orientation.Horizontal, minimum=0, maximum=100)
        self._opacity.setToolTip("Opacity of the layer (A and D change that of the active mask)")
        self._opacity.setAccessibleName("Opacity")
        self._opacity.valueChanged.connect(lambda percent: self.changed.emit("opacity", percent / 100))
        self._form.addRow("Name", self._name)
        self._form.addRow("Opacity", self._opacity)

    def _make_image(self) -> None:
        self._low, self._high = _number("Lowest shown value"), _number("Highest shown value")
        for box in (self._low, self._high):
            box.valueChanged.connect(self._on_window)
        self._window = QWidget()
        pair = QHBoxLayout(self._window)
        pair.setContentsMargins(0, 0, 0, 0)
        pair.addWidget(self._low)
        pair.addWidget(self._high)
        self._window.setToolTip(
            "Values drawn darkest and brightest; the Window tool (W) drags them in a slice"
        )
        self._colormap = QComboBox()
        self._colormap.setToolTip("Colours that stand for the values")
        self._colormap.currentTextChanged.connect(lambda name: self.changed.emit("colormap", name))
        self._form.addRow("Window", self._window)
        self._form.addRow("Colours", self._colormap)

    def _make_labels(self) -> None:
        self._outline = QCheckBox("Outline")
        self._outline.setToolTip("Draw the edges of the labels only")
        self._outline.toggled.connect(lambda on: self.changed.emit("outline", on))
        self._surface = QCheckBox("Surface in 3-D")
        self._surface.toggled.connect(lambda on: self.changed.emit("surface", on))
        self._label_box = QWidget()
        pair = QHBoxLayout(self._label_box)
        pair.setContentsMargins(0, 0, 0, 0)
        pair.addWidget(self._outline)
        pair.addWidget(self._surface)
        pair.addStretch(1)
        self._smoothing = QDoubleSpinBox(
            minimum=0, maximum=10, singleStep=0.2, decimals=1, suffix=" mm", keyboardTracking=False
        )
        self._smoothing.setToolTip("How far the 3-D surface is smoothed; the mask itself never is")
        self._smoothing.valueChanged.connect(lambda value: self.changed.emit("smoothing_mm", value))
        self._form.addRow("Show as", self._label_box)
        self._form.addRow("Smoothing", self._smoothing)

    def _make_details(self, column: QVBoxLayout) -> None:
        fold = QToolButton(text="File, grid and origin", checkable=True, arrowType=Qt.ArrowType.RightArrow)
        fold.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self._details = QPlainTextEdit(readOnly=True, maximumHeight=150)
        self._details.setAccessibleName("Facts about the layer")
        self._details.setVisible(False)

        def turn(is_open: bool) -> None:
            self._details.setVisible(is_open)
            fold.setArrowType(Qt.ArrowType.DownArrow if is_open else Qt.ArrowType.RightArrow)

        fold.toggled.connect(turn)
        column.addWidget(fold)
        column.addWidget(self._details)

    def _on_name(self) -> None:
        if self._row is not None and self._name.text().strip() not in ("", self._row.name):
            self.changed.emit("name", self._name.text().strip())

    def _on_window(self) -> None:
        low, high = self._low.value(), self._high.value()
        if high > low:
            self.window_changed.emit(low, high)

    @property
    def layer_id(self) -> LayerId | None:
        """The layer on show."""
        return self._row.layer_id if self._row else None


def _number(name: str) -> QDoubleSpinBox:
    box = QDoubleSpinBox(minimum=-1e12, maximum=1e12, keyboardTracking=False)
    box.setAccessibleName(name)
    box.setMinimumWidth(60)
    return box
