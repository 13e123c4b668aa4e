"""The laparoscope's circle: found where it is, refused where the picture is full."""

from __future__ import annotations

import numpy as np
import pytest

from medview.core.circle import Circle
from medview.io.captures.circle import find_circle, fitted
from medview.io.captures.frames import pictures_in, read_picture


def lit(circle, size=(120, 160), rng=None, frames=6):
    """Frames that show noise within a circle and black noise around it."""
    rng = rng or np.random.default_rng(3)
    inside = circle.mask(*size)
    for _ in range(frames):
        tissue = rng.integers(0, 200, (*size, 3))
        yield np.where(inside[..., None], tissue, rng.integers(0, 8, (*size, 3))).astype(np.uint8)


def overlap(one, other, size):
    first, second = one.mask(*size), other.mask(*size)
    return (first & second).sum() / (first | second).sum()


def test_the_mask_of_the_synthetic_scene_covers_66_3_percent():
    assert Circle(32, 32, 0.46 * 64).mask(64, 64).mean() == pytest.approx(0.663, abs=5e-4)


def test_shrinking_and_scaling_keep_the_centre():
    assert Circle(10, 20, 50).shrunk(0.02) == Circle(10, 20, 49)
    assert Circle(10, 20, 50).scaled(0.5) == Circle(5, 10, 25)
    assert Circle(10, 20, 50).shifted(-3, 4) == Circle(7, 24, 50)


@pytest.mark.parametrize(
    "truth", [Circle(80, 60, 50), Circle(71.3, 64.8, 41.5), Circle(80, 60, 72), Circle(150, 60, 70)]
)
def test_whole_and_cut_circles_are_found_to_half_a_pixel(truth):
    found = find_circle(lit(truth))
    assert (found.cx, found.cy) == pytest.approx((truth.cx, truth.cy), abs=0.6)
    assert found.radius / 0.98 == pytest.approx(truth.radius, abs=0.9)


def test_text_and_marks_at_the_rim_do_not_move_it():
    truth = Circle(80, 60, 50)
    frames = list(lit(truth))
    for frame in frames:
        frame[8:20, 100:150] = 255  # a date that touches the circle
        frame[100:110, 4:40] = 255  # one that does not
        frame[56:64, 28:40] = 0  # the mark that shows which way is up
    found = find_circle(frames)
    assert (found.cx, found.cy) == pytest.approx((80, 60), abs=1)
    assert found.radius == pytest.approx(49, abs=1)


def test_dark_frames_do_not_hide_the_rim():
    truth = Circle(80, 60, 50)
    frames = list(lit(truth, frames=8))
    for at, frame in enumerate(frames):
        frame[:, at * 20 : at * 20 + 60] = 0
    assert overlap(find_circle(frames), truth.shrunk(0.02), (120, 160)) > 0.97


@pytest.mark.parametrize("kind", ["full", "black", "square", "none", "corner"])
def test_where_there_is_no_rim_none_is_found(kind, rng):
    full = rng.integers(0, 200, (120, 160, 3)).astype(np.uint8)
    square, corner = np.zeros_like(full), full.copy()
    square[20:100, 30:130] = full[20:100, 30:130]
    corner[:30, :30] = 0
    black = np.zeros_like(full)
    frames = {"full": [full], "black": [black], "square": [square], "none": [], "corner": [corner]}
    assert find_circle(frames[kind]) is None


def test_the_least_squares_circle_has_the_least_distances(rng):
    angles = rng.uniform(0, 2, 200)
    points = np.stack([30 + 20 * np.cos(angles), 40 + 20 * np.sin(angles)], axis=1)
    exact = fitted(points)
    assert (exact.cx, exact.cy, exact.radius) == pytest.approx((30, 40, 20), abs=1e-6)
    noisy = points + rng.normal(0, 0.3, points.shape)

    def badness(circle):
        return ((np.hypot(*(noisy - [circle.cx, circle.cy]).T) - circle.radius) ** 2).sum()

    best = fitted(noisy)
    for step in ((0.05, 0, 0), (0, 0.05, 0), (0, 0, 0.05), (-0.05, 0, 0), (0, -0.05, 0), (0, 0, -0.05)):
        moved = Circle(best.cx + step[0], best.cy + step[1], best.radius + step[2])
        assert badness(best) < badness(moved)


def test_real_sinus_frames_have_the_circle_that_they_show(shared_data):
    """The picture is cut flat above and below, inside the circle; so the lit pixels are compared."""
    folder = shared_data / "endoscopy" / "sinus_sfm"
    pictures = [path for path in pictures_in(folder) if path.name.startswith("0000")]
    frames = [read_picture(path) for path in pictures[::3]]
    found = find_circle(frames)
    rim = found.scaled(1 / 0.98).shifted(found.cx - found.cx / 0.98, found.cy - found.cy / 0.98)
    seen = np.max([frame.max(axis=2) for frame in frames], axis=0) > 30
    rows = slice(105, 1020)
    inside = rim.mask(1080, 1920)[rows]
    share = (inside & seen[rows]).sum() / (inside | seen[rows]).sum()
    assert share > 0.98
    assert (rim.cx, rim.cy, rim.radius) == pytest.approx((994, 546, 525), abs=3)


def test_photographs_have_no_circle(shared_data):
    pictures = pictures_in(shared_data / "nerf" / "fox" / "images")
    assert find_circle(read_picture(path) for path in pictures[::4]) is None
