from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from medview.core.geometry import Geometry
from medview.core.labels import LabelMap
from medview.edit.region import NOTHING, Region, becoming, label_region, painted, roomy_box

SHAPE = (5, 4, 6)
masks = arrays(np.bool_, SHAPE)


def whole(region: Region) -> np.ndarray:
    return region.in_box(tuple(slice(0, n) for n in SHAPE))


@given(masks, masks)
def test_regions_join_meet_and_differ_as_masks_do(a: np.ndarray, b: np.ndarray) -> None:
    first, second = Region.of(a), Region.of(b)
    assert (whole(first | second) == (a | b)).all()
    assert (whole(first & second) == (a & b)).all()
    assert (whole(first - second) == (a & ~b)).all()
    assert (whole(first) == a).all() and first.count == a.sum()


@given(masks)
def test_a_box_is_the_smallest(mask: np.ndarray) -> None:
    region = Region.of(mask)
    assert region.is_empty == (not mask.any())
    for axis in range(3):
        flat = region.mask.any(axis=tuple(n for n in range(3) if n != axis))
        assert region.is_empty or (flat[0] and flat[-1])


def labels_of(array: np.ndarray) -> LabelMap:
    return LabelMap(array, Geometry.from_spacing(array.shape, 1.0))


@given(arrays(np.uint8, SHAPE, elements=st.integers(0, 3)), masks, st.integers(0, 3))
def test_painting_gives_a_label_to_exactly_the_region(
    array: np.ndarray, mask: np.ndarray, value: int
) -> None:
    labels = labels_of(array.copy())
    patch = painted(labels, Region.of(mask), value)
    if patch is None:
        assert (array[mask] == value).all()
        return
    with labels.edit():
        inverse = labels.apply(patch)
    assert (labels.array == np.where(mask, value, array)).all()
    with labels.edit():
        labels.apply(inverse)
    assert (labels.array == array).all()


@given(arrays(np.uint8, SHAPE, elements=st.integers(0, 3)), masks)
def test_becoming_leaves_the_label_exactly_there(array: np.ndarray, mask: np.ndarray) -> None:
    labels = labels_of(array.copy())
    patch = becoming(labels, Region.of(mask), 2)
    if patch is not None:
        with labels.edit():
            labels.apply(patch)
    assert ((labels.array == 2) == mask).all()
    others = (array != 2) & ~mask
    assert (labels.array[others] == array[others]).all()


def test_a_label_that_is_nowhere_is_nothing() -> None:
    labels = labels_of(np.zeros(SHAPE, np.uint8))
    assert label_region(labels, 1).is_empty
    assert painted(labels, NOTHING, 1) is None


def test_room_ends_at_the_grid() -> None:
    region = Region((1, 0, 5), np.ones((2, 1, 1), bool))
    assert roomy_box(region, (2, 2, 2), SHAPE) == (slice(0, 5), slice(0, 3), slice(3, 6))
