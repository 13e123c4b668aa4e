from __future__ import annotations

import errno
import os
import threading
import time
from dataclasses import dataclass, field, replace
from enum import Enum
from pathlib import Path

import numpy as np
import pytest
from journal_picture import session_picture, walked
from session_volumes import make_volume

from medview.core.codes import Code, Terminology
from medview.core.errors import LabelLocked
from medview.core.labels import LabelEntry, LabelMap, LabelTable, Patch
from medview.core.layers import ImageDisplay
from medview.core.origin import HAND, Maker, MakerKind, Origin
from medview.io.journal import JournalFile, JournalReader
from medview.io.writers import write_volume
from medview.session import masks
from medview.session.commands import (
    AddLayers,
    ApplyPatches,
    ChangeLabelTable,
    ChangeLayer,
    MoveLayer,
    RemoveLayer,
)
from medview.session.files.layers_from import Content, content_of, layer_of
from medview.session.journal import arrays
from medview.session.journal import writer as writing
from medview.session.journal.catalogue import JournalFolder, orphans
from medview.session.journal.plain import NotPlain, Packer, Unpacker, types_within
from medview.session.journal.recorder import Recorder
from medview.session.journal.replay import replay
from medview.session.journal.survey import survey
from medview.session.journal.writer import JournalWriter
from medview.session.labels import table
from medview.session.session import Session

CODED = Terminology(type=Code(scheme="SCT", value="52988006", meaning="Lesion"))


class Kept:
    """A session with a journal in a folder of the test."""

    def __init__(self, root) -> None:
        self.root = root
        self.session = Session()
        self.troubles = []
        self.recorder = Recorder(self.session, root, lambda work: work(), self.troubles.append)

    def add(self, data, name="scan", **facts):
        layer = layer_of(Content(name=name, data=data, **facts), self.session.new_id(), name)
        self.session.do(AddLayers(title=f"Open {name}", layers=(layer,)))
        return layer.id

    def mask(self):
        return masks.new_mask(self.session)

    def paint(self, mask, *offsets, value=1):
        dtype = self.session.state.layer(mask).data.array.dtype
        with self.session.stroke(mask, "Paint") as stroke:
            for offset in offsets:
                stroke.apply(dab(offset, value, dtype=dtype))

    def crash(self) -> JournalFolder:
        """Everything is on disk, and the process is gone."""
        assert self.recorder.settle()
        self.recorder.leave()
        (folder,) = orphans(self.root)
        return folder

    def recovered(self):
        return replay(self.crash())


def dab(offset, value=1, masked=True, dtype=np.uint8) -> Patch:
    inside = np.eye(3, dtype=bool)[..., None] if masked else None
    return Patch(offset, np.full((3, 3, 1), value, dtype), inside)


@pytest.fixture
def kept(tmp_path):
    made = Kept(tmp_path / "journals")
    yield made
    made.recorder.end()


def assert_same(replayed, session):
    assert replayed.notes == ()
    assert session_picture(replayed.session) == session_picture(session)
    assert walked(replayed.session) == walked(session)


def test_everything_that_was_done_comes_back_with_its_history(kept, tmp_path) -> None:
    session = kept.session
    scan = kept.add(make_volume())
    mask = kept.mask()
    for n in range(4):
        kept.paint(mask, (n, 1, 1), (n + 1, 2, 1))
    table.add_label(session, mask, "lesion")
    table.change_label(session, mask, 2, "plaque", (9, 8, 7))
    table.change_labels(session, mask, (2,), visible=False, note="half done", terms=CODED)
    table.move_labels(session, mask, (2,), -1)
    session.do(ChangeLayer(layer_id=scan, changes={"display": ImageDisplay(low=1, high=2)}, title="Window"))
    session.do(MoveLayer(layer_id=mask, index=0))
    session.do(ApplyPatches.of("Fill", mask, [dab((5, 5, 5), 2), dab((6, 5, 5), 1, masked=False)]))
    with session.macro("Both"):
        session.do(ChangeLayer(layer_id=mask, changes={"opacity": 0.25}, title="Opacity"))
        session.do(ChangeLayer(layer_id=mask, changes={"name": "Läsion"}, title="Rename"))
    session.mark_saved(mask, session.state.layer(mask).revision, tmp_path / "m.nii.gz")
    session.undo()
    session.go_to(4)
    session.redo()
    session.set_active(scan)
    session.set_view(cursor_ras=(1.5, 2.0, -3.0), label_value=2)
    kept.paint(mask, (2, 3, 4))
    table.change_labels(session, mask, (1,), locked=True)
    with pytest.raises(LabelLocked):
        session.do(ApplyPatches.of("Fill", mask, [dab((5, 5, 5), 2), dab((2, 3, 4), 2)]))
    with pytest.raises(LabelLocked):
        kept.paint(mask, (2, 3, 4), value=2)
    session.do(RemoveLayer(layer_id=scan))
    session.undo()
    found = kept.recovered()
    assert_same(found, session)
    assert found.session.state.view.cursor_ras == (1.5, 2.0, -3.0)
    assert found.session.state.view.label_value == 2
    assert found.session.new_id() not in (scan, mask)


