"""The shipped weights are what their card says, and the heads they were trained on can be made again."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from medview.core.geometry import Geometry
from medview.core.volume import Source, Volume, value_range
from medview.measure.agreement import dice
from medview.measure.overlap import Overlap
from medview.ml.card import read_card, verified_sha256
from medview.ml.context import RunContext
from medview.ml.preflight import Speeds
from medview.ml.registry import Registry
from medview.ml.request import InputArray, RunRequest
from medview.ml.runner import run
from medview.ml.self_test import run_self_test
from medview.phantoms.head.anatomy import make_head
from medview.phantoms.head.bare import bare_brain
from medview.phantoms.head.scan import render
from medview.phantoms.study import Study
from medview.zoo.segment.t2_vessels import demo_report
from medview.zoo.segment.t2_vessels.demo_heads import read_subject, write_subject
from medview.zoo.segment.t2_vessels.demo_report import PAPER, ordering, score
from medview.zoo.segment.t2_vessels.spec import SPEC

MODEL = Path(__file__).parents[2] / "models" / "t2-vessels-demo"


def test_the_card_names_its_data_its_limits_and_its_scores():
    card = read_card(MODEL)
    assert verified_sha256(MODEL, card)
    assert (MODEL / "weights.safetensors").stat().st_size < 16 * 2**20
    assert card.licence == "Apache-2.0"
    assert "synthetic heads" in card.trained_on and "seeds" in card.trained_on
    assert "Clinical use" in card.not_for
    assert [row["n"] for row in card.results] == [10, 10, 7]
    assert card.results[0]["dice"] >= 0.75


def test_the_demo_finds_the_vessels_of_a_head_that_it_never_saw(tmp_path):
    head = make_head(2001, z_range_mm=(-32.0, 4.0))
    scan = render(head, "t2", np.random.default_rng(0))
    request = RunRequest(
        model_id=SPEC.id,
        version=SPEC.version,
        inputs={"t2": InputArray(array=scan, geometry=head.geometry, modality="T2")},
        weights=MODEL,
    )
    registry = Registry(["medview.zoo.segment.t2_vessels.spec"], with_plugins=False)
    result = run(request, RunContext(scratch=tmp_path), registry, Speeds(tmp_path / "speeds.json"))
    assert dice(result.outputs["vessels"] > 0, head.vessel_mask() > 0) > 0.7


def test_a_head_to_learn_from_is_the_same_each_time_and_lies_on_its_grid(tmp_path):
    assert read_subject(tmp_path, 7) is None
    for name in ("first", "second"):
        write_subject(tmp_path / name, 7, spacing_mm=2.4)
    first, second = (read_subject(tmp_path / name, 7) for name in ("first", "second"))
    for name in ("t2", "vessels"):
        assert np.array_equal(first.load(name), second.load(name))
        assert first.load(name).shape == first.geometry.shape
    assert first.geometry.spacing_mm == pytest.approx((2.4, 2.4, 4.8))
    assert set(np.unique(first.load("vessels"))) == {0, 1}


def test_a_bare_brain_has_neither_scalp_nor_eyes_but_its_arteries():
    head = make_head(7, 2.4)
    kept, worn = (bare_brain(head, growth) for growth in (1, -1))
    brain_share = head.tissue.fraction_of("white matter") + head.tissue.fraction_of("cortex")
    assert (kept[brain_share > 0.9]).mean() > 0.97
    for tissue in ("skin", "fat", "vitreous", "muscle"):
        assert (kept[head.tissue.fraction_of(tissue) > 0.9]).mean() < 0.1
    assert worn.sum() < kept.sum()
    assert (kept * head.vessel_mask()).sum() > 0.9 * head.vessel_mask().sum()


def test_the_card_is_calibrated_knows_its_range_and_passes_its_self_test(tmp_path):
    card = read_card(MODEL)
    assert card.calibration["subjects"] == 6 and "3001 to 3006" in card.calibration["data"]
    (curve,) = card.calibration["classes"]
    gaps = [
        abs(said - found) * voxels
        for said, found, voxels in zip(curve["probability"], curve["observed"], curve["voxels"], strict=True)
    ]
    assert sum(gaps) / sum(curve["voxels"]) == pytest.approx(card.calibration["ece"], abs=1e-3)
    assert card.calibration["is_used"] is (card.settings["temperature"] != 1.0)
    assert card.range["spacing_min_mm"] == [0.8, 0.8, 0.8] and card.range["roles"]["t2"]["modalities"] == [
        "T2"
    ]
    published = {title: value for title, value, _ in PAPER.values()}
    assert [row["variant"] for row in card.ordering[:2]] == ["local mask, 10 px", "no local mask"]
    assert all(row["paper"] == published[row["variant"]] for row in card.ordering)
    assert (MODEL / "self_test.npz").stat().st_size < 200_000
    registry = Registry(["medview.zoo.segment.t2_vessels.spec"], with_plugins=False)
    report = run_self_test(SPEC, MODEL, RunContext(scratch=tmp_path), registry)
    assert report.passed, report.sentence


def test_a_study_can_be_scored_on_every_sixth_slice(monkeypatch):
    seen = []

    def found(_folder, scan):
        seen.append((scan.array.shape, scan.geometry.shape, scan.geometry.spacing_mm))
        return scan.array > 0

    volume = np.zeros((4, 4, 13), np.float32)
    volume[1, 1] = 1.0
    geometry = Geometry(volume.shape, np.diag([0.8, 0.8, 0.8, 1.0]))
    source = Source(path=None, format="synthetic", stored=geometry)
    scan = Volume(
        name="Bar", data=volume, geometry=geometry, source=source, values=value_range(volume[..., None])
    )
    study = Study(
        name="bar",
        seed=0,
        volumes={"t2": scan},
        labels={"vessels": (volume.astype(np.uint8), geometry, ())},
        facts={},
    )
    monkeypatch.setattr(demo_report, "_found", found)
    counts = score(MODEL, lambda: study, 6)
    assert counts == {"hit": 3, "excess": 0, "missed": 0, "voxel_ml": pytest.approx(0.8 * 0.8 * 4.8 / 1000)}
    assert seen == [((4, 4, 3), (4, 4, 3), pytest.approx((0.8, 0.8, 4.8)))]


def test_the_ordering_stands_beside_the_paper_s():
    full, no_mask = (
        [(Overlap(hit=hit, excess=10 - hit, missed=10 - hit), 0.1) for hit in hits]
        for hits in ((8, 9), (7, 8))
    )
    first, second = ordering({"full": full, "no_mask": no_mask})
    assert (first["paper"], first["ours"], second["paper"], second["ours"]) == (0.79, 0.85, 0.62, 0.75)
    assert (first["spread"], first["n"]) == (0.071, 2)
