"""The lasso: a line drawn by hand around what is meant."""

from __future__ import annotations

import math

from medview.present.hand.grip import Grip
from medview.present.hand.outlines import straight
from medview.present.ports.slice_port import Pointer

_LEAST_STEP_PX = 2.0


class LassoDrag:
    """A held left button: the outline follows the mouse and closes on release."""

    def __init__(self, grip: Grip, pointer: Pointer) -> None:
        self._outlines = grip.outlines
        self._last_px = pointer.position_px
        self._outlines.begin(
            grip.pane,
            "Lasso",
            grip.plan.toward_ras,
            pointer.position_ras,
            erases=pointer.ctrl,
            by_hand=True,
        )
        self._outlines.lead(straight)

    def move(self, pointer: Pointer) -> None:
        """Add a point for every two pixels of way."""
        if math.dist(self._last_px, pointer.position_px) >= _LEAST_STEP_PX:
            self._last_px = pointer.position_px
            self._outlines.add(pointer.position_ras)

    def finish(self) -> None:
        """Paint what was enclosed."""
        self._outlines.close()

    def cancel(self) -> None:
        """As if never drawn."""
        self._outlines.cancel()
