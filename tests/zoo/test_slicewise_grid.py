"""Slices go to the network's pixels and back without moving, whatever the scan's grid."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from medview.core.errors import InputRefused
from medview.zoo.resampling import labels_on_axes, pixel_edges
from medview.zoo.slicewise.grid import SliceGrid, head_box, slices_of
from medview.zoo.slicewise.intensity import (
    head_quantiles,
    measure_intensity,
    min_max,
    slice_z_scores,
    z_scores,
)


def head(shape=(60, 72, 10), inset=8, level=300.0) -> np.ndarray:
    volume = np.zeros(shape, np.float32)
    volume[inset:-inset, inset:-inset] = level
    volume[inset + 4 : inset + 12, inset + 4 : inset + 12] = 2 * level
    return volume


def test_values_are_clipped_to_the_head_s_quantiles_and_scaled():
    intensity = measure_intensity(head())
    normalised = intensity.normalised(head())
    assert normalised.dtype == np.float32
    assert normalised.min() == 0 and normalised.max() == 1
    assert intensity.normalised(np.array([-1e9, 1e9, np.nan], np.float32)).tolist() == [0, 1, 0]


def test_undershoot_of_a_resampled_scan_does_not_make_its_air_part_of_the_head():
    volume = head()
    volume[0, 0, :3] = -50
    intensity = measure_intensity(volume)
    assert intensity.air > 0
    assert intensity.low > 100


def test_a_scan_without_contrast_is_refused():
    with pytest.raises(InputRefused, match="the same"):
        measure_intensity(np.full((8, 8, 8), 7, np.int16))


def test_the_head_is_found_under_noise():
    rng = np.random.default_rng(0)
    noise = np.hypot(rng.normal(0, 12, (2, 60, 72, 10)), rng.normal(0, 12, (2, 60, 72, 10)))[0]
    volume = (head() + noise).astype(np.float32)
    assert head_box(volume, measure_intensity(volume).air) == ((8, 52), (8, 64))


@pytest.mark.parametrize("shape", [(3, 3, 3), (1, 80, 2)])
def test_a_scan_too_small_to_hold_a_head_is_read_whole(shape):
    assert head_box(np.ones(shape, np.float32), 0.1) == ((0, shape[0]), (0, shape[1]))


def grid_of(shape, spacing, pixel, box=None) -> SliceGrid:
    whole = ((0, shape[0]), (0, shape[1]))
    return SliceGrid.around(shape, box or whole, spacing, pixel, 16)


def test_at_the_network_s_own_spacing_nothing_changes():
    grid = grid_of((50, 61), (0.8, 0.8), 0.8)
    slices = torch.rand(2, 1, 50, 61)
    assert grid.to_network(slices).shape == (2, 1, 64, 64)
    assert torch.equal(grid.from_network(grid.to_network(slices)), slices)


@pytest.mark.parametrize("pixel", [0.5, 1.0, 1.3])
def test_a_pixel_stands_for_the_volume_of_the_voxels_beneath_it(pixel):
    grid = grid_of((40, 60), (1.0, 0.8), pixel, box=((10, 30), (5, 45)))
    assert grid.pixel_ml(0.004) * np.prod(grid.size) == pytest.approx(20 * 40 * 0.004)
    assert grid.pixel_ml(0.004) == pytest.approx(0.005 * pixel**2, rel=0.05)


def test_outside_the_box_nothing_is_found():
    grid = grid_of((40, 40), (1.0, 1.0), 1.0, box=((10, 30), (5, 20)))
    back = grid.from_network(torch.ones(1, 1, *grid.padded))
    assert back[0, 0, 10:30, 5:20].min() == 1
    assert float(back.sum()) == 20 * 15


@pytest.mark.parametrize("spacing", [(0.4, 0.4), (1.0, 1.0), (0.9, 0.5), (1.7, 1.1)])
def test_a_disc_comes_back_to_its_place_on_any_pixel_spacing(spacing):
    shape = tuple(round(80 / mm) for mm in spacing)
    i, j = np.meshgrid(
        *[(np.arange(n) + 0.5) * mm for n, mm in zip(shape, spacing, strict=True)], indexing="ij"
    )
    disc = ((i - 30) ** 2 + (j - 52) ** 2 < 10**2).astype(np.float32)
    grid = grid_of(shape, spacing, 0.8)
    back = grid.from_network(grid.to_network(torch.from_numpy(disc)[None, None]))[0, 0].numpy() >= 0.5
    assert 2 * (back & (disc > 0)).sum() / (back.sum() + disc.sum()) > 0.97
    assert abs(i[back].mean() - 30) < 0.15 and abs(j[back].mean() - 52) < 0.15


def test_slices_hold_the_modalities_in_order():
    first, second = head(), head()[::-1] * 2
    normalisers = [head_quantiles(first), head_quantiles(second)]
    slices = slices_of([first, second], normalisers, 3, 7)
    assert slices.shape == (4, 2, 60, 72)
    assert torch.equal(slices[0, 1], slices[0, 0].flip(0))


def test_a_window_shows_what_lies_around_its_centre_and_zeros_beyond_the_slice():
    slices = torch.arange(30 * 20, dtype=torch.float32).reshape(1, 1, 30, 20) + 1
    grid = SliceGrid.window((30, 20), (1.0, 1.0), 1.0, (16, 16), centre_ij=(3.0, 9.0))
    seen = grid.to_network(slices)[0, 0]
    assert seen[8, 8] == slices[0, 0, 3, 9]
    assert not seen[:5].any() and seen[5:].all()
    back = grid.from_network(seen[None, None])[0, 0]
    assert torch.equal(back[:11, 1:17], slices[0, 0, :11, 1:17])
    assert not back[11:].any() and not back[:, 17:].any()


@pytest.mark.parametrize("shape", [(200, 260), (224, 224), (101, 99)])
def test_a_window_without_a_centre_lies_in_the_middle_and_crops_or_pads(shape):
    slices = torch.rand(2, 1, *shape)
    grid = SliceGrid.window(shape, (1.0, 1.0), 1.0, (128, 128))
    seen = grid.to_network(slices)
    assert seen.shape == (2, 1, 128, 128)
    back = grid.from_network(seen)
    i, j = (max(0, (n - 128) // 2 + 1) for n in shape)
    inner = np.s_[..., i : shape[0] - i, j : shape[1] - j]
    assert torch.equal(back[inner], slices[inner])


def test_a_stretched_slice_fills_the_network_s_image_whatever_its_shape():
    grid = SliceGrid.stretched((60, 100), (224, 224))
    assert grid.to_network(torch.ones(1, 3, 60, 100)).min() == pytest.approx(1)
    assert grid.from_network(torch.ones(1, 1, 224, 224)).shape == (1, 1, 60, 100)


def test_a_map_of_a_deeper_level_comes_back_to_the_same_place():
    grid = grid_of((64, 64), (1.0, 1.0), 1.0)
    deep = torch.zeros(1, 1, 8, 8)
    deep[0, 0, 2, 5] = 1
    back = grid.from_network(deep)[0, 0]
    assert back.shape == (64, 64)
    assert back[16:24, 40:48].mean() > 3 * back[8:16, 40:48].mean()


def test_labels_of_classes_are_those_of_whole_interpolation():
    torch.manual_seed(0)
    coarse = torch.rand(3, 4, 12, 12)
    scores = torch.nn.functional.interpolate(coarse, (48, 48), mode="bicubic")
    classes = scores.softmax(1)
    grid = grid_of((96, 80), (0.5, 0.6), 1.0)
    assert grid.padded == (48, 48)
    whole = grid.from_network(classes).argmax(1).numpy()
    labels = grid.labels_from_network(classes)
    assert labels.dtype == np.uint8 and labels.shape == (3, 96, 80)
    assert (labels != whole).mean() < 1e-4


def test_slice_scores_are_clipped_and_scaled_slice_by_slice(rng):
    volume = rng.normal(100, 10, (40, 40, 3)).astype(np.float32)
    volume[..., 1] *= 5
    volume[3, 3, :] = 1e6
    scores = slice_z_scores(volume)(volume)
    assert np.allclose(scores.mean(axis=(0, 1)), 0, atol=1e-4)
    assert np.allclose(scores.std(axis=(0, 1)), 1, atol=1e-4)
    assert scores.max() < 4


def test_extremes_are_found_on_all_voxels_and_may_be_clipped(rng):
    volume = rng.random((30, 30, 30)).astype(np.float32)
    volume[1, 1, 1] = 9
    assert min_max(volume)(volume).max() == 1 and min_max(volume)(volume[5:]).max() < 0.2
    assert min_max(volume, clipped_percent=0.1)(volume[5:]).max() > 0.9


def test_z_scores_are_measured_where_the_mask_says(rng):
    volume = rng.normal(0, 1, (20, 20, 20))
    volume[10:] = rng.normal(50, 4, (10, 20, 20))
    mask = np.zeros(volume.shape, bool)
    mask[10:] = True
    scores = z_scores(volume, mask)(volume[10:])
    assert abs(scores.mean()) < 1e-3 and abs(scores.std() - 1) < 1e-3
    assert scores.dtype == np.float32


@pytest.mark.parametrize(
    "grid",
    [
        SliceGrid.window((50, 44), (1.4, 1.4), 1.458, (16, 16)),
        SliceGrid.window((50, 44), (1.4, 1.1), 1.0, (32, 16), (3.0, 40.0)),
        SliceGrid.window((20, 18), (1.4, 1.4), 1.458, (32, 32)),
        SliceGrid.window((50, 44), (1.4, 1.4), 1.458, (16, 16), (48.0, 43.0)),
        SliceGrid.stretched((50, 44), (32, 48)),
        SliceGrid.around((50, 44), ((3, 41), (5, 44)), (1.0, 1.0), 0.9, 16),
    ],
)
def test_labels_around_what_the_network_saw_are_as_if_all_had_been_looked_at(grid):
    classes = torch.rand(3, 4, *grid.padded, generator=torch.Generator().manual_seed(1)).softmax(1)
    part = grid.part_of(classes).numpy()
    axes = [np.arange(3.0)]
    axes += [pixel_edges(have, stop - start) for have, (start, stop) in zip(grid.size, grid.box, strict=True)]
    wanted = np.zeros((3, *grid.shape), np.uint8)
    (i0, i1), (j0, j1) = grid.box
    wanted[:, i0:i1, j0:j1] = labels_on_axes(part.transpose(1, 0, 2, 3), axes)
    assert np.array_equal(grid.labels_from_network(classes), wanted)
