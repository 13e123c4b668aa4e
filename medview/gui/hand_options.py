"""How the tool in the hand is set: only what belongs to this tool is on show."""

from __future__ import annotations

import math
from dataclasses import replace

from psygnal import Signal
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCheckBox, QComboBox, QDoubleSpinBox, QHBoxLayout, QSlider, QVBoxLayout, QWidget

from medview.core.hand import ClickEngine, HandOptions, WandRule
from medview.core.state import Tool
from medview.gui.texts import label
from medview.gui.widgets import calm, number_box, quiet
from medview.present.ports.edit_port import EditPlan

_SMALLEST_MM, _LARGEST_MM = 0.1, 100.0
_SLIDER_STEPS = 200
_STAMPS = (Tool.BRUSH, Tool.ERASER)
_IN_3D = (Tool.WAND, Tool.BUCKET)
_RULES = {
    WandRule.TOLERANCE: "near the clicked value",
    WandRule.CONFIDENCE: "by confidence, in 3-D",
}
_ENGINES = {ClickEngine.MODEL: "PE-MED", ClickEngine.INSTANT: "Instant (no model)"}
_MOST = 1e9
_NARROWEST_PX = 64


class HandOptionsView:
    """Shows the settings of one tool."""

    radius_changed = Signal(float)
    hand_changed = Signal(object)

    def __init__(self) -> None:
        self._hand = HandOptions()
        self.widget = QWidget()
        self._column = QVBoxLayout(self.widget)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(6)
        self._radius = self._make_radius()
        self._ball = self._switch("Ball, in 3-D", "Brush and eraser reach neighbouring slices too", "is_ball")
        self._wand = self._make_wand()
        self._in_3d = self._switch("In 3-D", "Reach beyond the slice on show", "wand_in_3d")
        self._click = self._make_click()
        self._click_in_3d = self._switch(
            "In 3-D", "Look at up to 64 voxels a side around the clicks, not at the slice", "click_in_3d"
        )
        self._click_note = label("", "muted", wraps=True)
        self._column.addWidget(self._click_note)
        self._range = self._make_range()

    def show(self, plan: EditPlan) -> None:
        """Show what belongs to the tool of this plan."""
        self._hand = plan.hand
        paints = plan.tool not in (Tool.NAVIGATE, Tool.WINDOW)
        by_confidence = plan.tool is Tool.WAND and plan.hand.wand is WandRule.CONFIDENCE
        self._radius.setVisible(plan.tool in _STAMPS)
        self._ball.setVisible(plan.tool in _STAMPS)
        self._wand.setVisible(plan.tool is Tool.WAND)
        self._in_3d.setVisible(plan.tool in _IN_3D and not by_confidence)
        self._range.setVisible(paints)
        self._show_click(plan)
        self._tolerance.setVisible(not by_confidence)
        self._spread.setVisible(by_confidence)
        self._fill(plan)

    def _show_click(self, plan: EditPlan) -> None:
        has_click, hand = plan.tool is Tool.CLICK, plan.hand
        is_model = hand.click_engine is ClickEngine.MODEL and not plan.why_no_click_model
        self._click.setVisible(has_click)
        self._click_in_3d.setVisible(has_click)
        self._threshold.setEnabled(is_model)
        self._click_note.setText(plan.why_no_click_model and f"{plan.why_no_click_model} Instant answers.")
        self._click_note.setVisible(has_click and hand.click_engine is ClickEngine.MODEL and not is_model)
        with quiet(self._engine, self._threshold, self._click_in_3d):
            self._engine.setCurrentIndex(list(_ENGINES).index(hand.click_engine))
            self._threshold.setValue(100 * hand.click_threshold)
            self._click_in_3d.setChecked(hand.click_in_3d)

    def _fill(self, plan: EditPlan) -> None:
        hand = plan.hand
        fields = (
            self._slider,
            self._size,
            self._ball,
            self._rule,
            self._tolerance,
            self._spread,
            self._in_3d,
        )
        with quiet(*fields, self._range_on, self._low, self._high):
            if not self._slider.isSliderDown():
                self._slider.setValue(_place_of(plan.radius_mm))
            self._size.setValue(plan.radius_mm)
            self._ball.setChecked(hand.is_ball)
            self._rule.setCurrentIndex(list(_RULES).index(hand.wand))
            self._tolerance.setValue(100 * hand.wand_tolerance)
            self._spread.setValue(hand.wand_multiplier)
            self._in_3d.setChecked(hand.wand_in_3d)
            self._range_on.setChecked(hand.range_on)
            for box, value in ((self._low, hand.range_low), (self._high, hand.range_high)):
                box.setSingleStep(plan.value_step)
                box.setSuffix(f" {plan.value_unit}" if plan.value_unit else "")
                box.setValue(value)
                box.setEnabled(hand.range_on)

    def _change(self, **changes: object) -> None:
        self.hand_changed.emit(replace(self._hand, **changes))  # type: ignore[arg-type]

    def _row(self, *parts: QWidget) -> QWidget:
        row = QWidget()
        line = QHBoxLayout(row)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(8)
        for part in parts:
            line.addWidget(part, int(isinstance(part, QSlider | QComboBox | QDoubleSpinBox)))
        self._column.addWidget(row)
        return row

    def _switch(self, title: str, tip: str, field: str) -> QCheckBox:
        box = QCheckBox(title)
        box.setToolTip(tip)
        box.toggled.connect(lambda is_on: self._change(**{field: is_on}))
        self._column.addWidget(box)
        return box

    def _make_radius(self) -> QWidget:
        tip = "Radius of brush and eraser: [ and ], or Shift+wheel in a slice"
        self._slider = QSlider(Qt.Orientation.Horizontal)
        self._slider.setRange(0, _SLIDER_STEPS)
        self._slider.setAccessibleName("Brush radius")
        self._slider.valueChanged.connect(lambda place: self.radius_changed.emit(_radius_at(place)))
        self._size = number_box(_SMALLEST_MM, _LARGEST_MM, 1, 0.5, " mm")
        self._size.setAccessibleName("Brush radius in millimetres")
        self._size.setFixedWidth(84)
        self._size.valueChanged.connect(self.radius_changed.emit)
        calm(self._slider)
        for field in (self._slider, self._size):
            field.setToolTip(tip)
        return self._row(label("Radius"), self._slider, self._size)

    def _make_wand(self) -> QWidget:
        self._rule = QComboBox()
        self._rule.setToolTip("What the wand takes for alike")
        self._rule.setAccessibleName("Rule of the wand")
        for words in _RULES.values():
            self._rule.addItem(words)
        self._rule.currentIndexChanged.connect(lambda index: self._change(wand=list(_RULES)[index]))
        calm(self._rule)
        self._tolerance = number_box(0.1, 100.0, 1, 1.0, " %")
        self._tolerance.setToolTip("Greatest difference to the clicked value, in parts of the window's width")
        self._tolerance.setAccessibleName("Tolerance of the wand")
        self._tolerance.valueChanged.connect(lambda value: self._change(wand_tolerance=value / 100))
        self._spread = number_box(0.1, 10.0, 1, 0.1, " sd")
        self._spread.setToolTip("Standard deviations around the mean of what was found so far")
        self._spread.setAccessibleName("Spread of the wand")
        self._spread.valueChanged.connect(lambda value: self._change(wand_multiplier=value))
        return self._row(self._rule, self._tolerance, self._spread)

    def _make_click(self) -> QWidget:
        self._engine = QComboBox()
        self._engine.setToolTip("What answers a smart click: the trained model, or edges alone, at once")
        self._engine.setAccessibleName("What answers a smart click")
        for words in _ENGINES.values():
            self._engine.addItem(words)
        self._engine.currentIndexChanged.connect(
            lambda index: self._change(click_engine=list(_ENGINES)[index])
        )
        calm(self._engine)
        self._threshold = number_box(5.0, 95.0, 0, 5.0, " %")
        self._threshold.setToolTip(
            "Probability from which a voxel belongs: lower takes more. For PE-MED, from the next click on"
        )
        self._threshold.setAccessibleName("Threshold of the smart click")
        self._threshold.valueChanged.connect(lambda value: self._change(click_threshold=value / 100))
        return self._row(self._engine, label("from"), self._threshold)

    def _make_range(self) -> QWidget:
        self._range_on = QCheckBox("Only values")
        self._range_on.setToolTip("Tools change only voxels whose value in the scan lies between two limits")
        self._range_on.toggled.connect(lambda is_on: self._change(range_on=is_on))
        self._low = number_box(-_MOST, _MOST, 1, 1.0, "")
        self._low.setMinimumWidth(_NARROWEST_PX)
        self._low.setAccessibleName("Lowest value that can be painted")
        self._low.valueChanged.connect(lambda value: self._change(range_low=value))
        self._high = number_box(-_MOST, _MOST, 1, 1.0, "")
        self._high.setMinimumWidth(_NARROWEST_PX)
        self._high.setAccessibleName("Highest value that can be painted")
        self._high.valueChanged.connect(lambda value: self._change(range_high=value))
        return self._row(self._range_on, self._low, label("to"), self._high)


def _radius_at(place: int) -> float:
    """Radius of a slider place: equal steps multiply the size."""
    ratio: float = (_LARGEST_MM / _SMALLEST_MM) ** (place / _SLIDER_STEPS)
    return round(_SMALLEST_MM * ratio, 2)


def _place_of(radius_mm: float) -> int:
    part = math.log(max(radius_mm, _SMALLEST_MM) / _SMALLEST_MM) / math.log(_LARGEST_MM / _SMALLEST_MM)
    return round(_SLIDER_STEPS * part)
