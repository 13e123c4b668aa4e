from __future__ import annotations

import json
import time

import numpy as np
import pytest

from medview.core.errors import Cancelled
from medview.core.geometry import Geometry
from medview.ml.context import RunContext
from medview.ml.preflight import Speeds, preflight, size_words, time_words
from medview.ml.request import RunResult, Subject, TrainRequest
from medview.ml.spec import Forecast
from medview.ml.travel import (
    packed_request,
    packed_result,
    packed_training,
    run_job,
    unpacked_request,
    unpacked_result,
    unpacked_training,
)

OBLIQUE = np.array([[0.3, -0.1, 0, 7.1], [0.1, 0.3, 0.01, -3], [0, 0.02, 1 / 3, 0.1], [0, 0, 0, 1]])


def test_progress_is_told_ten_times_a_second_at_most_and_the_end_always(ctx, listener):
    end_s = time.monotonic() + 0.35
    while time.monotonic() < end_s:
        ctx.progress(0.5, "patch")
    ctx.progress(1.0)
    assert 3 <= len(listener.told) <= 5
    assert listener.told[-1] == ("progress", 1.0, "patch")


def test_fractions_stay_between_nothing_and_all(ctx, listener):
    ctx.progress(-3)
    ctx.progress(1.7)
    assert [told[1] for told in listener.told] == [0.0, 1.0]


def test_progress_and_checks_stop_a_cancelled_run(ctx, listener):
    ctx.check_cancelled()
    listener.cancelled = True
    with pytest.raises(Cancelled):
        ctx.check_cancelled()
    with pytest.raises(Cancelled):
        ctx.progress(0.1)
    assert listener.told == []


def test_previews_are_copies_and_reports_are_plain_numbers(ctx, listener):
    slab = np.zeros((1, 2, 2))
    ctx.preview("bright", (np.int64(3), 0, 0), slab)
    slab += 1
    ctx.report(np.int64(4), {"loss": np.float32(0.5)})
    assert listener.told[0][3].max() == 0
    assert json.dumps(listener.told[1]) == '["report", 4, {"loss": 0.5}]'


def test_random_numbers_depend_on_seed_and_stream_only(tmp_path):
    first, again = (RunContext(scratch=tmp_path, seed=3).generator(1).random() for _ in range(2))
    other_stream = RunContext(scratch=tmp_path, seed=3).generator(2).random()
    other_seed = RunContext(scratch=tmp_path, seed=4).generator(1).random()
    assert first == again
    assert len({first, other_stream, other_seed}) == 3


def test_the_sentence_says_need_and_what_is_free(fake_models, request_for, speeds):
    spec, request = fake_models.SPEC, request_for(device="cpu")
    found = preflight(spec, request, speeds, free_bytes=18_200_000_000)
    assert found.sentence == "Needs about 1 MB and 10 s on the CPU; 18 GB are free."
    assert found.fits
    assert "That is close" in preflight(spec, request, speeds, free_bytes=1_200_000).sentence
    tight = preflight(spec, request, speeds, free_bytes=500_000)
    assert "too little" in tight.sentence
    assert not tight.fits


def test_a_spec_may_compute_its_forecast_itself(fake_models, request_for, speeds):
    spec = fake_models.make_spec(estimate="fake_models:forecast")
    found = preflight(spec, request_for(device="cuda"), speeds, free_bytes=10**10)
    assert found.forecast == Forecast(5e9, 120)
    assert found.sentence == "Needs about 5.0 GB and 2 min on the graphics card; 10 GB are free."


def test_speeds_are_learnt_kept_and_survive_a_damaged_file(fake_models, request_for, tmp_path):
    path = tmp_path / "cache" / "speeds.json"
    Speeds(path).learn("threshold 1.0 cpu", 10, 40)
    Speeds(path).learn("threshold 1.0 cpu", 10, 20)
    assert Speeds(path).factor("threshold 1.0 cpu") == 3
    request = request_for(device="cpu")
    assert preflight(fake_models.SPEC, request, Speeds(path), free_bytes=10**10).forecast.seconds == 30
    for damage in ("[1]", "rubbish", '{"threshold 1.0 cpu": "fast"}', '{"threshold 1.0 cpu": -1}'):
        path.write_text(damage)
        assert Speeds(path).factor("threshold 1.0 cpu") == 1


def test_sizes_and_times_are_told_in_words():
    sizes = [1, 350e6, 999.9e6, 1.24e9, 9.96e9, 18e9]
    assert [size_words(size) for size in sizes] == ["1 MB", "350 MB", "1.0 GB", "1.2 GB", "10 GB", "18 GB"]
    assert [time_words(s) for s in [0.1, 40, 180, 9000]] == ["1 s", "40 s", "3 min", "2.5 h"]


def test_requests_and_results_travel_as_json_without_losing_a_bit(request_for, tmp_path):
    request = request_for(params={"level": 0.1}, seed=3, weights=tmp_path)
    scan = request.first
    request = request_for(inputs={"t2": type(scan)(array=scan.array, geometry=Geometry((4, 5, 6), OBLIQUE))})
    payload, arrays = packed_request(request)
    back = unpacked_request(json.loads(json.dumps(payload)), arrays)
    assert (back.first.geometry.ras_from_ijk == OBLIQUE).all()
    assert back.first.array is request.first.array
    assert (back.weights, back.params, back.seed) == (request.weights, request.params, request.seed)
    result = RunResult(outputs=arrays, geometries={"t2": request.first.geometry}, provenance={"model": "x"})
    value, made = packed_result(result)
    again = unpacked_result(json.loads(json.dumps(value)), made)
    assert (again.geometries["t2"].ras_from_ijk == OBLIQUE).all()
    assert again.provenance == result.provenance


def test_trainings_travel_as_json(tmp_path):
    subject = Subject(id="a", arrays={"t2": tmp_path / "t2.npy"}, geometry=Geometry((2, 3, 4), OBLIQUE))
    request = TrainRequest(
        model_id="m", version="1", subjects=(subject,), params={"steps": 3}, out=tmp_path, resume=True, seed=9
    )
    back = unpacked_training(json.loads(json.dumps(packed_training(request))))
    assert back.subjects[0].arrays == subject.arrays
    assert back.subjects[0].geometry.matches(subject.geometry)
    assert (back.out, back.resume, back.seed, back.params) == (tmp_path, True, 9, {"steps": 3})


def test_the_job_target_runs_a_packed_request_of_an_installed_package(
    request_for, tmp_path, monkeypatch, listener, fake_models
):
    from medview.ml import registry

    folder = tmp_path / "someones_models-1.0.dist-info"
    folder.mkdir()
    (folder / "METADATA").write_text("Metadata-Version: 2.1\nName: someones-models\nVersion: 1.0\n")
    (folder / "entry_points.txt").write_text("[medview.models]\nthreshold = fake_models:SPEC\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    registry.installed.cache_clear()
    listener.scratch, listener.threads = tmp_path, 1
    try:
        request = request_for(device="cpu")
        value, arrays = run_job(*packed_request(request), listener)
    finally:
        registry.installed.cache_clear()
    result = unpacked_result(value, arrays)
    np.testing.assert_array_equal(result.outputs["bright"], request.first.array > 0.5)
    assert result.provenance["model"] == "threshold"
