"""Small scans with known positions, and plans of the three panes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from medview.core.geometry import Geometry
from medview.core.layers import LayerId
from medview.core.plans import ImagePlan, LabelsPlan, Shared, SlicePlan, Theme
from medview.core.state import Orientation

_AXES = {
    Orientation.AXIAL: ((-1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, -1.0)),
    Orientation.CORONAL: ((-1.0, 0.0, 0.0), (0.0, 0.0, 1.0), (0.0, 1.0, 0.0)),
    Orientation.SAGITTAL: ((0.0, -1.0, 0.0), (0.0, 0.0, 1.0), (-1.0, 0.0, 0.0)),
}


class Plans:
    """Makes plans for tests."""

    @staticmethod
    def image(voxels, geometry, low=0.0, high=100.0, **changes):
        plan = ImagePlan(
            layer_id=LayerId(1),
            voxels=Shared(voxels),
            geometry=geometry,
            low=low,
            high=high,
            colormap="gray",
            opacity=1.0,
            interpolate=True,
        )
        return replace(plan, **changes)

    @staticmethod
    def labels(voxels, geometry, **changes):
        plan = LabelsPlan(
            layer_id=LayerId(2),
            voxels=Shared(voxels),
            revision=0,
            geometry=geometry,
            colours=((1, 230, 40, 40), (2, 0, 158, 115)),
            opacity=1.0,
            outline=False,
        )
        return replace(plan, **changes)

    @staticmethod
    def slice(orientation, layers=(), center=(0.0, 0.0, 0.0), **changes):
        right, up, toward = _AXES[orientation]
        plan = SlicePlan(
            orientation=orientation,
            right_ras=right,
            up_ras=up,
            toward_ras=toward,
            point_ras=center,
            center_ras=center,
            fit_mm=(60.0, 60.0),
            layers=tuple(layers),
        )
        return replace(plan, **changes)


@pytest.fixture
def plans() -> type[Plans]:
    return Plans


@pytest.fixture
def theme() -> Theme:
    return Theme()


def turned(matrix: np.ndarray, degrees: float, axis: int) -> np.ndarray:
    """A matrix turned about a patient axis."""
    angle = np.radians(degrees)
    first, second = (n for n in range(3) if n != axis)
    turn = np.eye(4)
    turn[first, first] = turn[second, second] = np.cos(angle)
    turn[first, second], turn[second, first] = -np.sin(angle), np.sin(angle)
    return turn @ matrix


def grid(kind: str) -> Geometry:
    """A grid of 24 x 30 x 20 voxels around the patient's origin."""
    shape = (24, 30, 20)
    matrix = np.array(Geometry.from_spacing(shape, (2.0, 1.5, 2.5)).ras_from_ijk)
    if kind == "flipped":
        matrix = np.diag([-1.0, -1.0, 1.0, 1.0]) @ matrix
    if kind == "permuted":
        matrix = matrix[[1, 2, 0, 3]]
    if kind == "oblique":
        matrix = turned(turned(matrix, 17, 2), 11, 0)
    if kind == "sheared":
        matrix[0, 1] += 0.5
        matrix[:3, 3] -= np.array([0.5, 0, 0]) * (shape[1] - 1) / 2
    return Geometry(shape, matrix)
