"""Labels from class probabilities, interpolated only where classes meet: exact, and few planes at once."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy import ndimage

from medview.core.errors import Cancelled
from medview.zoo.resampling import labels_on_axes, pixel_centres, pixel_edges


def smooth(classes, shape, seed=0) -> np.ndarray:
    coarse = np.random.default_rng(seed).random((classes, 4, 4, 4)).astype(np.float32)
    fields = [ndimage.zoom(field, [n / 4 for n in shape], order=3) for field in coarse]
    return np.ascontiguousarray(np.exp(8 * np.stack(fields)))


@pytest.mark.parametrize(("points", "align"), [(pixel_edges, False), (pixel_centres, True)])
@pytest.mark.parametrize("out", [(41, 50, 37), (20, 24, 18), (11, 60, 18)])
def test_labels_are_those_of_whole_linear_interpolation_and_arg_max(points, align, out):
    scores = smooth(6, (20, 24, 18))
    axes = [points(have, want) for have, want in zip(scores.shape[1:], out, strict=True)]
    labels = labels_on_axes(scores, axes)
    whole = torch.nn.functional.interpolate(
        torch.from_numpy(scores)[None].double(), out, mode="trilinear", align_corners=align
    )[0].argmax(0)
    assert labels.shape == out and labels.dtype == np.uint8
    assert len(np.unique(labels)) > 3
    assert (labels != whole.numpy()).mean() < 1e-5


def test_a_class_that_wins_only_between_voxels_is_found():
    scores = np.zeros((3, 1, 1, 2), np.float32)
    scores[:, 0, 0, 0] = 0.5, 0.4, 0.0
    scores[:, 0, 0, 1] = 0.0, 0.4, 0.5
    axes = [np.zeros(1), np.zeros(1), np.array([0.0, 0.5, 1.0])]
    assert labels_on_axes(scores, axes)[0, 0].tolist() == [0, 1, 2]


def test_on_its_own_grid_and_beyond_its_border_labels_are_copied():
    scores = smooth(5, (6, 7, 8))
    axes = [np.arange(-2.0, size + 2) for size in scores.shape[1:]]
    labels = labels_on_axes(scores, axes)
    assert np.array_equal(labels[2:-2, 2:-2, 2:-2], scores.argmax(0))
    assert np.array_equal(labels[0, 2:-2, 2:-2], labels[2, 2:-2, 2:-2])


def test_classes_may_stand_for_other_values():
    scores = smooth(3, (6, 6, 6))
    axes = [np.arange(6.0)] * 3
    merged = labels_on_axes(scores, axes, values=(0, 300, 300))
    assert merged.dtype == np.uint16
    assert np.array_equal(merged > 0, scores.argmax(0) > 0)


def test_it_can_be_cancelled_between_planes():
    def cancel():
        raise Cancelled

    with pytest.raises(Cancelled):
        labels_on_axes(smooth(2, (4, 4, 4)), [np.arange(4.0)] * 3, check_cancelled=cancel)
