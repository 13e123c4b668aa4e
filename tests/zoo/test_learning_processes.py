"""Real processes: one that is killed and goes on bit for bit, and two that train one model over gloo."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import torch
from learning_parts import MeanLearner, pair_recipe, prepared
from safetensors.torch import load_file
from torch.nn import functional

from medview.zoo.learning.draws import SliceSource, step_generator
from medview.zoo.learning.slices import Slices, split

HERE = Path(__file__).parent
EPOCHS = 14


def start(out: Path, epochs: int, *words: str, **variables: str) -> subprocess.Popen:
    paths = os.pathsep.join(filter(None, (str(HERE.parents[1]), str(HERE), os.environ.get("PYTHONPATH", ""))))
    return subprocess.Popen(
        [sys.executable, str(HERE / "train_child.py"), str(out), str(epochs), *words],
        env={**os.environ, "PYTHONPATH": paths, "OMP_NUM_THREADS": "1", **variables},
        stderr=subprocess.PIPE,
        text=True,
    )


def finish(child: subprocess.Popen) -> None:
    _, words = child.communicate(timeout=120)
    assert child.returncode == 0, words


def epochs_done(out: Path) -> int:
    path = out / "history.json"
    return len(json.loads(path.read_text())) if path.exists() else 0


def test_a_training_that_was_killed_goes_on_bit_for_bit(tmp_path):
    whole, parts = tmp_path / "whole", tmp_path / "parts"
    reference, killed = start(whole, EPOCHS), start(parts, EPOCHS)
    while killed.poll() is None and epochs_done(parts) < 3:
        time.sleep(0.005)
    killed.send_signal(signal.SIGKILL)
    killed.communicate(timeout=30)
    assert killed.returncode == -signal.SIGKILL, "it had ended before it could be killed"
    assert 3 <= epochs_done(parts) < EPOCHS
    finish(start(parts, EPOCHS, "resume"))
    finish(reference)
    assert (parts / "weights.safetensors").read_bytes() == (whole / "weights.safetensors").read_bytes()
    for name in ("model.safetensors", "model_1.safetensors"):
        first, second = (out / "checkpoint" / name for out in (parts, whole))
        assert first.read_bytes() == second.read_bytes()


def free_port() -> int:
    with socket.socket() as place:
        place.bind(("127.0.0.1", 0))
        return int(place.getsockname()[1])


def train_together(out: Path, epochs: int, *words: str) -> list[dict[str, torch.Tensor]]:
    """Two processes, as ``accelerate launch`` starts them; the final weights of each."""
    port = str(free_port())
    children = [
        start(
            out,
            epochs,
            *words,
            WORLD_SIZE="2",
            RANK=rank,
            LOCAL_RANK=rank,
            LOCAL_WORLD_SIZE="2",
            MASTER_ADDR="127.0.0.1",
            MASTER_PORT=port,
        )
        for rank in ("0", "1")
    ]
    for child in children:
        finish(child)
    return [load_file(out / f"final-{rank}.safetensors") for rank in (0, 1)]


def test_two_processes_end_with_the_same_weights_those_of_one_with_both_their_slices(tmp_path):
    first, second = train_together(tmp_path / "out", 1, "mean")
    assert all(torch.equal(first[name], second[name]) for name in first)
    alone = trained_alone()
    assert all(torch.allclose(first[name], tensor, atol=1e-5) for name, tensor in alone.items())
    torch.manual_seed(2)
    fresh = MeanLearner(None).kept()
    assert any(float((first[name] - tensor).abs().max()) > 0.01 for name, tensor in fresh.items())


def trained_alone(processes: tuple[int, ...] = (0, 1)) -> dict[str, torch.Tensor]:
    """One process that steps down the mean over what these would draw, 40 steps, the rates of the recipe."""
    torch.manual_seed(2)
    recipe = pair_recipe(MeanLearner, epochs=1)
    everyone = [prepared(number) for number in range(4)]
    learned, _ = split([each.id for each in everyone], 0.25, np.random.default_rng([2, 1]))
    source = SliceSource(Slices.of([everyone[number] for number in learned]), recipe.plan(4))
    learner = MeanLearner(None)
    optimiser = learner.optimisers["sgd"]
    for step in range(40):
        phase = recipe.phases[step // 20]
        optimiser.param_groups[0]["lr"] = 0.05 * phase.schedule.factor(step % 20 / 20, phase.epochs)
        draws = [source.draw(step_generator(2, process, step), step) for process in processes]
        batches = [source.batch(draw, torch.device("cpu")) for draw in draws]
        images = torch.cat([batch.images for batch in batches])
        wanted = torch.cat([batch.targets[:, 1:] for batch in batches])
        optimiser.zero_grad()
        functional.mse_loss(learner.net(images), wanted).backward()
        optimiser.step()
    return learner.kept()


def test_two_processes_share_two_networks_in_turn_and_judge_the_same(tmp_path):
    out = tmp_path / "out"
    first, second = train_together(out, 2)
    learned = [name for name in first if "running" not in name and "tracked" not in name]
    assert len(learned) == 10
    assert all(torch.equal(first[name], second[name]) for name in learned)
    assert epochs_done(out) == 3
    assert load_file(out / "weights.safetensors").keys() == first.keys()
