"""Someone who sits at the window: mouse, wheel, keys, files dropped; looks at pixels and words."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PySide6.QtCore import QEvent, QMimeData, QPoint, QPointF, Qt, QUrl, qVersion
from PySide6.QtGui import QAction, QDragEnterEvent, QDropEvent, QImage, QMouseEvent, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QComboBox, QLabel, QPushButton, QTabBar, QWidget
from shiboken6 import isValid

from medview.app import App, Start
from medview.core.layers import Layer
from medview.core.state import Orientation, SessionState
from medview.gui.message_bar import MessageBar

AXIAL, CORONAL, SAGITTAL = Orientation.AXIAL, Orientation.CORONAL, Orientation.SAGITTAL
LEFT = Qt.MouseButton.LeftButton
NO_KEYS = Qt.KeyboardModifier.NoModifier
CTRL = Qt.KeyboardModifier.ControlModifier
SHIFT = Qt.KeyboardModifier.ShiftModifier


class Person:
    """Uses the program through its window only, and may look at the session to check.

    Args:
        app: The program.
        start: What it opens with.
    """

    def __init__(self, app: App, start: Start) -> None:
        self.app = app
        self.window = app.view.window
        app.show(start)
        self.window.activateWindow()
        self.settle()

    # waiting

    def settle(self) -> None:
        """Let everything that waits happen, and draw."""
        QApplication.processEvents()
        self.app.scheduler.flush()
        QApplication.processEvents()

    def wait(self, is_true: Callable[[], object], what: str, seconds: float = 60) -> None:
        """Let events happen until something holds."""
        end_s = time.monotonic() + seconds
        while not is_true():
            assert time.monotonic() < end_s, f"{what} did not happen within {seconds:g} s"
            QApplication.processEvents()
            time.sleep(0.002)

    def wait_idle(self, seconds: float = 90) -> None:
        """Let all jobs end, those without a card too, and draw."""
        self.settle()
        self.wait(lambda: not self.app.workflows.running, "the end of all jobs", seconds)
        self.settle()

    # looking

    @property
    def state(self) -> SessionState:
        return self.app.session.state

    @property
    def layers(self) -> tuple[Layer, ...]:
        return self.state.layers

    @property
    def names(self) -> list[str]:
        return [layer.name for layer in self.layers]

    @property
    def message(self) -> str:
        """What the message bar says; empty where it is hidden."""
        bar = self.window.findChild(MessageBar)
        return bar.text.text() if bar.isVisible() else ""

    @property
    def words(self) -> str:
        """All texts of visible labels in the window."""
        return "\n".join(item.text() for item in self.window.findChildren(QLabel) if item.isVisible())

    @property
    def is_there(self) -> bool:
        """Whether the window is on the screen."""
        return isValid(self.window) and self.window.isVisible()

    def canvas(self, pane: Orientation) -> QWidget:
        return self.app.view.slices[pane].widget

    def picture(self, pane: Orientation) -> np.ndarray:
        """(H, W, 3) uint8 of a pane, as drawn."""
        self.settle()
        return pixels_of(self.canvas(pane).picture())

    def spot(self, pane: Orientation, ras: tuple[float, float, float]) -> QPoint:
        """Where a patient position lies in a pane, in widget pixels."""
        scene = self.app.view.slices[pane].scene
        x, y = scene.frame.draw_at(ras)
        return QPoint(round(x), round(scene.frame.size_px[1] - y))

    def colour(self, pane: Orientation, ras: tuple[float, float, float]) -> np.ndarray:
        """RGB at a patient position."""
        place, picture = self.spot(pane, ras), self.picture(pane)
        return picture[place.y(), place.x()].astype(int)

    # doing

    def drop(self, *paths: Path, onto: QWidget | None = None) -> None:
        """Drag files over the window and let them go."""
        target = onto or self.window
        data = QMimeData()
        data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
        facts = (Qt.DropAction.CopyAction, data, LEFT, NO_KEYS)
        # QDragEnterEvent takes whole pixels before Qt 6.12, and parts of pixels from then on
        whole = tuple(int(part) for part in qVersion().split(".")[:2]) < (6, 12)
        enter = QDragEnterEvent(QPoint(20, 20) if whole else QPointF(20, 20), *facts)
        QApplication.sendEvent(target, enter)
        assert enter.isAccepted(), "the window does not take files"
        QApplication.sendEvent(target, QDropEvent(QPointF(20, 20), *facts))

    def open(self, *paths: Path) -> None:
        """Drop files and wait until they are shown."""
        self.drop(*paths)
        self.wait_idle()

    def wheel(self, pane: Orientation, steps: int, keys: Qt.KeyboardModifier = NO_KEYS) -> None:
        """Turn the wheel over the middle of a pane; away from the person is positive."""
        canvas = self.canvas(pane)
        middle = QPointF(canvas.rect().center())
        for _ in range(abs(steps)):
            turn = QPoint(0, 120 if steps > 0 else -120)
            event = QWheelEvent(
                middle, canvas.mapToGlobal(middle), QPoint(), turn, Qt.MouseButton.NoButton, keys,
                Qt.ScrollPhase.NoScrollPhase, False,
            )  # fmt: skip
            QApplication.sendEvent(canvas, event)
        self.settle()

    def click(self, pane: Orientation, place: QPoint, keys: Qt.KeyboardModifier = NO_KEYS) -> None:
        QTest.mouseClick(self.canvas(pane), LEFT, keys, place)
        self.settle()

    def double_click(self, pane: Orientation, place: QPoint) -> None:
        canvas = self.canvas(pane)
        QTest.mouseClick(canvas, LEFT, NO_KEYS, place)
        QTest.mouseDClick(canvas, LEFT, NO_KEYS, place)
        self.settle()

    def drag(self, pane: Orientation, *places: QPoint, button: Qt.MouseButton = LEFT) -> None:
        """Press at the first place, move over the others, release at the last."""
        canvas = self.canvas(pane)
        QTest.mouseMove(canvas, places[0])
        QTest.mousePress(canvas, button, NO_KEYS, places[0])
        for place in places[1:]:
            # QTest's own mouseMove carries no button
            _move(canvas, place, button)
            self.settle()
        QTest.mouseRelease(canvas, button, NO_KEYS, places[-1])
        self.settle()

    def key(self, key: Qt.Key, keys: Qt.KeyboardModifier = NO_KEYS) -> None:
        QTest.keyClick(self.window, key, keys)
        self.settle()

    def choose(self, title: str) -> None:
        """Choose an entry of the menus, which must be on."""
        action = next(a for a in self.window.findChildren(QAction) if a.text() == title)
        assert action.isEnabled(), f"{title} is off: {action.toolTip()}"
        action.trigger()
        self.settle()

    def button(self, text: str) -> QPushButton:
        """The visible button with this text."""
        found = [b for b in self.window.findChildren(QPushButton) if b.text() == text and b.isVisible()]
        assert found, f"there is no button {text!r}"
        return found[0]

    def button_beginning(self, text: str) -> QPushButton:
        """The visible button whose text begins so."""
        buttons = self.window.findChildren(QPushButton)
        return next(b for b in buttons if b.text().startswith(text) and b.isVisible())

    def press(self, text: str) -> None:
        QTest.mouseClick(self.button(text), LEFT)
        QApplication.processEvents()

    def open_tab(self, title: str) -> None:
        """Click a tab of the side panel."""
        for bar in self.window.findChildren(QTabBar):
            for index in range(bar.count()):
                if bar.tabText(index) == title:
                    QTest.mouseClick(bar, LEFT, pos=bar.tabRect(index).center())
                    return
        raise AssertionError(f"there is no tab {title}")

    def choose_model(self, title: str) -> None:
        """Walk down the list of models with the arrow key."""
        box = next(b for b in self.window.findChildren(QComboBox) if b.accessibleName() == "Model")
        box.setFocus()
        for key in (Qt.Key.Key_Home, *[Qt.Key.Key_Down] * box.count()):
            if box.currentText().startswith(title):
                break
            QTest.keyClick(box, key)
        assert box.currentText().startswith(title), f"{title} is not listed"
        self.settle()

    def leave(self) -> None:
        """Close everything, whatever is unsaved."""
        self.app.close()
        QApplication.processEvents()


def _move(canvas: QWidget, place: QPoint, button: Qt.MouseButton) -> None:
    at = QPointF(place)
    event = QMouseEvent(
        QEvent.Type.MouseMove, at, canvas.mapToGlobal(at), Qt.MouseButton.NoButton, button, NO_KEYS
    )
    QApplication.sendEvent(canvas, event)


def pixels_of(picture: QImage) -> np.ndarray:
    """(H, W, 3) uint8 of a picture."""
    picture = picture.convertToFormat(QImage.Format.Format_RGB888)
    rows = np.frombuffer(picture.constBits(), np.uint8).reshape(picture.height(), picture.bytesPerLine())
    # a copy: the pixels go away with the picture
    return rows[:, : 3 * picture.width()].reshape(picture.height(), picture.width(), 3).copy()
