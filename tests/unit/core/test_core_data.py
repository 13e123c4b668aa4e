from __future__ import annotations

import numpy as np
import pytest

from medview.core.errors import EditOutsideCommand, InputRefused, MedviewError, RunFailed
from medview.core.geometry import Geometry
from medview.core.labels import LabelEntry, LabelMap, LabelTable, Patch
from medview.core.volume import Source, Volume, value_range

GRID = Geometry.from_spacing((6, 5, 4), 1)


def volume(data, geometry=GRID, **facts) -> Volume:
    source = Source(path=None, format="synthetic", stored=geometry)
    return Volume(name="x", data=data, geometry=geometry, source=source, values=value_range(data), **facts)


def test_an_error_reads_as_one_line_and_has_the_exit_code_of_its_kind() -> None:
    error = InputRefused("Cannot open x", "it is empty", "Copy it again.")
    assert str(error) == "Cannot open x: it is empty. Copy it again."
    assert str(RunFailed("A", "b")) == "A: b."
    assert (InputRefused.exit_code, RunFailed.exit_code) == (3, 4)
    assert isinstance(error, MedviewError)


def test_a_volume_is_read_only_and_fits_its_grid() -> None:
    scan = volume(np.zeros((6, 5, 4)))
    with pytest.raises(ValueError, match="read-only"):
        scan.data[0, 0, 0] = 1
    with pytest.raises(ValueError, match="does not fit"):
        volume(np.zeros((4, 5, 6)))


def test_frames_are_views_and_an_index_beyond_the_end_gives_the_last() -> None:
    data = np.arange(6 * 5 * 4 * 3).reshape(6, 5, 4, 3)
    moving = volume(data)
    assert moving.frame_count == 3
    assert np.shares_memory(moving.frame(1), data)
    assert np.array_equal(moving.frame(99), data[..., 2]) and np.array_equal(moving.frame(-1), data[..., 0])
    assert volume(data[..., :1]).frame(0).shape == (6, 5, 4)
    colour = volume(data.astype(np.uint8), is_colour=True)
    assert colour.frame_count == 1 and colour.frame(0).shape == (6, 5, 4, 3)


def test_the_value_range_leaves_out_what_is_no_number(rng) -> None:
    data = rng.normal(100, 10, (6, 5, 4))
    data[0, 0, 0], data[1, 1, 1] = np.nan, np.inf
    finite = data[np.isfinite(data)]
    found = value_range(data)
    assert found.minimum == finite.min() and found.maximum == finite.max()
    assert found.mean == pytest.approx(finite.mean())
    assert finite.min() <= found.low < found.high <= finite.max()


@pytest.mark.parametrize("data", [np.full((3, 3, 3), 7.0), np.full((3, 3, 3), np.nan), np.zeros((1, 1, 1))])
def test_a_flat_or_empty_scan_still_has_a_window(data) -> None:
    found = value_range(data)
    assert found.low < found.high


def test_a_rare_bright_voxel_does_not_spoil_the_first_window() -> None:
    data = np.tile(np.arange(100.0), 1000).reshape(100, 100, 10)
    data[0, 0, 0] = 1e6
    assert value_range(data).maximum == 1e6 and value_range(data).high < 101


def test_the_sum_of_many_integers_does_not_overflow() -> None:
    assert value_range(np.full((64, 64, 64), 32_000, np.int16)).mean == pytest.approx(32_000)


def test_a_patch_and_its_inverse_restore_the_map_bit_for_bit(rng) -> None:
    labels = LabelMap(rng.integers(0, 4, (6, 5, 4)).astype(np.uint8), GRID)
    before = np.array(labels.array)
    patch = Patch((1, 2, 0), rng.integers(0, 9, (3, 2, 4)).astype(np.uint8), rng.random((3, 2, 4)) > 0.5)
    with labels.edit():
        inverse = labels.apply(patch)
        assert not np.array_equal(labels.array, before)
        assert np.array_equal(labels.array[patch.box][patch.mask], patch.values[patch.mask])
        labels.apply(inverse)
    assert np.array_equal(labels.array, before) and labels.revision == 2


def test_labels_change_inside_an_open_edit_only() -> None:
    labels = LabelMap(np.zeros((6, 5, 4), np.uint8), GRID)
    patch = Patch((0, 0, 0), np.ones((1, 1, 1), np.uint8))
    with pytest.raises(EditOutsideCommand):
        labels.apply(patch)
    with pytest.raises(ZeroDivisionError), labels.edit():
        raise ZeroDivisionError
    with pytest.raises(EditOutsideCommand):
        labels.apply(patch)
    with pytest.raises(ValueError, match="read-only"):
        labels.array[0, 0, 0] = 1
    assert labels.revision == 0


@pytest.mark.parametrize("offset", [(5, 0, 0), (-1, 0, 0), (0, 0, 9)])
def test_a_patch_that_leaves_the_map_is_refused_whole(offset) -> None:
    labels = LabelMap(np.zeros((6, 5, 4), np.uint8), GRID)
    with pytest.raises(ValueError, match="leaves"), labels.edit():
        labels.apply(Patch(offset, np.ones((2, 2, 2), np.uint8)))
    assert not labels.array.any()


@pytest.mark.parametrize("array", [np.zeros((6, 5, 4), np.int32), np.zeros((4, 5, 6), np.uint8)])
def test_a_label_map_takes_label_numbers_on_its_grid_only(array) -> None:
    with pytest.raises(ValueError, match="needed"):
        LabelMap(array, GRID)


def test_a_table_finds_replaces_adds_and_counts_on() -> None:
    array = np.zeros((6, 5, 4), np.uint16)
    array[0, 0, 0], array[1, 0, 0] = 1, 300
    table = LabelMap(array, GRID).table
    assert [entry.value for entry in table.entries] == [1, 300] and table.entries[1].name == "Label 300"
    assert table.next_value() == 2 and table.find(7) is None
    changed = table.with_entry(LabelEntry(value=1, name="Vessel", colour=(1, 2, 3)))
    assert [entry.name for entry in changed.entries] == ["Vessel", "Label 300"]
    assert table.find(1).name == "Label 1"
    added = changed.with_entry(LabelEntry(value=2, name="Other", colour=(1, 2, 3)))
    assert added.entries[-1].value == 2 and LabelTable().next_value() == 1
