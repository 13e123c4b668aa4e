"""A held button with Smart click: a click, a scribble, a box; and the right one, which also zooms."""

from __future__ import annotations

import math

from medview.core.plans import Vector
from medview.core.state import Tool
from medview.present.hand.clicks import box_corners
from medview.present.hand.grip import Grip
from medview.present.hand.tool_table import BY_TOOL
from medview.present.ports.slice_port import Pointer
from medview.present.slice_drags import Drag
from medview.session.clicking.talk import Said

_STILL_PX = 4.0
"""A hand is never quite still: up to here a press and its release are a click."""
_LEAST_STEP_PX = 5.0


class ClickDrag:
    """The left button: where it is let go at once, a click; else a scribble, or with Shift a box."""

    def __init__(self, grip: Grip, pointer: Pointer) -> None:
        self._grip = grip
        self._press = pointer
        self._said = Said.BOX if pointer.shift else Said.EXCLUDE if pointer.ctrl else Said.INCLUDE
        self._points: list[Vector] = [pointer.position_ras]
        self._last_px = pointer.position_px
        self._has_moved = False

    def move(self, pointer: Pointer) -> None:
        """Draw on."""
        self._has_moved |= _distance(self._press, pointer) > _STILL_PX
        if not self._has_moved:
            return
        if self._said is Said.BOX:
            self._points = list(box_corners(self._grip.plan, self._press.position_ras, pointer.position_ras))
        elif math.dist(self._last_px, pointer.position_px) >= _LEAST_STEP_PX:
            self._points.append(pointer.position_ras)
            self._last_px = pointer.position_px
        self._grip.clicks.draw(self._grip.plan, self._said, self._points)

    def finish(self) -> None:
        """Say it; a box without a size is none."""
        if self._said is Said.BOX and not self._has_moved:
            self._grip.clicks.drop()
            self._grip.told("Shift+drag draws a box around what is meant.")
            return
        self._grip.clicks.say(self._grip.plan, self._said, self._points)

    def cancel(self) -> None:
        """As if never pressed."""
        self._grip.clicks.drop()


class ExcludeDrag:
    """The right button: where it is let go at once, it excludes; else it zooms as with every tool."""

    def __init__(self, grip: Grip, pointer: Pointer, zoom: Drag) -> None:
        self._grip = grip
        self._press = pointer
        self._zoom = zoom
        self._has_moved = False

    def move(self, pointer: Pointer) -> None:
        """Zoom once the hand has moved."""
        self._has_moved |= _distance(self._press, pointer) > _STILL_PX
        if self._has_moved:
            self._zoom.move(pointer)

    def finish(self) -> None:
        """Exclude what was clicked."""
        if self._has_moved:
            return
        reason = BY_TOOL[Tool.CLICK].why_not(self._grip.state)
        if reason:
            self._grip.told(reason)
            return
        self._grip.clicks.say(self._grip.plan, Said.EXCLUDE, (self._press.position_ras,))

    def cancel(self) -> None:
        """Bring the zoom back."""
        self._zoom.cancel()


def _distance(one: Pointer, other: Pointer) -> float:
    return math.dist(one.position_px, other.position_px)
