"""Lenses: lines of sight and projection undo each other, through distortion, cutting and scaling."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from medview.core.lens import Lens

FOX = Lens(
    width=1080, height=1920, fx=1375.52, fy=1374.49, cx=554.558, cy=965.268,
    k1=0.0578421, k2=-0.0805099, p1=-0.000980296, p2=0.00015575,
)  # fmt: skip
mild = st.builds(
    Lens,
    width=st.integers(8, 64),
    height=st.integers(8, 64),
    fx=st.floats(30, 90),
    fy=st.floats(30, 90),
    cx=st.floats(4, 32),
    cy=st.floats(4, 32),
    k1=st.floats(-0.1, 0.1),
    k2=st.floats(-0.02, 0.02),
    p1=st.floats(-0.005, 0.005),
    p2=st.floats(-0.005, 0.005),
)
points = st.integers(0, 2**32 - 1).map(
    lambda seed: np.random.default_rng(seed).normal(size=(30, 3)) - (0, 0, 6)
)


@given(mild)
@settings(max_examples=60, deadline=None)
def test_projection_undoes_lines_of_sight(lens: Lens) -> None:
    """To 1e-6 px wherever a line of sight exists; the method asks for the iteration to have converged."""
    pixels, covered = lens.pixels(), lens.covered()
    off = np.abs(lens.project(lens.directions(pixels) * 7) - pixels).max(axis=-1)
    assert covered.mean() > 0.5
    assert off[covered].max() < 0.01
    assert np.quantile(off[covered], 0.99) < 1e-6


@pytest.mark.parametrize("angle_deg", [60, 75, 90])
@pytest.mark.parametrize("k1", [-0.1, -0.05, 0.1, 0.3])
def test_wide_lenses_to_their_corners(angle_deg: float, k1: float) -> None:
    """Ten fixed-point iterations leave up to 0.3 px there."""
    plain = Lens.of_view_angle(64, 48, angle_deg)
    lens = replace(plain, k1=k1, k2=0.01, p1=0.001, p2=-0.001)
    pixels = lens.pixels()
    assert lens.covered().all()
    assert np.abs(lens.project(lens.directions(pixels)) - pixels).max() < 1e-9


def test_real_lens_agrees_with_the_iteration_of_the_method() -> None:
    """P09, preprocessing 6: ten fixed-point iterations."""
    pixels = FOX.pixels()[::40, ::40]
    x, y = (pixels[..., 0] - FOX.cx) / FOX.fx, (pixels[..., 1] - FOX.cy) / FOX.fy
    u, v = x, y
    for _ in range(10):
        r2 = u * u + v * v
        radial = 1 + FOX.k1 * r2 + FOX.k2 * r2 * r2
        shift_u = 2 * FOX.p1 * u * v + FOX.p2 * (r2 + 2 * u * u)
        shift_v = FOX.p1 * (r2 + 2 * v * v) + 2 * FOX.p2 * u * v
        u, v = (x - shift_u) / radial, (y - shift_v) / radial
    lines = FOX.directions(pixels)
    np.testing.assert_allclose(lines[..., 0] / -lines[..., 2], u, atol=1e-9)
    np.testing.assert_allclose(lines[..., 1] / lines[..., 2], v, atol=1e-9)
    assert FOX.covered()[::40, ::40].all()


def test_opencv_projects_to_the_same_pixels() -> None:
    cv2 = pytest.importorskip("cv2")
    at = np.random.default_rng(0).normal(size=(50, 3)) - (0, 0, 5)
    matrix = np.array([[FOX.fx, 0, FOX.cx], [0, FOX.fy, FOX.cy], [0, 0, 1]])
    bends = np.array([FOX.k1, FOX.k2, FOX.p1, FOX.p2])
    theirs = cv2.projectPoints(at * (1, -1, -1), np.zeros(3), np.zeros(3), matrix, bends)[0][:, 0]
    ours = FOX.project(at)
    seen = ~np.isnan(ours).any(axis=-1)
    assert seen.sum() > 45
    np.testing.assert_allclose(ours[seen], theirs[seen], atol=1e-6)


def test_strong_barrel_lens_has_no_lines_beyond_its_fold() -> None:
    """k1 = -0.3 at 75 degrees: 1 - 3 |k1| r² vanishes at r = 1.054, where 0.703 focal lengths are reached."""
    lens = replace(Lens.of_view_angle(640, 480, 75), k1=-0.3)
    centres = (lens.pixels() - (lens.cx, lens.cy)) / lens.fx
    away = np.linalg.norm(centres, axis=-1)
    covered = lens.covered()
    assert covered[away < 0.70].all()
    assert not covered[away > 0.71].any()
    assert np.isfinite(lens.directions(lens.pixels())).all()
    # far to the side, where the formula would fold the point back into the picture
    assert np.isnan(lens.project((1.6, 0, -1))).all()


def test_points_behind_the_camera_have_no_pixel() -> None:
    assert np.isnan(FOX.project([(0, 0, 1), (0, 0, 0)])).all()
    np.testing.assert_allclose(FOX.project((0, 0, -3)), (FOX.cx, FOX.cy))


def test_centre_of_the_picture_looks_along_minus_z_with_y_up() -> None:
    lens = Lens.of_view_angle(64, 48, 90)
    np.testing.assert_allclose(lens.directions((32, 24)), (0, 0, -1))
    np.testing.assert_allclose(lens.directions((32, 0)), np.array((0, 1, -1)) / np.sqrt(2))
    assert lens.view_angle_deg == pytest.approx(90)


@given(mild, points, st.integers(1, 5))
@settings(max_examples=40, deadline=None)
def test_resized_lens_projects_to_resized_places(lens: Lens, at: np.ndarray, factor: int) -> None:
    larger = lens.resized(lens.width * factor, lens.height * 2)
    np.testing.assert_allclose(larger.project(at), lens.project(at) * (factor, 2), atol=1e-9)
    assert larger.resized(lens.width, lens.height).fx == pytest.approx(lens.fx)


@given(mild, points, st.integers(0, 5), st.integers(0, 5))
@settings(max_examples=40, deadline=None)
def test_cropped_lens_projects_to_shifted_places(lens: Lens, at: np.ndarray, left: int, top: int) -> None:
    part = lens.cropped(left, top, 4, 3)
    assert (part.width, part.height) == (4, 3)
    np.testing.assert_allclose(part.project(at), lens.project(at) - (left, top), atol=1e-9)
