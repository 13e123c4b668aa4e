"""Check 8 of flair-wmh's paper file, and images compared inside a mask."""

from __future__ import annotations

import numpy as np
import pytest

from medview.core.geometry import Geometry
from medview.measure.inner_agreement import compare_inside, linear_mapping
from medview.measure.overlap import Overlap, overlap_of
from medview.measure.shading import coil_shading


def test_check_8_a_hundred_voxels_of_which_sixty_are_found_beside_forty_false_ones() -> None:
    reference, found = np.zeros(500, bool), np.zeros(500, bool)
    reference[:100] = True
    found[40:140] = True
    overlap = overlap_of(reference, found)
    assert overlap == Overlap(hit=60, excess=40, missed=40)
    assert overlap.dice == pytest.approx(0.6)
    assert overlap.missed_part == pytest.approx(0.4)
    assert overlap.excess_per_reference == pytest.approx(0.4)
    assert overlap.excess_part == pytest.approx(0.4)


def test_parts_of_nothing_are_unknown() -> None:
    nothing = np.zeros(5, bool)
    overlap = overlap_of(nothing, nothing)
    assert (overlap.dice, overlap.missed_part, overlap.excess_part) == (None, None, None)


def test_only_what_lies_inside_the_mask_is_compared() -> None:
    rng = np.random.default_rng(0)
    reference = rng.uniform(0, 100, (12, 12, 12))
    result = reference + 2.0
    mask = np.zeros(reference.shape, bool)
    mask[2:10, 2:10, 2:10] = True
    result[~mask] = 1e6
    report = compare_inside(reference, result, mask)
    assert report.mae == pytest.approx(2.0)
    assert report.rmse == pytest.approx(2.0)
    assert report.psnr_db == pytest.approx(20 * np.log10(np.ptp(reference[mask]) / 2.0))
    assert report.ssim is not None and report.ssim > 0.95
    assert compare_inside(reference, reference, mask).psnr_db is None


def test_the_best_straight_line_is_found_and_cannot_be_beaten_by_another() -> None:
    rng = np.random.default_rng(1)
    source = rng.normal(size=(10, 10, 10))
    target = 3 * source + 7 + rng.normal(0, 0.5, source.shape)
    mask = np.ones(source.shape, bool)
    best = np.mean((linear_mapping(source, target, mask) - target) ** 2)
    for slope, offset in ((3.0, 7.0), (2.9, 7.1), (1.0, 0.0)):
        assert best <= np.mean((slope * source + offset - target) ** 2)


def test_shading_is_taken_out_of_a_head_of_two_tissues() -> None:
    rng = np.random.default_rng(2)
    x, y, z = np.mgrid[:60, :60, :60] / 30.0 - 1
    inside = x**2 + y**2 + z**2 < 0.9
    tissue = np.where(x**2 + y**2 + z**2 < 0.4, 100.0, 60.0) * inside
    gain = np.exp(0.3 * x - 0.25 * y * z)
    scan = tissue * gain + inside * rng.normal(0, 0.5, tissue.shape)
    found = coil_shading(scan, inside, Geometry.from_spacing((60, 60, 60), (2.0, 2.0, 2.0)))
    core = tissue == 100
    before, after = ((scan / field)[core].std() / (scan / field)[core].mean() for field in (1.0, found))
    assert after < 0.4 * before
    assert np.log(found[inside]).mean() == pytest.approx(0, abs=1e-3)


def test_a_scan_of_a_few_voxels_has_no_shading_to_find() -> None:
    scan = np.ones((10, 10, 1))
    assert (coil_shading(scan, scan > 0, Geometry.from_spacing((10, 10, 1), (1.0, 1.0, 1.0))) == 1).all()
