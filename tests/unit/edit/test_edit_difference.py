"""Where two label maps differ: pieces across slabs, what changes in them, patches of parts."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage

from medview.core import boxes
from medview.core.errors import Cancelled
from medview.core.labels import Patch
from medview.edit.difference import (
    Change,
    changes_in,
    count_differing,
    difference,
    piece_region,
    taking,
)
from medview.edit.region import Region

_TOUCHING = np.ones((3, 3, 3), bool)


@pytest.fixture
def thin_slabs(monkeypatch):
    """Slabs of one or two planes, so that pieces run through many of them."""
    monkeypatch.setattr(boxes, "_SLAB_VOXELS", 900)


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("density", [0.03, 0.3, 1.0])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_pieces_are_those_of_the_whole_volume_at_once(thin_slabs, rng, order, density, dtype):
    shape = (21, 23, 40)
    present = np.asarray(rng.integers(0, 3, shape) * (rng.random(shape) < 0.5), dtype, order=order)
    changed = rng.random(shape) < density
    proposed = np.asarray(np.where(changed, (present + 1) % 3, present), dtype, order=order)
    found = difference(present, proposed)
    numbers, count = ndimage.label(present != proposed, _TOUCHING)
    sizes = np.sort(np.bincount(numbers.ravel())[1:])[::-1]
    np.testing.assert_array_equal(found.voxels, sizes)
    assert len(found) == count and found.total == count_differing(present, proposed) == changed.sum()
    for number in {0, count // 2, count - 1}:
        piece = found.piece(number)
        region = piece_region(present, proposed, piece.box, piece.seed_ijk)
        whole = numbers == numbers[piece.seed_ijk]
        np.testing.assert_array_equal(region.mask, whole[region.box])
        assert region.count == piece.voxels == whole.sum() and region.box == piece.box
        for change in piece.changes:
            here = whole & (present == change.before) & (proposed == change.after)
            assert here.sum() == change.voxels
        assert sum(change.voxels for change in piece.changes) == piece.voxels
        assert number in found.holding(piece.seed_ijk)


def test_sums_and_pieces_of_labels_are_counted():
    present, proposed = np.zeros((2, 8, 8, 8), np.uint8)
    proposed[0, 0, :3] = 1
    present[4, 4, 4:6], proposed[4, 4, 4:6] = 1, 2
    present[7, 7, 7] = 2
    found = difference(present, proposed)
    assert found.summed() == (
        Change(before=0, after=1, voxels=3),
        Change(before=1, after=2, voxels=2),
        Change(before=2, after=0, voxels=1),
    )
    assert [found.pieces_with(value) for value in (1, 2, 3)] == [2, 2, 0]
    assert found.voxels.tolist() == [3, 2, 1]


def test_equal_maps_have_no_pieces():
    found = difference(np.ones((4, 5, 6), np.uint8), np.ones((4, 5, 6), np.uint8))
    assert len(found) == 0 and found.total == 0 and found.summed() == () and found.holding((0, 0, 0)) == []


def test_a_search_can_be_stopped():
    def stop():
        raise Cancelled

    with pytest.raises(Cancelled):
        difference(np.zeros((4, 5, 6), np.uint8), np.ones((4, 5, 6), np.uint8), stop)


def test_changes_of_a_part_make_the_patches_that_take_it_over(rng):
    present = rng.integers(0, 3, (70, 66, 10)).astype(np.uint8)
    proposed = rng.integers(0, 3, (70, 66, 10)).astype(np.uint8)

    def made(value=None, region=None):
        result = present.copy()
        for box, where in changes_in(present, proposed, value, region):
            patch = taking(proposed, box, where)
            assert isinstance(patch, Patch)
            np.copyto(result[patch.box], patch.values, where=patch.mask)
        return result

    np.testing.assert_array_equal(made(), proposed)
    touched = (present == 2) | (proposed == 2)
    np.testing.assert_array_equal(made(value=2), np.where(touched, proposed, present))
    inside = np.zeros(present.shape, bool)
    inside[60:70, 3:9, 2:5] = rng.random((10, 6, 3)) < 0.5
    np.testing.assert_array_equal(made(region=Region.of(inside)), np.where(inside, proposed, present))


def test_a_piece_whose_seed_differs_no_more_is_nothing():
    same = np.zeros((4, 4, 4), np.uint8)
    assert piece_region(same, same, (slice(0, 2),) * 3, (0, 0, 0)).is_empty


def test_a_piece_is_gone_to_where_it_is_thickest(monkeypatch):
    monkeypatch.setattr(boxes, "_SLAB_VOXELS", 400)  # two planes
    present, proposed = np.zeros((2, 10, 20, 30), np.uint8, order="F")
    proposed[4, 9, :] = 1
    proposed[2:8, 6:12, 20:22] = 1
    (i, j, k) = difference(present, proposed).piece(0).seed_ijk
    assert k in (20, 21) and 2 <= i < 8 and 6 <= j < 12
