"""PE-MED's simulated prompts and random scenes."""

from __future__ import annotations

import numpy as np
import pytest

from medview.measure.clicks import Click
from medview.zoo.interactive.pe_med.learner import FEW, MANY, number_of_rounds
from medview.zoo.interactive.pe_med.scenes import make_scene
from medview.zoo.interactive.pe_med.shapes import smooth_noise
from medview.zoo.interactive.pe_med.simulator import BOXED, box_start, next_clicks, spoiled, stroke
from medview.zoo.interactive.pe_med.source import SceneSource, example
from medview.zoo.learning.draws import step_generator


def square() -> np.ndarray:
    mask = np.zeros((64, 64), bool)
    mask[20:44, 20:44] = True
    return mask


def test_clicks_go_into_what_is_missing_and_what_is_too_much() -> None:
    truth, rng = square(), np.random.default_rng(0)
    half = truth.copy()
    half[:, 30:] = False
    for click in next_clicks(truth, half, [], rng):
        assert click.is_include
        assert truth[click.place]
        assert not half[click.place]
    for click in next_clicks(half, truth, [], rng):
        assert not click.is_include
    assert next_clicks(truth, truth, [], rng) == []


def test_a_stroke_stays_inside_and_has_several_points() -> None:
    lengths = []
    for seed in range(20):
        points = stroke(square(), Click((32, 32), True), np.random.default_rng(seed))
        assert all(square()[point.place] and point.is_include for point in points)
        lengths.append(len(points))
    assert max(lengths) >= 8


def test_a_box_says_a_half_inside_and_nothing_outside() -> None:
    for seed in range(20):
        start = box_start(square(), np.random.default_rng(seed))
        assert set(np.unique(start)) == {0.0, np.float32(BOXED)}
        assert 0.5 < (start > 0).sum() / square().sum() < 2


def test_spoiled_masks_differ_from_the_truth_and_still_touch_it() -> None:
    truth = square()
    masks = [spoiled(truth, np.random.default_rng(seed)) for seed in range(30)]
    assert sum((mask != truth).any() for mask in masks) >= 27
    assert sum((mask & truth).any() for mask in masks) >= 29


@pytest.mark.parametrize(("phase", "most"), [(FEW, 3), (MANY, 8)])
def test_a_quarter_of_the_batches_learns_the_first_click(phase: str, most: int) -> None:
    rng = np.random.default_rng(0)
    rounds = [number_of_rounds(phase, rng) for _ in range(4000)]
    assert max(rounds) == most
    assert 0.22 < rounds.count(0) / 4000 < 0.28


@pytest.mark.parametrize("shape", [(64, 64), (24, 24, 24)])
def test_scenes_are_the_same_for_the_same_seed_and_hold_fair_targets(shape: tuple[int, ...]) -> None:
    for seed in range(12):
        image, bits = make_scene(shape, np.random.default_rng(seed))
        again, _ = make_scene(shape, np.random.default_rng(seed))
        assert image.shape == bits.shape == shape
        assert (image == again).all()
        assert image.dtype == bits.dtype == np.uint8
        assert (bits & 1).any()


def test_an_example_is_an_image_from_0_to_1_and_one_object() -> None:
    image, target = example((48, 48), 5)
    assert image.min() >= 0
    assert image.max() <= 1
    assert 0 < target.sum() < target.size


def test_noise_is_smooth_and_has_the_spread_it_says() -> None:
    field = smooth_noise((96, 96), np.random.default_rng(0), 4)
    assert field.std() == pytest.approx(1, abs=1e-3)
    assert np.abs(np.diff(field, axis=0)).max() < 0.5


def test_batches_cost_the_same_at_every_size_and_repeat_by_seed() -> None:
    source = SceneSource(dims=2, sides=(32, 64), later_sides=(96,), switch=10, pixels=2 * 64**2)
    drawn = [source.draw(step_generator(1, 0, step), step) for step in range(12)]
    sizes = {(draw.mixing["side"], len(draw.mixing["seeds"])) for draw in drawn[:10]}
    assert sizes == {(32, 8), (64, 2)}
    assert drawn[11].mixing["side"] == 96
    assert source.draw(step_generator(1, 0, 3), 3) == drawn[3]
