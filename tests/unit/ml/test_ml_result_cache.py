"""The very same run again is answered from disk and says so; anything else is computed."""

from __future__ import annotations

import os
from dataclasses import replace

import numpy as np
import pytest

from medview.core.geometry import Geometry
from medview.ml import result_cache
from medview.ml.request import RunResult
from medview.ml.result_cache import ResultCache, run_key, user_cache
from medview.ml.runner import run


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setattr("medview.ml.runner.LEAST_S", 0.0)
    return ResultCache(tmp_path / "results", 10**6)


@pytest.fixture
def repeat(fake_models, ctx, speeds, request_for, cache):
    calls = []

    def counted(request, context):
        calls.append(request)
        return fake_models.threshold(request, context)

    fake_models.counted = counted
    spec = fake_models.make_spec(entry="fake_models:counted")

    class Models:
        def find(self, model_id):
            return spec

    request = request_for(spec.id)

    def call(**changes):
        ctx.notes.clear()
        return run(replace(request, **changes), ctx, Models(), speeds, cache), len(calls)

    call.request = request
    yield call
    del fake_models.counted


def test_the_same_run_is_computed_once_and_then_answered_with_a_sentence(repeat):
    first, _ = repeat()
    second, calls = repeat()
    assert calls == 1
    assert np.array_equal(first.outputs["bright"], second.outputs["bright"])
    assert second.outputs["bright"].flags.writeable
    assert np.array_equal(first.geometries["bright"].ras_from_ijk, second.geometries["bright"].ras_from_ijk)
    assert first.provenance["notes"] == []
    (note,) = second.provenance["notes"]
    assert "taken from the cache" in note
    assert {**second.provenance, "notes": []} == dict(first.provenance)


def test_numbers_parameters_seed_and_runtime_each_make_another_run(repeat):
    repeat()
    given = repeat.request.inputs["t2"]
    other = np.array(given.array)
    other[0, 0, 0] += 1
    moved = Geometry.from_spacing(given.geometry.shape, 3.0)
    variants = [
        {"inputs": {"t2": replace(given, array=other)}},
        {"inputs": {"t2": replace(given, geometry=moved)}},
        {"params": {"level": 0.25}},
        {"seed": 9},
        {"runtime": "torch"},
        {"is_cached": False},
    ]
    for number, changes in enumerate(variants):
        assert repeat(**changes)[1] == number + 2, changes
    assert repeat()[1] == len(variants) + 1


def test_other_code_is_another_run(fake_models, request_for, monkeypatch):
    request = request_for("threshold")
    key = run_key(request, "", fake_models.threshold)
    assert run_key(request, "", fake_models.threshold) == key
    assert run_key(request, "a" * 64, fake_models.threshold) != key
    assert run_key(request, "", fake_models.enlarge) != key
    monkeypatch.setattr(result_cache, "code_fingerprint", lambda: "newer code")
    assert run_key(request, "", fake_models.threshold) != key


def result_of(size):
    grid = Geometry.from_spacing((size, 1, 1), 1.0)
    return RunResult(
        outputs={"bright": np.ones((size, 1, 1), np.uint8)}, geometries={"bright": grid}, provenance={}
    )


def test_the_longest_unused_results_make_room(tmp_path, request_for):
    cache = ResultCache(tmp_path / "results", 4500)
    for age, key in ((300, "a"), (200, "b")):
        cache.keep(key, result_of(1500))
        os.utime(cache.folder / key, (1e9 - age, 1e9 - age))
    assert cache.find("a", request_for("threshold")) is not None
    cache.keep("c", result_of(1500))
    assert [key for key in "abc" if cache.find(key, request_for("threshold"))] == ["a", "c"]
    cache.keep("huge", result_of(5000))
    assert cache.find("huge", request_for("threshold")) is None


def test_a_damaged_result_is_no_result(tmp_path, request_for):
    cache = ResultCache(tmp_path / "results", 10**6)
    cache.keep("a", result_of(100))
    (cache.folder / "a" / "bright.npy").write_bytes(b"no numbers")
    assert cache.find("a", request_for("threshold")) is None


def test_the_budget_can_be_set_and_switched_off(monkeypatch):
    monkeypatch.setenv("MEDVIEW_RESULT_CACHE_MB", "0")
    assert user_cache().budget_bytes == 0
    monkeypatch.setenv("MEDVIEW_RESULT_CACHE_MB", "7")
    assert user_cache().budget_bytes == 7_000_000


def test_a_result_that_finds_no_room_is_given_all_the_same_and_harms_no_other(repeat, cache, room_for):
    first, _ = repeat()
    with room_for(50):
        second, calls = repeat(seed=5)
        assert calls == 2
    assert np.array_equal(second.outputs["bright"], first.outputs["bright"])
    assert len(list(cache.folder.iterdir())) == 1, "half a result was left behind"
    again, calls = repeat()
    assert calls == 2 and np.array_equal(again.outputs["bright"], first.outputs["bright"])
    repeat(seed=5)
    assert len(list(cache.folder.iterdir())) == 2
