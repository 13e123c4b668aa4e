"""Learning: the overfit of the paper file, map dropout, and a training that leaves a model which runs."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from medview.core.errors import InputRefused
from medview.core.geometry import Geometry
from medview.core.params import validate
from medview.ml.card import read_card
from medview.ml.context import RunContext
from medview.ml.request import Subject, TrainRequest
from medview.zoo.segment.stroke_lesion.data import draw_present, drop_maps, prepare
from medview.zoo.segment.stroke_lesion.losses import total_loss
from medview.zoo.segment.stroke_lesion.network import StrokeNet
from medview.zoo.segment.stroke_lesion.settings import CLASS_WEIGHTS, WIDTHS, NetworkSettings, TrainSettings
from medview.zoo.segment.stroke_lesion.spec import SPEC
from medview.zoo.segment.stroke_lesion.training import StrokeLearner, train

STEPS, WARM = 120, 18


def blobs(count: int = 8, side: int = 96):
    """Slices with a blob of 0.5 to 1 % of the pixels, low in channel 1, high in channels 2 and 3."""
    rng = np.random.default_rng(0)
    y, x = np.mgrid[:side, :side]
    images = rng.normal(0.5, 0.05, (count, 3, side, side))
    masks = np.zeros((count, side, side), np.int64)
    for n in range(count):
        radius = np.sqrt(rng.uniform(0.0055, 0.0095) * side * side / np.pi)
        at = rng.uniform(20, side - 20, 2)
        masks[n] = (y - at[0]) ** 2 + (x - at[1]) ** 2 < radius**2
        images[n] += np.array([-0.2, 0.2, 0.2])[:, None, None] * masks[n]
    return torch.from_numpy(images.clip(0, 1)).float(), torch.from_numpy(masks)


def overfitted(class_weights) -> tuple[float, float]:
    """Dice and recall on the slices that were learned from."""
    torch.manual_seed(0)
    torch.set_num_threads(1)
    images, masks = blobs()
    assert masks.float().mean((1, 2)).min() >= 0.005 and masks.float().mean((1, 2)).max() <= 0.01
    images = images.contiguous(memory_format=torch.channels_last)
    net = StrokeNet(3, 1, WIDTHS["small"]).to(memory_format=torch.channels_last)
    optimiser = torch.optim.AdamW(net.parameters(), 5e-3, weight_decay=1e-5)
    for step in range(STEPS):
        done = (step - WARM) / (STEPS - WARM)
        rate = 5e-3 * (step / WARM if step < WARM else 0.5 * (1 + np.cos(np.pi * done)))
        optimiser.param_groups[0]["lr"] = rate
        loss = total_loss(net(images).logits, masks, class_weights=class_weights, is_deep=True)
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        optimiser.step()
    with torch.inference_mode():
        found = net.eval()(images).probabilities()[-1][:, 0] >= 0.5
    overlap = float((found & (masks > 0)).sum())
    return 2 * overlap / float(found.sum() + masks.sum()), overlap / float(masks.sum())


@pytest.mark.timeout(300)
def test_check_9_eight_slices_are_overfitted_and_class_weights_do_not_lower_recall():
    dice, recall = overfitted(CLASS_WEIGHTS["MRI"])
    _, plain_recall = overfitted(None)
    assert dice > 0.9
    assert recall >= plain_recall


def test_dropped_maps_are_zeros_repeatable_and_never_all():
    indices = np.array([[0, k] for k in range(400)])
    kept = draw_present(indices, 6, 0.5)
    assert kept.shape == (400, 6) and set(np.unique(kept)) == {0.0, 1.0}
    assert kept.sum(1).min() >= 1
    assert 0.6 < kept.mean() < 0.8
    assert np.array_equal(kept, draw_present(indices, 6, 0.5))
    images = torch.rand(400, 6, 8, 8) + 0.1
    dropped = drop_maps(images, indices, 0.5)
    assert torch.equal(dropped.amax((-2, -1)) > 0, torch.from_numpy(kept) > 0)
    assert torch.equal(dropped[kept > 0], images[kept > 0])


def test_a_map_that_shows_nothing_stays_nothing_though_it_was_made_brighter():
    images = torch.rand(2, 3, 8, 8)
    images[:, 1] = 0.17
    assert torch.count_nonzero(drop_maps(images, np.zeros((2, 2), int), 0.0)[:, 1]) == 0


def subject(folder, number, roles, shape=(20, 24, 4)) -> Subject:
    rng = np.random.default_rng(number)
    lesion = np.zeros(shape, np.uint8)
    lesion[6:12, 8:14, 1:3] = 1
    arrays = {role: rng.normal(10, 1, shape).astype(np.float32) + 6 * lesion for role in roles}
    paths = {}
    for name, array in {**arrays, "lesion": lesion}.items():
        paths[name] = folder / f"{number}-{name}.npy"
        np.save(paths[name], array)
    return Subject(id=f"s{number}", arrays=paths, geometry=Geometry.from_spacing(shape, (2, 2, 5)))


def test_maps_that_a_subject_lacks_are_zeros_where_the_weights_will_not_need_them(tmp_path):
    settings = NetworkSettings(roles=("adc", "ttp", "tmax"), needs=(), side_px=64)
    given = [subject(tmp_path, 0, ("adc", "tmax"))]
    (prepared,) = prepare(given, settings, RunContext(scratch=tmp_path))
    assert prepared.images.shape == (4, 3, 64, 64)
    assert prepared.images[:, 1].max() == 0 and prepared.images[:, 0].max() > 0.9
    assert prepared.foreground.tolist() == [False, True, True, False]
    # 72 voxels of 20 mm³, as many pixels as the stretched slices make of them
    assert prepared.targets.sum() * prepared.pixel_ml == pytest.approx(72 * 0.02, rel=0.12)
    with pytest.raises(InputRefused, match="it has no ttp"):
        prepare(given, NetworkSettings(side_px=64), RunContext(scratch=tmp_path))


def test_maps_of_another_modality_are_refused():
    with pytest.raises(InputRefused, match="the maps of CT are"):
        TrainSettings.from_params(validate(SPEC.train_params, {"modality": "CT", "channels": "adc,tmax"}))


@pytest.mark.parametrize(("keep", "epoch"), [("best", 1), ("last", 3)])
def test_the_last_epoch_s_weights_are_kept_on_request(tmp_path, monkeypatch, keep, epoch):
    falling = iter((0.9, 0.5, 0.1))
    monkeypatch.setattr(StrokeLearner, "judge", lambda *_: {"validation_dice": next(falling)})
    given = {
        "channels": "adc",
        "width": "small",
        "side_px": 64,
        "epochs": 3,
        "steps_per_epoch": 1,
        "keep": keep,
    }
    request = TrainRequest(
        model_id=SPEC.id,
        version=SPEC.version,
        subjects=(subject(tmp_path, 0, ("adc",)),),
        params=validate(SPEC.train_params, given),
        out=tmp_path / "out",
    )
    scores = train(request, RunContext(scratch=tmp_path))
    assert scores["best_epoch"] == epoch
    assert read_card(tmp_path / "out").results[0]["epoch"] == epoch


@pytest.mark.parametrize(("modality", "ablation"), [("MRI", "cw"), ("CT", "none")])
def test_every_variant_leaves_a_model_folder_that_says_what_it_reads(tmp_path, modality, ablation):
    roles = ("adc", "tmax") if modality == "MRI" else ("ncct", "tmax")
    params = {
        "modality": modality,
        "channels": ",".join(roles),
        "ablation": ablation,
        "width": "small",
        "side_px": 64,
        "epochs": 1,
        "steps_per_epoch": 2,
        "warmup": 0.5,
    }
    request = TrainRequest(
        model_id=SPEC.id,
        version=SPEC.version,
        subjects=tuple(subject(tmp_path, number, roles) for number in range(2)),
        params=validate(SPEC.train_params, params),
        out=tmp_path / "out",
    )
    scores = train(request, RunContext(scratch=tmp_path))
    assert 0 <= scores["validation_dice"] <= 1
    found = NetworkSettings.from_card(read_card(tmp_path / "out").settings)
    assert (found.roles, found.needs, found.ablation) == (roles, roles, ablation)
    assert found.has_attention == (ablation == "none")
