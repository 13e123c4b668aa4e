from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from gui_acts import heard
from PySide6.QtCore import Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QApplication,
    QDialog,
    QFileDialog,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QPushButton,
    QTableWidget,
)

from medview.present.ports.window_port import SeriesRow

SERIES = (
    SeriesRow(title="localizer", modality="MR", detail="3 pictures", is_suggested=False),
    SeriesRow(title="t2_tse", modality="MR", detail="24 slices", is_suggested=True),
    SeriesRow(title="<i>dwi</i>", modality="MR", detail="48 slices", is_suggested=False),
)


@pytest.fixture
def answer():
    """Does something with the next dialog that waits for an answer."""

    def with_dialog(act: Callable[[QDialog], object]) -> None:
        def look() -> None:
            dialog = QApplication.activeModalWidget()
            if dialog is None:
                QTimer.singleShot(20, look)
            else:
                act(dialog)

        QTimer.singleShot(20, look)

    return with_dialog


def press(text: str) -> Callable[[QDialog], object]:
    def act(dialog: QDialog) -> None:
        found = {button.text().replace("&", ""): button for button in dialog.findChildren(QPushButton)}
        QTest.mouseClick(found[text], Qt.MouseButton.LeftButton)

    return act


def type_key(key: Qt.Key) -> Callable[[QDialog], object]:
    return lambda dialog: QTest.keyClick(dialog, key)


@pytest.mark.parametrize(
    ("act", "said"),
    [
        (press("Save"), "save"),
        (press("Do not save"), "discard"),
        (press("Cancel"), "cancel"),
        (type_key(Qt.Key.Key_Return), "save"),
        (type_key(Qt.Key.Key_Escape), "cancel"),
        (lambda dialog: dialog.close(), "cancel"),
    ],
)
def test_unsaved_work_is_saved_lost_or_kept_open(view, answer, act, said):
    answer(act)
    assert view.ask_unsaved(("vessels",), "closing") == said


def test_unsaved_work_is_named_also_where_there_is_much_of_it(view, answer):
    words: list[str] = []

    def read(dialog: QDialog) -> None:
        words.extend(label.text() for label in dialog.findChildren(QLabel))
        assert all(label.textFormat() == Qt.TextFormat.PlainText for label in dialog.findChildren(QLabel))
        assert dialog.width() < 700
        dialog.reject()

    answer(read)
    view.ask_unsaved(("<b>x</b>" + "y" * 200, *(f"mask {n}" for n in range(12))), "removing mask")
    assert "Save before removing mask?" in words
    assert any("and 5 more" in text and "<b>x</b>" in text for text in words)


def test_the_suggested_series_is_chosen_at_first(view, answer):
    answer(press("Open"))
    assert view.ask_series(SERIES) == (1,)


def test_several_series_can_be_chosen(view, answer):
    def choose(dialog: QDialog) -> None:
        table = dialog.findChild(QTableWidget)
        place = table.visualItemRect(table.item(0, 0)).center()
        QTest.mouseClick(
            table.viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.ControlModifier, place
        )
        press("Open 2 series")(dialog)

    answer(choose)
    assert view.ask_series(SERIES) == (0, 1)


def test_nothing_chosen_cannot_be_opened(view, answer):
    def choose(dialog: QDialog) -> None:
        dialog.table.clearSelection()
        button = next(
            one for one in dialog.findChildren(QPushButton) if one.text().replace("&", "") == "Open"
        )
        assert (button.isEnabled(), button.toolTip()) == (False, "Choose a series first")
        dialog.reject()

    answer(choose)
    assert view.ask_series(SERIES) == ()


def test_a_double_click_opens_a_series_at_once(view, answer):
    def choose(dialog: QDialog) -> None:
        table = dialog.findChild(QTableWidget)
        place = table.visualItemRect(table.item(2, 0)).center()
        for act in (QTest.mouseClick, QTest.mouseDClick):
            act(table.viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, place)

    answer(choose)
    assert view.ask_series(SERIES) == (2,)


