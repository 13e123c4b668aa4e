"""The synthetic head with white matter lesions: where they lie, how they look, what only resembles them."""

from __future__ import annotations

import json

import numpy as np
import pytest

from medview.phantoms.head.ageing import AgedHead, LesionPlan, age_head, draw_plan
from medview.phantoms.head.anatomy import Head, make_head
from medview.phantoms.head.cavities import CavityPlan
from medview.phantoms.head.lesion_scan import random_pair, render_aged
from medview.phantoms.studies import make_study

NO_CAVITIES = CavityPlan(ganglia=0, semiovale=0, lacunes=0)


def _load(periventricular: int, deep: int, cavities: CavityPlan = NO_CAVITIES) -> LesionPlan:
    return LesionPlan(periventricular=periventricular, deep=deep, cavities=cavities)


@pytest.fixture(scope="module")
def head() -> Head:
    return make_head(1, 2.0)


@pytest.fixture(scope="module")
def aged(head: Head) -> AgedHead:
    return age_head(head, _load(3, 3, CavityPlan(ganglia=20, semiovale=20, lacunes=6)))


def _means(aged: AgedHead, image: np.ndarray) -> dict[str, float]:
    white = (aged.head.tissue.fraction_of("white matter") > 0.99) & (aged.lesions + aged.cavities < 0.01)
    grey = aged.head.tissue.fraction_of("cortex") > 0.99
    places = {"white": white, "grey": grey, "lesion": aged.lesions > 0.9, "cavity": aged.cavities > 0.9}
    return {name: float(image[where].mean()) for name, where in places.items()}


def test_the_volume_of_lesions_grows_with_the_grade(head: Head) -> None:
    grades = [(0, 0), (1, 0), (1, 1), (2, 2), (3, 3)]
    volumes = [age_head(head, _load(*grade)).facts()["wmh_ml"] for grade in grades]
    assert volumes[0] == 0
    assert volumes == sorted(volumes)
    assert 0.5 < volumes[1] < 12
    assert 15 < volumes[4] < 120


def test_lesions_lie_in_white_matter_only(aged: AgedHead) -> None:
    mask = aged.wmh_mask() > 0
    assert mask.sum() > 1000
    assert aged.head.tissue.fraction_of("white matter")[mask].min() >= 0.5
    assert not (mask & (aged.cavities > 0.5)).any()


def test_lesions_are_bright_in_flair_and_t2_and_between_white_and_grey_or_darker_in_t1(
    aged: AgedHead,
) -> None:
    rng = np.random.default_rng(3)
    seen = {role: _means(aged, render_aged(aged, role, rng, bias=0.0)) for role in ("t1", "flair", "t2")}
    assert seen["flair"]["lesion"] > 1.15 * seen["flair"]["grey"] > 1.15 * seen["flair"]["white"]
    assert seen["t2"]["lesion"] > 1.2 * seen["t2"]["white"]
    assert seen["t1"]["lesion"] < 0.85 * seen["t1"]["white"]


def test_cavities_are_dark_in_t1_and_in_flair(aged: AgedHead) -> None:
    rng = np.random.default_rng(3)
    for role in ("t1", "flair"):
        seen = _means(aged, render_aged(aged, role, rng, bias=0.0))
        assert seen["cavity"] < 0.6 * seen["white"]


def test_the_random_scanner_changes_the_numbers_and_keeps_the_order(aged: AgedHead) -> None:
    pairs = [random_pair(aged, np.random.default_rng(seed)) for seed in (0, 1)]
    assert not np.allclose(pairs[0][0], pairs[1][0], atol=0.05)
    for t1, flair in pairs:
        assert t1.dtype == flair.dtype == np.float32
        in_t1, in_flair = _means(aged, t1), _means(aged, flair)
        assert in_t1["lesion"] < in_t1["white"]
        assert in_flair["lesion"] > in_flair["white"] > in_flair["cavity"]


def test_every_grade_is_drawn_and_no_head_is_without_a_lesion() -> None:
    plans = [draw_plan(np.random.default_rng(seed)) for seed in range(200)]
    assert {plan.deep for plan in plans} == {plan.periventricular for plan in plans} == {0, 1, 2, 3}
    assert all(plan.deep + plan.periventricular > 0 for plan in plans)


def test_the_study_is_repeatable_and_tells_what_it_drew() -> None:
    study, again = (make_study("head-wmh", seed=6, spacing_mm=3.0) for _ in range(2))
    assert list(study.volumes) == ["t1", "flair", "t2"]
    assert [volume.modality for volume in study.volumes.values()] == ["T1", "FLAIR", "T2"]
    for role, volume in study.volumes.items():
        assert np.array_equal(volume.data, again.volumes[role].data)
        assert volume.geometry.matches(study.labels["wmh"][1])
    mask, _, table = study.labels["wmh"]
    assert np.array_equal(mask, again.labels["wmh"][0])
    assert set(np.unique(mask)) == {0, 1}
    assert table[0][:2] == (1, "white matter hyperintensity")
    facts = json.loads(json.dumps(study.facts))
    assert facts["lesions"]["wmh_ml"] == pytest.approx(mask.sum() * 0.027, abs=0.001)
    assert 0 <= facts["lesions"]["fazekas_deep"] <= 3
    assert any(entry["name"].startswith("white matter lesion") for entry in facts["tissues"])
