"""Two processes that a launcher starts train one model through the program's own command, over gloo."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest
import torch
from safetensors.torch import load_file
from test_learning_processes import free_port, trained_alone

from medview.zoo.learning.draws import read_draws

HERE = Path(__file__).parent
TORCHRUN = ("torch.distributed.run", "--nproc-per-node", "2", "--master-addr", "127.0.0.1", "--master-port")
ACCELERATE = (
    "accelerate.commands.launch", "--multi_gpu", "--num_processes", "2", "--num_machines", "1",
    "--mixed_precision", "no", "--dynamo_backend", "no", "--main_process_port",
)  # fmt: skip


@pytest.fixture
def place(tmp_path):
    """A subject, and an installed package that brings the small method."""
    subject = tmp_path / "data" / "anna"
    subject.mkdir(parents=True)
    nib.save(nib.Nifti1Image(np.zeros((2, 2, 2), np.float32), np.eye(4)), subject / "t1.nii.gz")
    package = tmp_path / "packages" / "launched_pair-1.0.dist-info"
    package.mkdir(parents=True)
    (package / "METADATA").write_text("Metadata-Version: 2.1\nName: launched-pair\nVersion: 1.0\n")
    (package / "entry_points.txt").write_text("[medview.models]\npair = launched_pair:SPEC\n")
    return tmp_path


def launched(place: Path, *launcher: str) -> subprocess.CompletedProcess[str]:
    """``medview train pair`` as a launcher starts it: 40 steps of four slices a process."""
    paths = [HERE.parents[1], HERE, place / "packages", os.environ.get("PYTHONPATH", "")]
    told = {"PYTHONPATH": os.pathsep.join(str(path) for path in paths if str(path))}
    settings = ("steps_per_epoch=20", "batch=4", "validation_fraction=0.25", "record=true")
    words = ["train", "pair", "--data", place / "data", "--out", place / "out", "--seed", "2"]
    words += ["--device", "cpu", *(part for setting in settings for part in ("--set", setting))]
    return subprocess.run(
        [sys.executable, "-m", *launcher, "-m", "medview", *map(str, words)],
        env={**os.environ, **told, "OMP_NUM_THREADS": "1"}, capture_output=True, text=True, timeout=240,
        check=False,
    )  # fmt: skip


def near(first: dict, second: dict, tolerance: float) -> list[bool]:
    """Which tensors of two trainings are the same but for a tolerance."""
    return [torch.allclose(first[name], second[name], rtol=0, atol=tolerance) for name in second]


@pytest.mark.parametrize("launcher", [TORCHRUN, ACCELERATE], ids=["torchrun", "accelerate"])
def test_both_processes_learn_and_their_gradients_are_averaged(place, launcher):
    said = launched(place, *launcher, str(free_port()))
    assert said.returncode == 0, said.stderr
    draws = [list(read_draws(place / "out" / f"draws-{rank}.jsonl")) for rank in (0, 1)]
    assert [len(of_one) for of_one in draws] == [40, 40]
    assert str(draws[0]) != str(draws[1])
    kept = load_file(place / "out" / "weights.safetensors")
    # what one process makes of the slices of both; either's slices alone lead 3e-4 and more away
    assert all(near(kept, trained_alone(), 1e-5))
    assert not any(near(kept, trained_alone(processes=(0,)), 1e-4))
    assert not any(near(kept, trained_alone(processes=(1,)), 1e-4))


def test_only_one_of_two_processes_speaks(place):
    said = launched(place, *TORCHRUN, str(free_port()))
    assert said.stdout.splitlines() == [
        "validation_dice 0.5000", "best_epoch 1.0000", "epochs 2.0000", str(place / "out"),
    ]  # fmt: skip


def test_a_launcher_that_starts_one_process_instead_of_two_is_found_out(place):
    said = launched(place, "accelerate.commands.launch", "--cpu", "--num_processes", "2")
    assert said.returncode != 0
    (line,) = [line for line in said.stderr.splitlines() if line.startswith("error: ")]
    assert "has started only one" in line and "torchrun --nproc-per-node 2" in line
    assert not (place / "out").exists()
