"""A training leaves a model that runs, stops when it should, and goes on exactly where it was left."""

from __future__ import annotations

import json
import pickle
from pathlib import Path

import numpy as np
import pytest
from safetensors.torch import load_file

from medview.core.errors import Cancelled, InputRefused
from medview.core.geometry import Geometry
from medview.core.params import validate
from medview.ml.card import read_card, verified_sha256
from medview.ml.context import RunContext
from medview.ml.request import InputArray, RunRequest, Subject, TrainRequest
from medview.zoo.learning.phases import relative_fall
from medview.zoo.segment.t2_vessels.pipeline import run
from medview.zoo.segment.t2_vessels.spec import SPEC
from medview.zoo.segment.t2_vessels.training import train

PARAMS = {
    "width": "small",
    "pixel_spacing_mm": 1.0,
    "epochs_phase1": 1,
    "epochs_phase2": 2,
    "steps_per_epoch": 3,
    "learning_rate": 1e-3,
    "validation_fraction": 0.5,
}


class Stopper:
    """Cancels once a number of epochs was reported."""

    def __init__(self, after_epochs: int = 1000) -> None:
        self.epochs, self.after, self.rows, self.fractions = 0, after_epochs, [], []

    def progress(self, fraction, message):
        self.fractions.append(fraction)

    def preview(self, name, offset_ijk, array):
        raise AssertionError("a training has no preview")

    def report(self, step, values):
        self.epochs += 1
        self.rows.append((step, values))

    def is_cancelled(self):
        return self.epochs >= self.after


@pytest.fixture(scope="module")
def subjects(tmp_path_factory):
    found = []
    for number in range(2):
        folder = tmp_path_factory.mktemp(f"subject{number}")
        rng = np.random.default_rng(number)
        image = np.zeros((48, 44, 6), np.float32)
        image[4:44, 4:40] = rng.uniform(500, 600, (40, 36, 6))
        vessels = np.zeros(image.shape, np.uint8)
        vessels[18 + number : 22 + number, 15:20, :4] = 1
        image[vessels > 0] = 60
        np.save(folder / "t2.npy", image)
        np.save(folder / "vessels.npy", vessels)
        arrays = {name: folder / f"{name}.npy" for name in ("t2", "vessels")}
        found.append(
            Subject(id=str(number), arrays=arrays, geometry=Geometry.from_spacing(image.shape, (1, 1, 3)))
        )
    return tuple(found)


def training(subjects, out: Path, scratch: Path, listener=None, resume=False, seed=5, **changes):
    scratch.mkdir(exist_ok=True)
    request = TrainRequest(
        model_id=SPEC.id,
        version=SPEC.version,
        subjects=subjects,
        params=validate(SPEC.train_params, {**PARAMS, **changes}),
        out=out,
        resume=resume,
        seed=seed,
    )
    return train(request, RunContext(scratch=scratch, seed=seed, listener=listener or Stopper()))


def test_a_training_leaves_a_model_folder_that_a_run_accepts(subjects, tmp_path):
    watcher = Stopper()
    scores = training(subjects, tmp_path / "out", tmp_path / "scratch", watcher)
    card = read_card(tmp_path / "out")
    assert card.model_id == "t2-vessels" and verified_sha256(tmp_path / "out", card)
    assert card.settings == {"modalities": "T2", "width": "small", "pixel_spacing_mm": 1.0, "dilation_px": 10}
    history = json.loads((tmp_path / "out" / "history.json").read_text())
    assert [row["phase"] for row in history] == [1, 2, 2]
    assert scores["epochs"] == 3
    assert scores["validation_dice"] == pytest.approx(card.results[0]["dice"], abs=1e-4)
    assert [step for step, _ in watcher.rows] == [3, 6, 9]
    assert watcher.fractions == sorted(watcher.fractions)
    scan = InputArray(array=np.load(subjects[0].arrays["t2"]), geometry=subjects[0].geometry)
    request = RunRequest(
        model_id=SPEC.id,
        version=SPEC.version,
        inputs={"t2": scan},
        params=validate(SPEC.params, {}),
        weights=tmp_path / "out",
    )
    assert run(request, RunContext(scratch=tmp_path))["vessels"].shape == (48, 44, 6)


def rows_without_time(out):
    rows = json.loads((out / "history.json").read_text())
    return [{name: value for name, value in row.items() if name != "seconds"} for row in rows]


