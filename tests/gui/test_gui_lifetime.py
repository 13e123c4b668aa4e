from __future__ import annotations

import gc

import pytest
from gui_plans import edit_plan, form, layer_row, model_rows, slice_plan, volume_plan
from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QApplication
from vtkmodules.vtkRenderingCore import vtkRenderWindow

from medview.core.state import Orientation
from medview.gui.main_window import MainWindow

_TIMES = 20


def open_and_close(qtbot, theme: str) -> None:
    view = MainWindow(theme, lambda canvas: None)
    view.show_title("T2", False)
    view.layers.show_colormaps(("gray", "hot"))
    view.layers.show((layer_row(1, "T2"),), 1)
    view.tools.show_models(model_rows(), "vessels")
    view.tools.show_form(form())
    view.edit.show(edit_plan())
    view.window.show()
    qtbot.waitExposed(view.window)
    for orientation in Orientation:
        view.slices[orientation].show(slice_plan(orientation))
        view.slices[orientation].widget.draw()
    view.volume.show(volume_plan())
    view.close()


def settle(qapp) -> None:
    for _ in range(3):
        gc.collect()
        qapp.sendPostedEvents(None, QEvent.Type.DeferredDelete)
        qapp.processEvents()


def census() -> tuple[int, int, int]:
    """Widgets, windows on the screen's list, VTK windows that are alive."""
    # by type: some libraries answer isinstance with warnings
    windows = sum(issubclass(type(one), vtkRenderWindow) for one in gc.get_objects())
    return len(QApplication.allWidgets()), len(QApplication.topLevelWidgets()), windows


@pytest.mark.timeout(200)
def test_windows_that_come_and_go_leave_nothing_behind(qtbot, qapp, theme):
    open_and_close(qtbot, theme)
    settle(qapp)
    before = census()
    for _ in range(_TIMES):
        open_and_close(qtbot, theme)
    settle(qapp)
    assert census() == before
    assert not [one for one in QApplication.topLevelWidgets() if one.isVisible()]


def test_a_window_can_be_closed_before_it_was_ever_shown(qapp, theme):
    MainWindow(theme, lambda canvas: None).close()
    settle(qapp)


def test_events_that_come_after_closing_are_harmless(qtbot, qapp, theme):
    view = MainWindow(theme, lambda canvas: None)
    view.window.show()
    qtbot.waitExposed(view.window)
    pane = view.slices[Orientation.AXIAL].widget
    view.close()
    pane.draw()
    assert pane.picture().isNull()
    pane.finish()
    settle(qapp)
