from __future__ import annotations

import os
import stat
import subprocess
import sys
import zlib

import pytest

from medview.io import journal
from medview.io.held_lock import HeldLock
from medview.io.journal import MAGIC, BrokenRecord, End, JournalFile, JournalReader, framed

RECORDS = [({"deed": "a", "n": 1}, b""), ({"deed": "ü"}, b"x" * 300), ({}, bytes(range(256)) * 5)]


def write(path, records=RECORDS):
    file = JournalFile(path)
    ends = [12]
    for head, binary in records:
        file.append(head, binary)
        ends.append(file.offset)
    file.sync()
    file.close()
    return ends


def read(path):
    with JournalReader(path) as reader:
        found = [(record.head, record.binary()) for record in reader]
        return found, reader.end, reader.offset, reader.lost_bytes


def test_records_come_back_as_they_were_written_and_nobody_else_may_read_them(tmp_path) -> None:
    path = tmp_path / "journal"
    ends = write(path)
    assert read(path) == (RECORDS, End.WHOLE, ends[-1], 0)
    assert path.stat().st_size == ends[-1]
    if os.name == "posix":
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_tail_torn_at_any_byte_leaves_all_records_before_it(tmp_path) -> None:
    path = tmp_path / "journal"
    ends = write(path)
    whole = path.read_bytes()
    for length in range(len(whole)):
        path.write_bytes(whole[:length])
        kept = sum(end <= length for end in ends[1:])
        found, end, offset, lost = read(path)
        assert found == RECORDS[:kept]
        assert end is (End.WHOLE if length in ends else End.TORN)
        assert offset == (ends[kept] if length >= 12 else 0)
        assert lost == length - offset


def test_any_changed_byte_ends_the_reading_before_its_record(tmp_path) -> None:
    path = tmp_path / "journal"
    ends = write(path)
    whole = path.read_bytes()
    for place in range(len(whole)):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 0x55]) + whole[place + 1 :])
        found, end, offset, _ = read(path)
        kept = 0 if place < 12 else sum(end_of <= place for end_of in ends[1:])
        assert found == RECORDS[:kept]
        assert end is End.BROKEN
        assert offset == (0 if place < 12 else ends[kept])


def test_zeros_that_a_power_cut_left_are_a_torn_tail(tmp_path) -> None:
    path = tmp_path / "journal"
    ends = write(path)
    with path.open("ab") as stream:
        stream.write(bytes(5000))
    assert read(path) == (RECORDS, End.TORN, ends[-1], 5000)


def test_writing_goes_on_behind_the_last_whole_record(tmp_path) -> None:
    path = tmp_path / "journal"
    ends = write(path)
    file = JournalFile(path, ends[1])
    file.append({"deed": "new"}, b"y")
    file.close()
    assert read(path)[0] == [RECORDS[0], ({"deed": "new"}, b"y")]


def test_a_record_that_does_not_fit_on_the_disk_leaves_no_trace_and_can_be_tried_again(
    tmp_path, monkeypatch
) -> None:
    path = tmp_path / "journal"
    file = JournalFile(path)
    file.append({"deed": "first"})
    real, room = os.write, [40]

    def full(handle, content):
        if room[0] <= 0:
            raise OSError(28, "No space left on device")
        count = real(handle, content[: room[0]])
        room[0] -= count
        return count

    monkeypatch.setattr(journal.os, "write", full)
    with pytest.raises(OSError, match="No space"):
        file.append({"deed": "second"}, os.urandom(500))
    assert read(path)[:2] == ([({"deed": "first"}, b"")], End.WHOLE)
    monkeypatch.undo()
    file.append({"deed": "third"})
    file.close()
    assert read(path)[:2] == ([({"deed": "first"}, b""), ({"deed": "third"}, b"")], End.WHOLE)


def test_another_kind_of_file_is_no_journal(tmp_path) -> None:
    path = tmp_path / "journal"
    path.write_bytes(b"NIFTI" * 10)
    assert read(path)[:2] == ([], End.BROKEN)
    path.write_bytes(MAGIC + (2).to_bytes(4, "little") + framed({}))
    assert read(path)[:2] == ([], End.BROKEN)


def body_of(words: bytes, packed: bytes, binary_bytes: int) -> bytes:
    return len(words).to_bytes(4, "little") + binary_bytes.to_bytes(8, "little") + words + packed


def lying(body: bytes) -> bytes:
    front = len(body).to_bytes(4, "little") + zlib.crc32(body).to_bytes(4, "little")
    return MAGIC + (1).to_bytes(4, "little") + front + zlib.crc32(front).to_bytes(4, "little") + body


@pytest.mark.parametrize(
    "body",
    [
        body_of(b"[]", zlib.compress(b""), 0),
        body_of(b"{", zlib.compress(b""), 0),
        body_of(b"[" * 100_000, zlib.compress(b""), 0),
        body_of(b"{}", zlib.compress(b""), 1 << 40),
        (1 << 31).to_bytes(4, "little") + bytes(8),
        b"short",
    ],
    ids=["no object", "no JSON", "deep JSON", "huge binary", "huge head", "short"],
)
def test_a_record_with_a_right_check_sum_and_no_sense_is_broken(tmp_path, body) -> None:
    path = tmp_path / "journal"
    path.write_bytes(lying(body))
    assert read(path)[:2] == ([], End.BROKEN)


@pytest.mark.parametrize(
    ("packed", "size"), [(zlib.compress(bytes(10**6)), 1000), (zlib.compress(b"abc"), 5), (b"no zlib", 3)]
)
def test_a_binary_part_of_another_length_is_broken_and_never_unpacked_whole(tmp_path, packed, size) -> None:
    path = tmp_path / "journal"
    path.write_bytes(lying(body_of(b"{}", packed, size)))
    with JournalReader(path) as reader:
        (record,) = list(reader)
        with pytest.raises(BrokenRecord):
            record.binary()


def test_what_is_beyond_the_limits_is_not_written(monkeypatch) -> None:
    monkeypatch.setattr(journal, "MOST_HEAD_BYTES", 10)
    with pytest.raises(ValueError, match="limits"):
        framed({"deed": "a long one"})


def test_a_lock_is_held_once_and_let_go_by_release_and_by_the_death_of_its_process(tmp_path) -> None:
    path = tmp_path / "lock"
    lock = HeldLock(path)
    with pytest.raises(BlockingIOError):
        HeldLock(path)
    lock.release()
    lock.release()
    code = (
        "import sys, time, pathlib; from medview.io.held_lock import HeldLock;"
        f"held = HeldLock(pathlib.Path({str(path)!r})); print('held', flush=True); time.sleep(60)"
    )
    holder = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert holder.stdout.readline() == "held\n"
    with pytest.raises(BlockingIOError):
        HeldLock(path)
    holder.kill()
    holder.communicate()
    HeldLock(path).release()
