"""The trainer carries two networks stepped in turn, phases, schedules, and leaves a folder that says all."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest
import torch
from learning_parts import SPEC, PairLearner, pair_recipe, pair_request, prepared
from safetensors.torch import load_file
from tensorboardX.proto.event_pb2 import Event
from tensorboardX.record_writer import masked_crc32c

from medview.core.errors import Cancelled, InputRefused, RunFailed
from medview.core.params import validate
from medview.ml.card import read_card, verified_sha256
from medview.ml.context import RunContext, Silence
from medview.zoo.learning.conduct import Recipe, conduct
from medview.zoo.learning.curves import MOST_PICTURES, save_picture
from medview.zoo.learning.draws import read_draws
from medview.zoo.learning.params import SharedSettings, training_params
from medview.zoo.learning.phases import Phase, Schedule
from medview.zoo.learning.workplace import Workplace, held_still, new_accelerator


class Stopper(Silence):
    """Cancels once some epochs were reported."""

    def __init__(self, after: int) -> None:
        self.after, self.rows = after, []

    def report(self, step, values):
        self.rows.append((step, values))

    def is_cancelled(self):
        return len(self.rows) >= self.after


def train(out, tmp_path, listener=None, resume=False, use=None, seed=2, **changes):
    request = pair_request(out, resume, seed, **changes)
    ctx = RunContext(scratch=tmp_path, seed=seed, listener=listener or Silence())
    return conduct(use or pair_recipe(), request, ctx)


def curves_of(out) -> dict[str, list[tuple[int, float]]]:
    """Scalars of the TensorBoard files, by name, those struck out by a later file left out."""
    found: dict[str, dict[int, float]] = {}
    for path in sorted((out / "tensorboard").glob("events.*")):
        for event in events(path.read_bytes()):
            if event.HasField("session_log"):
                found = {
                    name: {s: v for s, v in row.items() if s < event.step} for name, row in found.items()
                }
            for value in event.summary.value:
                if value.HasField("simple_value"):
                    found.setdefault(value.tag, {})[event.step] = value.simple_value
    return {name: sorted(row.items()) for name, row in found.items()}


def events(content: bytes):
    while content:
        size = int.from_bytes(content[:8], "little")
        assert int.from_bytes(content[8:12], "little") == masked_crc32c(content[:8])
        yield Event.FromString(content[12 : 12 + size])
        content = content[16 + size :]


def test_a_run_folder_says_what_was_asked_how_it_went_and_holds_the_best_weights(tmp_path):
    out = tmp_path / "out"
    scores = train(out, tmp_path, record=True)
    config, versions = (json.loads((out / f"{name}.json").read_text()) for name in ("config", "versions"))
    assert config["model"] == "pair" and config["seed"] == 2 and config["steps_per_epoch"] == 3
    assert versions["torch"] == torch.__version__ and {"medview", "python", "numpy"} <= versions.keys()
    history = json.loads((out / "history.json").read_text())
    assert [(row["phase"], row["epoch"]) for row in history] == [(1, 1), (2, 1), (2, 2), (2, 3)]
    judged = [row["validation_dice"] for row in history[1:]]
    assert scores["validation_dice"] == max(judged) and scores["epochs"] == 4
    card = read_card(out)
    assert verified_sha256(out, card) and card.settings == {"width": "small"}
    assert card.results[0]["dice"] == pytest.approx(max(judged), abs=1e-4)
    assert card.results[0]["epoch"] == scores["best_epoch"] == 1 + int(np.argmax(judged))
    assert set(load_file(out / "weights.safetensors")) == set(PairLearner(None).kept())
    assert [path.name for path in sorted((out / "pictures").iterdir())] == [
        f"epoch-000{n}.png" for n in (2, 3, 4)
    ]
    assert [draw.step for draw in read_draws(out / "draws-0.jsonl")] == list(range(12))


def test_learning_curves_are_in_a_tensorboard_file(tmp_path):
    train(tmp_path / "out", tmp_path)
    history = json.loads((tmp_path / "out" / "history.json").read_text())
    curves = curves_of(tmp_path / "out")
    assert curves["loss"] == [(n + 1, pytest.approx(row["loss"], rel=1e-6)) for n, row in enumerate(history)]
    assert [epoch for epoch, _ in curves["validation_dice"]] == [2, 3, 4]


def without_time(out):
    rows = json.loads((out / "history.json").read_text())
    return [{name: value for name, value in row.items() if name != "seconds"} for row in rows]


@pytest.mark.parametrize("after", [1, 3])
def test_two_networks_and_two_optimisers_go_on_bit_for_bit(tmp_path, after):
    whole, parts = tmp_path / "whole", tmp_path / "parts"
    train(whole, tmp_path, record=True)
    with pytest.raises(Cancelled):
        train(parts, tmp_path, Stopper(after), record=True)
    train(parts, tmp_path, resume=True, record=True)
    assert without_time(parts) == without_time(whole)
    for name in ("weights.safetensors", "draws-0.jsonl"):
        assert (parts / name).read_bytes() == (whole / name).read_bytes()
    assert curves_of(parts)["loss"] == curves_of(whole)["loss"]


def test_a_new_training_does_not_mix_with_what_lies_in_its_folder(tmp_path):
    out = tmp_path / "out"
    train(out, tmp_path, record=True, seed=1)
    train(out, tmp_path, seed=2)
    fresh = tmp_path / "fresh"
    train(fresh, tmp_path, seed=2)
    assert curves_of(out)["loss"] == curves_of(fresh)["loss"]
    assert not (out / "draws-0.jsonl").exists()


def test_all_folds_are_trained_one_after_the_other_and_told_in_a_table(tmp_path):
    out, watcher = tmp_path / "out", Stopper(100)
    scores = train(out, tmp_path, watcher, folds=2)
    table = json.loads((out / "folds.json").read_text())
    values = [row["validation_dice"] for row in table]
    assert scores["validation_dice"] == pytest.approx(np.mean(values))
    assert scores["validation_dice_sd"] == pytest.approx(np.std(values, ddof=1)) and scores["folds"] == 2
    best = out / f"fold-{1 + int(np.argmax(values))}"
    assert (out / "weights.safetensors").read_bytes() == (best / "weights.safetensors").read_bytes()
    card = read_card(out)
    assert verified_sha256(out, card) and len(card.results) == 3
    assert [values["fold"] for _, values in watcher.rows] == [1] * 4 + [2] * 4


def test_one_fold_alone_is_that_fold_of_all(tmp_path):
    train(tmp_path / "all", tmp_path, folds=2)
    train(tmp_path / "one", tmp_path, folds=2, fold=2)
    first, second = (path / "weights.safetensors" for path in (tmp_path / "all" / "fold-2", tmp_path / "one"))
    assert first.read_bytes() == second.read_bytes()


def test_a_cross_validation_that_was_stopped_goes_on_where_it_was(tmp_path):
    train(tmp_path / "whole", tmp_path, folds=2)
    with pytest.raises(Cancelled):
        train(tmp_path / "parts", tmp_path, Stopper(6), folds=2)
    train(tmp_path / "parts", tmp_path, resume=True, folds=2)
    for fold in (1, 2):
        first, second = (
            tmp_path / which / f"fold-{fold}" / "weights.safetensors" for which in ("whole", "parts")
        )
        assert first.read_bytes() == second.read_bytes()


def test_the_phase_ends_when_patience_does(tmp_path):
    phases = (Phase(epochs=20, patience=2),)
    learner = type("Still", (PairLearner,), {"judge": lambda self, place, ctx: {"validation_dice": 0.5}})
    scores = train(tmp_path / "out", tmp_path, use=pair_recipe(phases=phases, learner=learner))
    assert (scores["epochs"], scores["best_epoch"]) == (3, 1)


def test_a_phase_ends_when_its_loss_stops_falling(tmp_path):
    class Flat(PairLearner):
        def step(self, batch, phase, place):
            self.phases.append(phase)
            return {"total": torch.tensor(1.0)}

    phases = (Phase(name="a", epochs=30, stop_below=0.01, is_judged=False), Phase(name="b", epochs=1))
    assert train(tmp_path / "out", tmp_path, use=pair_recipe(phases=phases, learner=Flat))["epochs"] == 7


def test_a_loss_that_is_no_number_stops_the_training(tmp_path):
    class Broken(PairLearner):
        def step(self, batch, phase, place):
            return {"total": torch.tensor(math.nan)}

    with pytest.raises(RunFailed, match="no longer a finite number"):
        train(tmp_path / "out", tmp_path, use=pair_recipe(learner=Broken))


def test_subjects_that_show_nothing_are_refused_where_the_method_says_so(tmp_path):
    blank = [prepared(number) for number in range(3)]
    for subject in blank:
        subject.foreground[:] = False
    facts = {**vars(pair_recipe()), "prepare": lambda _s, _c: blank, "nothing_shown": "nothing is marked"}
    with pytest.raises(InputRefused, match="nothing is marked"):
        train(tmp_path / "out", tmp_path, use=Recipe(**facts))


def test_schedules_reach_the_rates_of_their_papers():
    stroke = Schedule(course="warmup_cosine", warm_up_epochs=90)
    rates = [5e-3 * stroke.factor(epoch, 600) for epoch in (45, 90, 345, 600)]
    assert rates == pytest.approx([2.5e-3, 5e-3, 2.5e-3, 0], abs=1e-9)
    cardiac = Schedule(course="exponential", floor=1e-4)
    assert cardiac.factor(1.9, 400) == pytest.approx(0.97718, abs=1e-5)
    assert 1e-2 * cardiac.factor(399, 400) == pytest.approx(1e-6)
    vessels = Schedule(course="cosine", floor=0.01)
    assert [vessels.factor(e, 10) for e in (0, 5, 10)] == pytest.approx([1, 0.505, 0.01])
    assert Schedule().factor(7.3, 10) == 1


def test_the_rate_of_a_fixed_group_stays_and_the_others_follow_the_schedule():
    net = torch.nn.Linear(2, 2)
    groups = [
        {"params": [net.weight], "lr": 0.5},
        {"params": [net.bias], "lr": 0.25, "is_fixed_rate": True},
    ]
    place = Workplace(new_accelerator("cpu"), {"net": net}, {"sgd": torch.optim.SGD(groups)})
    for _ in range(2):
        place.set_rate(0.1)
    before = net.weight.detach().clone(), net.bias.detach().clone()
    place.descend("sgd", place.module("net")(torch.ones(1, 2)).sum())
    assert torch.allclose(before[0] - net.weight, torch.full((2, 2), 0.05))
    assert torch.allclose(before[1] - net.bias, torch.full((2,), 0.25))


def test_a_network_held_still_passes_gradients_and_keeps_weights_and_averages():
    net = torch.nn.Sequential(torch.nn.Conv2d(1, 2, 3), torch.nn.BatchNorm2d(2)).train()
    before = {name: tensor.clone() for name, tensor in net.state_dict().items()}
    image = torch.rand(2, 1, 8, 8, requires_grad=True)
    with held_still(net) as still:
        (still(image) ** 2).sum().backward()
    assert image.grad is not None and float(image.grad.abs().sum()) > 0
    assert all(parameter.grad is None and parameter.requires_grad for parameter in net.parameters())
    assert all(torch.equal(before[name], tensor) for name, tensor in net.state_dict().items())
    net(image)
    assert not torch.equal(before["1.running_mean"], net[1].running_mean)


def test_pictures_are_thinned_evenly(tmp_path):
    for epoch in range(1, 41):
        save_picture(tmp_path, epoch, np.zeros((4, 4, 3), np.uint8))
    kept = [int(path.stem[6:]) for path in sorted((tmp_path / "pictures").iterdir())]
    assert len(kept) == MOST_PICTURES and kept[0] == 1 and kept[-1] == 40
    assert max(np.diff(kept)) <= 20


def test_shared_parameters_fill_the_settings_of_the_platform():
    known = validate(SPEC.train_params, {"folds": "5", "fold": "2", "precision": "bf16"})
    shared = SharedSettings.from_params(known)
    assert (shared.folds, shared.fold, shared.precision, shared.batch) == (5, 2, "bf16", 0)
    assert known["ablation"] == "none"
    assert "augmentation" not in {param.name for param in training_params()}