def test_makers_and_reviews_come_back(kept) -> None:
    session = kept.session
    mask = kept.add(make_volume()) and kept.mask()
    model = Maker(kind=MakerKind.MODEL, name="click", version="1", params=(("radius", 3),))
    with session.stroke(mask, "Click", by=model) as stroke:
        stroke.apply(dab((1, 1, 1)))
    table.change_labels(session, mask, (1,), is_reviewed=True)
    kept.paint(mask, (4, 4, 4))
    table.change_labels(session, mask, (1,), is_reviewed=True)
    session.undo()
    found = kept.recovered()
    assert_same(found, session)
    entry = table.entry_of(table.label_map(found.session, mask), 1)
    assert entry.origin == Origin((model, HAND)) and not entry.is_reviewed
    found.session.undo()
    entry = table.entry_of(table.label_map(found.session, mask), 1)
    assert entry.origin == Origin((model,)) and entry.is_reviewed


def test_a_model_s_result_with_its_synthesized_image_comes_back_bit_for_bit(kept) -> None:
    rng = np.random.default_rng(0)
    score = replace(make_volume("score"), data=rng.random((12, 10, 8)).astype(np.float32))
    entries = LabelTable((LabelEntry(value=1, name="found", colour=(1, 2, 3), terms=CODED),))
    labels = LabelMap((rng.random((12, 10, 8)) > 0.7).astype(np.uint16), score.geometry, entries)
    facts = {"model": "x", "seed": 3, "weights": None, "seconds": 0.125, "inputs": [{"role": "t2"}]}
    kept.add(score, "score", provenance=facts, is_synthesized=True)
    mask = kept.add(labels, "result", provenance=facts)
    kept.paint(mask, (0, 0, 0))
    session = kept.session
    found = kept.recovered()
    assert_same(found, session)
    assert found.session.state.layers[0].provenance == facts


def test_a_map_is_kept_as_it_was_when_it_was_added(kept) -> None:
    labels = LabelMap(np.asfortranarray(np.ones((12, 10, 8), np.uint8)), make_volume().geometry)
    mask = kept.add(labels, "mask")
    for n in range(5):
        kept.paint(mask, (n, n, n), value=0)
    kept.session.go_to(1)
    found = kept.recovered()
    again = found.session.state.layers[0].data.array
    assert again.all() and again.flags.f_contiguous


def test_a_map_that_changes_while_it_is_being_written_is_kept_as_it_was(kept, monkeypatch) -> None:
    monkeypatch.setattr(arrays, "_SLAB_BYTES", 64)
    is_open = threading.Event()
    real = arrays.HeldArray.slab

    def slow(held, number):
        if number == 3:
            assert is_open.wait(10)
        return real(held, number)

    monkeypatch.setattr(arrays.HeldArray, "slab", slow)
    labels = LabelMap(np.ones((12, 10, 8), np.uint8), make_volume().geometry)
    mask = kept.add(labels, "mask")
    kept.paint(mask, (0, 0, 0), (8, 6, 5), value=0)
    is_open.set()
    assert_same(kept.recovered(), kept.session)


def test_an_open_stroke_is_a_step_of_its_own_after_the_crash(kept) -> None:
    mask = kept.add(make_volume()) and kept.mask()
    stroke = kept.session.begin_stroke(mask, "Brush")
    stroke.apply(dab((1, 1, 1)))
    stroke.apply(dab((4, 4, 4)))
    painted = kept.session.state.layer(mask).data.array.copy()
    found = kept.recovered()
    assert np.array_equal(found.session.state.layer(mask).data.array, painted)
    assert found.session.undo_stack.titles[-1] == "Brush" and not found.session.is_painting
    assert found.closing == [{"deed": "stroke-ended"}]
    found.session.undo()
    assert not found.session.state.layer(mask).data.array.any()


