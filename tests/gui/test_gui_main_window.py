from __future__ import annotations

from pathlib import Path

import pytest
from gui_acts import drop, heard, hold
from gui_plans import edit_plan, slice_plan
from PySide6.QtCore import QMimeData, QPoint, Qt, QUrl
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPushButton, QSlider

from medview.core.state import Layout, Orientation, Tool
from medview.gui.main_window import MainWindow
from medview.gui.texts import ElidedLabel
from medview.present.ports.menu_port import ActionRow, RecentRow
from medview.present.ports.tools_port import JobRow

CANCEL = (ActionRow(action_id="edit.cancel", title="Cancel", shortcuts=("Esc",)),)


def job(**changes) -> JobRow:
    given = {
        "title": "Reading T2.nii.gz",
        "message": "",
        "fraction": 0.5,
        "time_left": "",
        "can_cancel": True,
    }
    return JobRow(job_id="1", **(given | changes))


def target(view, where: str):
    """The window of the window system that files are dropped on."""
    if where == "start page":
        view.show_title("", False)
        return view.window.windowHandle()
    if where == "slice":
        return view.slices[Orientation.SAGITTAL].widget.windowHandle()
    return view.window.windowHandle()


@pytest.mark.parametrize("where", ["window", "slice", "start page"])
def test_files_and_folders_can_be_dropped_anywhere(view, qtbot, tmp_path, where):
    told = heard(view.dropped)
    paths = (tmp_path / "T2.nii.gz", tmp_path)
    assert drop(target(view, where), paths)
    qtbot.waitUntil(lambda: bool(told))
    assert told == [(paths,)]


def test_files_held_over_the_window_light_the_drop_zone(view):
    view.show_title("", False)
    view.window.files_held.emit(True)
    assert view._start._zone.property("hot") is True
    view.window.files_held.emit(False)
    assert view._start._zone.property("hot") is False


def test_text_and_links_are_not_taken(view):
    for urls in ([], [QUrl("https://example.org/x.nii")]):
        files = QMimeData()
        files.setText("hello")
        files.setUrls(urls)
        assert not hold(view.window.windowHandle(), files)


def test_closing_asks_and_does_not_close(view, qtbot):
    asked = heard(view.close_asked)
    view.window.close()
    qtbot.waitUntil(lambda: bool(asked))
    assert view.window.isVisible()
    view.close()
    assert not view.window.isVisible()
    view.close()


def test_the_title_tells_what_is_open_and_that_it_is_unsaved(view):
    view.show_title("T2", True)
    assert view.window.windowTitle() == "T2 • – medview"
    view.show_title("", False)
    assert view.window.windowTitle() == "medview"
    assert view._start.widget.isVisible()


@pytest.mark.parametrize("layout", list(Layout))
def test_a_layout_shows_its_panes(view, layout):
    view.show_layout(layout)
    shown = [o for o, pane in view.slices.items() if pane.widget.isVisible()]
    if layout is Layout.FOUR_UP:
        assert len(shown) == 3
        assert view.volume.widget.isVisible()
    else:
        assert [o.value for o in shown] == ([] if layout is Layout.VOLUME else [layout.value])
        assert view.volume.widget.isVisible() == (layout is Layout.VOLUME)


def test_the_four_panes_are_of_one_size(view):
    sizes = [pane.widget.size() for pane in (*view.slices.values(), view.volume)]
    assert max(size.width() for size in sizes) - min(size.width() for size in sizes) <= 2
    assert max(size.height() for size in sizes) - min(size.height() for size in sizes) <= 2


def test_readout_and_hint_are_shown_in_full_or_cut_but_never_widen_the_window(view):
    view.show_readout(("R 17.6 mm", "T2 142"))
    view.show_hint("Left drag moves")
    QApplication.processEvents()
    texts = [one.shown_text() for one in view.window.statusBar().findChildren(ElidedLabel) if one.isVisible()]
    assert texts == ["R 17.6 mm    T2 142", "Left drag moves"]
    view.show_readout(("x" * 1000,))
    view.show_hint("y" * 1000)
    QApplication.processEvents()
    assert view.window.width() == 1280
    assert view.window.minimumSizeHint().width() <= 900


def test_the_time_slider_tells_frames_and_hides_for_still_scans(view):
    told = heard(view.frame_chosen)
    view.show_frames(3, 20, "4 / 20")
    slider = next(one for one in view.window.findChildren(QSlider) if one.accessibleName() == "Time point")
    assert slider.isVisible()
    assert (slider.value(), slider.maximum(), told) == (3, 19, [])
    slider.setFocus()
    QTest.keyClick(slider, Qt.Key.Key_Right)
    assert told == [(4,)]
    view.show_frames(0, 1, "")
    assert not slider.isVisible()


@pytest.mark.parametrize(
    ("words", "action_id"),
    [
        ("Open a scan", "file.open"),
        ("Open a DICOM folder", "file.open_folder"),
        ("Open the sample", "file.sample"),
    ],
)
def test_the_start_page_offers_ways_to_begin(view, words, action_id):
    view.show_title("", False)
    told = heard(view.triggered)
    button = next(one for one in view.window.findChildren(QPushButton) if one.accessibleName() == words)
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    assert told == [(action_id,)]


