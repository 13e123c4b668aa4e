"""PSNR and SSIM of views, in the circle and on the frame, against hand-made numbers and scikit-image."""

import math

import numpy as np
import pytest
from skimage.metrics import structural_similarity

from medview.core.errors import InputRefused
from medview.measure.view_quality import psnr, similarity_map, view_quality
from medview.phantoms.laparoscopy.cameras import circle_mask

SIDE = 40


@pytest.fixture
def pair():
    random = np.random.default_rng(5)
    truth = random.random((SIDE, SIDE, 3))
    return np.clip(truth + random.normal(0, 0.1, truth.shape), 0, 1), truth


def test_an_error_of_a_tenth_everywhere_is_20_db() -> None:
    truth = np.full((SIDE, SIDE, 3), 0.5)
    found = view_quality(truth + 0.1, truth, np.ones((SIDE, SIDE), bool))
    assert found["psnr_circle"] == pytest.approx(20)
    assert found["psnr_frame"] == pytest.approx(20)


def test_a_wrong_rim_lowers_the_frame_and_not_the_circle() -> None:
    truth = np.full((SIDE, SIDE, 3), 0.5)
    circle = circle_mask(SIDE, SIDE, 0.46)
    rimmed = np.where(circle[..., None], truth, 0)
    found = view_quality(truth, rimmed, circle)
    assert found["psnr_circle"] == math.inf
    assert found["ssim_circle"] == pytest.approx(1)
    assert found["ssim_frame"] < 0.9
    assert found["psnr_frame"] == pytest.approx(-10 * np.log10(0.25 * (1 - circle.mean())))


def test_equal_pictures_have_a_similarity_of_one(pair) -> None:
    found = view_quality(pair[1], pair[1], np.ones((SIDE, SIDE), bool))
    assert found["ssim_circle"] == pytest.approx(1)
    assert found["ssim_frame"] == pytest.approx(1)


def test_similarity_of_flat_pictures_is_the_formula_of_their_means() -> None:
    first, second = np.full((SIDE, SIDE, 3), 0.2), np.full((SIDE, SIDE, 3), 0.6)
    wanted = (2 * 0.2 * 0.6 + 0.01**2) / (0.2**2 + 0.6**2 + 0.01**2)
    assert similarity_map(first, second) == pytest.approx(np.full((SIDE, SIDE), wanted))


def test_similarity_around_one_pixel_is_the_formula_with_gaussian_weights(pair) -> None:
    image, truth = pair
    at = np.arange(-5, 6)
    weights = np.exp(-(at[:, None] ** 2 + at**2) / (2 * 1.5**2))
    weights /= weights.sum()
    values = []
    for channel in range(3):
        one, two = image[15:26, 10:21, channel], truth[15:26, 10:21, channel]
        mean_one, mean_two = (weights * one).sum(), (weights * two).sum()
        both = (weights * one * two).sum() - mean_one * mean_two
        square = (weights * (one * one + two * two)).sum() - mean_one**2 - mean_two**2
        values.append(
            (2 * mean_one * mean_two + 1e-4)
            * (2 * both + 9e-4)
            / ((mean_one**2 + mean_two**2 + 1e-4) * (square + 9e-4))
        )
    assert similarity_map(image, truth)[20, 15] == pytest.approx(np.mean(values), abs=1e-9)


def test_the_frame_equals_the_mean_of_scikit_image(pair) -> None:
    wanted = structural_similarity(
        *pair, gaussian_weights=True, sigma=1.5, use_sample_covariance=False, data_range=1, channel_axis=2
    )
    found = view_quality(*pair, np.ones((SIDE, SIDE), bool))
    assert found["ssim_frame"] == pytest.approx(wanted)


def test_without_a_valid_pixel_the_circle_has_no_number(pair) -> None:
    found = view_quality(*pair, np.zeros((SIDE, SIDE), bool))
    assert math.isnan(found["psnr_circle"]) and math.isnan(found["ssim_circle"])
    assert math.isnan(psnr(np.zeros(0), np.zeros(0)))


def test_pictures_of_other_sizes_and_tiny_ones_are_refused(pair) -> None:
    with pytest.raises(InputRefused, match="sizes differ"):
        view_quality(pair[0], pair[1][:-1], np.ones((SIDE, SIDE), bool))
    with pytest.raises(InputRefused, match="window of 11"):
        view_quality(pair[0][:8, :8], pair[1][:8, :8], np.ones((8, 8), bool))