def test_strokes_steps_and_commands_that_were_taken_back_leave_nothing(kept) -> None:
    session = kept.session
    mask = kept.add(make_volume()) and kept.mask()
    stroke = session.begin_stroke(mask, "Brush")
    stroke.apply(dab((1, 1, 1)))
    stroke.roll_back()
    with pytest.raises(KeyError):
        session.do(RemoveLayer(layer_id=99))
    with pytest.raises(ZeroDivisionError), session.macro("Both"):
        session.do(ChangeLayer(layer_id=mask, changes={"opacity": 0.1}, title="Opacity"))
        raise ZeroDivisionError
    kept.paint(mask, (2, 2, 2))
    assert_same(kept.recovered(), session)


def test_a_command_that_failed_leaves_nothing_also_where_other_records_stand_between(kept) -> None:
    scan = kept.add(make_volume())
    real = kept.recorder._hear

    def look_away(deed):
        kept.recorder._keep_hash("a file", "a hash")
        kept.session.set_view(cursor_ras=(float(len(str(deed))), 0, 0))

    kept.session.deeds.disconnect()
    kept.session.deeds.connect(look_away)
    kept.session.deeds.connect(real)
    kept.session.deeds.connect(look_away)
    with pytest.raises(KeyError):
        kept.session.do(ChangeLayer(layer_id=99, changes={"opacity": 0.1}, title="Opacity"))
    kept.session.do(ChangeLayer(layer_id=scan, changes={"opacity": 0.2}, title="Opacity"))
    assert_same(kept.recovered(), kept.session)


def test_the_journal_goes_on_where_a_recovered_session_goes_on(kept, tmp_path) -> None:
    mask = kept.add(make_volume()) and kept.mask()
    stroke = kept.session.begin_stroke(mask, "Brush")
    stroke.apply(dab((1, 1, 1)))
    folder = kept.crash()
    with folder.journal.open("ab") as torn:
        torn.write(b"half a rec")
    found = replay(folder)
    second = Kept(kept.root)
    second.recorder.go_on(folder, found.offset, found.closing)
    second.session.adopt(found.session)
    second.paint(mask, (5, 5, 5))
    table.add_label(second.session, mask)
    second.session.undo()
    second.add(make_volume(seed=4), "another")
    assert_same(second.recovered(), second.session)


def test_nothing_is_made_on_disk_before_the_first_deed_and_nothing_stays_after_a_clean_end(kept) -> None:
    assert not kept.root.exists()
    kept.add(make_volume())
    assert kept.recorder.settle() and len(list(kept.root.iterdir())) == 1
    if os.name == "posix":
        assert kept.recorder.folder.stat().st_mode & 0o777 == 0o700
    kept.recorder.end()
    assert list(kept.root.iterdir()) == []


def test_a_journal_of_a_living_session_is_not_lost_work(kept) -> None:
    kept.add(make_volume())
    kept.recorder.settle()
    assert orphans(kept.root) == ()


def test_a_scan_from_a_file_is_read_again(kept, tmp_path) -> None:
    from medview.io import readers

    path = tmp_path / "brain.nii.gz"
    write_volume(make_volume("brain"), path)
    content = content_of(readers.read(path)[0])
    kept.add(content.data, "brain", path=path, source=content.source)
    mask = kept.mask()
    kept.paint(mask, (1, 1, 1))
    assert_same(kept.recovered(), kept.session)
    assert not list(kept.root.rglob("array-*"))


@pytest.mark.parametrize("fate", ["missing", "changed"])
def test_without_its_scan_the_mask_comes_back_alone_and_it_is_said(kept, tmp_path, fate) -> None:
    from medview.io import readers

    path = tmp_path / "brain.nii.gz"
    write_volume(make_volume("brain"), path)
    scan = kept.add(content_of(readers.read(path)[0]).data, "brain", path=path)
    mask = kept.mask()
    kept.session.do(ChangeLayer(layer_id=scan, changes={"visible": False}, title="Hide"))
    kept.session.set_active(scan)
    kept.paint(mask, (1, 1, 1))
    before = kept.session.state.layer(mask)
    folder = kept.crash()
    path.unlink()
    if fate == "changed":
        write_volume(make_volume("brain", seed=1), path)
    found = replay(folder)
    (layer,) = found.session.state.layers
    assert layer.id == mask and found.session.state.active_id == mask
    assert np.array_equal(layer.data.array, before.data.array)
    assert layer.geometry.matches(before.geometry)
    assert found.session.undo_stack.titles == kept.session.undo_stack.titles
    (note,) = found.notes
    assert "brain" in note and "missing or has changed" in note
    found.session.go_to(0)
    found.session.go_to(4)
    assert np.array_equal(found.session.state.layer(mask).data.array, before.data.array)


