"""The process that is killed: ``python -m medview.bench.painter SCAN SEED [TARGET]`` paints without end.

A real window, real mouse and key events: strokes, undo, redo, jumps in the history. After each event it
prints one line of JSON: when, the mask's check sum, the steps and how many are done. With a target it saves
the mask there again and again.
"""

from __future__ import annotations

import json
import random
import sys
import time
import zlib
from pathlib import Path

from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from medview.bench.driver import Driver
from medview.core.labels import LabelMap
from medview.core.state import Layout, Orientation, Tool
from medview.session.masks import new_mask

_BRUSH_MM = 5.0
_MOVES = 12
_PAUSE_S = 0.004
_LEFT, _NONE = Qt.MouseButton.LeftButton, Qt.MouseButton.NoButton
_CTRL = Qt.KeyboardModifier.ControlModifier


class Painter:
    """A person who never rests.

    Args:
        scan: What is painted on.
        seed: Of everything that is done.
        target: Where to save; None never saves.
    """

    def __init__(self, scan: Path, seed: int, target: Path | None) -> None:
        self._driver = Driver()
        self._app = self._driver.app
        self._choice = random.Random(seed)
        self._target = target
        self._app.workflows.opening.open_paths([scan])
        self._driver.wait_until(lambda: bool(self._app.session.state.layers), "the scan")
        self._mask = new_mask(self._app.session)
        self._app.session.set_view(layout=Layout.AXIAL, tool=Tool.BRUSH, brush_radius_mm=_BRUSH_MM)
        self._driver.settle()
        self._canvas: QWidget = self._app.view.slices[Orientation.AXIAL].widget

    def work(self) -> None:
        """Paint, go back and forth, and tell of each event, until the process ends."""
        self._tell()
        while True:
            deed = self._choice.choice((self._stroke, self._stroke, self._stroke, self._key, self._jump))
            deed()
            if self._target is not None and not self._app.workflows.running:
                self._app.workflows.saving.save_layer(self._mask, self._target)

    def _stroke(self) -> None:
        middle = self._canvas.rect().center()
        place = middle + QPoint(self._choice.randint(-60, 60), self._choice.randint(-60, 60))
        self._mouse(QEvent.Type.MouseButtonPress, place, _LEFT)
        for _ in range(self._choice.randint(1, _MOVES)):
            place += QPoint(self._choice.randint(-9, 9), self._choice.randint(-9, 9))
            self._mouse(QEvent.Type.MouseMove, place, _NONE)
        self._mouse(QEvent.Type.MouseButtonRelease, place, _LEFT)

    def _mouse(self, kind: QEvent.Type, place: QPoint, button: Qt.MouseButton) -> None:
        at = QPointF(place)
        held = _NONE if kind is QEvent.Type.MouseButtonRelease else _LEFT
        where = self._canvas.mapToGlobal(at)
        event = QMouseEvent(kind, at, where, button, held, Qt.KeyboardModifier.NoModifier)
        QApplication.sendEvent(self._canvas, event)
        self._tell()

    def _key(self) -> None:
        key = self._choice.choice((Qt.Key.Key_Z, Qt.Key.Key_Y))
        QTest.keyClick(self._app.view.window, key, _CTRL)
        self._tell()

    def _jump(self) -> None:
        count = self._app.session.undo_stack.count
        # the scan and the mask stay: they are the first two steps
        self._app.view.history.chosen.emit(self._choice.randint(min(2, count), count))
        self._tell()

    def _tell(self) -> None:
        self._driver.settle()
        stack, layer = self._app.session.undo_stack, self._app.session.state.layer(self._mask)
        labels = layer.data if layer is not None else None
        crc = zlib.crc32(labels.array.tobytes()) if isinstance(labels, LabelMap) else None
        told = {"s": time.monotonic(), "crc": crc, "steps": stack.count, "done": stack.position}
        sys.stdout.write(json.dumps(told) + "\n")
        sys.stdout.flush()
        time.sleep(_PAUSE_S)


def main(words: list[str]) -> None:
    """Paint."""
    target = Path(words[2]) if len(words) > 2 else None
    Painter(Path(words[0]), int(words[1]), target).work()


if __name__ == "__main__":
    main(sys.argv[1:])
