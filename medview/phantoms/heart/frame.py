"""The frame of one heart in the chest, and the oblique short-axis stack laid through it.

Angles: the long axis of the left ventricle points to the left, forward and down; on average some 45
degrees off the sagittal plane and some 35 below the horizontal.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from medview.core.geometry import Geometry

Field = NDArray[np.float32]
Points = NDArray[np.float64]
FIELD_OF_VIEW_MM = 358.4
LV_MIDDLE_MM = 40.0
"""From the plane of the mitral valve to the middle of the left ventricle."""


@dataclass(frozen=True, eq=False, kw_only=True)
class HeartFrame:
    """Where the heart lies in the patient.

    Args:
        base_ras: Middle of the mitral valve's plane.
        lateral: Unit vector from the septum to the free wall of the left ventricle.
        anterior: Unit vector from the inferior to the anterior wall.
        apical: Unit vector along the long axis, from base to apex.
    """

    base_ras: Points
    lateral: Points
    anterior: Points
    apical: Points

    def local(self, points_ras: Field) -> tuple[Field, Field, Field]:
        """Coordinates (lateral, anterior, apical) in millimetres of patient positions (..., 3)."""
        axes = np.stack([self.lateral, self.anterior, self.apical], axis=1).astype(np.float32)
        found = (points_ras - self.base_ras.astype(np.float32)) @ axes
        return found[..., 0], found[..., 1], found[..., 2]


@dataclass(frozen=True, eq=False, kw_only=True)
class ShortAxisStack:
    """Slices at a right angle to the long axis, base first.

    Args:
        ras_from_ijk: Oblique 4x4 matrix; k counts slices.
        shape: Rows, columns, slices.
        thickness_mm: Of a slice; the rest of the way to the next is gap.
        offset_ras: (K, 3) how far breathing moved the heart while each slice was taken.
    """

    ras_from_ijk: Points
    shape: tuple[int, int, int]
    thickness_mm: float
    offset_ras: Points

    def points(self, k: int, samples: int) -> Field:
        """Patient positions (samples, I, J, 3) in slice k, spread over its thickness."""
        i, j = np.arange(self.shape[0]), np.arange(self.shape[1])
        step_mm = float(np.linalg.norm(self.ras_from_ijk[:3, 2]))
        depth = (np.arange(samples) + 0.5) / samples - 0.5
        at_k = k + depth * self.thickness_mm / step_mm
        x, y, z = (axis.astype(np.float32) for axis in self.ras_from_ijk[:3, :3].T)
        found = (
            at_k[:, None, None, None] * z
            + i[None, :, None, None] * x
            + j[None, None, :, None] * y
            + self.ras_from_ijk[:3, 3]
        )
        return np.asarray(found, np.float32)


def make_frame(rng: np.random.Generator) -> HeartFrame:
    """Draw where a heart lies and how it is turned."""
    azimuth, elevation = np.radians([rng.normal(45, 5), rng.normal(35, 5)])
    apical = np.array(
        [
            -np.cos(elevation) * np.sin(azimuth),
            np.cos(elevation) * np.cos(azimuth),
            -np.sin(elevation),
        ]
    )
    lateral = np.array([-np.cos(azimuth), -np.sin(azimuth), 0.0])
    upright = np.array([0.0, 0.0, 1.0]) - apical[2] * apical
    anterior = upright / np.linalg.norm(upright)
    middle = np.array([-28.0, 8.0, 0.0]) + rng.normal(0, (3, 3, 3))
    return HeartFrame(
        base_ras=middle - LV_MIDDLE_MM * apical, lateral=lateral, anterior=anterior, apical=apical
    )


def make_stack(
    frame: HeartFrame,
    rng: np.random.Generator,
    *,
    pixel_mm: float,
    thickness_mm: float,
    gap_mm: float,
    field_mm: float = FIELD_OF_VIEW_MM,
    breathing_mm: float = 2.0,
) -> ShortAxisStack:
    """Lay slices through a heart as a technician would: near its middle, turned by some degrees.

    Args:
        frame: The heart.
        rng: Source of the plan and of each breath hold.
        pixel_mm: In plane.
        thickness_mm: Of a slice.
        gap_mm: Between slices.
        field_mm: Edge of the square field of view.
        breathing_mm: Standard deviation of the heart's height from one breath hold to the next.
    """
    turn = np.radians(rng.normal(0, 9))
    x = np.cos(turn) * frame.lateral + np.sin(turn) * frame.anterior
    y = np.sin(turn) * frame.lateral - np.cos(turn) * frame.anterior
    size, step_mm = round(field_mm / pixel_mm), thickness_mm + gap_mm
    count = int(np.ceil(100 / step_mm))
    first = frame.base_ras + rng.uniform(-10, -1) * frame.apical
    middle = first + rng.normal(0, 4.5) * frame.lateral + rng.normal(0, 4.5) * frame.anterior
    middle -= 4 * frame.lateral
    matrix = np.eye(4)
    matrix[:3, :3] = np.stack([x * pixel_mm, y * pixel_mm, step_mm * frame.apical], axis=1)
    matrix[:3, 3] = middle - matrix[:3, :2] @ np.full(2, (size - 1) / 2)
    offset = rng.normal(0, (0.25, 0.25, 1), (count, 3)) * breathing_mm
    return ShortAxisStack(
        ras_from_ijk=matrix, shape=(size, size, count), thickness_mm=thickness_mm, offset_ras=offset
    )


def nearest_ras(
    array: NDArray[Any], ras_from_ijk: Points, first_axis: int = 0
) -> tuple[NDArray[Any], Geometry]:
    """Turn and mirror an array so that its axes run as nearly as possible to right, anterior, superior.

    Args:
        array: Spatial axes from `first_axis` on, three of them.
        ras_from_ijk: Its matrix.
        first_axis: Where the spatial axes begin.

    Returns:
        The array (a view) and its new grid.
    """
    codes = Geometry((2, 2, 2), ras_from_ijk).axis_codes
    order = [next(a for a in range(3) if codes[a] in pair) for pair in ("LR", "PA", "IS")]
    shape = array.shape[first_axis : first_axis + 3]
    turned = np.moveaxis(array, [first_axis + axis for axis in order], range(first_axis, first_axis + 3))
    change = np.zeros((4, 4))
    change[3, 3] = 1
    for new, old in enumerate(order):
        is_mirrored = codes[old] in "LPI"
        change[old, new] = -1 if is_mirrored else 1
        change[old, 3] = shape[old] - 1 if is_mirrored else 0
        if is_mirrored:
            turned = np.flip(turned, first_axis + new)
    turned_shape = turned.shape[first_axis : first_axis + 3]
    return turned, Geometry(
        (turned_shape[0], turned_shape[1], turned_shape[2]), np.asarray(ras_from_ijk) @ change
    )
