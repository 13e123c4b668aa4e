"""The row of slices that a pane can step through: voxel centres where planes and grid agree."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from medview.core.geometry import Geometry, Points
from medview.core.plans import Vector
from medview.core.state import Orientation, SessionState
from medview.present.plane_frame import PlaneFrame, plane_frame, vector_of

_CORNERS = np.array(np.meshgrid((0, 1), (0, 1), (0, 1))).reshape(3, -1).T


@dataclass(frozen=True, eq=False, kw_only=True)
class SliceStack:
    """Slices along one pane's normal.

    Args:
        through: Unit normal towards the right, front or head of the patient.
        first_mm: Position of slice 0 along the normal.
        step_mm: Distance of neighbouring slices.
        count: Number of slices.
    """

    through: Points
    first_mm: float
    step_mm: float
    count: int

    def position_mm(self, ras: Vector) -> float:
        """Where a patient position lies along the normal."""
        return float(np.dot(ras, self.through))

    def index_of(self, ras: Vector) -> int:
        """Number of the nearest slice, from 0, kept within the stack."""
        index = int(np.floor((self.position_mm(ras) - self.first_mm) / self.step_mm + 0.5))
        return min(max(index, 0), self.count - 1)

    def moved(self, ras: Vector, index: int) -> Vector:
        """The position carried along the normal onto a slice, kept within the stack."""
        index = min(max(index, 0), self.count - 1)
        shift = self.first_mm + index * self.step_mm - self.position_mm(ras)
        return vector_of(np.asarray(ras) + shift * self.through)

    def stepped(self, ras: Vector, steps: int) -> Vector:
        """The position some slices further: positive towards right, anterior, superior."""
        return self.moved(ras, self.index_of(ras) + steps)


def slice_stack(state: SessionState, orientation: Orientation) -> SliceStack | None:
    """Return the slices of a pane, set by the lowest visible scan; None where nothing is open."""
    if state.base is None:
        return None
    geometry = state.base.geometry
    frame = plane_frame(geometry, orientation, state.view.convention, state.view.planes)
    return _stack(geometry, frame)


@lru_cache(maxsize=64)
def _stack(geometry: Geometry, frame: PlaneFrame) -> SliceStack:
    return _flush_stack(geometry, frame) if frame.is_flush else _crossing_stack(geometry, frame)


def _flush_stack(geometry: Geometry, frame: PlaneFrame) -> SliceStack:
    count = geometry.shape[frame.voxel_axis]
    step = float(geometry.ras_from_ijk[:3, frame.voxel_axis] @ frame.through)
    ends = (np.asarray(geometry.shape) - 1) / 2
    ends[frame.voxel_axis] = 0 if step > 0 else count - 1
    first = float(geometry.ras_of(ends) @ frame.through)
    return SliceStack(through=frame.through, first_mm=first, step_mm=abs(step), count=count)


def _crossing_stack(geometry: Geometry, frame: PlaneFrame) -> SliceStack:
    """Slices that cut across an oblique grid, as far apart as its own, centred on its middle."""
    low, high = extent_mm(geometry, frame.through)
    step = geometry.spacing_mm[frame.voxel_axis]
    count = max(1, round((high - low) / step))
    first = (low + high) / 2 - (count - 1) / 2 * step
    return SliceStack(through=frame.through, first_mm=first, step_mm=step, count=count)


def extent_mm(geometry: Geometry, direction: Points) -> tuple[float, float]:
    """Lowest and highest position of the grid along a direction, voxel edges included."""
    along = geometry.ras_of(_CORNERS * geometry.shape - 0.5) @ direction
    return float(along.min()), float(along.max())