def test_an_array_that_was_not_written_whole_is_told(kept) -> None:
    labels = LabelMap(np.ones((12, 10, 8), np.uint8), make_volume().geometry)
    mask = kept.add(labels, "mask")
    kept.paint(mask, (2, 2, 2), value=0)
    folder = kept.crash()
    with folder.array("1").open("r+b") as stream:
        stream.truncate(60)
    found = replay(folder)
    assert "not on disk whole" in found.notes[0]
    assert found.session.undo_stack.titles == ("Open mask", "Paint")


def test_a_damaged_record_ends_the_replay_and_is_said(kept) -> None:
    mask = kept.add(make_volume()) and kept.mask()
    kept.paint(mask, (1, 1, 1))
    kept.paint(mask, (4, 4, 4))
    folder = kept.crash()
    with JournalReader(folder.journal) as reader:
        ends = [reader.offset for _ in reader]
    content = bytearray(folder.journal.read_bytes())
    content[ends[-2] - 3] ^= 1
    folder.journal.write_bytes(bytes(content))
    found = replay(folder)
    assert "damaged" in found.notes[0]
    assert found.offset == ends[-3]
    assert found.session.undo_stack.titles == ("Open scan", "New mask", "Paint")


@pytest.mark.parametrize(
    "head",
    [
        {"deed": "from the future"},
        {"deed": "do", "command": {"$": "Path", "v": "x"}},
        {"deed": "do", "command": {"$": "os.system", "v": "x"}},
        {"deed": "do", "command": {"$": "ChangeLayer", "v": {"layer_id": 77, "changes": {}, "title": ""}}},
        {"deed": "paint", "layer_id": 77, "title": ""},
        {"deed": "paint"},
        {},
    ],
)
def test_a_record_that_makes_no_sense_ends_the_replay_and_is_said(kept, head) -> None:
    kept.add(make_volume())
    folder = kept.crash()
    file = JournalFile(folder.journal, folder.journal.stat().st_size)
    offset = file.offset
    file.append({**head, "parts": []})
    file.close()
    found = replay(folder)
    assert "damaged" in found.notes[0] and found.offset == offset
    assert len(found.session.state.layers) == 1


def test_a_full_disk_is_told_once_and_the_journal_catches_up(kept, monkeypatch) -> None:
    monkeypatch.setattr(writing, "RETRY_S", 0.01)
    mask = kept.add(make_volume()) and kept.mask()
    assert kept.recorder.settle()
    is_full = [True]
    real = JournalFile.append

    def append(file, head, binary=b""):
        if is_full[0]:
            raise OSError(errno.ENOSPC, "No space left on device")
        real(file, head, binary)

    monkeypatch.setattr(JournalFile, "append", append)
    for n in range(3):
        kept.paint(mask, (n, n, n))
    assert not kept.recorder.settle(0.3)
    (told,) = kept.troubles
    assert "journal" in str(told) and "disk is full" in str(told) and "save" in str(told)
    is_full[0] = False
    assert kept.recorder.settle()
    assert kept.troubles == [told, None]
    assert_same(kept.recovered(), kept.session)


def test_a_folder_that_cannot_be_made_is_told_once_and_the_work_goes_on(kept) -> None:
    kept.root.parent.joinpath("journals").write_text("a file is in the way")
    mask = kept.add(make_volume()) and kept.mask()
    kept.paint(mask, (1, 1, 1))
    assert len(kept.troubles) == 1
    assert kept.session.state.layer(mask).data.array.any()


def test_a_deed_that_is_no_data_ends_the_journal_rather_than_leaving_a_gap(kept) -> None:
    scan = kept.add(make_volume())
    kept.session.do(ChangeLayer(layer_id=scan, changes={"provenance": object()}, title="Strange"))
    kept.session.do(ChangeLayer(layer_id=scan, changes={"opacity": 0.5}, title="After"))
    assert len(kept.troubles) == 1 and "journal" in str(kept.troubles[0])
    assert replay(kept.crash()).session.undo_stack.titles == ("Open scan",)


