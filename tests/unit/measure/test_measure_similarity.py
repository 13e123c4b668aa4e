"""Umeyama's similarity: exact pairs, hand-made residuals, and what it refuses."""

import numpy as np
import pytest

from medview.core.errors import InputRefused
from medview.measure.similarity import residuals, similarity

CORNERS = np.array([[0.0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1]])


def turned(points, scale, shift):
    """A quarter turn about z, scaled and moved: (x, y, z) becomes (-y, x, z)."""
    quarter = np.array([[0.0, -1, 0], [1, 0, 0], [0, 0, 1]])
    return scale * points @ quarter.T + shift


@pytest.mark.parametrize("count", [3, 4])
def test_exact_pairs_give_the_transform_back(count):
    source = CORNERS[:count]
    matrix, rms = similarity(source, turned(source, 48.5, [10.0, -20, 300]))
    expected = [[0, -48.5, 0, 10], [48.5, 0, 0, -20], [0, 0, 48.5, 300], [0, 0, 0, 1]]
    np.testing.assert_allclose(matrix, expected, atol=1e-12)
    assert rms < 1e-12


def test_residual_of_a_square_with_one_corner_lifted():
    # lifting opposite corners up and the others down cannot be undone by any similarity
    square = np.array([[1.0, 1, 0], [-1, 1, 0], [-1, -1, 0], [1, -1, 0]])
    warped = square + np.array([[0, 0, 0.3], [0, 0, -0.3], [0, 0, 0.3], [0, 0, -0.3]])
    matrix, rms = similarity(square, warped)
    np.testing.assert_allclose(matrix, np.eye(4), atol=1e-12)
    assert rms == pytest.approx(0.3, abs=1e-12)
    np.testing.assert_allclose(residuals(matrix, square, warped), [0.3] * 4, atol=1e-12)


def test_scale_is_that_of_least_squares():
    # two of six points on the axes are 10 % too far out: scale = (4 * 1 + 2 * 1.1) / 6
    axes = np.vstack([np.eye(3), -np.eye(3)])
    stretched = axes * np.array([1.1, 1, 1, 1.1, 1, 1])[:, None]
    matrix, rms = similarity(axes, stretched)
    scale = 6.2 / 6
    np.testing.assert_allclose(matrix[:3, :3], scale * np.eye(3), atol=1e-12)
    left = (4 * (scale - 1) ** 2 + 2 * (1.1 - scale) ** 2) / 6
    assert rms == pytest.approx(np.sqrt(left), abs=1e-12)


def test_it_never_mirrors():
    source = np.random.default_rng(3).normal(size=(7, 3))
    matrix, rms = similarity(source, source * [1, 1, -1])
    assert np.linalg.det(matrix[:3, :3]) > 0
    assert rms > 0.1


@pytest.mark.parametrize(
    ("source", "target", "words"),
    [
        (CORNERS[:2], CORNERS[:2], "2 of 3 pairs"),
        (CORNERS, CORNERS[:3], "4 points are to meet 3"),
        ([[0, 0, 0], [1, 1, 1], [2, 2, 2]], CORNERS[:3], "one line"),
        (CORNERS[:3], [[5, 5, 5]] * 3, "one line"),
        (CORNERS[:3], [[0, 0, np.nan], [1, 0, 0], [0, 1, 0]], "not a number"),
    ],
)
def test_what_is_refused(source, target, words):
    with pytest.raises(InputRefused, match=words):
        similarity(source, target)
