"""The question before a model is installed, on the screen."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel

from medview.present.ports.install_question import InstallFact, InstallQuestion

FACTS = (
    InstallFact(name="Licence", text="MISSING: <b>none</b>", is_alarm=True),
    InstallFact(name="Reads", text="image: T2"),
)
NUMBERS = InstallQuestion(title="Bright <i>things</i>", facts=FACTS)
PROGRAM = InstallQuestion(title="Code", facts=FACTS, warning="It can do anything.", needs_trust=True)


@pytest.fixture
def ask(view):
    """Asks, with something done to the dialog meanwhile."""

    def run(question, act):
        def look():
            dialog = QApplication.activeModalWidget()
            if dialog is None:
                QTimer.singleShot(20, look)
                return
            act(dialog)
            # whatever went wrong, nobody waits for an answer for ever
            QTimer.singleShot(0, dialog.reject)

        QTimer.singleShot(20, look)
        return view.ask_install(question)

    return run


def test_install_or_not(ask):
    assert ask(NUMBERS, lambda dialog: QTest.mouseClick(dialog.install, Qt.MouseButton.LeftButton)) is True
    assert ask(NUMBERS, lambda dialog: QTest.keyClick(dialog, Qt.Key.Key_Escape)) is False


def test_texts_of_strangers_are_no_markup_and_alarms_are_red(ask):
    seen = {}

    def read(dialog):
        labels = dialog.findChildren(QLabel)
        seen["plain"] = all(item.textFormat() == Qt.TextFormat.PlainText for item in labels)
        seen["red"] = [item.text() for item in labels if item.objectName() == "error"]
        dialog.reject()

    ask(NUMBERS, read)
    assert seen == {"plain": True, "red": ["MISSING: <b>none</b>"]}


def test_a_program_needs_its_box_ticked(ask):
    seen = []

    def act(dialog):
        seen.append((dialog.trust.isVisible(), dialog.install.isEnabled()))
        QTest.mouseClick(dialog.install, Qt.MouseButton.LeftButton)
        dialog.trust.setChecked(True)
        seen.append(dialog.install.isEnabled())
        QTest.mouseClick(dialog.install, Qt.MouseButton.LeftButton)

    assert ask(PROGRAM, act) is True
    assert seen == [(True, False), True]


def test_enter_does_not_install_a_program(ask):
    assert ask(PROGRAM, lambda dialog: QTest.keyClick(dialog, Qt.Key.Key_Return)) is False