def test_strokes_are_on_disk_long_before_two_seconds_are_over(kept) -> None:
    mask = kept.add(make_volume()) and kept.mask()
    kept.recorder.settle()
    stroke = kept.session.begin_stroke(mask, "Brush")
    stroke.apply(dab((1, 1, 1)))
    started_s = time.monotonic()
    assert kept.recorder.settle(2)
    assert time.monotonic() - started_s < 2


def test_work_is_work_until_it_is_saved(kept, tmp_path) -> None:
    from medview.io import readers

    path = tmp_path / "brain.nii.gz"
    write_volume(make_volume("brain"), path)
    scan = kept.add(content_of(readers.read(path)[0]).data, "brain", path=path)
    kept.session.do(ChangeLayer(layer_id=scan, changes={"opacity": 0.5}, title="Opacity"))
    assert not looked_through(kept).has_work
    mask = kept.mask()
    assert looked_through(kept).has_work
    kept.session.mark_saved(mask, 0, tmp_path / "m.nii.gz")
    assert not looked_through(kept).has_work
    kept.paint(mask, (1, 1, 1))
    found = looked_through(kept)
    assert found.has_work and found.name == "brain" and found.started


def looked_through(kept):
    kept.recorder.settle()
    return survey(kept.recorder._folder)


class Shade(Enum):
    DARK = "dark"


@dataclass(frozen=True)
class Place:
    scheme: str
    value: str


@dataclass(frozen=True, kw_only=True)
class Tomorrow:
    """What a label may be one day: fields of kinds that no journal was told of."""

    value: int
    code: Place | None = None
    shade: Shade = Shade.DARK
    notes: tuple[str, ...] = ()
    where: Path = Path("a")
    more: dict[str, tuple[int, ...]] = field(default_factory=dict)


def there_and_back(value, *roots):
    packer = Packer()
    plain = packer.pack(value)
    return Unpacker(types_within(roots), packer.parts, lambda kind, _: pytest.fail(kind)).unpack(plain)


def test_new_fields_of_new_kinds_come_along_by_themselves() -> None:
    entry = Tomorrow(
        value=3, code=Place("SCT", "1234"), notes=("a", "b"), where=Path("/x/y"), more={"$": (1, 2), "b": ()}
    )
    assert there_and_back(entry, Tomorrow) == entry


def test_unknown_fields_are_left_out_and_missing_ones_have_their_defaults() -> None:
    plain = {"$": "Tomorrow", "v": {"value": 1, "invented": 5}}
    assert Unpacker(types_within([Tomorrow]), [], pytest.fail).unpack(plain) == Tomorrow(value=1)


@pytest.mark.parametrize(
    "value",
    [
        None,
        True,
        3,
        0.1,
        float("inf"),
        "ü",
        (1, (2,)),
        [1, None],
        {1: "a"},
        {"$": 1},
        {"a"},
        b"\0\1",
        Path("a/b"),
    ],
    ids=repr,
)
def test_plain_values_come_back_as_they_were(value) -> None:
    found = there_and_back(value)
    assert found == value and type(found) in (type(value), type(Path()))


def test_numbers_of_numpy_and_small_arrays_come_back() -> None:
    matrix = np.random.default_rng(0).random((4, 4))
    assert np.array_equal(there_and_back(matrix), matrix)
    assert there_and_back(np.int16(5)) == 5
    with pytest.raises(NotPlain):
        Packer().pack(np.zeros(5000))


def test_every_command_keeps_its_fields() -> None:
    entry = LabelEntry(value=2, name="n", colour=(1, 2, 3), terms=CODED, locked=True, note="later")
    command = ChangeLabelTable(layer_id=4, table=LabelTable((entry,)), title="t")
    assert there_and_back(command, ChangeLabelTable) == command


@pytest.mark.parametrize("drops", [False, True])
def test_a_writer_that_is_closed_right_after_a_record_ends_at_once(tmp_path, drops) -> None:
    writer = JournalWriter(tmp_path / "journal", None, lambda _error: None)
    writer.put({"deed": "began"}, [])
    # the record is in the file, and the thread sleeps until it is due to reach the disk
    time.sleep(0.1)
    writer.close(drops=drops)
    assert not writer._thread.is_alive()
