"""Studies by name: the contract that samples, tests and demonstrations rely on."""

from __future__ import annotations

import json

import numpy as np
import pytest

from medview.core.errors import InputRefused
from medview.phantoms.studies import STUDIES, make_study
from medview.phantoms.study import Study


@pytest.fixture(scope="module")
def study() -> Study:
    return make_study("head-mr", seed=4, spacing_mm=3.0)


def test_the_head_study_is_listed() -> None:
    assert "head-mr" in {spec.name for spec in STUDIES}
    assert all(spec.title and spec.summary for spec in STUDIES)


def test_the_head_study_has_five_aligned_scans_in_scanner_numbers(study: Study) -> None:
    assert list(study.volumes) == ["t1", "t2", "pd", "flair", "mra"]
    for volume in study.volumes.values():
        assert volume.data.dtype == np.int16
        assert 0 <= volume.data.min() < volume.data.max() <= 4095
        assert volume.geometry.axis_codes == "RAS"
        assert volume.geometry.matches(study.labels["vessels"][1])
        assert volume.source.format == "synthetic"
        assert volume.source.path is None
        assert volume.values.high > volume.values.low
    assert study.volumes["t2"].modality == "T2"
    assert study.volumes["t2"].name == "Synthetic head T2"


def test_the_vessel_label_is_named_and_coloured(study: Study) -> None:
    mask, _, table = study.labels["vessels"]
    assert mask.dtype == np.uint8
    assert set(np.unique(mask)) == {0, 1}
    assert table == ((1, "cerebral artery", (230, 40, 40)),)


def test_facts_are_plain_json_and_record_what_was_drawn(study: Study) -> None:
    facts = json.loads(json.dumps(study.facts))
    assert facts["seed"] == 4
    assert facts["spacing_mm"] == pytest.approx([3.0, 3.0, 3.0])
    assert facts["variants"]["left PComA"] in {"normal", "hypoplastic", "absent", "foetal PCA"}
    assert {entry["role"] for entry in facts["sequences"]} == set(study.volumes)
    assert any(entry["name"] == "white matter" and entry["t1_ms"] == 838 for entry in facts["tissues"])


def test_the_same_words_make_the_same_bits(study: Study) -> None:
    again = make_study("head-mr", seed=4, spacing_mm=3.0)
    for role, volume in study.volumes.items():
        assert np.array_equal(volume.data, again.volumes[role].data)
    assert np.array_equal(study.labels["vessels"][0], again.labels["vessels"][0])
    assert study.facts == again.facts


def test_an_unknown_study_is_refused_with_the_known_names() -> None:
    with pytest.raises(InputRefused, match="head-mr"):
        make_study("foot-mr")


@pytest.mark.parametrize(("seed", "spacing"), [(-1, None), (10_000, None), (1, 0.1), (1, 20.0)])
def test_numbers_out_of_range_are_refused(seed: int, spacing: float | None) -> None:
    with pytest.raises(InputRefused, match="out of range"):
        make_study("head-mr", seed=seed, spacing_mm=spacing)
