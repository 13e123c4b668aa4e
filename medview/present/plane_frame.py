"""Which patient direction points to the right, up and out of the screen in each slice pane."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from medview.core.geometry import Geometry, Points
from medview.core.plans import Vector
from medview.core.state import Convention, Orientation, Planes

_POSITIVE = "RAS"
_NEGATIVE = "LPI"
#: World axes (0 right, 1 anterior, 2 superior) across the screen, up the screen, and through it.
_AXES = {
    Orientation.AXIAL: (0, 1, 2),
    Orientation.CORONAL: (0, 2, 1),
    Orientation.SAGITTAL: (1, 2, 0),
}
#: A direction names a second or third letter where its share of that axis exceeds this.
_LETTER_SHARE = 0.3


@dataclass(frozen=True, eq=False, kw_only=True)
class PlaneFrame:
    """Unit vectors of the patient for one pane.

    Args:
        right: Points to the right of the screen.
        up: Points up the screen.
        toward: Points out of the screen; right x up.
        through: The plane's normal on its positive side (right, anterior or superior).
        voxel_axis: The grid's axis that runs most nearly along `through`.
        tilt_deg: Angle between the normal and the patient's axis.
        is_flush: The plane is parallel to the grid's slices, so steps can meet voxel centres.
    """

    right: Points
    up: Points
    toward: Points
    through: Points
    voxel_axis: int
    tilt_deg: float
    is_flush: bool


@lru_cache(maxsize=64)
def plane_frame(
    geometry: Geometry | None, orientation: Orientation, convention: Convention, planes: Planes
) -> PlaneFrame:
    """Return the frame of a pane.

    Radiological: the patient's left is on the right of axial and coronal panes; neurological: the
    patient's right is. Sagittal panes have anterior on the left and superior up in both.

    Args:
        geometry: Grid of the lowest visible scan; None where nothing is open.
        orientation: Which pane.
        convention: Left-right convention.
        planes: Along the patient's axes, or along the grid's axes nearest to them; for sheared
            grids the axis up the screen is turned within the plane until it is upright.
    """
    across, upward, through = _AXES[orientation]
    world = np.eye(3)
    voxel_axis = 2 if geometry is None else _voxel_axes(geometry)[through]
    follows_grid = geometry is not None and planes is Planes.SCAN
    directions = _grid_directions(geometry) if geometry is not None and follows_grid else world
    right = _unit(directions[across])
    up = _unit(directions[upward] - (directions[upward] @ right) * right)
    is_mirrored = orientation is Orientation.SAGITTAL or convention is Convention.RADIOLOGICAL
    right = -right if is_mirrored else right
    toward = np.cross(right, up)
    normal = toward if toward[through] > 0 else -toward
    return PlaneFrame(
        right=right + 0.0,
        up=up + 0.0,
        toward=toward + 0.0,
        through=normal + 0.0,
        voxel_axis=voxel_axis,
        tilt_deg=float(np.degrees(np.arccos(np.clip(normal[through], -1, 1)))),
        is_flush=follows_grid or (geometry is not None and geometry.is_axis_aligned),
    )


def _voxel_axes(geometry: Geometry) -> tuple[int, int, int]:
    """The voxel axis nearest to each patient axis."""
    found = [0, 0, 0]
    for voxel, code in enumerate(geometry.axis_codes):
        world = _POSITIVE.find(code) if code in _POSITIVE else _NEGATIVE.find(code)
        found[world] = voxel
    return found[0], found[1], found[2]


def _grid_directions(geometry: Geometry) -> Points:
    """Rows: the grid's axes nearest to right, anterior, superior, turned to their positive sides."""
    rows = np.zeros((3, 3))
    for world, voxel in enumerate(_voxel_axes(geometry)):
        sign = 1 if geometry.axis_codes[voxel] in _POSITIVE else -1
        rows[world] = sign * geometry.ras_from_ijk[:3, voxel]
    return rows


def _unit(vector: Points) -> Points:
    return np.asarray(vector / np.linalg.norm(vector), np.float64)


def direction_letters(direction: Sequence[float] | Points) -> str:
    """Name a patient direction: ``"R"``, or ``"RA"`` where a second share exceeds 0.3, largest first."""
    vector = np.asarray(direction, float)
    order = np.argsort(-np.abs(vector), kind="stable")
    named = [axis for place, axis in enumerate(order) if place == 0 or abs(vector[axis]) > _LETTER_SHARE]
    return "".join(_POSITIVE[axis] if vector[axis] > 0 else _NEGATIVE[axis] for axis in named)


@lru_cache(maxsize=64)
def screen_letters(frame: PlaneFrame) -> tuple[str, str, str, str]:
    """Patient directions at the left, right, top and bottom of the screen."""
    ends = (-frame.right, frame.right, frame.up, -frame.up)
    left, right, top, bottom = (direction_letters(end) for end in ends)
    return left, right, top, bottom


def vector_of(position: Points) -> Vector:
    """Plain numbers for a plan, free of the last bits' noise so that equal planes compare equal."""
    x, y, z = (round(float(n), 9) + 0.0 for n in position)
    return x, y, z
