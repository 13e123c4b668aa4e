"""Doubtful places and disagreement against volumes made by hand."""

from __future__ import annotations

import numpy as np
import pytest

from medview.core.errors import InputRefused
from medview.core.geometry import Geometry
from medview.core.labels import LabelMap
from medview.measure.disagreement import compared, disagreement_map
from medview.measure.doubt import doubtful_places, entropy_of_probability


def image():
    values = np.zeros((12, 10, 8), np.float32)
    values[1:3, 1:3, 1:3] = 0.6  # 8 voxels, mean 0.6
    values[6:9, 5:8, 4] = 0.9  # 9 voxels, mean 0.9
    values[7, 6, 4] = 0.99
    values[11, 9, 7] = 1.0  # alone: no region
    values[0, 9, 0], values[1, 8, 1] = 0.7, 0.7  # two that touch by a corner
    return values


def test_regions_come_by_mean_times_size_and_show_their_highest_voxel():
    places, count = doubtful_places(image(), least=0.5)
    assert count == 3
    assert [place.voxels for place in places] == [9, 8, 2]
    assert places[0].peak_ijk == (7, 6, 4) and places[0].peak == pytest.approx(0.99)
    assert places[0].mean == pytest.approx((8 * 0.9 + 0.99) / 9, rel=1e-5)
    assert [place.weight for place in places] == sorted((place.weight for place in places), reverse=True)


def test_the_peak_of_a_hollow_region_lies_in_the_region():
    values = np.zeros((9, 9, 3), np.float32)
    values[2:7, 2:7, 1] = 0.6
    values[3:6, 3:6, 1] = 0.0
    values[4, 4, 1] = 0.95  # a single voxel in the hole
    values[2, 4, 1] = 0.8
    places, _ = doubtful_places(values, least=0.5)
    assert places[0].peak_ijk == (2, 4, 1)


def test_a_sure_result_has_no_doubtful_place_and_the_list_is_cut_but_counted():
    assert doubtful_places(np.zeros((4, 4, 4), np.float32), least=0.5) == ((), 0)
    assert doubtful_places(np.eye(4, dtype=np.float32)[:, :1, None] * 0.9, least=0.5) == ((), 0)
    places, count = doubtful_places(image(), least=0.5, most=1)
    assert len(places) == 1 and count == 3


def test_entropy_of_a_probability_is_highest_at_a_half():
    found = entropy_of_probability(np.array([0.0, 0.25, 0.5, 1.0]))
    assert found.tolist() == pytest.approx([0, 0.8113, 1, 0], abs=1e-4)


def labels(*boxes):
    array = np.zeros((6, 6, 6), np.uint8)
    for value, box in boxes:
        array[box] = value
    return LabelMap(array, Geometry.from_spacing((6, 6, 6), 1.0))


def test_every_kind_of_difference_has_its_own_number():
    first = labels((1, np.s_[0:2, 0, 0]), (1, np.s_[4, 4, 4]))
    second = labels((1, np.s_[1:3, 0, 0]), (2, np.s_[4, 4, 4]))
    made = disagreement_map(first, second)
    assert (made[0, 0, 0], made[1, 0, 0], made[2, 0, 0], made[4, 4, 4]) == (1, 0, 2, 3)
    assert np.count_nonzero(made) == 3


def test_the_map_comes_with_names_and_numbers_for_every_label():
    first, second = labels((1, np.s_[0:2, 0, 0])), labels((1, np.s_[1:3, 0, 0]))
    found, text = compared(first, second, ("A", "B"))
    assert [entry.name for entry in found.table.entries] == ["Only in A", "Only in B", "Another label"]
    assert "A against B: 2 voxels differ." in text
    assert "Label 1: Dice 0.500, HD95" in text and "0.00 mL against 0.00 mL" in text


def test_maps_of_different_grids_are_refused():
    other = LabelMap(np.zeros((6, 6, 5), np.uint8), Geometry.from_spacing((6, 6, 5), 1.0))
    with pytest.raises(InputRefused, match="Cannot compare"):
        disagreement_map(labels(), other)