@pytest.mark.parametrize(("key", "said"), [(Qt.Key.Key_Return, "new name"), (Qt.Key.Key_Escape, None)])
def test_a_line_of_text_is_asked_for(view, answer, key, said):
    def type_name(dialog: QDialog) -> None:
        line = dialog.findChild(QLineEdit)
        assert line.text() == "old"
        line.selectAll()
        QTest.keyClicks(line, "new name")
        QTest.keyClick(line, key)

    answer(type_name)
    assert view.ask_text("Rename layer", "Name", "old") == said


def test_a_text_can_be_read_and_closed(view):
    view.show_text("Keys", "B  brush\n<b>not bold</b>")
    page = next(one for one in view.window.findChildren(QPlainTextEdit) if one.accessibleName() == "Keys")
    dialog = page.window()
    assert page.toPlainText() == "B  brush\n<b>not bold</b>"
    assert page.isReadOnly()
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    assert not dialog.isVisible()


@pytest.fixture
def file_dialog(monkeypatch):
    """Answers the system's file dialogs, which no test can click."""

    def answers(name: str, value: object) -> None:
        monkeypatch.setattr(QFileDialog, name, staticmethod(lambda *_, **__: value))

    return answers


def test_files_a_folder_and_a_save_path_are_asked_for(view, file_dialog):
    file_dialog("getOpenFileNames", (["/a/b.nii", "/a/c.nii.gz"], ""))
    file_dialog("getExistingDirectory", "/a/dicom")
    file_dialog("getSaveFileName", ("/a/mask", ""))
    assert view.ask_paths() == (Path("/a/b.nii"), Path("/a/c.nii.gz"))
    assert view.ask_folder() == Path("/a/dicom")
    assert view.ask_save_path(Path("/a/x.nii.gz")) == Path("/a/mask.nii.gz")


def test_a_cancelled_file_dialog_is_no_answer(view, file_dialog):
    file_dialog("getOpenFileNames", ([], ""))
    file_dialog("getExistingDirectory", "")
    file_dialog("getSaveFileName", ("", ""))
    assert view.ask_paths() == ()
    assert view.ask_folder() is None
    assert view.ask_save_path(Path("/a/x.nii.gz")) is None


def test_an_error_and_a_warning_are_told_and_dismissed(view):
    triggered = heard(view.triggered)
    view.show_warnings("T2.nii.gz", ("The sform is used.",))
    bar = view._messages
    assert bar.isVisible()
    assert bar.property("error") is False
    view.show_error("Cannot open x.nii", "the file ends too soon", "Copy it again.")
    assert bar.property("error") is True
    assert bar.text.text() == "Cannot open x.nii: the file ends too soon. Copy it again.  (and 1 more)"
    view.show_warnings("T1.nii.gz", ("Later.",))
    assert bar.text.text().startswith("Cannot open x.nii")
    QTest.mouseClick(bar._more, Qt.MouseButton.LeftButton)
    page = next(one for one in view.window.findChildren(QPlainTextEdit) if one.accessibleName() == "Messages")
    assert all(word in page.toPlainText() for word in ("T2.nii.gz", "Copy it again.", "Later."))
    QTest.keyClick(page.window(), Qt.Key.Key_Escape)
    QTest.mouseClick(bar._close, Qt.MouseButton.LeftButton)
    assert not bar.isVisible()
    view.show_warnings("T2.nii.gz", ("Anew.",))
    assert bar.text.text() == "T2.nii.gz: Anew."
    assert bar.property("error") is False
    assert triggered == []


def test_a_very_long_message_is_cut_and_can_be_read_in_full(view):
    view.show_error("Cannot open", "x" * 5000, "Hint.")
    assert len(view._messages.text.text()) < 300
    assert view._messages._more.isVisible()
    assert view.window.width() == 1280
