"""The card's window: red where something is missing, text and never markup, the self-test's finding."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget

from medview.gui.card_dialog import CardDialog, card_html
from medview.gui.theme import DARK, LIGHT
from medview.present.ports.card_port import CardCurve, CardFact, CardPage, CardTable

CURVE = CardCurve(name="Lesion", points=((0.1, 0.1), (0.9, 0.5)), scaled_points=((0.1, 0.1), (0.7, 0.6)),
                  ece=0.2, ece_scaled=0.05)  # fmt: skip


def page(**changes):
    given = {
        "model_id": "lesions",
        "title": "Lesions (version 1.0)",
        "problem": "",
        "facts": (CardFact(heading="Licence", text="MISSING", is_alarming=True),
                  CardFact(heading="Trained on", text="<b>ten</b> heads")),
        "tables": (CardTable(heading="Measured", columns=("Data", "Dice"), rows=(("test", "0.84"),)),),
        "curves": (CURVE,),
        "curves_note": "six heads",
        "self_test": "Repeats a stored run.",
    }  # fmt: skip
    return CardPage(**(given | changes))


@pytest.fixture
def dialog(shown):
    parent = QWidget()
    shown(parent)
    made = CardDialog(parent, DARK)
    yield made
    made.dialog.close()


def test_a_missing_licence_is_red_and_a_card_s_text_is_never_markup(dialog):
    told = card_html(page(), DARK)
    assert f"color:{DARK.danger};font-weight:bold'>MISSING" in told
    assert "&lt;b&gt;ten&lt;/b&gt; heads" in told
    dialog.show(page())
    text = dialog._text.toPlainText()
    assert "<b>ten</b> heads" in text and "0.84" in text and "Measured" in text


def test_the_self_test_is_asked_for_by_model_and_its_finding_told(dialog):
    asked = []
    dialog.self_test_asked.connect(asked.append)
    dialog.show(page())
    QTest.mouseClick(dialog._test, Qt.MouseButton.LeftButton)
    assert asked == ["lesions"]
    dialog.show_self_test("running", None)
    assert not dialog._test.isEnabled()
    dialog.show_self_test("Self-test FAILED: all differ.", False)
    assert dialog._test.isEnabled() and dialog._finding.objectName() == "error"
    dialog.show_self_test("Self-test passed.", True)
    assert dialog._finding.text() == "Self-test passed." and dialog._finding.objectName() == ""


def test_without_a_self_test_or_weights_the_button_is_off_and_says_why(dialog):
    dialog.show(page(self_test=""))
    assert not dialog._test.isEnabled() and "holds no self-test" in dialog._test.toolTip()
    dialog.show(page(problem="Its weights are missing."))
    assert not dialog._test.isEnabled() and dialog._test.toolTip() == "Its weights are missing."


def test_the_curve_is_drawn_where_it_bends_below_the_diagonal(dialog):
    dialog.show(page())
    view = dialog._curves[0]
    assert view.isVisible() and not dialog._curves[1].isVisible()
    assert "calibration error 0.2" in view.accessibleName()
    drawn = view.grab().toImage()
    hits = [
        (x, y)
        for x in range(0, drawn.width(), 2)
        for y in range(0, drawn.height() - 40, 2)
        if drawn.pixelColor(x, y).name() == DARK.accent
    ]
    assert hits
    lowest, highest = max(hits, key=lambda at: at[0]), min(hits, key=lambda at: at[0])
    assert lowest[0] - highest[0] > 100  # runs from the left to the right of the frame


def test_a_card_without_curves_says_that_nothing_was_measured_and_themes_change_it(dialog):
    dialog.show(page(curves=()))
    assert "not been measured" in dialog._curves_note.text()
    dialog.dress(LIGHT)
    assert LIGHT.danger in card_html(page(), LIGHT)
