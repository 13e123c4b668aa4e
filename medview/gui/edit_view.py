"""The paint panel: tools, brush size in millimetres, new masks, and the table of labels below."""

from __future__ import annotations

import math

from psygnal import Signal
from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QButtonGroup,
    QHBoxLayout,
    QPushButton,
    QSlider,
    QVBoxLayout,
    QWidget,
)

from medview.core.state import Tool
from medview.gui.texts import ElidedLabel, label
from medview.gui.theme import Colours
from medview.gui.widgets import IconButton, calm, number_box, quiet
from medview.present.ports.edit_port import EditPlan

_SMALLEST_MM, _LARGEST_MM = 0.1, 100.0
_SLIDER_STEPS = 200
_TIPS = {
    Tool.NAVIGATE: ("navigate", "Navigate: left drag moves the crosshair (1, N)"),
    Tool.WINDOW: ("window", "Window: left drag changes window and level (2, W)"),
    Tool.BRUSH: ("brush", "Brush: left drag paints the chosen label (3, B)"),
    Tool.ERASER: ("eraser", "Eraser: left drag erases labels (4, E)"),
}


class EditView:
    """Implements `EditViewPort`.

    Args:
        colours: Of the theme.
        labels: The table of labels, which takes the room that is left.
    """

    tool_chosen = Signal(object)
    radius_changed = Signal(float)
    mask_asked = Signal()
    brush_taken = Signal()  # brush or eraser came into the hand: the panel is worth seeing

    def __init__(self, colours: Colours, labels: QWidget) -> None:
        self._plan: EditPlan | None = None
        self.widget = QWidget()
        column = QVBoxLayout(self.widget)
        column.setContentsMargins(12, 10, 12, 10)
        column.setSpacing(8)
        column.addLayout(self._make_tools())
        column.addLayout(self._make_size())
        self._layer = ElidedLabel("heading", Qt.TextElideMode.ElideMiddle)
        column.addWidget(self._layer)
        self._why_not = label("", "problem", wraps=True)
        column.addWidget(self._why_not)
        column.addWidget(labels, 1)
        self.dress(colours)

    def show(self, plan: EditPlan) -> None:
        """Show this state."""
        old, self._plan = self._plan, plan
        for tool, button in self._tools.items():
            button.setChecked(tool is plan.tool)
        for tool in (Tool.BRUSH, Tool.ERASER):
            self._tools[tool].turn(plan.why_not)
        self._show_size(plan.radius_mm)
        self._layer.setText(f"Painting in {plan.layer_name}" if plan.layer_name else "No mask is active")
        self._why_not.setText(plan.why_not)
        self._why_not.setVisible(bool(plan.why_not))
        self._layer.setVisible(not plan.why_not)  # one line is enough: what is wrong says where
        if _paints(plan) and (old is None or not _paints(old)):
            self.brush_taken.emit()

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
        self._new.setToolTip("Lay an empty mask over the scan, on exactly its grid (Ctrl+M)")
        self._new.clicked.connect(self.mask_asked.emit)
        row.addWidget(self._new)
        return row

    def _make_size(self) -> QHBoxLayout:
        tip = "Radius of brush and eraser: [ and ], or Shift+wheel in a slice"
        self._slider = QSlider(Qt.Orientation.Horizontal)
        self._slider.setRange(0, _SLIDER_STEPS)
        self._slider.setAccessibleName("Brush radius")
        self._slider.valueChanged.connect(lambda place: self.radius_changed.emit(_radius_at(place)))
        self._size = number_box(_SMALLEST_MM, _LARGEST_MM, 1, 0.5, " mm")
        self._size.setAccessibleName("Brush radius in millimetres")
        self._size.setFixedWidth(84)
        self._size.valueChanged.connect(self.radius_changed.emit)
        row = QHBoxLayout()
        row.setSpacing(10)
        row.addWidget(label("Radius"))
        calm(self._slider)
        for field, stretch in ((self._slider, 1), (self._size, 0)):
            field.setToolTip(tip)
            row.addWidget(field, stretch)
        return row

    def _show_size(self, radius_mm: float) -> None:
        with quiet(self._slider, self._size):
            if not self._slider.isSliderDown():
                self._slider.setValue(_place_of(radius_mm))
            self._size.setValue(radius_mm)


def _paints(plan: EditPlan) -> bool:
    return plan.tool in (Tool.BRUSH, Tool.ERASER)


def _radius_at(place: int) -> float:
    """Radius of a slider place: equal steps multiply the size."""
    ratio: float = (_LARGEST_MM / _SMALLEST_MM) ** (place / _SLIDER_STEPS)
    return round(_SMALLEST_MM * ratio, 2)


def _place_of(radius_mm: float) -> int:
    part = math.log(max(radius_mm, _SMALLEST_MM) / _SMALLEST_MM) / math.log(_LARGEST_MM / _SMALLEST_MM)
    return round(_SLIDER_STEPS * part)
