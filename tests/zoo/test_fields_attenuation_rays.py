"""Orbit, exact line integrals, Beer and Lambert, the projector's adjoint, against hand-made numbers."""

import math

import numpy as np
import pytest
import torch

from medview.core.errors import InputRefused
from medview.core.geometry import Geometry
from medview.zoo.fields.attenuation.fitting import line_integrals
from medview.zoo.fields.attenuation.orbit import Orbit, orbit_around
from medview.zoo.fields.attenuation.radiation import (
    WATER_PER_MM,
    hounsfield,
    relative_attenuation,
    with_photon_noise,
)
from medview.zoo.fields.attenuation.ray_paths import exact_integrals, grid_rays, inside, points_along, sampled
from medview.zoo.fields.attenuation.sart import back_project, project


def grid(shape=(8, 10, 6), spacing=(2.0, 1.0, 3.0)):
    return Geometry(shape, np.diag([*spacing, 1.0]))


def slanted(geometry):
    rays = [
        (np.array([-40.0, 3, -2]), np.array([40.0, -2, 4])),
        (np.array([1.0, 30, 5]), np.array([0.5, -30, -6])),
    ]
    starts = np.array([start for start, _ in rays])
    lines = np.array([end - start for start, end in rays])
    return grid_rays(geometry, starts, lines / np.linalg.norm(lines, axis=1, keepdims=True), "cpu")


def test_hounsfield_numbers_of_air_water_and_bone():
    relative = relative_attenuation(np.array([-1024, -1000, 0, 1000]))
    np.testing.assert_allclose(relative, [0, 0, 1, 2])
    np.testing.assert_allclose(hounsfield(relative), [-1000, -1000, 0, 1000])


def test_beer_lambert_of_a_water_slab():
    # 10 cm of water at 0.02059 per mm let exp(-2.059) = 12.76 % through
    geometry = grid((4, 100, 4), (1, 1, 1))
    water = torch.ones(geometry.shape)
    starts, steps = grid_rays(geometry, np.array([[0.2, 500, 0.2]]), np.array([[0.0, -1, 0]]), "cpu")
    path = exact_integrals(water, starts, steps)
    assert float(path[0]) == pytest.approx(100, abs=1e-3)
    assert math.exp(-float(path[0]) * WATER_PER_MM) == pytest.approx(0.12758, abs=1e-4)


def test_exact_integral_of_two_layers_under_an_angle():
    # 3 mm of water beside 5 mm of twice water, crossed at 45 degrees: (3 + 2 * 5) * sqrt(2)
    geometry = grid((8, 40, 1), (1, 1, 1))
    layers = torch.ones(geometry.shape)
    layers[3:] = 2
    diagonal = np.array([[1.0, 1, 0]]) / math.sqrt(2)
    starts, steps = grid_rays(geometry, -20 * diagonal, diagonal, "cpu")
    assert float(exact_integrals(layers, starts, steps)[0]) == pytest.approx(13 * math.sqrt(2), abs=1e-4)


def test_integral_of_ones_is_the_way_through_the_grid_in_mm():
    geometry = grid()
    starts, steps = slanted(geometry)
    enter, leave = inside(starts, steps)
    found = exact_integrals(torch.ones(geometry.shape), starts, steps)
    np.testing.assert_allclose(found, leave - enter, rtol=1e-5)
    # the first ray crosses 16 mm along right, at a slope of (80, -5, 6)
    assert float(found[0]) == pytest.approx(16 / 80 * math.sqrt(80**2 + 5**2 + 6**2), rel=1e-5)


def test_rays_beside_the_grid_meet_nothing():
    geometry = grid()
    starts, steps = grid_rays(geometry, np.array([[100.0, 0, 50]]), np.array([[-1.0, 0, 0]]), "cpu")
    assert [float(at) for at in inside(starts, steps)] == [0, 0]
    assert float(exact_integrals(torch.ones(geometry.shape), starts, steps)[0]) == 0


@pytest.mark.parametrize("off_mm", [0.0, 12.0, 25.0, 29.0])
def test_chords_of_a_sphere_as_a_callable_field(off_mm):
    # chord of a sphere of 30 mm at distance b from its centre: 2 sqrt(900 - b2)
    geometry = grid((80, 80, 80), (1, 1, 1))

    def sphere(points):
        return (((points - 0.5) * 80).square().sum(-1) <= 900).float()

    starts, steps = grid_rays(geometry, np.array([[off_mm, 400, 0]]), np.array([[0.0, -1, 0]]), "cpu")
    found = float(line_integrals(sphere, starts, steps, 8000)[0])
    assert found == pytest.approx(2 * math.sqrt(900 - off_mm**2), abs=0.03)


def test_chord_of_a_sphere_of_voxels():
    axes = np.arange(120) - 59.5
    x, y, z = np.meshgrid(axes, axes, axes, indexing="ij")
    voxels = torch.as_tensor((x * x + y * y + z * z <= 50**2).astype(np.float32))
    geometry = grid((120,) * 3, (1, 1, 1))
    line = np.array([[0.6, -0.64, 0.48]])
    starts, steps = grid_rays(geometry, -300 * line, line, "cpu")
    assert float(exact_integrals(voxels, starts, steps)[0]) == pytest.approx(100, abs=1.0)


