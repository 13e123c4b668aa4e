"""Trainings without room: one sentence, the last checkpoint and weights whole, and on they go."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from accelerate import Accelerator
from learning_parts import pair_recipe, pair_request

from medview.core.errors import RunFailed
from medview.ml.card import read_card, verified_sha256
from medview.ml.context import RunContext, Silence
from medview.zoo.inference import save_weights
from medview.zoo.learning.checkpoint import save_checkpoint
from medview.zoo.learning.conduct import conduct
from medview.zoo.learning.run_folder import told_of_lack_of_room
from medview.zoo.learning.slices import new_array

LIMIT = "the file is larger than this disk or your limits allow"


def files_in(folder):
    return {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


class Filling(Silence):
    """Lets the disk be full from an epoch on."""

    def __init__(self, room_for, epoch: int) -> None:
        self._limit, self._epoch, self._epochs = room_for(400), epoch, 0

    def report(self, step, values) -> None:
        self._epochs += 1
        if self._epochs == self._epoch:
            self._limit.__enter__()

    def end(self) -> None:
        self._limit.__exit__(None, None, None)


def train(out, scratch, listener=None, *, resume=False):
    scratch.mkdir(exist_ok=True)
    ctx = RunContext(scratch=scratch, seed=2, listener=listener or Silence())
    return conduct(pair_recipe(epochs=3), pair_request(out, resume=resume), ctx)


def test_a_training_that_finds_no_room_stops_with_a_sentence_and_goes_on_as_if_nothing_had_been(
    tmp_path, room_for
):
    whole, out = tmp_path / "whole", tmp_path / "out"
    train(whole, tmp_path / "scratch")
    filling = Filling(room_for, 3)
    with pytest.raises(RunFailed) as told:
        try:
            train(out, tmp_path / "scratch", filling)
        finally:
            filling.end()
    assert str(told.value) == (
        f"The training in out stopped: {LIMIT}. Free some space, then resume: the last checkpoint is whole."
    )
    assert not list(out.rglob("*.part"))
    assert verified_sha256(out, read_card(out))
    train(out, tmp_path / "scratch", resume=True)
    assert (out / "weights.safetensors").read_bytes() == (whole / "weights.safetensors").read_bytes()


@pytest.mark.parametrize("most_bytes", [100, 1000, 2500])
def test_a_checkpoint_that_finds_no_room_leaves_the_last_one(tmp_path, room_for, most_bytes):
    accelerator = Accelerator(cpu=True)
    net = torch.nn.Linear(9, 9)
    net, adam = accelerator.prepare(net, torch.optim.Adam(net.parameters()))
    save_checkpoint(accelerator, tmp_path, {"step": 1})
    before = files_in(tmp_path)
    net(torch.ones(1, 9)).sum().backward()
    adam.step()
    with (
        pytest.raises(RunFailed, match=f"{LIMIT}|the disk is full"),
        room_for(most_bytes),
        told_of_lack_of_room(tmp_path),
    ):
        save_checkpoint(accelerator, tmp_path, {"step": 2})
    assert files_in(tmp_path) == before
    save_checkpoint(accelerator, tmp_path, {"step": 3})
    assert b'"step": 3' in files_in(tmp_path / "checkpoint")[Path("state.json")]


def test_weights_that_find_no_room_leave_the_old_ones(tmp_path, small_disk):
    disk = small_disk(64)
    save_weights({"a": torch.ones(100)}, disk / "weights.safetensors")
    before = files_in(disk)
    with pytest.raises(RunFailed, match="the disk is full"), told_of_lack_of_room(disk):
        save_weights({"a": torch.ones(100_000)}, disk / "weights.safetensors")
    assert files_in(disk) == before


def test_slices_ask_for_their_room_before_they_are_written_to(tmp_path, room_for, small_disk):
    """Writing to a mapped file on a full disk would end the process."""
    with room_for(1000), pytest.raises(OSError, match="too large"):
        new_array(tmp_path / "slices.npy", (10, 1, 100, 100), np.float32)
    disk = small_disk(64)
    with pytest.raises(OSError, match="No space left"):
        new_array(disk / "slices.npy", (10, 1, 100, 100), np.float32)


def test_a_failure_of_another_kind_passes():
    with pytest.raises(RuntimeError, match="shapes"), told_of_lack_of_room(None):
        raise RuntimeError("shapes do not fit")
