"""PE-MED through the platform's trainer, from a person's slices to a folder that answers clicks."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from pe_med_parts import ask

from medview.core.errors import InputRefused
from medview.core.geometry import Geometry
from medview.core.params import validate
from medview.ml.context import RunContext
from medview.ml.request import Subject, TrainRequest
from medview.zoo.interactive.pe_med.settings import PAPER_B0
from medview.zoo.interactive.pe_med.spec import SPEC
from medview.zoo.interactive.pe_med.training import TrainSettings, prepare, train


def subject(folder: Path, name: str, is_marked: bool = True) -> Subject:
    rng, (i, j) = np.random.default_rng(0), np.mgrid[:48, :40]
    mask = np.repeat((((i - 20) ** 2 + (j - 18) ** 2) < 81)[..., None], 3, 2) & (np.arange(3) > 0)
    paths = {"image": folder / f"{name}-image.npy", "object": folder / f"{name}-object.npy"}
    np.save(paths["image"], (100 + 50 * mask + rng.normal(0, 5, mask.shape)).astype(np.float32))
    np.save(paths["object"], (mask & is_marked).astype(np.uint8))
    return Subject(id=name, arrays=paths, geometry=Geometry(mask.shape, np.eye(4)))


def request(folder: Path, *, is_marked: bool = True) -> TrainRequest:
    params = {"epochs": 2, "steps_per_epoch": 2, "batch": 2, "grid": 64, "precision": "no"}
    return TrainRequest(
        model_id=SPEC.id,
        version=SPEC.version,
        subjects=tuple(subject(folder, name, is_marked) for name in ("a", "b")),
        params=validate(SPEC.train_params, params),
        out=folder / "out",
        seed=1,
    )


def test_slices_become_square_and_only_those_with_the_object_are_learned_from(tmp_path: Path) -> None:
    made = prepare(64, [subject(tmp_path, "a")], RunContext(scratch=tmp_path))[0]
    assert made.images.shape == made.targets.shape == (3, 1, 64, 64)
    assert made.usable is not None
    assert made.usable.tolist() == [False, True, True]
    assert made.images.min() >= 0
    assert made.images.max() <= 1


def test_a_training_leaves_a_folder_that_answers_clicks(tmp_path: Path) -> None:
    scores = train(request(tmp_path), RunContext(scratch=tmp_path, seed=1))
    assert 0 <= scores["validation_dice"] <= 1
    image = np.load(tmp_path / "a-image.npy")[..., 1]
    _, made = ask(tmp_path / "out", image, include=[[20, 18]])
    assert made["mask"].shape == image.shape


def test_subjects_without_anything_marked_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputRefused, match="marked"):
        train(request(tmp_path, is_marked=False), RunContext(scratch=tmp_path, seed=1))


def test_the_paper_s_network_can_be_asked_for() -> None:
    params = validate(SPEC.train_params, {"size": "b0", "grid": 224})
    assert TrainSettings.from_params(params).network == PAPER_B0
