"""A shortage of memory leads to the next cheaper way, told each time; other errors pass."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from medview.core.errors import RunFailed
from medview.core.geometry import Geometry
from medview.ml.context import RunContext
from medview.zoo import memory_ladder
from medview.zoo.memory_ladder import MemoryLadder, is_shortage, zeros_somewhere
from medview.zoo.slicewise.engine import run_slices
from medview.zoo.slicewise.frames import stretched_frame
from medview.zoo.slicewise.intensity import min_max
from medview.zoo.slicewise.maps import Thresholded
from medview.zoo.slicewise.model import SliceModel

CPU_WORDS = "[enforce fail at alloc_cpu.cpp:117] err == 0. DefaultCPUAllocator: can't allocate memory"


def test_shortages_are_told_apart_from_other_errors():
    shortages = [MemoryError(), torch.OutOfMemoryError("CUDA out of memory"), RuntimeError(CPU_WORDS)]
    assert all(is_shortage(error) for error in shortages)
    assert not is_shortage(RuntimeError("Expected 4 channels, but got 3"))
    assert not is_shortage(ValueError("out of memory"))


def test_each_rung_is_told_and_nothing_is_tried_twice_in_the_same_way(tmp_path):
    ctx, tried = RunContext(scratch=tmp_path), []
    state = {"batch": 4, "device": "cuda"}

    def halve():
        state["batch"] //= 2
        return f"{state['batch']} at once" if state["batch"] else ""

    def leave():
        state["device"] = "cpu" if state["device"] == "cuda" else ""
        return state["device"] and "another device"

    def work():
        tried.append((state["batch"], state["device"]))
        if state["device"] == "cuda":
            raise torch.OutOfMemoryError("no")
        return "made"

    assert MemoryLadder([halve, leave], ctx).attempt(work) == "made"
    assert len(set(tried)) == len(tried) == 4
    assert ctx.notes == [
        "Memory ran short: 2 at once.",
        "Memory ran short: 1 at once.",
        "Memory ran short: another device.",
    ]


def test_at_the_end_of_the_ladder_the_shortage_is_told(tmp_path):
    def work():
        raise MemoryError

    with pytest.raises(MemoryError, match="most frugal"):
        MemoryLadder([lambda: ""], RunContext(scratch=tmp_path)).attempt(work)


def test_other_errors_are_not_tried_again(tmp_path):
    tried = []

    def work():
        tried.append(1)
        raise RuntimeError("a defect")

    with pytest.raises(RuntimeError, match="defect"):
        MemoryLadder([lambda: "again"], RunContext(scratch=tmp_path)).attempt(work)
    assert len(tried) == 1


class Hungry(nn.Module):
    """Takes two slices at most."""

    def forward(self, x):
        if len(x) > 2:
            raise RuntimeError(CPU_WORDS)
        return x


def test_a_run_that_is_short_of_memory_gives_the_same_result_with_fewer_slices_at_once(tmp_path):
    volume = np.random.default_rng(0).random((32, 32, 16)).astype(np.float32)
    model = SliceModel(
        network=Hungry(),
        maps=("same",),
        normalise=min_max,
        frame=stretched_frame((32, 32)),
        outputs=(Thresholded(name="bright", of="same"),),
        channels=1,
    )
    ctx = RunContext(scratch=tmp_path, runtime="torch")
    made = run_slices(model, [volume], Geometry.from_spacing(volume.shape, 1.0), ctx)
    assert np.array_equal(made["bright"] > 0, min_max(volume)(volume) >= 0.5)
    assert ctx.notes == [
        "Memory ran short: 4 slices at once.",
        "Memory ran short: 2 slices at once.",
    ]


@pytest.fixture
def no_memory(monkeypatch):
    """Numpy finds no memory for zeros, which then go to disk."""

    def zeros(*_given):
        raise MemoryError

    monkeypatch.setattr(memory_ladder.np, "zeros", zeros)


def test_without_memory_zeros_lie_on_disk_with_their_room_reserved(tmp_path, no_memory):
    ctx = RunContext(scratch=tmp_path)
    made = zeros_somewhere((30, 40, 50), np.float32, "flair", ctx)
    assert made.shape == (30, 40, 50) and made.dtype == np.float32 and not made.any()
    made[3, 4, 5] = 7
    (file,) = tmp_path.iterdir()
    assert file.stat().st_blocks * 512 >= made.nbytes
    assert ctx.notes == ["Memory ran short: flair is put together on disk."]


def demand_one_sentence(error: RunFailed):
    assert str(error) == (
        "Cannot put flair together: memory ran short, and for its 8 MB on disk instead "
        f"{error.detail.split(' instead ')[1]}. Free some memory or some of the disk, or crop the scan."
    )


def test_a_disk_without_room_for_zeros_is_one_sentence_and_leaves_nothing(tmp_path, no_memory, small_disk):
    scratch = small_disk(1000)
    with pytest.raises(RunFailed) as told:
        zeros_somewhere((100, 200, 100), np.float32, "flair", RunContext(scratch=scratch))
    demand_one_sentence(told.value)
    assert list(scratch.iterdir()) == []


def test_a_limit_of_file_sizes_is_the_same_sentence(tmp_path, no_memory, room_for):
    with room_for(1_000_000), pytest.raises(RunFailed) as told:
        zeros_somewhere((100, 200, 100), np.float32, "flair", RunContext(scratch=tmp_path))
    demand_one_sentence(told.value)
    assert "limits allow" in told.value.detail
    assert list(tmp_path.iterdir()) == []


def test_where_the_system_cannot_reserve_room_zeros_are_written(tmp_path, no_memory, monkeypatch):
    monkeypatch.delattr(memory_ladder.os, "posix_fallocate")
    made = zeros_somewhere((30, 40, 1000), np.float32, "flair", RunContext(scratch=tmp_path))
    (file,) = tmp_path.iterdir()
    assert file.stat().st_size == made.nbytes == 4_800_000 and not made.any()
