"""Solids, curves, fields and mixtures measure what geometry says."""

from __future__ import annotations

import numpy as np
import pytest

from medview.core.geometry import Geometry
from medview.phantoms.curves import smooth_curve, tube_distance, tube_share
from medview.phantoms.fields import WorkGrid
from medview.phantoms.mixture import Mixture
from medview.phantoms.shapes import capsules, ellipsoid, fraction, soft_union, superellipsoid
from medview.phantoms.tissues import NUMBER

GRID = WorkGrid((-30.0, -30.0, -30.0), (26, 26, 26), 2.4, Geometry.from_spacing((40, 40, 40), 1.0))


def test_a_sphere_is_at_its_radius_whichever_solid_draws_it() -> None:
    mesh = GRID.mesh()
    distance = np.sqrt(sum(axis**2 for axis in mesh)) - 12
    near = np.abs(distance) < 3
    for drawn in (
        ellipsoid(mesh, (0, 0, 0), (12, 12, 12)),
        superellipsoid(mesh, (0, 0, 0), (12, 12, 12), 2.0),
        capsules(mesh, [(0, 0, 0), (0.001, 0, 0)], [12, 12]),
    ):
        assert np.abs(drawn - distance)[near].max() < 0.05


def test_a_soft_union_lies_just_outside_both_parts() -> None:
    first, second = np.float32([[-1.0, 5.0, 2.0]]), np.float32([[4.0, -2.0, 2.0]])
    joined = soft_union(first, second, 1.0)
    assert (joined <= np.minimum(first, second) + 1e-6).all()
    assert joined[0, 2] == pytest.approx(1.75)


def test_refining_reproduces_a_smooth_field_between_the_samples() -> None:
    x, y, z = GRID.mesh()
    fine = GRID.refine(np.sin(x / 8) + y * z / 100)
    at = GRID.fine.ras_of(np.stack(np.meshgrid(*[np.arange(40)] * 3, indexing="ij"), axis=-1))
    expected = np.sin(at[..., 0] / 8) + at[..., 1] * at[..., 2] / 100
    assert np.abs(fine - expected).max() < 0.01


def test_refining_a_box_gives_that_part_of_the_whole(rng: np.random.Generator) -> None:
    field = GRID.noise(rng, 15.0)
    box = (slice(3, 9), slice(20, 40), slice(0, 5))
    assert np.abs(GRID.refine(field, box) - GRID.refine(field)[box]).max() < 1e-5


def test_noise_has_unit_variance_and_its_wavelength(rng: np.random.Generator) -> None:
    field = GRID.noise(rng, 16.0, 0.2)
    assert field.std() == pytest.approx(1, abs=1e-4)
    slope = sum((part**2).mean() for part in GRID.gradient(field))
    assert 2 * np.pi / np.sqrt(slope) == pytest.approx(16, rel=0.25)


def test_a_tube_has_the_volume_of_its_cylinder() -> None:
    points = np.array([[0.0, 0.0, -15.0], [0.0, 0.0, 0.0], [0.0, 0.0, 15.0]])
    curve, radii = smooth_curve(points, [3.0, 3.0, 3.0], 1.0)
    distance, box = tube_distance(GRID.fine, curve, radii, 2.0)
    assert fraction(distance[:, :, 8:-8], 1.0).sum() / (distance.shape[2] - 16) == pytest.approx(
        np.pi * 9, rel=0.03
    )
    assert box[2].stop - box[2].start > 30


def test_a_tube_thinner_than_a_voxel_never_fills_one() -> None:
    assert tube_share(np.float32([-0.4, 0.0]), 0.4, 2.0)[0] < 0.2


def test_a_smooth_curve_passes_through_its_control_points() -> None:
    points = np.array([[0.0, 0, 0], [5, 3, 0], [9, -2, 4], [15, 0, 6]])
    curve, radii = smooth_curve(points, [2.0, 1.8, 1.4, 1.0], 0.1)
    assert max(np.linalg.norm(curve - point, axis=1).min() for point in points) < 0.1
    assert np.linalg.norm(np.diff(curve, axis=0), axis=1).max() < 0.2
    assert (radii[0], radii[-1]) == (2.0, 1.0)


def test_painting_mixes_two_tissues_by_their_shares() -> None:
    mixture = Mixture.of_air((1, 1, 2))
    mixture.paint("fat", np.ones((1, 1, 2), np.float32))
    mixture.paint("muscle", np.float32([[[0.25, 1.0]]]))
    assert mixture.fraction_of("muscle").ravel().tolist() == pytest.approx([0.25, 1.0])
    assert mixture.fraction_of("fat").ravel().tolist() == pytest.approx([0.75, 0.0])


def test_painting_a_third_tissue_keeps_the_two_largest_and_a_whole_voxel() -> None:
    mixture = Mixture.of_air((1, 1, 1))
    mixture.paint("fat", np.float32([[[0.9]]]))
    mixture.paint("muscle", np.float32([[[0.3]]]))
    kept = {name: float(mixture.fraction_of(name)[0, 0, 0]) for name in NUMBER}
    assert sum(kept.values()) == pytest.approx(1)
    assert {name for name, share in kept.items() if share > 0} == {"fat", "muscle"}
