"""The synthetic heart: anatomy, oblique geometry, contrast, and that each seed is another patient."""

from __future__ import annotations

import json

import numpy as np
import pytest
from scipy import ndimage

from medview.core.geometry import Geometry
from medview.phantoms.heart.anatomy import ShortAxisHeart, make_heart
from medview.phantoms.heart.frame import nearest_ras
from medview.phantoms.heart.infarct import draw_infarct
from medview.phantoms.heart.scan import (
    LateProtocol,
    null_time_ms,
    random_contrast,
    render,
    scanned,
    signed_signal,
)
from medview.phantoms.heart.tissues import NUMBER, enhanced_values
from medview.phantoms.studies import Study, make_study

WITH_CORE, WITHOUT_INFARCT = 2003, 2001


@pytest.fixture(scope="module")
def heart() -> ShortAxisHeart:
    return make_heart(WITH_CORE, pixel_mm=2.0, field_mm=220.0)


@pytest.fixture(scope="module")
def study() -> Study:
    return make_study("cardiac-lge", seed=5, spacing_mm=3.0)


def test_the_study_is_one_oblique_stack_with_its_labels(study: Study) -> None:
    volume, (labels, geometry, table) = study.volumes["lge"], study.labels["pathology"]
    assert list(study.volumes) == ["lge"]
    assert volume.modality == "LGE"
    assert volume.data.dtype == np.int16 and labels.dtype == np.uint8
    assert 0 <= volume.data.min() < volume.data.max() <= 4095
    assert volume.geometry.matches(geometry)
    assert volume.geometry.axis_codes == "RAS"
    assert volume.geometry.obliqueness_deg > 20
    assert volume.geometry.shear < 1e-6
    assert sorted(volume.geometry.spacing_mm) == pytest.approx([3, 3, 10])
    assert [(value, name) for value, name, _ in table] == [
        (1, "LV cavity"),
        (2, "normal myocardium"),
        (3, "infarction"),
        (4, "no-reflow"),
    ]


def test_the_same_words_make_the_same_bits_and_other_seeds_other_patients(study: Study) -> None:
    again, other = (make_study("cardiac-lge", seed=seed, spacing_mm=3.0) for seed in (5, 6))
    assert np.array_equal(study.volumes["lge"].data, again.volumes["lge"].data)
    assert json.dumps(study.facts) == json.dumps(again.facts)
    assert study.facts["heart"]["radius"] != other.facts["heart"]["radius"]


def test_facts_name_the_protocol_and_the_volumes(study: Study) -> None:
    labels, geometry, _ = study.labels["pathology"]
    voxel_ml = float(np.prod(geometry.spacing_mm)) / 1000
    cavity_ml = study.facts["volumes_ml"]["LV cavity"]
    assert cavity_ml == pytest.approx((labels == 1).sum() * voxel_ml, abs=0.01)
    assert 50 < cavity_ml < 250
    assert 40 < study.facts["volumes_ml"]["normal myocardium"] < 250
    t1 = {tissue["name"]: tissue["t1_ms"] for tissue in study.facts["tissues"]}
    assert (t1["myocardium"], t1["infarct"]) == (540.5, 425.4)


def test_shares_fill_every_voxel_and_labels_follow_them(heart: ShortAxisHeart) -> None:
    assert np.allclose(heart.shares.sum(axis=0), 1, atol=1e-4)
    assert float(heart.shares.min()) >= -1e-5
    for value, name in ((3, "infarct"), (4, "no-reflow")):
        assert heart.shares[NUMBER[name]][heart.labels == value].mean() > 0.6


def test_no_reflow_lies_in_the_infarct_and_the_infarct_in_the_wall(heart: ShortAxisHeart) -> None:
    labels, plane = heart.labels, np.ones((3, 3, 1))
    assert all((labels == value).sum() > 20 for value in (1, 2, 3, 4))
    around_core = ndimage.binary_dilation(labels == 4, plane) & (labels != 4)
    assert np.isin(labels[around_core], (3,)).mean() > 0.7
    assert (labels[around_core] == 0).mean() < 0.15
    wall = labels >= 2
    assert (ndimage.binary_dilation(labels == 1, plane) & ~wall & (labels != 1)).sum() < 0.3 * wall.sum()


