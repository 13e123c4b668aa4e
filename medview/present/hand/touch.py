"""Wand and bucket: one click paints what is connected; a drag of the wand makes it more or less choosy."""

from __future__ import annotations

from medview.core.state import SessionState
from medview.core.volume import Volume
from medview.edit import slice_tools
from medview.edit.region import NOTHING, Region
from medview.present.hand.grip import Grip
from medview.present.hand.paint import Paint, step_name
from medview.present.ports.slice_port import Pointer

_TOLERANCE_PER_PIXEL = 1.02


class WandDrag:
    """A held left button with the wand: to the right takes more, to the left less; one undo step."""

    def __init__(self, grip: Grip, pointer: Pointer) -> None:
        self._grip = grip
        self._press = pointer
        self._paint = Paint.of(grip.state, erases=pointer.ctrl)
        self._tolerance = tolerance(grip.state)
        grip.strokes.begin(self._paint.layer, step_name("Magic wand", self._paint))
        self.move(pointer)

    def move(self, pointer: Pointer) -> None:
        """Paint again with the tolerance that the distance to the press asks for."""
        right_px = pointer.position_px[0] - self._press.position_px[0]
        self._grip.strokes.start_over()
        self._grip.strokes.paint(self._paint.patch(self._region(_TOLERANCE_PER_PIXEL**right_px)))

    def finish(self) -> None:
        """One undo step."""
        self._grip.strokes.finish()

    def cancel(self) -> None:
        """As if never clicked."""
        self._grip.strokes.cancel()

    def _region(self, factor: float) -> Region:
        layer = self._grip.state.active_image
        if layer is None or not isinstance(layer.data, Volume):
            return NOTHING
        return slice_tools.wand(
            layer.data,
            self._grip.state.view.frame,
            self._paint.labels.geometry,
            self._press.position_ras,
            self._grip.plan.toward_ras,
            self._tolerance * factor,
        )


def tolerance(state: SessionState) -> float:
    """The wand's tolerance in the unit of the scan: a part of its window's width."""
    layer = state.active_image
    width = getattr(layer.display, "width", 0.0) if layer is not None else 0.0
    return float(state.view.hand.wand_tolerance * width)


def pour(grip: Grip, pointer: Pointer) -> None:
    """A click with the bucket in the slice: one undo step."""
    paint = Paint.of(grip.state, erases=pointer.ctrl)
    region = slice_tools.bucket(paint.labels, pointer.position_ras, grip.plan.toward_ras)
    grip.strokes.begin(paint.layer, step_name("Bucket", paint))
    grip.strokes.paint(paint.patch(region))
    grip.strokes.finish()
