"""The paint panel: tools, brush size in millimetres, labels, new masks."""

from __future__ import annotations

import math

from psygnal import Signal
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import (
    QButtonGroup,
    QColorDialog,
    QDoubleSpinBox,
    QHBoxLayout,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QSlider,
    QVBoxLayout,
    QWidget,
)

from medview.core.state import Tool
from medview.gui import icons
from medview.gui.theme import Colours
from medview.gui.widgets import IconButton, label
from medview.present.ports import EditPlan, LabelRow

_SMALLEST_MM, _LARGEST_MM = 0.2, 50.0
_TIPS = {
    Tool.NAVIGATE: ("navigate", "Move the crosshair (N)"),
    Tool.WINDOW: ("window", "Drag window and level (W)"),
    Tool.BRUSH: ("brush", "Paint the chosen label (B)"),
    Tool.ERASER: ("eraser", "Erase labels (E)"),
}


class EditView:
    """Implements `EditViewPort`."""

    tool_chosen = Signal(object)
    radius_changed = Signal(float)
    label_chosen = Signal(int)
    label_changed = Signal(int, str, object)
    label_added = Signal()
    mask_asked = Signal()

    def __init__(self, colours: Colours) -> None:
        self._plan: EditPlan | None = None
        self.widget = QWidget()
        column = QVBoxLayout(self.widget)
        column.setContentsMargins(12, 10, 12, 10)
        column.setSpacing(8)
        column.addLayout(self._make_tools())
        column.addLayout(self._make_size())
        self._layer = label("", "heading", wraps=True)
        column.addWidget(self._layer)
        self._labels = QListWidget()
        self._labels.setAccessibleName("Labels")
        self._labels.setToolTip("Click to paint this label; double click or F2 renames it")
        self._labels.currentRowChanged.connect(self._on_label)
        self._labels.itemChanged.connect(self._on_renamed)
        column.addWidget(self._labels, 1)
        column.addLayout(self._make_label_buttons())
        self._why_not = label("", "problem", wraps=True)
        column.addWidget(self._why_not)
        self.dress(colours)

    def show(self, plan: EditPlan) -> None:
        """Show this state."""
        self._plan = plan
        for tool, button in self._tools.items():
            button.setChecked(tool is plan.tool)
        for button in (self._tools[Tool.BRUSH], self._tools[Tool.ERASER]):
            button.setEnabled(not plan.why_not)
        self._show_size(plan.radius_mm)
        self._layer.setText(f"Painting in: {plan.layer_name}" if plan.layer_name else "No mask is active")
        self._show_labels(plan.labels, plan.label_value)
        for widget in (self._labels, self._add, self._colour):
            widget.setEnabled(bool(plan.labels))
        self._why_not.setText(plan.why_not)
        self._why_not.setVisible(bool(plan.why_not))

    def dress(self, colours: Colours) -> None:
        """Take the colours of another theme."""
        for button in self._tools.values():
            button.dress(colours)

    def _make_tools(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(4)
        group = QButtonGroup(self.widget)
        self._tools: dict[Tool, IconButton] = {}
        for tool, (icon_name, tip) in _TIPS.items():
            button = IconButton(icon_name, tip, checkable=True, size=22)
            button.clicked.connect(lambda _, t=tool: self.tool_chosen.emit(t))
            group.addButton(button)
            row.addWidget(button)
            self._tools[tool] = button
        row.addStretch(1)
        self._new = QPushButton("New mask")
        self._new.setToolTip("Lay an empty mask over the scan, on exactly its grid (Ctrl+Shift+N)")
        self._new.clicked.connect(self.mask_asked.emit)
        row.addWidget(self._new)
        return row

    def _make_size(self) -> QHBoxLayout:
        tip = "Brush radius ([ and ], or Shift and wheel)"
        self._slider = QSlider(Qt.Orientation.Horizontal, minimum=0, maximum=100)
        self._slider.setToolTip(tip)
        self._slider.setAccessibleName("Brush radius")
        self._slider.valueChanged.connect(lambda place: self.radius_changed.emit(_radius_at(place)))
        self._size = QDoubleSpinBox(
            minimum=_SMALLEST_MM, maximum=_LARGEST_MM, decimals=1, suffix=" mm", keyboardTracking=False
        )
        self._size.setToolTip(tip)
        self._size.valueChanged.connect(self.radius_changed.emit)
        row = QHBoxLayout()
        row.addWidget(label("Radius"))
        row.addWidget(self._slider, 1)
        row.addWidget(self._size)
        return row

    def _make_label_buttons(self) -> QHBoxLayout:
        self._add = QPushButton("Add label")
        self._add.clicked.connect(self.label_added.emit)
        self._colour = QPushButton("Colour…")
        self._colour.setToolTip("Change the colour of the chosen label")
        self._colour.clicked.connect(self._ask_colour)
        row = QHBoxLayout()
        row.addWidget(self._add)
        row.addWidget(self._colour)
        row.addStretch(1)
        return row

    def _show_size(self, radius_mm: float) -> None:
        for widget in (self._slider, self._size):
            widget.blockSignals(True)
        if not self._slider.isSliderDown():
            self._slider.setValue(_place_of(radius_mm))
        self._size.setValue(radius_mm)
        for widget in (self._slider, self._size):
            widget.blockSignals(False)

    def _show_labels(self, rows: tuple[LabelRow, ...], value: int) -> None:
        self._labels.blockSignals(True)
        self._labels.clear()
        for row in rows:
            item = QListWidgetItem(icons.chip(row.colour), row.name)
            item.setFlags(item.flags() | Qt.ItemFlag.ItemIsEditable)
            item.setData(Qt.ItemDataRole.UserRole, row.value)
            self._labels.addItem(item)
            if row.value == value:
                self._labels.setCurrentItem(item)
        self._labels.blockSignals(False)

    def _on_label(self, index: int) -> None:
        if self._plan is not None and 0 <= index < len(self._plan.labels):
            self.label_chosen.emit(self._plan.labels[index].value)

    def _on_renamed(self, item: QListWidgetItem) -> None:
        row = self._row(item.data(Qt.ItemDataRole.UserRole))
        if row is not None and item.text().strip():
            self.label_changed.emit(row.value, item.text().strip(), row.colour)

    def _ask_colour(self) -> None:
        row = self._row(self._plan.label_value if self._plan else 0)
        if row is None:
            return
        colour = QColorDialog.getColor(QColor(*row.colour), self.widget, f"Colour of {row.name}")
        if colour.isValid():
            rgb = (colour.red(), colour.green(), colour.blue())
            self.label_changed.emit(row.value, row.name, rgb)

    def _row(self, value: int) -> LabelRow | None:
        rows = self._plan.labels if self._plan else ()
        return next((row for row in rows if row.value == value), None)


def _radius_at(place: int) -> float:
    """Radius of a slider place: equal steps multiply the size."""
    return round(_SMALLEST_MM * (_LARGEST_MM / _SMALLEST_MM) ** (place / 100), 2)


def _place_of(radius_mm: float) -> int:
    return round(
        100 * math.log(max(radius_mm, _SMALLEST_MM) / _SMALLEST_MM) / math.log(_LARGEST_MM / _SMALLEST_MM)
    )