def test_the_start_page_lists_recent_files(view):
    view.show_title("", False)
    told = heard(view.recent_chosen)
    view.show_recent(
        (
            RecentRow(path=Path("/a/R&D.nii"), name="R&D.nii", exists=True),
            RecentRow(path=Path("/a/old.nii"), name="old.nii", exists=False),
        )
    )
    QApplication.processEvents()
    links = [one for one in view.window.findChildren(QPushButton) if one.objectName() == "link"]
    assert [(one.text(), one.isEnabled()) for one in links] == [
        ("R&&D.nii", True),
        ("old.nii (not found)", False),
    ]
    QTest.mouseClick(links[0], Qt.MouseButton.LeftButton)
    assert told == [(Path("/a/R&D.nii"),)]


def test_a_job_shows_in_the_status_bar_and_on_the_start_page(view):
    view.show_title("", False)
    view.tools.show_jobs((job(), job(title="Other")))
    for mark in (view._busy, view._start._busy):
        assert mark.isVisible()
        assert mark._bar.value() / mark._bar.maximum() == 0.5
        assert mark._text.text() == "Reading T2.nii.gz and 1 more"
    view._side.show_panel("paint")
    QTest.mouseClick(view._busy, Qt.MouseButton.LeftButton)
    assert view._side._tabs.currentIndex() == 0
    view.tools.show_jobs(())
    assert not view._busy.isVisible()


def test_taking_the_brush_shows_the_paint_panel(view):
    assert view._side._tabs.currentIndex() == 0
    view.edit.show(edit_plan(tool=Tool.BRUSH))
    assert view._side._tabs.currentIndex() == 1


def test_escape_dismisses_the_message_and_only_then_reaches_the_work(view, qtbot):
    view.show_actions(CANCEL)
    told = heard(view.triggered)
    view.show_error("Cannot open", "x", "y")

    def pressed_until(is_true) -> bool:
        # keys pressed before the window system has made the window active are lost
        if not is_true():
            QTest.keyClick(view.window, Qt.Key.Key_Escape)
        return is_true()

    qtbot.waitUntil(lambda: pressed_until(lambda: not view._messages.isVisible()))
    assert told == []
    qtbot.waitUntil(lambda: pressed_until(lambda: bool(told)))
    assert told == [("edit.cancel",)]


def test_escape_leaves_full_screen(view, qtbot):
    view.show_actions(CANCEL)
    view.toggle_full_screen()

    def left() -> bool:
        QTest.keyClick(view.window, Qt.Key.Key_Escape)
        return not view.window.isFullScreen()

    qtbot.waitUntil(left)


def test_full_screen_comes_and_goes(view):
    view.toggle_full_screen()
    assert view.window.isFullScreen()
    view.toggle_full_screen()
    assert not view.window.isFullScreen()


def test_the_theme_changes_while_everything_is_open(view):
    for orientation, pane in view.slices.items():
        pane.show(slice_plan(orientation))
    view.edit.show(edit_plan())
    before = view.window.palette().window().color().lightness()
    view.set_theme("light")
    assert view.window.palette().window().color().lightness() > before + 100
    for pane in view.slices.values():
        pane.widget.draw()
    view.set_theme("dark")
    assert view.window.palette().window().color().lightness() == before


def test_size_and_borders_are_kept_and_nothing_else(view, qtbot, theme, tmp_path):
    view.show_title("Patient Name", False)
    view.window.resize(1100, 700)
    view._splitters["body"].setSizes([700, 400])
    QApplication.processEvents()
    side = view._splitters["body"].sizes()[1]
    view.close()
    kept = (tmp_path / "window.ini").read_text(encoding="utf-8")
    assert "Patient" not in kept
    again = MainWindow(theme, lambda canvas: None, tmp_path / "window.ini")
    again.show_title("T2", False)
    again.window.show()
    qtbot.waitExposed(again.window)
    assert (again.window.width(), again.window.height()) == (1100, 700)
    assert abs(again._splitters["body"].sizes()[1] - side) <= 2
    again.close()


@pytest.mark.parametrize("text", ["", "rubbish\0", "[General]\nversion=1\ngeometry=broken\n"])
def test_a_broken_memory_means_the_first_look(qtbot, theme, tmp_path, text):
    (tmp_path / "window.ini").write_text(text, encoding="utf-8")
    made = MainWindow(theme, lambda canvas: None, tmp_path / "window.ini")
    made.window.show()
    assert (made.window.width(), made.window.height()) == (1280, 800)
    made.close()


def test_a_picture_of_the_window_holds_what_the_panes_show(view):
    pane = view.slices[Orientation.AXIAL]
    pane.show(slice_plan(Orientation.AXIAL))
    picture = view.grab_picture()
    place = pane.widget.mapTo(view.window, QPoint(0, pane.widget.height() // 2))
    row = {
        picture.pixelColor(place.x() + x, place.y()).lightness() for x in range(20, pane.widget.width() - 20)
    }
    assert len(row) > 8
