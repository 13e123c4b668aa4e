"""The shipped Smart click: its card, its self-test, and how it answers on scenes that it never saw."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from pe_med_parts import ask

from medview.measure.clicks import worst_fault
from medview.ml.card import read_card, verified_sha256
from medview.ml.context import RunContext
from medview.ml.registry import Registry
from medview.ml.self_test import run_self_test
from medview.zoo.interactive.pe_med import demo_card
from medview.zoo.interactive.pe_med.demo import HELD_SEEDS
from medview.zoo.interactive.pe_med.dialogue import Dialogue
from medview.zoo.interactive.pe_med.learner import middle_curve
from medview.zoo.interactive.pe_med.model_folder import network_for, settings_of
from medview.zoo.interactive.pe_med.source import example
from medview.zoo.interactive.pe_med.spec import SPEC

MODEL = Path(__file__).parents[2] / "models" / "pe-med"
UNSEEN = range(HELD_SEEDS.stop, HELD_SEEDS.stop + 24)
"""Neither learned from nor used to choose the epoch."""


def ellipses(seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Overlapping ellipses of random tones, one of which is the object."""
    rng, (i, j) = np.random.default_rng(seed), np.mgrid[:96, :96]
    image, truth = np.full((96, 96), rng.uniform(), np.float32), np.zeros((96, 96), bool)
    for _ in range(5):
        a, b, p, q = *rng.uniform(20, 76, 2), *rng.uniform(8, 24, 2)
        truth = ((i - a) / p) ** 2 + ((j - b) / q) ** 2 < 1
        image[truth] = rng.uniform()
    return np.clip(image + rng.normal(0, 0.04, image.shape), 0, 1).astype(np.float32), truth


def test_the_card_names_its_data_its_limits_and_its_scores() -> None:
    card = read_card(MODEL)
    assert verified_sha256(MODEL, card)
    assert (MODEL / "weights.safetensors").stat().st_size <= 20 * 2**20
    assert card.licence == "Apache-2.0"
    assert "Random scenes" in card.trained_on
    assert "batches" in card.trained_on
    assert "Clinical use" in card.not_for
    assert {kind: made.dims for kind, made in settings_of(MODEL).items()} == {"slices": 2, "regions": 3}
    smart, *others = card.results
    assert smart["n"] == 36
    assert all(smart["noc85"] < other["noc85"] for other in others)


def test_the_self_test_passes(tmp_path: Path) -> None:
    registry = Registry(["medview.zoo.interactive.pe_med.spec"], with_plugins=False)
    report = run_self_test(SPEC, MODEL, RunContext(scratch=tmp_path), registry)
    assert report.passed, report.sentence
    assert (MODEL / "self_test.npz").stat().st_size < 200_000


def test_ellipses_that_it_never_saw_are_found_and_each_click_helps() -> None:
    net = network_for(MODEL, 2)
    curves = np.array([middle_curve(net, net.settings, *ellipses(seed), 5) for seed in range(24)])
    first, fifth = curves.mean(0)[[0, 4]]
    assert first >= 0.6
    assert fifth >= 0.75
    assert fifth > first


def test_scenes_that_it_never_saw_get_better_with_clicks() -> None:
    net = network_for(MODEL, 2)
    curves = np.array([middle_curve(net, net.settings, *example((96, 96), seed), 5) for seed in UNSEEN])
    first, fifth = curves.mean(0)[[0, 4]]
    assert fifth > first + 0.1
    assert fifth >= 0.65


def test_regions_of_a_volume_get_better_with_clicks() -> None:
    net = network_for(MODEL, 3)
    seeds = list(UNSEEN)[:8]
    curves = np.array([middle_curve(net, net.settings, *example((32, 32, 32), s), 5) for s in seeds])
    assert curves.mean(0)[4] > curves.mean(0)[0]


def test_an_exclude_click_lowers_the_probability_around_it_and_clicks_are_mostly_obeyed() -> None:
    net, lowered, obeyed = network_for(MODEL, 2), [], []
    for seed in range(24):
        image, truth = ellipses(seed)
        mask = truth.copy()
        mask[5:25, 5:25] = True
        dialogue = Dialogue(net.settings, image[None], mask[None].astype(np.float32))
        fault = worst_fault(truth, mask)
        if fault is None or fault.is_missed:
            continue
        click = fault.middle()
        dialogue.say([[click]])
        disc = tuple(slice(max(0, n - 2), n + 3) for n in click.place)
        before = float(dialogue.prev[0][disc].mean())
        with torch.inference_mode():
            dialogue.remember(dialogue.answer(net))
        lowered.append(float(dialogue.prev[0][disc].mean()) < before)
        obeyed.append(bool(dialogue.masks()[0][click.place]) == click.is_include)
    assert len(lowered) >= 12
    assert np.mean(lowered) >= 0.9
    assert np.mean(obeyed) >= 0.6


def test_a_spoiled_mask_is_corrected_from_where_it_is() -> None:
    image, truth = ellipses(3)
    half = truth & (np.arange(96)[:, None] < np.nonzero(truth)[0].mean())
    fault = worst_fault(truth, half)
    assert fault is not None
    place = fault.middle().place
    _, made = ask(MODEL, image, {"mask": half.astype(np.uint8)}, include=[list(place)])
    found = made["mask"] > 0
    assert (found & truth).sum() / truth.sum() > (half & truth).sum() / truth.sum()


def test_the_answer_to_a_question_never_changes() -> None:
    image, _ = ellipses(1)
    first, again = (ask(MODEL, image, include=[[48, 48]])[1] for _ in range(2))
    assert all((first[name] == again[name]).all() for name in first)


def test_the_self_test_can_be_made_again() -> None:
    first, again = demo_card.self_test_request(), demo_card.self_test_request()
    assert (first.first.array == again.first.array).all()
    assert first.params == again.params
