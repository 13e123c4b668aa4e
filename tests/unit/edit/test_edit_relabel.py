from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from medview.core.boxes import slabs, tight_box, tiles, value_box
from medview.core.errors import InputRefused, LabelLocked
from medview.core.geometry import Geometry
from medview.core.labels import LabelMap, LabelTable, default_entry
from medview.edit.relabel import relabelled, split

SHAPE = (6, 5, 4)
numbers = arrays.arrays(np.uint8, SHAPE, elements=st.integers(0, 4))


def label_map(array, *locked: int) -> LabelMap:
    entries = tuple(replace(default_entry(v), locked=v in locked) for v in (1, 2, 3, 4))
    return LabelMap(array, Geometry.from_spacing(array.shape, 1), LabelTable(entries))


def applied(labels: LabelMap, patches) -> np.ndarray:
    with labels.edit():
        for patch in patches:
            labels.apply(patch)
    return np.array(labels.array)


@settings(deadline=None)
@given(before=numbers, order=st.sampled_from("CF"))
def test_labels_become_another_or_go_voxel_by_voxel(before, order) -> None:
    labels = label_map(np.array(before, order=order))
    after = applied(labels, relabelled(labels, {1: 3, 2: 0}))
    assert np.array_equal(after, np.where(before == 1, 3, np.where(before == 2, 0, before)))
    assert labels.voxel_count(1) == labels.voxel_count(2) == 0


@settings(deadline=None)
@given(before=numbers, value=st.integers(1, 4))
def test_a_split_numbers_the_pieces_by_volume_and_changes_nothing_else(before, value) -> None:
    from skimage.measure import label

    expected = label(before == value, connectivity=3)
    sizes = sorted(np.bincount(expected.ravel())[1:].tolist(), reverse=True)
    labels = label_map(before.copy())
    if len(sizes) < 2:
        with pytest.raises(InputRefused):
            split(labels, value, range(10, 250))
        return
    pieces = split(labels, value, tuple(range(10, 250)))
    after = applied(labels, pieces.patches)
    assert pieces.values == (value, *range(10, 9 + len(sizes)))
    assert list(pieces.voxel_counts) == sizes == [int((after == v).sum()) for v in pieces.values]
    assert np.array_equal(after[before != value], before[before != value])
    for number in range(1, len(sizes) + 1):
        assert len(set(after[expected == number].tolist())) == 1


def test_patches_cost_what_the_label_does_and_not_what_the_map_does() -> None:
    labels = label_map(np.zeros((400, 400, 100), np.uint8))
    array = np.zeros((400, 400, 100), np.uint8)
    array[:5, :5, :5], array[-5:, -5:, -5:] = 1, 1
    labels = label_map(array)
    patches = relabelled(labels, {1: 2})
    assert sum(patch.values.size for patch in patches) == 2 * 125
    assert value_box(labels.array, 1) == (slice(0, 400), slice(0, 400), slice(0, 100))


def test_what_cannot_be_split_says_why() -> None:
    array = np.zeros(SHAPE, np.uint8)
    array[::2, ::2, ::2] = 1
    array[0, 1, 1] = 2
    labels = label_map(array, 3)
    with pytest.raises(InputRefused, match="it has no voxels"):
        split(labels, 4, (9,))
    with pytest.raises(InputRefused, match="it is in one piece"):
        split(labels, 2, (9,))
    with pytest.raises(InputRefused, match="it is in 18 pieces and the mask has room for 1 more labels"):
        split(labels, 1, (9,))
    with pytest.raises(LabelLocked):
        split(labels, 3, (9,))


def test_locked_labels_are_neither_merged_nor_merged_into() -> None:
    labels = label_map(np.ones(SHAPE, np.uint8), 2)
    for change in ({1: 2}, {2: 1}, {2: 0}):
        with pytest.raises(LabelLocked):
            relabelled(labels, change)


@settings(deadline=None)
@given(array=arrays.arrays(np.bool_, SHAPE))
def test_the_box_around_what_is_marked_is_the_smallest(array) -> None:
    box = tight_box(array)
    places = np.argwhere(array)
    if not len(places):
        assert box is None
        return
    assert [side.start for side in box] == places.min(axis=0).tolist()
    assert [side.stop - 1 for side in box] == places.max(axis=0).tolist()


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("parts", [slabs, tiles])
def test_slabs_and_tiles_go_once_through_everything(order, parts) -> None:
    array = np.zeros((300, 200, 100), np.uint8, order=order)
    for part in parts(array):
        array[part] += 1
    assert (array == 1).all() and len(list(parts(array))) > 1