def test_view_0_looks_from_front_to_back_and_the_cone_meets_in_the_source():
    orbit = Orbit(
        views=4, arc_deg=360, columns=3, rows=2, pitch_mm=10, source_axis_mm=100, source_detector_mm=150
    )
    starts, lines = orbit.rays(0)
    np.testing.assert_allclose(starts, np.tile([0, 100, 0], (6, 1)), atol=1e-12)
    # the ray to the middle column of the lower row: 150 mm ahead, 5 mm down
    np.testing.assert_allclose(lines[1] * math.hypot(150, 5), [0, -150, -5], atol=1e-9)
    # the quarter of the way round: from the patient's right
    np.testing.assert_allclose(orbit.rays(1)[0][0], [100, 0, 0], atol=1e-12)
    np.testing.assert_allclose(np.linalg.norm(lines, axis=1), 1)


def test_parallel_rays_share_their_direction():
    orbit = Orbit(views=2, arc_deg=180, columns=5, rows=1, pitch_mm=2)
    starts, lines = orbit.rays(1)
    np.testing.assert_allclose(lines, np.tile([-1, 0, 0], (5, 1)), atol=1e-12)
    np.testing.assert_allclose(starts[:, 1], [4, 2, 0, -2, -4], atol=1e-12)


@pytest.mark.parametrize("distances", [(1000.0, 1500.0), (80.0, 200.0), None])
def test_the_detector_sees_the_whole_scan_from_everywhere(distances):
    geometry = Geometry((20, 30, 10), np.diag([2.0, 2, 4, 1]))
    orbit = orbit_around(geometry, views=7, arc_deg=360, columns=32, distances_mm=distances)
    corners = np.array([[x, y, z] for x in (-20, 20) for y in (-30, 30) for z in (-20, 20)], float)
    for view in range(orbit.views):
        # shadows of the corners on the detector, in pixels from its middle
        towards, across = orbit._axes(view)
        depth, sideways = corners @ towards, corners @ across
        scale = 1.0 if distances is None else distances[1] / (distances[0] - depth)
        assert np.abs(sideways * scale).max() <= orbit.columns / 2 * orbit.pitch_mm + 1e-9
        assert np.abs(corners[:, 2] * scale).max() <= orbit.rows / 2 * orbit.pitch_mm + 1e-9


@pytest.mark.parametrize(("distances", "words"), [((30.0, 500.0), "source"), ((100.0, 110.0), "detector")])
def test_a_source_or_detector_in_the_scan_is_refused(distances, words):
    with pytest.raises(InputRefused, match=words):
        orbit_around(grid((20, 30, 10), (2, 2, 4)), views=4, arc_deg=360, columns=32, distances_mm=distances)


def test_noise_has_the_spread_of_photon_counts():
    # var(ln N) is about 1 / N: 1000 photons let through exp(-1), 368 of them arrive
    integrals = np.full(20_000, 1.0, np.float32)
    noisy = with_photon_noise(integrals, 1000, np.random.default_rng(5))
    assert noisy.std() == pytest.approx(1 / math.sqrt(1000 * math.exp(-1)), rel=0.03)
    np.testing.assert_array_equal(with_photon_noise(integrals, 0, np.random.default_rng(5)), integrals)


def test_a_pixel_without_photons_is_read_as_half_a_photon():
    dark = with_photon_noise(np.full(5, 60.0, np.float32), 100, np.random.default_rng(1))
    np.testing.assert_allclose(dark, math.log(200), rtol=1e-6)


def test_projector_and_back_projector_are_adjoint():
    geometry = grid()
    torch.manual_seed(2)
    starts, steps = slanted(geometry)
    values, along = torch.rand(geometry.shape), torch.rand(len(starts))
    left = float(project(values, starts, steps, 40) @ along)
    right = float((values * back_project(geometry.shape, along, starts, steps, 40)).sum())
    assert left == pytest.approx(right, rel=1e-5)


def test_trilinear_values_keep_the_centres_of_voxels():
    torch.manual_seed(3)
    values = torch.rand(3, 4, 5)
    centre = torch.tensor([[(1 + 0.5) / 3, (2 + 0.5) / 4, (3 + 0.5) / 5]])
    assert float(sampled(values, centre)) == pytest.approx(float(values[1, 2, 3]), abs=1e-6)


def test_drawn_samples_stay_in_their_pieces():
    starts, steps = slanted(grid())
    points, length = points_along(starts, steps, 16, torch.Generator().manual_seed(0))
    enter, _ = inside(starts, steps)
    at = (points - starts[:, None])[..., 0] / steps[:, None, 0]
    piece = ((at - enter[:, None]) / length[:, None]).floor().long()
    np.testing.assert_array_equal(piece, np.tile(np.arange(16), (2, 1)))
