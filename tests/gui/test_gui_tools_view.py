from __future__ import annotations

import pytest
from gui_acts import heard
from gui_plans import PARAMS, form, model_rows, role
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QComboBox, QDoubleSpinBox, QLabel, QProgressBar, QPushButton

from medview.core.params import defaults
from medview.gui.theme import DARK
from medview.gui.tools_view import ToolsView
from medview.present.ports.tools_port import JobRow


@pytest.fixture
def panel(shown):
    made = ToolsView(DARK)
    shown(made.widget, height=900)
    made.show_models(model_rows(), "vessels")
    made.show_form(form())
    return made


def button(panel, text: str) -> QPushButton:
    return next(found for found in panel.widget.findChildren(QPushButton) if found.text() == text)


def field(panel, kind, name: str):
    QApplication.processEvents()
    found = panel.widget.findChildren(kind)
    return next(one for one in found if one.accessibleName() == name and one.isVisibleTo(panel.widget))


def texts(panel) -> list[str]:
    return [one.text() for one in panel.widget.findChildren(QLabel) if one.isVisible()]


def job(number: int = 1, **changes) -> JobRow:
    given = {"title": "Vessels in T2", "message": "Slice 3 of 9", "fraction": 0.25,
             "time_left": "about 9 s left", "can_cancel": True}  # fmt: skip
    return JobRow(job_id=str(number), **(given | changes))


def test_a_model_that_cannot_run_is_greyed_and_says_why(panel):
    box = field(panel, QComboBox, "Model")
    assert [box.itemText(n) for n in range(box.count())] == ["Vessels", "Scar"]
    assert box.itemData(1, Qt.ItemDataRole.ToolTipRole) == "Cannot run: Weights are missing."
    greys = [box.itemData(n, Qt.ItemDataRole.ForegroundRole).color().name() for n in (0, 1)]
    assert greys == [DARK.text, DARK.muted]


def test_choosing_a_model_tells_its_id(panel):
    told = heard(panel.model_chosen)
    QTest.keyClick(field(panel, QComboBox, "Model"), Qt.Key.Key_Down)
    assert told == [("scar",)]


def test_no_models_at_all_says_so(panel):
    panel.show_models((), "")
    panel.show_form(None)
    assert any("No models are installed" in text for text in texts(panel))
    assert not button(panel, "Run").isVisible()


def test_choosing_a_layer_tells_the_role(panel):
    told = heard(panel.role_chosen)
    QTest.keyClick(field(panel, QComboBox, "T2 scan"), Qt.Key.Key_Down)
    assert told == [("t2", 2)]


def test_an_optional_input_can_be_none(panel):
    panel.show_form(form(roles=(role(required=False, chosen=1),)))
    told = heard(panel.role_chosen)
    QTest.keyClick(field(panel, QComboBox, "T2 scan"), Qt.Key.Key_Home)
    assert told == [("t2", None)]


def test_an_input_without_a_fitting_layer_is_off_and_says_why(panel):
    panel.show_form(form(roles=(role(candidates=(), chosen=None),), problem="Open a T2 scan first."))
    box = field(panel, QComboBox, "T2 scan")
    assert not box.isEnabled()
    assert "no layer that fits is open" in box.toolTip()
    run = button(panel, "Run")
    assert (run.isEnabled(), run.toolTip()) == (False, "Open a T2 scan first.")
    assert "Open a T2 scan first." in texts(panel)


def test_showing_another_choice_keeps_the_box_and_its_focus(panel):
    box = field(panel, QComboBox, "T2 scan")
    box.setFocus()
    panel.show_form(form(roles=(role(chosen=2),)))
    assert QApplication.focusWidget() is box
    assert box.currentText() == "FLAIR"


def test_a_choice_that_changes_the_offer_from_within_its_own_signal_is_safe(panel, qtbot):
    panel.role_chosen.connect(
        lambda *_: panel.show_form(form(roles=(role(candidates=((2, "FLAIR"),), chosen=2),)))
    )
    QTest.keyClick(field(panel, QComboBox, "T2 scan"), Qt.Key.Key_Down)
    qtbot.wait(10)
    assert field(panel, QComboBox, "T2 scan").count() == 1


