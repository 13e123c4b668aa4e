"""Polygon and livewire: outlines clicked corner by corner."""

from __future__ import annotations

import math

import numpy as np

from medview.core.plans import Vector
from medview.core.state import Tool
from medview.core.volume import Volume
from medview.edit.livewire import Livewire
from medview.edit.plane_sample import PlaneSample
from medview.present.hand.grip import Grip
from medview.present.hand.outlines import Way, straight
from medview.present.plane_frame import vector_of
from medview.present.ports.slice_port import Pointer

_REACH_PX = 128
_CLOSING_PX = 8.0


def press_corner(grip: Grip, pointer: Pointer) -> None:
    """Begin an outline, add a corner, or close it at its first one."""
    outlines, position = grip.outlines, pointer.position_ras
    if outlines.is_open and outlines.pane is grip.pane:
        if _is_first(grip, pointer):
            outlines.close()
            return
        outlines.add(position)
    else:
        name = "Livewire" if grip.state.view.tool is Tool.LIVEWIRE else "Polygon"
        outlines.begin(grip.pane, name, grip.plan.toward_ras, position, erases=pointer.ctrl)
    outlines.lead(_way(grip, position))


def _is_first(grip: Grip, pointer: Pointer) -> bool:
    corners = grip.outlines.corners
    distance_px = math.dist(corners[0], pointer.position_ras) / pointer.mm_per_pixel
    return len(corners) > 1 and distance_px <= _CLOSING_PX


def _way(grip: Grip, anchor_ras: Vector) -> Way:
    """How the outline runs on from a corner."""
    layer = grip.state.active_image
    if grip.state.view.tool is not Tool.LIVEWIRE or layer is None or not isinstance(layer.data, Volume):
        return straight
    step_mm = min(layer.geometry.spacing_mm)
    plan = grip.plan
    sample = PlaneSample.around(
        layer.data, grip.state.view.frame, anchor_ras, plan.right_ras, plan.up_ras, step_mm, _REACH_PX
    )
    wire = Livewire(sample.values)
    wire.anchor(sample.place_of(anchor_ras))

    def way(position_ras: Vector) -> tuple[Vector, ...]:
        pixels = wire.path(sample.place_of(position_ras))[1:]
        between = tuple(vector_of(point) for point in sample.ras_of(np.asarray(pixels[:-1], float)))
        return (*between, position_ras)

    return way
