"""Stroke patients: the equations of perfusion, and what the studies promise."""

from __future__ import annotations

import json

import numpy as np
import pytest

from medview.phantoms.stroke.maps import STANDARD, Scanner, random_scanner, scan
from medview.phantoms.stroke.occlusion import CORE_FLOW, remaining_flow
from medview.phantoms.stroke.patient import Patient, make_patient
from medview.phantoms.stroke.tracer import measured_flow, passage, residue_peak_s, tissue_peak_s
from medview.phantoms.studies import make_study
from medview.phantoms.study import Study

QUIET = Scanner(adc_noise=0, hu_noise=0, flow_noise=0, time_noise_s=0, blur=0, frame_s=0.01)


def one(value: float):
    return np.array([value], np.float32)


@pytest.fixture(scope="module")
def patient() -> Patient:
    return make_patient(2001, 3.0)


@pytest.fixture(scope="module")
def study() -> Study:
    return make_study("stroke-mr", seed=5, spacing_mm=3.0)


@pytest.mark.parametrize(("mtt", "dispersion"), [(5.0, 0.7), (12.0, 4.0), (3.0, 6.0), (4.0, 4.0)])
def test_the_dispersed_residue_is_largest_where_the_closed_form_says(mtt, dispersion):
    times = np.arange(0, 60, 0.005)
    residue = np.exp(-times / mtt)
    kernel = np.exp(-times / dispersion) / dispersion
    curve = np.convolve(residue, kernel)[: len(times)] * 0.005
    peak = residue_peak_s(one(mtt), one(dispersion))[0]
    assert peak == pytest.approx(times[curve.argmax()], abs=0.03)
    assert measured_flow(one(50.0), one(mtt), one(dispersion))[0] == pytest.approx(50 * curve.max(), rel=0.01)


def test_area_under_the_passage_is_the_transit_time_dispersed_or_not():
    times = np.arange(0, 400, 0.05)
    for dispersion in (0.5, 5.0):
        area = passage(8.0, dispersion, times).sum() * 0.05
        # AIF of area 1, a residue of area MTT, a dispersion of area 1: CBF times this is CBV
        assert area == pytest.approx(8.0, rel=0.06)


def test_the_tissue_peaks_later_with_a_longer_transit_and_with_more_dispersion():
    base = tissue_peak_s(one(5.0), one(0.5))[0]
    assert tissue_peak_s(one(15.0), one(0.5))[0] > base + 1
    assert tissue_peak_s(one(5.0), one(4.0))[0] > base + 1
    times = np.arange(0, 90, 0.1)
    assert tissue_peak_s(one(7.3), one(1.7))[0] == pytest.approx(
        times[passage(7.3, 1.7, times).argmax()], abs=0.3
    )


def test_flow_falls_with_severity_through_the_core_s_threshold():
    severity = np.linspace(0, 3, 61).astype(np.float32)
    left = remaining_flow(severity, 1.7, 1.2)
    assert left[0] == 1 and (np.diff(left) < 0).all()
    assert left[severity.searchsorted(1.0)] == pytest.approx(CORE_FLOW, abs=1e-3)


def test_maps_without_noise_obey_the_central_volume_theorem(patient):
    maps = scan(patient, QUIET, np.random.default_rng(0))
    flow, volume, mtt = (maps.images[role] for role in ("cbf", "cbv", "mtt"))
    inside = (flow > 5) & (flow < 100) & (volume < 15) & (mtt < 20)
    assert inside.sum() > 3000
    assert np.allclose(mtt[inside], 60 * volume[inside] / flow[inside], rtol=1e-3)


def test_the_core_has_little_flow_low_diffusion_and_late_arrival(patient):
    maps = scan(patient, QUIET, np.random.default_rng(0))
    core, brain = maps.lesion > 0, maps.images["adc"] > 0
    healthy = brain & ~core & (maps.penumbra == 0) & (maps.images["adc"] < 1000)
    for role, factor in (("cbf", 0.45), ("adc", 0.92)):
        assert np.median(maps.images[role][core]) < factor * np.median(maps.images[role][healthy])
    for role in ("mtt", "tmax", "ttp"):
        assert np.median(maps.images[role][core]) > 1.2 * np.median(maps.images[role][healthy])
    assert maps.images["tmax"][maps.penumbra > 0].min() > 5.9
    assert not (maps.penumbra & maps.lesion).any()


def test_lesions_lie_on_the_side_of_the_closed_artery_and_fill_a_small_part(patient):
    maps = scan(patient, STANDARD, np.random.default_rng(0))
    side = patient.facts["occlusion"]["territory"].split()[0]
    places = np.argwhere(maps.lesion > 0)
    x = (np.c_[places, np.ones(len(places))] @ maps.geometry.ras_from_ijk.T)[:, 0]
    assert (np.sign(np.median(x)) > 0) == (side == "right")
    assert 0.001 < maps.lesion.mean() < 0.05


def test_a_random_scanner_measures_other_numbers_of_the_same_patient(patient):
    rng = np.random.default_rng(3)
    first, second = (scan(patient, scanner, rng) for scanner in (STANDARD, random_scanner(rng)))
    assert np.array_equal(first.lesion, second.lesion)
    assert np.abs(first.images["cbf"] - second.images["cbf"]).mean() > 1


def test_the_mr_study_has_six_aligned_maps_and_two_labels(study):
    assert list(study.volumes) == ["adc", "rcbf", "rcbv", "mtt", "ttp", "tmax"]
    assert set(study.labels) == {"lesion", "penumbra"}
    lesion, geometry, entries = study.labels["lesion"]
    assert lesion.any() and entries[0][1] == "ischaemic lesion"
    for volume in study.volumes.values():
        assert volume.geometry.matches(geometry)
        assert np.isfinite(volume.data).all() and volume.data.min() >= 0
    assert geometry.spacing_mm == pytest.approx((3.0, 3.0, 7.5))
    facts = json.loads(json.dumps(study.facts))
    assert facts["lesion_ml"] > 0 and facts["patient"]["occlusion"]["territory"]


def test_the_ct_study_is_the_same_patient_and_the_same_words_make_the_same_bits(study):
    ct = make_study("stroke-ct", seed=5, spacing_mm=3.0)
    assert list(ct.volumes) == ["ncct", "cbf", "cbv", "mtt", "tmax"]
    assert np.array_equal(ct.labels["lesion"][0], study.labels["lesion"][0])
    again = make_study("stroke-ct", seed=5, spacing_mm=3.0)
    for role, volume in ct.volumes.items():
        assert np.array_equal(volume.data, again.volumes[role].data)
    assert not np.array_equal(ct.volumes["tmax"].data, study.volumes["tmax"].data)
