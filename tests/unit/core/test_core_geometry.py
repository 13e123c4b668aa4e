from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from medview.core.geometry import Geometry, axis_codes

ORIENTATIONS = [
    (order, flips)
    for order in itertools.permutations(range(3))
    for flips in itertools.product((1, -1), repeat=3)
]
POSITIVE, NEGATIVE = "RAS", "LPI"


def oriented(order, flips, spacing=(1.0, 2.0, 3.0)) -> np.ndarray:
    """Voxel axis a points to patient axis order[a], forwards or backwards."""
    matrix = np.eye(4)
    matrix[:3, :3] = 0
    for voxel, (world, sign) in enumerate(zip(order, flips, strict=True)):
        matrix[world, voxel] = sign * spacing[voxel]
    matrix[:3, 3] = (10, -20, 30)
    return matrix


@pytest.mark.parametrize(("order", "flips"), ORIENTATIONS)
def test_all_48_orientations_have_their_codes_and_spacing(order, flips) -> None:
    geometry = Geometry((5, 6, 7), oriented(order, flips))
    expected = "".join(
        (POSITIVE if sign > 0 else NEGATIVE)[world] for world, sign in zip(order, flips, strict=True)
    )
    assert geometry.axis_codes == expected
    assert geometry.spacing_mm == pytest.approx((1, 2, 3))
    assert geometry.is_axis_aligned and geometry.obliqueness_deg == pytest.approx(0) and geometry.shear == 0


matrices = st.integers(0, 10_000).map(
    lambda seed: np.random.default_rng(seed).normal(size=(3, 3)) + 2 * np.eye(3)
)


@given(matrices, st.integers(0, 1000))
def test_positions_and_indices_undo_each_other_on_any_grid(linear, seed) -> None:
    if abs(np.linalg.det(linear)) < 0.05:
        return
    matrix = np.eye(4)
    matrix[:3, :3] = linear
    matrix[:3, 3] = 5
    geometry = Geometry((9, 8, 7), matrix)
    ijk = np.random.default_rng(seed).uniform(-3, 12, (10, 3))
    assert geometry.ijk_of(geometry.ras_of(ijk)) == pytest.approx(ijk, abs=1e-6)
    assert sorted(code if code in POSITIVE else "RAS"["LPI".index(code)] for code in geometry.axis_codes) == [
        "A",
        "R",
        "S",
    ]


def test_a_voxel_reaches_half_way_to_its_neighbours() -> None:
    geometry = Geometry((4, 4, 4), np.diag([2.0, 2.0, 2.0, 1.0]))
    assert geometry.voxel_at((0.99, 0, 0)) == (0, 0, 0)
    assert geometry.voxel_at((1.01, 0, 0)) == (1, 0, 0)
    assert geometry.voxel_at((-0.99, 0, 0)) == (0, 0, 0)
    assert geometry.voxel_at((-1.01, 0, 0)) is None and geometry.voxel_at((7.01, 0, 0)) is None


def test_bounds_hold_the_voxels_with_their_edges() -> None:
    geometry = Geometry.from_spacing((10, 20, 30), (1, 2, 3))
    assert geometry.bounds_ras == pytest.approx(np.array([[-5, -20, -45], [5, 20, 45]]))
    assert geometry.center_ras == pytest.approx((0, 0, 0))


def test_a_turned_grid_tells_its_angle_and_a_sheared_one_its_shear() -> None:
    angle = np.radians(20)
    matrix = np.eye(4)
    matrix[:2, :2] = [[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]
    assert Geometry((9, 9, 9), matrix).obliqueness_deg == pytest.approx(20)
    assert not Geometry((9, 9, 9), matrix).is_axis_aligned
    sheared = np.eye(4)
    sheared[0, 2] = np.tan(np.radians(30))
    assert Geometry((9, 9, 9), sheared).shear == pytest.approx(0.5)


def test_codes_use_every_direction_once_even_when_strongly_oblique() -> None:
    matrix = np.eye(4)
    matrix[:3, :3] = [[0.6, 0.62, 0.5], [-0.6, 0.6, 0.5], [0.5, 0.5, -0.7]]
    assert len(set(axis_codes(matrix).translate(str.maketrans("LPI", "RAS")))) == 3


@pytest.mark.parametrize(
    ("shape", "matrix"),
    [
        ((0, 1, 1), np.eye(4)),
        ((1, 1, 1), np.zeros((4, 4))),
        ((1, 1, 1), np.full((4, 4), np.nan)),
        ((1, 1, 1), np.eye(3)),
    ],
)
def test_grids_that_are_none_are_refused(shape, matrix) -> None:
    with pytest.raises(ValueError, match=r"needed|matrix|span"):
        Geometry(shape, matrix)


def test_a_grids_matrix_cannot_be_changed_and_is_a_copy() -> None:
    matrix = np.eye(4)
    geometry = Geometry((2, 2, 2), matrix)
    matrix[0, 3] = 99
    assert geometry.ras_from_ijk[0, 3] == 0
    with pytest.raises(ValueError, match="read-only"):
        geometry.ras_from_ijk[0, 0] = 5


def test_grids_match_within_the_tolerance_at_every_corner() -> None:
    one = Geometry((100, 100, 100), np.eye(4))
    scaled = np.diag([1.00005, 1, 1, 1])
    assert one.matches(Geometry((100, 100, 100), scaled))
    scaled[0, 0] = 1.0005
    assert not one.matches(Geometry((100, 100, 100), scaled))
    assert not one.matches(Geometry((100, 100, 99), np.eye(4)))
