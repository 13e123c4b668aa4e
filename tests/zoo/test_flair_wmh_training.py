"""All three variants train through the ordinary entry, go on from weights, and leave folders that run."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch
from safetensors.numpy import load_file

from medview.core.geometry import Geometry
from medview.core.params import validate
from medview.ml.card import read_card
from medview.ml.context import RunContext
from medview.ml.request import Subject, TrainRequest
from medview.zoo.learning.demonstration import LEARNED, learn_once
from medview.zoo.learning.slices import Slices
from medview.zoo.synthesize.flair_wmh.data import prepare
from medview.zoo.synthesize.flair_wmh.model_folder import load_network
from medview.zoo.synthesize.flair_wmh.settings import TrainSettings
from medview.zoo.synthesize.flair_wmh.spec import SPEC
from medview.zoo.synthesize.flair_wmh.training import RARITY, FlairLesionLearner, batch_plan, phases_of, train

SHAPE = (40, 44, 8)


def subject(folder, seed):
    rng = np.random.default_rng(seed)
    i, j, _ = np.meshgrid(*[np.linspace(-1, 1, n) for n in SHAPE], indexing="ij")
    head = i**2 + j**2 < 0.9
    lesions = ((i - 0.3) ** 2 + (j - 0.2) ** 2 < 0.04) & head
    folder.mkdir(parents=True)
    images = {
        "t1": np.where(lesions, 60, 100) * head + rng.normal(0, 2, SHAPE),
        "flair": np.where(lesions, 150, 70) * head + rng.normal(0, 2, SHAPE),
    }
    for name, image in images.items():
        np.save(folder / f"{name}.npy", image.astype(np.float32))
    np.save(folder / "wmh.npy", lesions.astype(np.uint8))
    arrays = {name: folder / f"{name}.npy" for name in ("t1", "flair", "wmh")}
    return Subject(id=folder.name, arrays=arrays, geometry=Geometry.from_spacing(SHAPE, (1.0, 1.0, 3.0)))


@pytest.fixture(scope="module")
def people(tmp_path_factory):
    base = tmp_path_factory.mktemp("people")
    return [subject(base / f"person-{n}", n) for n in range(3)]


def learned(people, out, scratch, **changes):
    params = {"width": "small", "n4": False, "epochs": 1, "steps_per_epoch": 2, "batch": 2, **changes}
    scratch.mkdir(exist_ok=True)
    request = TrainRequest(
        model_id=SPEC.id,
        version=SPEC.version,
        subjects=tuple(people),
        params=validate(SPEC.train_params, params),
        out=out,
    )
    return train(request, RunContext(scratch=scratch))


@pytest.mark.parametrize(("ablation", "parts"), [("none", 2), ("offline", 2), ("unimodal", 1)])
def test_each_variant_leaves_a_folder_that_runs(people, tmp_path, ablation, parts):
    scores = learned(people, tmp_path / "out", tmp_path / "scratch", ablation=ablation)
    assert 0 <= scores["validation_dice"] <= 1
    net, settings = load_network(tmp_path / "out")
    assert settings.ablation == ablation
    assert len(list(net.children())) == parts
    assert read_card(tmp_path / "out").model_id == "flair-wmh"


def test_a_training_goes_on_from_given_weights(people, tmp_path):
    learned(people, tmp_path / "first", tmp_path / "a")
    changes = {"start_from": str(tmp_path / "first"), "learning_rate": 1e-7}
    learned(people, tmp_path / "second", tmp_path / "b", **changes)
    before, after = (load_file(tmp_path / name / "weights.safetensors") for name in ("first", "second"))
    for name in before:
        if name.endswith(".weight"):
            assert np.allclose(before[name], after[name], atol=1e-5)


def test_offline_synthesis_learns_flair_before_lesions():
    names = {}
    for ablation in ("none", "offline", "unimodal"):
        params = validate(SPEC.train_params, {"ablation": ablation, "epochs": 7})
        phases = phases_of(TrainSettings.from_params(params))
        names[ablation] = [phase.name for phase in phases]
        assert {phase.epochs for phase in phases} == {7}
    assert names == {"none": ["joint"], "offline": ["generator", "segmenter"], "unimodal": ["segmenter"]}


def test_an_untrained_segmenter_expects_lesions_in_a_hundredth_of_the_pixels(people, tmp_path):
    settings = TrainSettings.from_params(validate(SPEC.train_params, {"width": "small"}))
    held = Slices.of(prepare(people[:1], 1.0, 48, RunContext(scratch=tmp_path), with_n4=False))
    segmenter = FlairLesionLearner(settings, held).modules["segmenter"]
    assert torch.sigmoid(segmenter.net.head.bias).item() == pytest.approx(RARITY)


def test_augmentation_is_drawn_only_where_it_is_asked_for():
    for is_wanted in (False, True):
        params = validate(SPEC.train_params, {"augmentation": is_wanted})
        plan = batch_plan(TrainSettings.from_params(params), batch=3)
        assert (plan.augmentation is not None) == is_wanted
        assert plan.batch == 3 and plan.target_kinds == ("mask", "image")


def test_a_demo_s_training_that_has_ended_is_left_alone_and_one_that_was_cut_off_goes_on(people, tmp_path):
    out = tmp_path / "demo" / "none"
    params = {"width": "small", "n4": False, "epochs": 1, "steps_per_epoch": 2, "batch": 2}
    learn_once(SPEC, lambda: people, out, params)
    assert set(json.loads((out / LEARNED).read_text())) == {"validation_dice", "best_epoch", "epochs"}
    learn_once(SPEC, lambda: pytest.fail("trained again"), out, params)
    (out / LEARNED).unlink()
    learn_once(SPEC, lambda: people, out, {**params, "epochs": 3})
    assert [row["epoch"] for row in json.loads((out / "history.json").read_text())] == [1, 2, 3]


def test_slices_hold_scores_and_masks_on_a_common_size(people, tmp_path):
    prepared = prepare(people, 1.0, 208, RunContext(scratch=tmp_path), with_n4=False)
    assert {each.images.shape for each in prepared} == {(8, 1, 48, 48)}
    assert {each.targets.shape for each in prepared} == {(8, 2, 48, 48)}
    mask, flair = (np.asarray(prepared[0].targets[:, n], np.float32) for n in (0, 1))
    assert set(np.unique(mask)) == {0, 1}
    assert mask.sum() == people[0].load("wmh").sum()
    voxel_ml = np.prod(people[0].geometry.spacing_mm) / 1000
    assert prepared[0].pixel_ml == pytest.approx(voxel_ml, rel=0.05)
    assert flair[mask > 0].min() > flair[(mask == 0) & (flair != 0)].mean()
    assert prepared[0].foreground.all() and prepared[0].usable.all()
