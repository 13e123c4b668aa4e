from __future__ import annotations

import pytest
from gui_acts import heard
from gui_plans import PARAMS
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QCheckBox, QComboBox, QDoubleSpinBox, QLineEdit, QToolButton

from medview.core.params import Float, Param, defaults
from medview.gui.param_fields import decimals_of
from medview.gui.param_form import ParamForm, tip_of

LAYERS = ((7, "mask"), (9, "other mask"))


@pytest.fixture
def panel(shown):
    made = ParamForm()
    made.show(PARAMS, defaults(PARAMS), LAYERS)
    shown(made.widget, height=800)
    return made


def field(panel, name: str):
    title = next(param.title for param in PARAMS if param.name == name)
    kinds = (QDoubleSpinBox, QCheckBox, QComboBox, QLineEdit)
    found = [one for kind in kinds for one in panel.widget.findChildren(kind)]
    return next(one for one in found if one.accessibleName() == title)


def type_into(widget, text: str) -> None:
    widget.setFocus()
    widget.selectAll()
    QTest.keyClicks(widget, text)
    QTest.keyClick(widget, Qt.Key.Key_Return)


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("threshold", "0.25", 0.25),
        ("steps", "7", 7),
        ("seed", "4294967295", 4294967295),
        ("note", "hi", "hi"),
    ],
)
def test_what_is_typed_is_told_with_its_type(panel, name, text, value):
    told = heard(panel.value_changed)
    type_into(field(panel, name), text)
    assert told == [(name, value)]
    assert type(told[0][1]) is type(value)


def test_a_path_is_told_once(panel):
    told = heard(panel.value_changed)
    type_into(field(panel, "atlas"), "/a/b.nii")
    field(panel, "note").setFocus()
    assert told == [("atlas", "/a/b.nii")]


def test_a_switch_and_the_choices_are_told(panel):
    told = heard(panel.value_changed)
    QTest.keyClick(field(panel, "fast"), Qt.Key.Key_Space)
    QTest.keyClick(field(panel, "kind"), Qt.Key.Key_Down)
    QTest.keyClick(field(panel, "inside"), Qt.Key.Key_End)
    assert told == [("fast", True), ("kind", "b"), ("inside", "9")]


def test_showing_values_tells_nothing_and_shows_them(panel):
    told = heard(panel.value_changed)
    values = {"threshold": 0.75, "steps": 2, "fast": True, "kind": "b", "note": "n", "atlas": "/x",
              "inside": "7", "seed": 3, "rate": 0.002}  # fmt: skip
    panel.show(PARAMS, values, LAYERS)
    assert told == []
    assert field(panel, "threshold").value() == 0.75
    assert field(panel, "kind").currentText() == "Two"
    assert field(panel, "inside").currentText() == "mask"
    assert field(panel, "rate").value() == 0.002


def test_what_is_being_typed_survives_a_refresh(panel):
    box = field(panel, "threshold")
    box.setFocus()
    box.selectAll()
    QTest.keyClicks(box, "0.3")
    panel.show(PARAMS, defaults(PARAMS), LAYERS)
    assert box.text() == "0.3"


def test_a_value_refused_by_the_presenter_comes_back_while_the_field_has_the_focus(panel):
    box = field(panel, "kind")
    box.setFocus()
    QTest.keyClick(box, Qt.Key.Key_Down)
    panel.show(PARAMS, defaults(PARAMS), LAYERS)
    assert box.currentText() == "One"


def test_numbers_stay_within_their_limits(panel):
    told = heard(panel.value_changed)
    type_into(field(panel, "threshold"), "7")
    assert field(panel, "threshold").value() <= 1
    assert all(value <= 1 for _, value in told)


def test_advanced_parameters_are_folded_away(panel):
    assert not field(panel, "rate").isVisible()
    fold = next(one for one in panel.widget.findChildren(QToolButton) if one.text() == "Advanced")
    QTest.mouseClick(fold, Qt.MouseButton.LeftButton)
    assert field(panel, "rate").isVisible()


def test_every_kind_of_parameter_has_a_field():
    from medview.gui import param_fields

    kinds = set(Param.__args__)
    assert kinds - set(param_fields._BUILDERS) == {type(param) for param in PARAMS if param.name == "inside"}
    assert {type(param) for param in PARAMS} == kinds


@pytest.mark.parametrize(
    ("default", "step", "decimals"), [(0.5, None, 2), (0.0005, None, 4), (1.0, 1e-6, 6), (1e-12, None, 8)]
)
def test_a_number_box_keeps_all_digits_of_its_parameter(default, step, decimals):
    assert decimals_of(Float(name="n", title="N", help="h", default=default, step=step)) == decimals


def test_the_tooltip_tells_limits_and_default():
    assert "From 0 to 1; 0.5 at first." in tip_of(PARAMS[0])
