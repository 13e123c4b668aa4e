"""The wizard, curves and cards of trainings in real windows."""

from __future__ import annotations

import numpy as np
import pytest
from gui_acts import heard
from gui_plans import PARAMS
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QComboBox, QLabel, QLineEdit, QListWidget, QPushButton

from medview.core.params import defaults
from medview.gui.curve_plot import CurvePlot, places_in
from medview.gui.theme import DARK, LIGHT
from medview.gui.tools_view import ToolsView
from medview.present.ports.tools_port import JobRow
from medview.present.ports.training_port import (
    CurveRow,
    EndedTrainingRow,
    LearningRow,
    SubjectRow,
    TrainingForm,
)

CURVE = CurveRow(title="Loss", points=((1, 1.0), (2, 0.5), (3, 0.25)), newest="0.25")


def form(**changes) -> TrainingForm:
    given = {
        "models": (("a", "Method A"), ("b", "Method B")), "model_id": "a", "summary": "Finds things.",
        "needs": "One folder per subject with t2.nii.gz.", "data": "/data", "out": "",
        "subjects": (SubjectRow(name="sub-01", missing=""), SubjectRow(name="sub-02", missing="lacks mask")),
        "count": "1 of 2", "params": PARAMS, "values": defaults(PARAMS), "forecast": "",
        "problem": "Choose the folder to write the model to.", "is_resumed": False,
    }  # fmt: skip
    return TrainingForm(**(given | changes))


@pytest.fixture
def wizard(view):
    view.training.show(form())
    QApplication.processEvents()
    yield view.training
    view.training.dialog.reject()


def part(wizard, kind, name):
    return next(one for one in wizard.dialog.findChildren(kind) if one.accessibleName() == name)


def button(owner, text) -> QPushButton:
    return next(one for one in owner.findChildren(QPushButton) if one.text() == text and one.isVisible())


def test_the_wizard_shows_subjects_with_what_they_lack(wizard):
    subjects = part(wizard, QListWidget, "Subjects")
    assert [subjects.item(n).text() for n in range(2)] == ["sub-01", "sub-02   lacks mask"]
    assert subjects.item(1).foreground().color().name() == DARK.warning
    words = [one.text() for one in wizard.dialog.findChildren(QLabel) if one.isVisible()]
    assert "One folder per subject with t2.nii.gz." in words and "1 of 2" in words


def test_start_is_off_with_the_reason_and_on_without(wizard):
    start = button(wizard.dialog, "Start")
    assert not start.isEnabled() and start.toolTip() == "Choose the folder to write the model to."
    asked = heard(wizard.start_asked)
    wizard.show(form(problem="", forecast="Learns from 2 subjects.", is_resumed=True))
    QTest.mouseClick(button(wizard.dialog, "Resume"), Qt.MouseButton.LeftButton)
    assert asked == [()]


def test_a_typed_folder_is_told_once_it_is_finished(wizard, tmp_path):
    told = heard(wizard.out_chosen)
    field = part(wizard, QLineEdit, "Output folder")
    field.setFocus()
    QTest.keyClicks(field, str(tmp_path))
    assert told == []
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert told[0] == (tmp_path,)
    wizard.show(form(out=str(tmp_path)))
    assert wizard.dialog.isVisible(), "Enter in a field must not start or close anything"
    field.clearFocus()
    closed = heard(wizard.closed)
    QTest.keyClick(wizard.dialog, Qt.Key.Key_Escape)
    assert told == [(tmp_path,)] and closed == [()]


def test_a_folder_can_be_told_again_after_the_wizard_was_emptied(wizard, tmp_path):
    wizard.show(form(out=str(tmp_path)))
    wizard.close()
    wizard.show(form())
    field, told = part(wizard, QLineEdit, "Output folder"), heard(wizard.out_chosen)
    assert field.text() == ""
    field.setFocus()
    QTest.keyClicks(field, str(tmp_path))
    wizard.show(form(count="2 of 2"))
    assert field.text() == str(tmp_path), "what is being typed stays"
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert told == [(tmp_path,)]


def test_choosing_a_method_and_a_value_is_told(wizard):
    told, values = heard(wizard.model_chosen), heard(wizard.value_changed)
    QTest.keyClick(part(wizard, QComboBox, "Method"), Qt.Key.Key_Down)
    assert told == [("b",)]
    box = next(one for one in wizard.dialog.findChildren(QComboBox) if one.accessibleName() == "Kind")
    QTest.keyClick(box, Qt.Key.Key_Down)
    assert values == [("kind", "b")]


