"""Outlines of masks and masks within outlines."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis.extra.numpy import array_shapes, arrays
from scipy import ndimage

from medview.io.dicom.contours import filled, outlines


@given(arrays(bool, array_shapes(min_dims=2, max_dims=2, min_side=1, max_side=9)))
@settings(max_examples=300, deadline=None, derandomize=True)
def test_what_lies_within_the_outlines_of_a_mask_is_the_mask(mask) -> None:
    contours = outlines(mask)
    assert np.array_equal(filled(contours, mask.shape), mask)
    # every piece that hangs together by edges has one contour, whatever its holes: uniting them is right too
    assert len(contours) == ndimage.label(mask)[1]
    united = np.zeros(mask.shape, bool)
    for contour in contours:
        united |= filled([contour], mask.shape)
    assert np.array_equal(united, mask)


def test_a_large_mask_of_many_holes(rng) -> None:
    for share in (0.3, 0.6, 0.9):
        mask = rng.random((200, 170)) < share
        assert np.array_equal(filled(outlines(mask), mask.shape), mask)


def test_a_square_has_four_corners_half_a_voxel_outside_its_centres() -> None:
    mask = np.zeros((9, 9), bool)
    mask[2:5, 3:8] = True
    (contour,) = outlines(mask)
    assert sorted(map(tuple, contour.tolist())) == [(1.5, 2.5), (1.5, 7.5), (4.5, 2.5), (4.5, 7.5)]


def test_no_corner_lies_on_the_centre_line_of_a_voxel(rng) -> None:
    for contour in outlines(rng.random((40, 40)) < 0.7):
        away = np.abs(contour - np.rint(contour))
        assert away.min() >= 0.25 and set(np.unique(away)) <= {0.25, 0.5}


@pytest.mark.parametrize("side", [3.9, 4.05, 4.2])
def test_slanted_outlines_of_others_take_the_centres_inside(side) -> None:
    diamond = np.array([(5.0, 5 - side), (5 + side, 5.0), (5.0, 5 + side), (5 - side, 5.0)]) + 0.01
    i, j = np.indices((11, 11))
    exact = np.abs(i - 5.01) + np.abs(j - 5.01) < side
    assert np.array_equal(filled([diamond], (11, 11)), exact)


def test_outlines_that_leave_the_slice_are_cut_off() -> None:
    box = np.array([(-50.0, 2.5), (3.5, 2.5), (3.5, 90.0), (-50.0, 90.0)])
    found = filled([box], (6, 7))
    assert found[:4, 3:].all() and found.sum() == 16
    far = np.array([(1e7, 1e7), (2e7, 1e7), (2e7, 2e7)])
    assert not filled([far, np.zeros((0, 2))], (6, 7)).any()
