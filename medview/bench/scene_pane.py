"""The 3-D pane with a trained scene, as a hand has it: opened, dragged about, left to refine."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QApplication

from medview.bench.driver import Driver
from medview.core.geometry import Geometry
from medview.core.labels import LabelEntry, LabelMap, LabelTable
from medview.core.radiance import RadianceField
from medview.core.state import Layout
from medview.session.commands import AddLayers
from medview.session.fields.rendering import Phase, ras_pose
from medview.session.files.layers_from import Content, layer_of

SIZE_PX = (800, 600)
_STEP_PX = (6, 3)
_AWAY, _BALL_RADIUS, _BALL_CELLS = 0.5, 0.12, 64
"""Distance of the ball's middle before the first camera and its radius, in the scene's units."""


class ScenePane:
    """A window whose 3-D pane has `SIZE_PX` pixels, and deeds with their times."""

    def __init__(self) -> None:
        self.driver = Driver()
        self._app = self.driver.app
        self._app.session.set_view(layout=Layout.VOLUME)
        self._view = self._app.view.volume
        self._view.widget.setFixedSize(*SIZE_PX)
        self._is_answered = False
        self._rendering = self._app.workflows.field_rendering
        self._rendering.changed.connect(self._on_phase)
        self._rendering.arrived.connect(self._on_answer)
        self.driver.settle()
        self.driver.rest()

    def open(self, folder: Path) -> float:
        """Open a field folder into an empty session; seconds until its baked view is drawn."""
        self._app.session.clear()
        self.driver.rest()
        started_s = time.perf_counter()
        self._app.workflows.opening.open_paths([folder])
        self.driver.wait_until(lambda: self._app.session.state.base is not None, "the open scene")
        self.wait_drawn()
        return time.perf_counter() - started_s

    def drag(self) -> float:
        """Drag a little out of a view that has begun to refine; milliseconds from move to picture."""
        self.driver.wait_until(lambda: self._is_answered, "a picture of the field")
        self.wait_drawn()
        middle = QPointF(SIZE_PX[0] / 2, SIZE_PX[1] / 2)
        self._send(QEvent.Type.MouseButtonPress, middle)
        started_s = time.perf_counter()
        self._send(QEvent.Type.MouseMove, middle + QPointF(*_STEP_PX))
        self.wait_drawn()
        spent_ms = 1000 * (time.perf_counter() - started_s)
        self._send(QEvent.Type.MouseButtonRelease, middle + QPointF(*_STEP_PX))
        return spent_ms

    def refine(self) -> float:
        """Seconds from a drag's end until the field is shown at full resolution."""
        self.drag()
        started_s = time.perf_counter()
        self.driver.wait_until(lambda: self._rendering.phase is Phase.SHOWN, "the finest picture")
        self.wait_drawn()
        return time.perf_counter() - started_s

    def add_ball(self) -> None:
        """Lay a mask of a ball before the first camera, and wait for its surface."""
        field = next(layer.data for layer in self._app.session.state.layers if layer.is_field)
        assert isinstance(field, RadianceField)
        labels = _ball(field)
        layer = layer_of(Content(name="Ball", data=labels), self._app.session.new_id(), "Ball")
        self._app.session.do(AddLayers(title="Ball", layers=(layer,)))
        self.driver.wait_until(lambda: layer.id in self._app.session.state.surfaces, "the ball's surface")
        self.wait_drawn()

    def wait_drawn(self) -> None:
        """Wait for a picture that shows all that was asked for so far, and lay it on the screen."""
        painter, begun = self._view.painter, list[int]()
        painter.ask(lambda _scene: begun.append(painter.pictures_drawn))
        self.driver.wait_until(lambda: bool(begun) and painter.pictures_drawn > begun[0], "a picture in 3-D")
        self.driver.settle()

    def _on_phase(self) -> None:
        self._is_answered = self._rendering.phase is Phase.SHOWN

    def _on_answer(self, _picture: object) -> None:
        self._is_answered = True

    def _send(self, kind: QEvent.Type, place: QPointF) -> None:
        left, none = Qt.MouseButton.LeftButton, Qt.MouseButton.NoButton
        button = none if kind is QEvent.Type.MouseMove else left
        held = none if kind is QEvent.Type.MouseButtonRelease else left
        away = self._view.widget.mapToGlobal(place)
        event = QMouseEvent(kind, place, away, button, held, Qt.KeyboardModifier.NoModifier)
        QApplication.sendEvent(self._view.widget, event)


def _ball(field: RadianceField) -> LabelMap:
    pose, scale = ras_pose(field.placement.ras_from_scene, field.poses[0]), field.placement.mm_per_unit
    middle = pose[:3, 3] - _AWAY * scale * pose[:3, 2]
    cells = np.linspace(-1.3, 1.3, _BALL_CELLS)
    x, y, z = np.ix_(cells, cells, cells)
    spacing_mm = _BALL_RADIUS * scale * (cells[1] - cells[0])
    matrix = np.diag([spacing_mm, spacing_mm, spacing_mm, 1.0])
    matrix[:3, 3] = middle + _BALL_RADIUS * scale * cells[0]
    entry = LabelEntry(value=1, name="Ball", colour=(230, 60, 60))
    inside = (x**2 + y**2 + z**2 <= 1).astype(np.uint8)
    return LabelMap(inside, Geometry(shape=inside.shape, ras_from_ijk=matrix), LabelTable((entry,)))
