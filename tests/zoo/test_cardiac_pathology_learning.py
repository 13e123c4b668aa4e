"""APU-Net learns: the numbered check 9 of the paper file, and the training as a person starts it."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
import torch
from torch.nn import functional

from medview.core.errors import InputRefused
from medview.core.geometry import Geometry
from medview.core.params import validate
from medview.ml.card import read_card
from medview.ml.context import RunContext
from medview.ml.registry import Registry
from medview.ml.request import Subject, TrainRequest
from medview.ml.runner import train
from medview.zoo.learning.draws import SliceSource, step_generator
from medview.zoo.learning.run_folder import draft_card, keep_weights
from medview.zoo.learning.slices import Slices
from medview.zoo.segment.cardiac_pathology.data import numbered, one_hot_slices, prepare
from medview.zoo.segment.cardiac_pathology.losses import WeightGenerator, weighted_cross_entropy
from medview.zoo.segment.cardiac_pathology.network import ApuNet
from medview.zoo.segment.cardiac_pathology.settings import WIDTHS, NetworkSettings, TrainSettings
from medview.zoo.segment.cardiac_pathology.spec import SPEC
from medview.zoo.segment.cardiac_pathology.start import take_over
from medview.zoo.segment.cardiac_pathology.training import batch_plan
from medview.zoo.slicewise.grid import SliceGrid

STEPS, EVERY = 350, 10


def hearts(size: int = 64) -> tuple[torch.Tensor, torch.Tensor]:
    """Eight slices: a cavity of radius 10, a wall to 16, an infarct sector, a core of 0.7 % of the pixels."""
    rng = torch.Generator().manual_seed(0)
    rows, columns = torch.meshgrid(torch.arange(size), torch.arange(size), indexing="ij")
    images, labels = [], []
    for number in range(8):
        row, column = torch.randint(24, 40, (2,), generator=rng).tolist()
        rho = torch.hypot((rows - row).float(), (columns - column).float())
        turn = torch.atan2((rows - row).float(), (columns - column).float()) - 2 * math.pi * number / 8
        turn = ((turn + math.pi) % (2 * math.pi) - math.pi).abs()
        classes = 2 * (rho <= 16).long() - (rho <= 10).long()
        classes[(classes == 2) & (turn < 0.8)] = 3
        classes[(rho > 11) & (rho <= 14) & (turn < 0.42)] = 4
        signal = torch.tensor([0.0, 1.0, -1.0, 1.4, -0.9])[classes]
        images.append(signal + 0.15 * torch.randn(size, size, generator=rng))
        labels.append(classes)
    return torch.stack(images)[:, None], torch.stack(labels)


def dice_of(net: ApuNet, images: torch.Tensor, classes: torch.Tensor) -> list[float]:
    net.eval()
    with torch.inference_mode():
        found = net(images).argmax(dim=1)
    net.train()
    counts = [((found == n), (classes == n)) for n in range(1, 5)]
    return [float(2 * (a & b).sum() / (a.sum() + b.sum())) for a, b in counts]


def overfitted(images: torch.Tensor, classes: torch.Tensor, is_weighted: bool) -> tuple[list[float], int]:
    """Dice of each class once all are above 0.95 (or at the end), and the step at which the core has 0.5."""
    torch.manual_seed(0)
    net = ApuNet(WIDTHS["small"], "full").to(memory_format=torch.channels_last)
    generator = WeightGenerator() if is_weighted else None
    learned = [*net.parameters(), *(generator.parameters() if generator else [])]
    adam = torch.optim.Adam(learned, 1e-3)
    target = functional.one_hot(classes, 5).permute(0, 3, 1, 2).float()
    is_fast = bool(torch.cpu.get_capabilities().get("avx512_bf16"))
    first, scores = STEPS + 1, [0.0]
    for step in range(1, STEPS + 1):
        with torch.autocast("cpu", torch.bfloat16, enabled=is_fast):
            logits = net(images.contiguous(memory_format=torch.channels_last))
            weights = generator(images) if generator else None
        adam.zero_grad()
        weighted_cross_entropy(logits, target, weights).backward()
        adam.step()
        if step % EVERY == 0:
            scores = dice_of(net, images, classes)
            first = min(first, step) if scores[3] >= 0.5 else first
            if min(scores) > 0.95:
                break
    return scores, first


def test_check_9_both_losses_overfit_eight_slices_and_weights_find_the_core_no_later() -> None:
    images, classes = hearts()
    assert 0.006 < float((classes == 4).float().mean()) < 0.009
    plain, first_plain = overfitted(images, classes, is_weighted=False)
    weighted, first_weighted = overfitted(images, classes, is_weighted=True)
    assert min(plain) > 0.95
    assert min(weighted) > 0.95
    assert first_weighted <= first_plain


def test_check_9_its_hearts_hold_the_core_in_the_infarct_in_the_wall() -> None:
    _, classes = hearts()
    assert [int(n) for n in classes.unique()] == [0, 1, 2, 3, 4]


@pytest.fixture
def subjects(tmp_path: Path) -> tuple[Subject, ...]:
    """Three small stacks whose slices lie along the first axis."""
    made = []
    images, classes = hearts(48)
    for number in range(3):
        folder = tmp_path / f"subject-{number}"
        folder.mkdir()
        chosen = slice(2 * number, 2 * number + 2)
        np.save(folder / "lge.npy", images[chosen, 0].numpy() * 100 + 200)
        np.save(folder / "pathology.npy", classes[chosen].numpy().astype(np.uint8))
        arrays = {name: folder / f"{name}.npy" for name in ("lge", "pathology")}
        matrix = np.diag([9.0, 1.5, 1.5, 1.0])
        made.append(Subject(id=str(number), arrays=arrays, geometry=Geometry((2, 48, 48), matrix)))
    return tuple(made)


@pytest.mark.parametrize("ablation", ["none", "baseline", "attention", "penalty"])
def test_each_variant_trains_from_one_word_and_its_card_brings_it_back(ablation, subjects, tmp_path) -> None:
    wanted = {
        "ablation": ablation, "width": "small", "crop_px": 48, "pixel_mm": 1.5, "epochs": 1,
        "steps_per_epoch": 2, "batch": 2, "mixup_prob": 1.0, "record": True, "validation_fraction": 0.34,
    }  # fmt: skip
    request = TrainRequest(
        model_id=SPEC.id,
        version=SPEC.version,
        subjects=subjects,
        params=validate(SPEC.train_params, wanted),
        out=tmp_path / "out",
        seed=1,
    )
    registry = Registry(["medview.zoo.segment.cardiac_pathology.spec"], with_plugins=False)
    result = train(request, RunContext(scratch=tmp_path, seed=1), registry)
    assert set(result.scores) >= {"validation_dice", "epochs"}
    card = read_card(result.folder)
    settings = NetworkSettings.from_card(card.settings)
    assert settings.attention == (ablation != "baseline")
    assert (settings.crop_px, settings.pixel_mm, settings.width) == (48, 1.5, "small")
    assert {"cavity", "myocardium", "infarct", "no_reflow"} <= set(card.results[0])
    assert '"partners"' in next(result.folder.glob("draws-*.jsonl")).read_text()


def trained(net: ApuNet, folder: Path, attention: bool) -> Path:
    """A model folder of this network."""
    settings = NetworkSettings(width="small", attention=attention, crop_px=48)
    keep_weights(
        folder, net.state_dict(), draft_card(SPEC, settings.as_table(), {"learned": 1, "held": 1, "epoch": 1})
    )
    return folder


def test_a_training_may_begin_with_the_weights_of_another_and_the_baseline_leaves_attention_out(
    tmp_path,
) -> None:
    given = ApuNet(WIDTHS["small"], "full")
    with torch.no_grad():
        given.encoder[0].main[0].weight += 1
    (tmp_path / "first").mkdir()
    folder = trained(given, tmp_path / "first", attention=True)
    for maps in ("full", ""):
        net = ApuNet(WIDTHS["small"], maps)
        take_over(net, folder)
        for name, tensor in net.state_dict().items():
            assert torch.equal(tensor, given.state_dict()[name]), name


def test_weights_without_attention_are_no_beginning_for_a_network_with_it(tmp_path) -> None:
    folder = trained(ApuNet(WIDTHS["small"], ""), tmp_path, attention=False)
    with pytest.raises(InputRefused, match="other attention branches"):
        take_over(ApuNet(WIDTHS["small"], "full"), folder)


def test_windows_to_learn_from_have_the_size_asked_for_and_hold_the_cavity(subjects, tmp_path) -> None:
    wanted = {"width": "small", "crop_px": 48, "pixel_mm": 1.5, "window_px": 35, "augmentation": False}
    settings = TrainSettings.from_params(validate(SPEC.train_params, wanted))
    made = prepare(subjects, settings.network, (1, 2, 3, 4), RunContext(scratch=tmp_path))
    source = SliceSource(Slices.of(made), batch_plan(settings, 4))
    for step in (1, 2, 3):
        batch = source.batch(source.draw(step_generator(1, 0, step), step), torch.device("cpu"))
        assert batch.images.shape == (4, 1, 32, 32) and batch.targets.shape == (4, 5, 32, 32)
        assert batch.targets[:, 1].amax(dim=(1, 2)).min() == 1


def test_slices_are_prepared_around_the_heart_along_whichever_axis_they_lie(subjects, tmp_path) -> None:
    settings = NetworkSettings(width="small", crop_px=32, pixel_mm=1.5)
    made = prepare(subjects, settings, (1, 2, 3, 4), RunContext(scratch=tmp_path))
    assert [each.images.shape for each in made] == [(2, 1, 32, 32)] * 3
    for each in made:
        assert np.array_equal(each.targets.sum(axis=1), np.ones((2, 32, 32)))
        assert each.foreground.all()
        assert each.pixel_ml == pytest.approx(1.5**2 * 9 / 1000, rel=0.05)
        rows, columns = np.nonzero(each.targets[:, 1:].any(axis=(0, 1)))
        assert abs(rows.mean() - 15.5) < 2 and abs(columns.mean() - 15.5) < 2


def test_other_label_values_are_understood_and_nonsense_is_refused() -> None:
    labels = np.array([[[0, 10, 20, 30, 40, 7]]], np.uint8)
    assert numbered(labels, (10, 20, 30, 40)).ravel().tolist() == [0, 1, 2, 3, 4, 0]
    from medview.zoo.segment.cardiac_pathology.settings import parsed_values

    assert parsed_values("500, 200,3,4") == (500, 200, 3, 4)
    for text in ("1,2,3", "1,1,2,3", "0,1,2,3", "a,b,c,d"):
        with pytest.raises(InputRefused, match="four different whole numbers"):
            parsed_values(text)


def test_what_lies_beyond_the_scan_is_background() -> None:
    grid = SliceGrid.window((20, 20), (1.5, 1.5), 1.5, (32, 32))
    labels = np.full((20, 20, 1), 2, np.uint8)
    found = one_hot_slices(labels, grid)
    assert np.array_equal(found.sum(axis=1), np.ones((1, 32, 32)))
    assert int(found[0, 2].sum()) == 400
    assert int(found[0, 0].sum()) == 32 * 32 - 400
