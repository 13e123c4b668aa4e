"""Slices go to the network's pixels and back without moving, whatever the scan's grid."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from medview.core.errors import InputRefused
from medview.zoo.segment.t2_vessels.grid import SliceGrid, head_box, measure_intensity, slices_of


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
    intensities = [measure_intensity(first), measure_intensity(second)]
    slices = slices_of([first, second], intensities, 3, 7)
    assert slices.shape == (4, 2, 60, 72)
    assert torch.equal(slices[0, 1], slices[0, 0].flip(0))
