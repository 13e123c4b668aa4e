"""What a person does in these tests, and what the program hears of it."""

from __future__ import annotations

from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QWheelEvent
from PySide6.QtWidgets import QApplication, QWidget

_NO_KEYS = Qt.KeyboardModifier.NoModifier


def heard(signal) -> list[tuple]:
    """Everything that a signal tells from now on."""
    told: list[tuple] = []
    signal.connect(lambda *values: told.append(values))
    return told


def wheel(widget: QWidget, turn: int, keys: Qt.KeyboardModifier = _NO_KEYS) -> None:
    """Turn the wheel over the middle of a widget; 120 is a notch, up is positive."""
    place = QPointF(widget.rect().center())
    event = QWheelEvent(
        place, QPointF(widget.mapToGlobal(place.toPoint())), QPoint(0, 0), QPoint(0, turn),
        Qt.MouseButton.NoButton, keys, Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(widget, event)


def hold(target, files: QMimeData) -> bool:
    """Hold something over a window of the window system; whether it would be taken."""
    action, button = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton
    enter = QDragEnterEvent(QPoint(30, 30), action, files, button, _NO_KEYS)
    QApplication.sendEvent(target, enter)
    return enter.isAccepted()


def drop(target, paths) -> bool:
    """Hold files over a window of the window system and let them go; whether they were taken."""
    files = QMimeData()
    files.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    if not hold(target, files):
        return False
    action, button = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton
    let_go = QDropEvent(QPointF(30, 30), action, files, button, _NO_KEYS)
    QApplication.sendEvent(target, let_go)
    return let_go.isAccepted()