@pytest.mark.parametrize("after", [1, 2])
def test_a_cancelled_training_goes_on_bit_for_bit(subjects, tmp_path, after):
    whole, parts = tmp_path / "whole", tmp_path / "parts"
    training(subjects, whole, tmp_path / "a", random_contrast=True)
    with pytest.raises(Cancelled):
        training(subjects, parts, tmp_path / "b", Stopper(after), random_contrast=True)
    training(subjects, parts, tmp_path / "c", resume=True, random_contrast=True)
    assert rows_without_time(parts) == rows_without_time(whole)
    first, second = (load_file(out / "checkpoint" / "model.safetensors") for out in (whole, parts))
    assert all((first[name] == second[name]).all() for name in first)


def test_a_training_can_be_lengthened_but_not_changed_on_resuming(subjects, tmp_path):
    out = tmp_path / "out"
    training(subjects, out, tmp_path / "a")
    with pytest.raises(InputRefused, match="width was small and is paper now"):
        training(subjects, out, tmp_path / "b", resume=True, width="paper")
    scores = training(subjects, out, tmp_path / "c", resume=True, epochs_phase2=3)
    assert scores["epochs"] == 4


def test_a_run_that_died_in_its_first_epoch_is_begun_anew(subjects, tmp_path):
    out = tmp_path / "out"
    with pytest.raises(Cancelled):
        training(subjects, out, tmp_path / "a", Stopper(0))
    assert training(subjects, out, tmp_path / "b", resume=True)["epochs"] == 3


def test_resuming_from_nothing_is_refused(subjects, tmp_path):
    with pytest.raises(InputRefused, match="is missing"):
        training(subjects, tmp_path / "new", tmp_path / "a", resume=True)


class Trap:
    """Unpickling this writes a file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self):
        return (Path.touch, (self.path,))


def test_code_in_a_checkpoint_is_not_run(subjects, tmp_path):
    out, sprung = tmp_path / "out", tmp_path / "sprung"
    training(subjects, out, tmp_path / "a")
    for name in ("optimizer.bin", "random_states_0.pkl"):
        (out / "checkpoint" / name).write_bytes(pickle.dumps(Trap(sprung), protocol=2))
    with pytest.raises(InputRefused, match="Cannot resume"):
        training(subjects, out, tmp_path / "b", resume=True, epochs_phase2=3)
    assert not sprung.exists()


def test_the_second_phase_ends_when_patience_does(subjects, tmp_path):
    scores = training(
        subjects,
        tmp_path / "out",
        tmp_path / "a",
        epochs_phase1=0,
        epochs_phase2=20,
        steps_per_epoch=1,
        learning_rate=1e-6,
        patience=2,
    )
    assert scores["epochs"] == scores["best_epoch"] + 2 < 20


def test_the_first_phase_ends_when_its_loss_stops_falling():
    assert relative_fall([1.0, 0.9, 0.8, 0.7, 0.6, 0.5]) == pytest.approx(0.5)
    assert relative_fall([1.0] + [0.995] * 5) < 0.01
    assert relative_fall([1.0] * 5) == float("inf")


def test_subjects_without_any_vessel_are_refused(subjects, tmp_path):
    np.save(tmp_path / "empty.npy", np.zeros((48, 44, 6), np.uint8))
    blank = [
        Subject(id=s.id, geometry=s.geometry, arrays={**s.arrays, "vessels": tmp_path / "empty.npy"})
        for s in subjects
    ]
    with pytest.raises(InputRefused, match="no subject has a voxel"):
        training(tuple(blank), tmp_path / "out", tmp_path / "a")


@pytest.mark.parametrize(
    "changes",
    [
        {"ablation": "no_mask"},
        {"ablation": "dilation_5"},
        {"precision": "bf16"},
        {"mtl": "fixed"},
        {"dilation_px": 0},
        {"window_px": 32},
        {"segmentation_loss": "dice_entropy"},
    ],
)
def test_every_way_of_training_runs(subjects, tmp_path, changes):
    training(subjects, tmp_path / "out", tmp_path / "a", epochs_phase2=1, steps_per_epoch=1, **changes)
    varied = {"no_mask": -1, "dilation_5": 5}
    expected = varied.get(changes.get("ablation"), changes.get("dilation_px", 10))
    assert read_card(tmp_path / "out").settings["dilation_px"] == expected