def test_the_cavity_tapers_towards_the_apex(heart: ShortAxisHeart) -> None:
    # the stack itself runs from base to apex
    areas = (heart.labels == 1).sum(axis=(0, 1))
    shown = np.flatnonzero(areas)
    assert areas[shown[1]] > 2 * areas[shown[-1]]
    assert len(shown) >= 5
    assert heart.labels[..., -1].max() <= 2


def test_normal_myocardium_is_nulled_and_infarct_outshines_blood() -> None:
    values = signed_signal(LateProtocol(), enhanced_values("t1_ms"))
    assert values[NUMBER["myocardium"]] == pytest.approx(0, abs=1e-9)
    assert values[NUMBER["infarct"]] > values[NUMBER["blood"]] > 0.05
    assert abs(values[NUMBER["no-reflow"]]) < 0.5 * values[NUMBER["blood"]]
    assert null_time_ms(500.0, 1e9) == pytest.approx(500 * np.log(2))


def test_the_scan_shows_what_the_labels_say(heart: ShortAxisHeart) -> None:
    image = render(heart, np.random.default_rng(0)).astype(float)
    mean = [float(np.median(image[heart.labels == value])) for value in range(5)]
    assert min(mean[1], mean[3]) > 2 * mean[2]
    assert mean[4] < 0.7 * mean[3]


def test_phase_sensitive_scans_keep_the_sign(heart: ShortAxisHeart) -> None:
    t1 = enhanced_values("t1_ms")
    # too early an inversion time: normal myocardium is still below nothing
    early = {"ti_ms": 250.0, "noise": 0.01, "bias": 0.0}
    normal, cavity = heart.labels == 2, heart.labels == 1
    rng = np.random.default_rng(0)
    plain = scanned(heart, t1, LateProtocol(**early), rng)
    signed = scanned(heart, t1, LateProtocol(**early, is_phase_sensitive=True), rng)
    assert np.median(plain[normal]) > np.median(plain[cavity])
    assert np.median(signed[normal]) < np.median(signed[cavity])


def test_random_contrasts_differ_and_stay_finite(heart: ShortAxisHeart) -> None:
    first, second = (random_contrast(heart, np.random.default_rng(seed)) for seed in (1, 2))
    assert np.isfinite(first).all() and first.min() >= 0
    assert np.abs(first - second).mean() > 0.05


def test_breathing_moves_the_heart_and_not_the_stack() -> None:
    still, moving = (
        make_heart(WITHOUT_INFARCT, pixel_mm=3.0, field_mm=150.0, breathing_mm=mm) for mm in (0.0, 6.0)
    )
    assert np.allclose(still.stack.ras_from_ijk, moving.stack.ras_from_ijk)
    assert not still.stack.offset_ras.any()
    middles = [
        np.array([ndimage.center_of_mass(h.labels[..., k] > 0) for k in range(3, 6)]) for h in (still, moving)
    ]
    assert np.abs(middles[0] - middles[1]).max() > 1
    assert still.labels.max() == 2


def test_one_subject_in_three_has_no_infarct_and_territories_all_occur() -> None:
    drawn = [draw_infarct(np.random.default_rng([seed, 9]), 80.0) for seed in range(300)]
    found = [infarct for infarct in drawn if infarct is not None]
    assert 0.25 < 1 - len(found) / 300 < 0.42
    assert {infarct.territory for infarct in found} == {"LAD", "LCX", "RCA"}
    assert 0.5 < np.mean([infarct.has_core for infarct in found]) < 0.7


@pytest.mark.parametrize("seed", range(4))
def test_an_array_turned_to_ras_keeps_every_voxel_in_its_place(seed: int) -> None:
    rng = np.random.default_rng(seed)
    turn, _ = np.linalg.qr(rng.normal(size=(3, 3)))
    matrix = np.eye(4)
    matrix[:3, :3], matrix[:3, 3] = turn * (1.0, 2.0, 5.0), rng.normal(size=3)
    array = rng.normal(size=(4, 5, 6))
    turned, geometry = nearest_ras(array, matrix)
    assert geometry.axis_codes == "RAS"
    place = (1, 3, 2)
    ras = Geometry((4, 5, 6), matrix).ras_of(place)
    i, j, k = np.rint(geometry.ijk_of(ras)).astype(int)
    assert turned[i, j, k] == array[place]