def test_the_wizard_is_put_away_and_comes_back(wizard):
    wizard.close()
    assert not wizard.dialog.isVisible()
    wizard.show(form(model_id="b"))
    assert wizard.dialog.isVisible() and part(wizard, QComboBox, "Method").currentText() == "Method B"


def test_points_lie_from_first_to_last_epoch_and_lowest_to_highest_value():
    area = QRectF(0, 0, 100, 50)
    assert places_in(CURVE.points, area) == [QPointF(0, 0), QPointF(50, 50 * 2 / 3), QPointF(100, 50)]
    assert places_in(((1, 2.0),), area) == [QPointF(100, 25)]
    assert places_in(((1, float("nan")), (2, 1.0)), area) == [QPointF(100, 25)]


def test_a_curve_is_drawn_in_the_colours_of_the_theme(shown):
    plot = CurvePlot(DARK)
    shown(plot, 300, 120)
    plot.show_row(CURVE)
    for dress in (DARK, LIGHT):
        plot.dress(dress)
        picture = plot.grab().toImage()
        wanted = QColor(dress.accent)
        seen = {
            picture.pixelColor(x, y).name()
            for x in range(picture.width())
            for y in range(20, picture.height())
        }
        assert wanted.name() in seen
    assert plot.accessibleName() == "Loss: 0.25"


@pytest.fixture
def panel(shown):
    made = ToolsView(DARK)
    shown(made.widget, height=900)
    return made


def picture_file(tmp_path):
    path = tmp_path / "epoch-0001.png"
    image = QImage(40, 60, QImage.Format.Format_RGB888)
    image.fill(QColor("#00ff00"))
    image.save(str(path))
    return path


def test_a_running_training_shows_curves_and_its_newest_picture(panel, tmp_path):
    learning = LearningRow(curves=(CURVE, CURVE), picture=picture_file(tmp_path))
    job = JobRow(job_id="1", title="Training", message="Epoch 3", fraction=0.3, time_left="about 9 s left",
                 can_cancel=True, learning=learning)  # fmt: skip
    panel.show_jobs((job,))
    QApplication.processEvents()
    plots = panel.widget.findChildren(CurvePlot)
    assert len(plots) == 2 and all(plot.isVisible() for plot in plots)
    shown_picture = next(
        one
        for one in panel.widget.findChildren(QLabel)
        if one.accessibleName() == "Newest validation picture"
    )
    assert shown_picture.isVisible() and shown_picture.pixmap().height() == 104
    assert "go on later" in button(panel.widget, "Cancel").toolTip()
    assert panel.widget.width() < 400
    assert all(plot.height() == 50 for plot in plots), "curves must not be squeezed"


@pytest.mark.parametrize(
    ("is_finished", "text", "signal"),
    [(True, "Use it", "training_used"), (False, "Resume", "training_resumed")],
)
def test_an_ended_training_offers_its_model_or_to_go_on(panel, is_finished, text, signal):
    row = EndedTrainingRow(job_id="7", title="Trained: A", text="Dice 0.8.", is_finished=is_finished,
                           learning=LearningRow(curves=(CURVE,)))  # fmt: skip
    told, away = heard(getattr(panel, signal)), heard(panel.training_dismissed)
    panel.show_ended_trainings((row,))
    QApplication.processEvents()
    QTest.mouseClick(button(panel.widget, text), Qt.MouseButton.LeftButton)
    QTest.mouseClick(button(panel.widget, "Dismiss"), Qt.MouseButton.LeftButton)
    assert told == [("7",)] and away == [("7",)]
    panel.show_ended_trainings(())
    assert not [
        one for one in panel.widget.findChildren(QPushButton) if one.text() == text and one.isVisible()
    ]


def test_a_picture_that_is_none_is_left_out(panel, tmp_path):
    broken = tmp_path / "epoch-0001.png"
    broken.write_bytes(bytes(np.arange(200, dtype=np.uint8)))
    job = JobRow(job_id="1", title="Training", message="", fraction=None, time_left="", can_cancel=True,
                 learning=LearningRow(curves=(CURVE,), picture=broken))  # fmt: skip
    panel.show_jobs((job,))
    QApplication.processEvents()
    pictures = [
        one
        for one in panel.widget.findChildren(QLabel)
        if one.accessibleName() == "Newest validation picture"
    ]
    assert not pictures[0].isVisible()
