from __future__ import annotations

import os

import numpy as np
import pytest

from medview.core.errors import InputRefused, RunFailed
from medview.jobs.arrays import loaded, mapped, store
from medview.jobs.failures import Circumstances, error_from_exception, error_from_exit, error_from_parts
from medview.jobs.messages import Done, Progressed, Run, Warm, decoded, encoded
from medview.jobs.progress import ProgressClock
from medview.jobs.scratch import Scratch, remove_stale

AROUND = Circumstances(title="Vessels in T2", needed_bytes=3e9, free_bytes=1_500_000_000)


class Clock:
    def __init__(self):
        self.now_s = 100.0

    def __call__(self):
        return self.now_s


def test_the_time_left_is_told_once_there_is_something_to_go_by():
    clock = Clock()
    progress = ProgressClock(clock)
    assert progress.at(0.5, "a").seconds_left is None
    clock.now_s += 10
    assert progress.at(0.01, "a").seconds_left is None
    assert progress.at(0.25, "a").seconds_left == pytest.approx(30)
    assert progress.at(1.0, "a").seconds_left == 0


@pytest.mark.parametrize(
    "message",
    [
        Progressed(job="1", fraction=0.1, message='say "ä"\n'),
        Done(job="1", value={"a": [1, None]}, arrays={"x": "output-0.npy"}),
        Run(job="1", title="t", target="m:f", payload={}, arrays={}, folder="/x", memory_bytes=None),
    ],
)
def test_messages_survive_the_pipe_as_one_line(message):
    line = encoded(message)
    assert line.count(b"\n") == 1
    assert decoded(line) == message


@pytest.mark.parametrize(
    "line",
    [
        b"", b"\n", b"loading...\n", b"[1]", b"3", b"null", b"\xff\xfe", b'{"kind":"Done"}',
        b'{"kind":"Nonsense"}', b'{"kind":["Done"]}',
        b'{"kind":"Warm","modules":[],"more":1}', b'{"fraction":1}',
    ],
)  # fmt: skip
def test_lines_that_are_no_message_are_none(line):
    assert decoded(line) is None


def test_lists_stand_for_tuples_after_the_pipe():
    assert decoded(encoded(Warm(modules=("torch",)))) == Warm(modules=["torch"])


def test_arrays_keep_type_shape_order_and_odd_names(tmp_path, rng):
    arrays = {
        "../t2": np.asfortranarray(rng.random((3, 4, 5))),
        "": np.zeros((2, 0, 1), np.uint16),
        "flag": np.array([True, False]),
    }
    files = store(tmp_path, "input", arrays)
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(files.values())
    for back in (loaded(tmp_path, files), mapped(tmp_path, files)):
        for name, array in arrays.items():
            assert back[name].dtype == array.dtype
            np.testing.assert_array_equal(back[name], array)
    assert not mapped(tmp_path, files)["../t2"].flags.writeable


def test_python_objects_are_never_stored(tmp_path):
    with pytest.raises(ValueError, match="allow_pickle"):
        store(tmp_path, "input", {"a": np.array([{}])})


def test_a_pickle_in_disguise_is_never_loaded(tmp_path):
    np.save(tmp_path / "input-0.npy", np.array([{}]), allow_pickle=True)
    with pytest.raises(ValueError, match="allow_pickle"):
        loaded(tmp_path, {"a": "input-0.npy"})


@pytest.mark.parametrize(
    "exception",
    [
        MemoryError(),
        RuntimeError(
            "[enforce fail at alloc_cpu.cpp:124] . DefaultCPUAllocator: can't allocate memory: you tried"
        ),
        RuntimeError("CUDA out of memory. Tried to allocate 2 GiB"),
        type("OutOfMemoryError", (RuntimeError,), {})("cuda"),
    ],
)
def test_every_way_to_run_out_of_memory_has_the_same_sentence(exception):
    assert str(error_from_exception(exception, AROUND)) == (
        "Vessels in T2 failed: memory ran out: it needed about 3.0 GB, 1.5 GB was free. "
        "Close other programs, crop the scan, or take a machine with more memory."
    )


def test_a_defect_is_told_with_its_kind():
    error = error_from_exception(KeyError("t2"), AROUND)
    assert str(error) == (
        "Vessels in T2 failed: KeyError: 't2'. Nothing was changed. The log holds the details."
    )


def test_a_kill_without_a_forecast_tells_what_was_free():
    around = Circumstances(title="Vessels", needed_bytes=None, free_bytes=2_000_000_000)
    detail = error_from_exit(-9, around).detail
    assert detail == (
        "the model process was killed, probably because memory ran out; 2.0 GB was free when it began"
    )


def test_errors_are_rebuilt_by_kind_and_unknown_kinds_are_failed_runs():
    assert type(error_from_parts("InputRefused", "a", "b", "c")) is InputRefused
    assert type(error_from_parts("SystemExit", "a", "b", "c")) is RunFailed


def test_scratch_is_private_and_goes_with_its_content(tmp_path):
    scratch = Scratch(tmp_path / "root")
    folder = scratch.folder()
    (folder / "input-0.npy").write_bytes(b"x")
    assert scratch.path.stat().st_mode & 0o777 == 0o700
    assert folder.stat().st_mode & 0o777 == 0o700
    assert scratch.folder() != folder
    scratch.close()
    assert list((tmp_path / "root").iterdir()) == []


def test_only_folders_of_dead_processes_are_stale(tmp_path):
    alive = Scratch(tmp_path)
    reused = tmp_path / f"{os.getpid()}-12345-abc"
    dead = tmp_path / "4194305-1700000000-abc"
    foreign = tmp_path / "notes-of-someone"
    for folder in (reused, dead, foreign):
        folder.mkdir()
        (folder / "file").write_text("x")
    remove_stale(tmp_path)
    assert set(tmp_path.iterdir()) == {alive.path, foreign}