def test_a_parameter_is_told_and_its_field_keeps_the_focus_through_the_refresh(panel):
    told = heard(panel.value_changed)
    panel.value_changed.connect(
        lambda name, value: panel.show_form(form(values=defaults(PARAMS) | {name: value}, forecast="50 s"))
    )
    box = field(panel, QDoubleSpinBox, "Threshold")
    box.setFocus()
    QTest.keyClick(box, Qt.Key.Key_Up)
    assert told == [("threshold", 0.55)]
    assert QApplication.focusWidget() is box
    assert "50 s" in texts(panel)


def test_run_and_cancel_are_told(panel):
    ran, cancelled = heard(panel.run_asked), heard(panel.cancel_asked)
    QTest.mouseClick(button(panel, "Run"), Qt.MouseButton.LeftButton)
    panel.show_jobs((job(7),))
    QTest.mouseClick(button(panel, "Cancel"), Qt.MouseButton.LeftButton)
    assert ran == [()]
    assert cancelled == [("7",)]


def test_a_job_shows_how_far_it_is_in_place(panel):
    panel.show_jobs((job(),))
    bar = panel.widget.findChild(QProgressBar)
    assert bar.value() / bar.maximum() == 0.25
    panel.show_jobs((job(fraction=None, can_cancel=False),))
    assert panel.widget.findChild(QProgressBar) is bar
    assert bar.maximum() == 0
    assert not button(panel, "Cancel").isEnabled()
    assert button(panel, "Cancel").toolTip().startswith("Off because")


def test_the_outcome_of_a_run_replaces_its_progress(panel):
    panel.show_jobs((job(),))
    panel.show_jobs(())
    panel.show_outcome("Out of memory.", True)
    assert "Out of memory." in texts(panel)
    assert not [bar for bar in panel.widget.findChildren(QProgressBar) if bar.isVisible()]
    panel.show_jobs((job(2),))
    assert "Out of memory." not in texts(panel)


def test_the_card_button_asks_for_the_card(panel):
    asked = []
    panel.card_asked.connect(lambda: asked.append("card"))
    QTest.mouseClick(button(panel, "Model card…"), Qt.MouseButton.LeftButton)
    assert asked == ["card"]


def test_inputs_unlike_the_training_are_told_before_the_run_and_do_not_stop_it(panel):
    panel.show_form(form(warnings=("T2 scan: voxels measure 5 mm.", "b", "c", "d", "e")))
    (told,) = [text for text in texts(panel) if text.startswith("Unlike the scans")]
    assert "voxels measure 5 mm" in told and told.endswith("b\nc\nd\ne")
    assert button(panel, "Unlike the scans of the training: 5 warnings").isVisible()
    assert button(panel, "Run").isEnabled()
    panel.show_form(form())
    assert not [text for text in texts(panel) if text.startswith("Unlike the scans")]


def test_the_doubt_button_shows_where_the_walk_stands_and_only_where_there_is_doubt(panel):
    asked = []
    panel.doubt_asked.connect(lambda: asked.append("doubt"))
    panel.show_doubt("", "Run a model first.")
    assert not [
        part for part in panel.widget.findChildren(QPushButton) if part.isVisible() and "doubt" in part.text()
    ]
    panel.show_doubt("3 of 12", "")
    QTest.mouseClick(button(panel, "Next doubtful place  (3 of 12)"), Qt.MouseButton.LeftButton)
    assert asked == ["doubt"]


def test_long_words_do_not_widen_the_panel(panel):
    before = panel.widget.minimumSizeHint().width()
    panel.show_form(form(roles=(role(candidates=((1, "n" * 200),)),), note="w" * 300, forecast="f " * 200))
    panel.show_jobs((job(title="t" * 200, message="m " * 100),))
    QApplication.processEvents()
    assert panel.widget.minimumSizeHint().width() <= max(before, 330)
