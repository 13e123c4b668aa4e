"""Saving where there is no room: one sentence, the old file as it was, nothing half-written beside it."""

from __future__ import annotations

import numpy as np
import pytest

from medview.core.errors import RunFailed
from medview.core.geometry import Geometry
from medview.core.volume import Source, Volume, value_range
from medview.io import readers
from medview.io.atomic_file import write_text
from medview.io.sidecar import write_provenance
from medview.io.writers import write_labels, write_volume

GRID = Geometry.from_spacing((60, 60, 60), 1)
NOISE = np.random.default_rng(0).integers(0, 255, GRID.shape).astype(np.uint8)
ENDINGS = (".nii.gz", ".nii", ".hdr", ".nrrd", ".mha")
TOO_LARGE = "the file is larger than this disk or your limits allow"


def volume() -> Volume:
    source = Source(path=None, format="synthetic", stored=GRID)
    return Volume(name="x", data=NOISE, geometry=GRID, source=source, values=value_range(NOISE))


def write_a_mask(path) -> None:
    write_labels(NOISE, GRID, None, path)


def write_a_scan(path) -> None:
    write_volume(volume(), path)


@pytest.mark.parametrize("ending", ENDINGS)
@pytest.mark.parametrize("write", [write_a_mask, write_a_scan])
def test_a_file_that_finds_no_room_leaves_the_old_one(tmp_path, room_for, write, ending):
    path = tmp_path / f"mask{ending}"
    write(path)
    before = {each: each.read_bytes() for each in tmp_path.iterdir()}
    with room_for(20_000), pytest.raises(RunFailed, match=f"Cannot save mask{ending}: ") as told:
        write(path)
    assert "\n" not in str(told.value)
    assert {each: each.read_bytes() for each in tmp_path.iterdir()} == before
    write(path)
    assert np.array_equal(np.asarray(readers.read(path)[0].data).squeeze(), NOISE)


def test_the_sentence_says_what_the_system_said(tmp_path, room_for):
    with room_for(100), pytest.raises(RunFailed) as told:
        write_text(tmp_path / "notes.json", "x" * 1000)
    assert str(told.value) == f"Cannot save notes.json: {TOO_LARGE}. Save to another disk."
    with room_for(100), pytest.raises(RunFailed, match=TOO_LARGE):
        write_provenance(tmp_path / "mask.nii.gz", {"notes": "x" * 1000})
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("ending", ENDINGS)
def test_a_disk_that_is_full_is_named_and_keeps_the_old_file(small_disk, ending):
    disk = small_disk(100)
    path = disk / f"mask{ending}"
    path.write_bytes(b"what was there")
    with pytest.raises(RunFailed, match=r"disk (is )?full"):
        write_a_mask(path)
    assert [each.name for each in disk.iterdir()] == [path.name]
    assert path.read_bytes() == b"what was there"
