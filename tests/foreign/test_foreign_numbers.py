"""Resampling, normalising, windows and the way back, against references and hand-made numbers."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy import ndimage
from skimage.transform import resize

from medview.ml.context import RunContext
from medview.ml.foreign.recipe import (
    Answer,
    CropNonzero,
    Orient,
    Permute,
    Rescale,
    Respace,
    Window,
)
from medview.zoo.foreign.borders import decided, labels_on
from medview.zoo.foreign.resampling import grid_change, positions_back, resample, resample_back
from medview.zoo.foreign.steps import prepare, rescaled
from medview.zoo.foreign.windows import Sweep, sweep

CTX = RunContext(scratch=Path())


def test_cubic_resampling_equals_scikit_image(rng):
    """nnU-Net resamples with skimage.transform.resize(order=3, mode="edge", anti_aliasing=False)."""
    array = rng.normal(size=(1, 13, 9, 17)).astype(np.float32)
    step = Respace(spacing_mm=(0.8, 1.3, 2.0), order=3, is_across_apart=None)
    change = grid_change(step, array.shape[1:], (1.0, 1.0, 1.5))
    wanted = resize(array[0].astype(float), change.new_shape, 3, mode="edge", anti_aliasing=False)
    assert change.apart is None
    assert np.abs(resample(array, change, 3, 0)[0] - wanted).max() < 1e-5


def test_a_coarse_axis_is_resampled_apart_as_nnunet_does(rng):
    """In the slices with splines, across them to the nearest: resample_data_or_seg of nnU-Net."""
    array = rng.normal(size=(1, 6, 14, 15)).astype(np.float32)
    step = Respace(spacing_mm=(2.5, 0.8, 0.8), order=3, order_across=0, is_across_apart=None)
    change = grid_change(step, array.shape[1:], (5.0, 1.0, 1.0))
    assert change.apart == 0
    size = change.new_shape
    slices = np.stack(
        [resize(s.astype(float), size[1:], 3, mode="edge", anti_aliasing=False) for s in array[0]]
    )
    places = (np.arange(size[0]) + 0.5) * 6 / size[0] - 0.5
    grid = np.meshgrid(places, np.arange(size[1]), np.arange(size[2]), indexing="ij")
    wanted = ndimage.map_coordinates(slices, grid, order=0, mode="nearest")
    assert np.abs(resample(array, change, 3, 0)[0] - wanted).max() < 1e-5


@pytest.mark.parametrize(
    ("old", "new", "axis"),
    [
        ((1, 1, 1), (2, 1, 1), None),
        ((5, 1, 1), (1, 1, 1), 0),
        ((1, 1, 1), (1, 1, 4), 2),
        ((5, 5, 1), (1, 1, 1), None),
    ],
)
def test_which_axis_is_apart(old, new, axis):
    assert grid_change(Respace(spacing_mm=new, is_across_apart=None), (8, 8, 8), old).apart == axis


def test_centres_are_kept_as_monai_and_itk_keep_them():
    ramp = np.tile(np.arange(10, dtype=np.float32)[:, None, None], (1, 4, 4))[None]
    change = grid_change(Respace(spacing_mm=(0.5, 0, 0), keeps="centres"), (10, 4, 4), (1.0, 1.0, 1.0))
    assert change.new_shape == (19, 4, 4)
    made = resample(ramp, change, 1, 0)
    assert np.allclose(made[0, :, 0, 0], np.arange(19) / 2)
    assert np.allclose(resample_back(made, change), ramp, atol=1e-6)


def maps_and_places(rng, classes):
    maps = ndimage.gaussian_filter(rng.normal(size=(classes, 9, 10, 8)), (0, 1.5, 1.5, 1.5)).astype(
        np.float32
    )
    change = grid_change(Respace(spacing_mm=(2.2, 1.7, 3.0)), (20, 17, 24), (1.0, 1.0, 1.0))
    assert change.new_shape == (9, 10, 8)
    return maps, change


@pytest.mark.parametrize("decide", ["argmax", "threshold"])
def test_borders_only_equals_resampling_every_class(rng, decide):
    maps, change = maps_and_places(rng, 5)
    answer = Answer(
        channels=5, values=(0, 1, 2, 3, 4) if decide == "argmax" else (1, 2, 3, 4, 5), decide=decide
    )
    places = [positions_back(change, axis) for axis in range(3)]
    ours = labels_on(maps, places, answer, 0.05, None, CTX)
    wanted = decided(resample_back(maps, change), answer, 0.05)
    assert ours.shape == (20, 17, 24)
    assert (ours == wanted).mean() > 0.9999
    assert len(np.unique(ours)) > 3


def test_steps_go_back_exactly(rng):
    array = np.zeros((1, 12, 10, 7), np.float32)
    array[:, 3:9, 2:8, 1:6] = rng.uniform(1, 2, (6, 6, 5))
    steps = (Orient("PIR"), Permute((2, 0, 1)), CropNonzero())
    found = prepare(array, (1.0, 2.0, 3.0), steps)
    assert found.array.shape == (1, 6, 6, 5)
    assert found.spacing_mm == (1.0, 2.0, 3.0)
    back = found.array
    for undo in reversed(found.undos):
        back = undo.undone(back)
    assert np.array_equal(back, array)


def test_orientation_by_hand():
    """RAS to PIR: the first axis runs to posterior, the second to inferior, the third to the right."""
    array = np.arange(2 * 3 * 4, dtype=np.float32).reshape(1, 2, 3, 4)
    found = prepare(array, (1.0, 2.0, 3.0), (Orient("PIR"),))
    assert found.spacing_mm == (2.0, 3.0, 1.0)
    assert found.array[0, 0, 0, 0] == array[0, 0, -1, -1]
    assert found.array[0, 1, 0, 0] == array[0, 0, -2, -1]


VALUES = np.array([0, 0, 2, 4, 6], np.float32).reshape(5, 1, 1)


@pytest.mark.parametrize(
    ("rule", "wanted"),
    [
        (Rescale(kind="zscore"), (VALUES - 2.4) / np.std(VALUES)),
        (Rescale(kind="zscore", within="nonzero"), [0, 0, -1.224745, 0, 1.224745]),
        (Rescale(kind="ct", low=1, high=4, mean=2, std=2), [-0.5, -0.5, 0, 1, 1]),
        (Rescale(kind="range", low=2, high=4, new_low=-1, new_high=1), [-3, -3, -1, 1, 3]),
        (Rescale(kind="range", low=2, high=4, is_clipped=True), [0, 0, 0, 1, 1]),
        (Rescale(kind="minmax"), [0, 0, 1 / 3, 2 / 3, 1]),
        (Rescale(kind="percentiles", low=25, high=75, is_clipped=True), [0, 0, 0.5, 1, 1]),
        (Rescale(kind="given", mean=1, std=2), [-0.5, -0.5, 0.5, 1.5, 2.5]),
    ],
)
def test_normalisation_by_hand(rule, wanted):
    assert np.allclose(rescaled(VALUES, rule, None).ravel(), np.ravel(wanted), atol=1e-5)


def test_zscore_within_the_mask_leaves_the_rest_as_nnunet_does():
    mask = np.array([0, 1, 1, 1, 0], bool).reshape(5, 1, 1)
    made = rescaled(VALUES, Rescale(kind="zscore", within="mask"), mask)
    assert np.allclose(made.ravel(), [0, -1.224745, 0, 1.224745, 6], atol=1e-5)


@pytest.mark.parametrize("blend", ["gaussian", "constant"])
@pytest.mark.parametrize("shape", [(20, 17, 9), (5, 30, 8)])
def test_an_identity_network_gives_the_image_back(rng, blend, shape):
    image = rng.normal(size=(1, *shape)).astype(np.float32)
    window = Window(patch=(8, 12, 8), overlap=0.5, blend=blend, mirror_axes=(0, 1, 2))
    made = sweep(lambda piece: piece, image, Sweep(window=window, channels=1, is_mirrored=True), CTX, (0, 1))
    assert np.abs(made - image).max() < 1e-5


def test_slices_are_read_across_their_axis(rng):
    image = rng.normal(size=(2, 6, 5, 4)).astype(np.float32)
    seen = []

    def network(piece):
        seen.append(piece.shape)
        return piece[:, :1]

    window = Window(patch=(6, 1, 4), slice_axis=1)
    made = sweep(network, image, Sweep(window=window, channels=1), CTX, (0, 1))
    assert set(seen) == {(1, 2, 6, 4)}
    assert np.allclose(made[0], image[0])


def test_whole_images_are_padded_to_multiples(rng):
    image = rng.normal(size=(1, 9, 10, 11)).astype(np.float32)
    seen = []

    def network(piece):
        seen.append(piece.shape[2:])
        return piece

    sweep(network, image, Sweep(window=Window(multiple=8), channels=1), CTX, (0, 1))
    assert seen == [(16, 16, 16)]
