"""Brush and eraser: a disc in the slice, or a ball, swept along the mouse's way."""

from __future__ import annotations

from medview.core.state import Tool
from medview.edit.ball import ball
from medview.edit.brush import swept_disc
from medview.edit.region import Region
from medview.present.hand.grip import Grip
from medview.present.hand.paint import Paint
from medview.present.ports.slice_port import Pointer


class StampDrag:
    """A held left button: stamps without gaps from press to release; one undo step."""

    def __init__(self, grip: Grip, pointer: Pointer) -> None:
        view = grip.state.view
        erases = view.tool is Tool.ERASER
        self._strokes = grip.strokes
        self._paint = Paint.of(grip.state, erases=erases)
        self._normal_ras = grip.plan.toward_ras
        self._radius_mm = view.brush_radius_mm
        self._is_ball = view.hand.is_ball
        self._last_ras = pointer.position_ras
        layer = self._paint.layer
        self._strokes.begin(layer, f"{'Erase' if erases else 'Brush'} in {layer.name}")
        self.move(pointer)

    def move(self, pointer: Pointer) -> None:
        """Paint from the last position to this one."""
        if self._strokes.is_open:
            self._strokes.paint(self._paint.patch(self._swept(pointer)))

    def finish(self) -> None:
        """One undo step."""
        self._strokes.finish()

    def cancel(self) -> None:
        """As if never painted."""
        self._strokes.cancel()

    def _swept(self, pointer: Pointer) -> Region:
        start, self._last_ras = self._last_ras, pointer.position_ras
        geometry = self._paint.labels.geometry
        if self._is_ball:
            return ball(geometry, start, self._last_ras, self._radius_mm)
        return swept_disc(geometry, start, self._last_ras, self._normal_ras, self._radius_mm)
