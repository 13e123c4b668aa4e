from __future__ import annotations

import json
import sys
from dataclasses import replace

import numpy as np
import pytest

import medview
from medview.core.errors import Cancelled, InputRefused, RunFailed
from medview.core.geometry import Geometry
from medview.ml.card import read_card
from medview.ml.device import resolved_device
from medview.ml.request import Subject, TrainRequest, array_sha256
from medview.ml.runner import run, train
from medview.ml.spec import Estimate


class Models:
    """The registry's one word that the runner uses, for specs made in a test."""

    def __init__(self, *specs):
        self._specs = {spec.id: spec for spec in specs}

    def find(self, model_id):
        return self._specs[model_id]


@pytest.fixture
def run_spec(fake_models, ctx, speeds, request_for):
    def call(request=None, **changes):
        spec = fake_models.make_spec(**changes)
        return run(request or request_for(spec.id), ctx, Models(spec), speeds)

    return call


def test_a_run_returns_checked_outputs_with_their_grids(run_spec, request_for, listener):
    request = request_for(params={"level": "0.25"})
    result = run_spec(request)
    scan = request.first
    assert result.outputs["bright"].dtype == np.uint8
    np.testing.assert_array_equal(result.outputs["bright"], scan.array > 0.25)
    assert result.geometries["bright"] is scan.geometry
    assert [told[0] for told in listener.told] == ["progress", "preview"]


def test_provenance_says_how_a_result_came_about(run_spec, request_for):
    provenance = run_spec(request_for(params={"level": 0.25}, seed=7)).provenance
    assert json.loads(json.dumps(provenance)) == provenance
    assert provenance.pop("seconds") >= 0
    assert provenance.pop("peak_memory_bytes") > 10_000_000
    assert provenance == {
        "model": "threshold",
        "version": "1.0",
        "weights_sha256": "",
        "device": "cpu",
        "params": {"level": 0.25},
        "seed": 7,
        "inputs": [{"role": "t2", "path": "head.nii.gz", "sha256": "ab" * 32}],
        "program_version": medview.__version__,
        "warnings": [],
        "notes": [],
    }


def test_an_output_may_have_its_own_grid_and_a_requested_output_is_float32(run_spec):
    result = run_spec(entry="fake_models:enlarge")
    assert result.geometries["bright"].shape == (2, 2, 2)
    assert result.outputs["bright"].dtype == np.uint8
    assert result.outputs["score"].dtype == np.float32


@pytest.mark.parametrize(
    ("function", "words"),
    [
        ("wrong_name", "it returned extra, which it does not describe"),
        ("nothing", "it returned no bright"),
        ("wrong_shape", "bright has shape"),
        ("wrong_label", "bright holds the value 9, which is none of its labels"),
        ("fractional_labels", "bright holds float32, not whole numbers"),
        ("not_finite", "score holds values that are not finite"),
        ("no_such_function", "its code fake_models:no_such_function cannot be loaded"),
        ("LABELS", "is not a function"),
    ],
)
def test_a_faulty_model_is_told_and_returns_nothing(run_spec, function, words):
    with pytest.raises(RunFailed, match=words):
        run_spec(entry=f"fake_models:{function}")


def test_a_request_that_does_not_fit_is_refused_before_anything_runs(run_spec, request_for, listener):
    good = request_for()
    scan = good.first
    flat = replace(scan, array=scan.array[:, :, :1], geometry=Geometry.from_spacing((4, 5, 1), 1))
    bad = {
        "made for version": replace(good, version="0.9"),
        "is for version 0.9, installed is 1.0": replace(good, version="0.9"),
        "it has no input t1": replace(good, inputs={**good.inputs, "t1": scan}),
        r"the input t2 \(T2 scan\) is missing": replace(good, inputs={}),
        "does not fit its grid": replace(good, inputs={"t2": replace(scan, array=scan.array[1:])}),
        "not real numbers": replace(good, inputs={"t2": replace(scan, array=scan.array.astype(complex))}),
        "is a single slice": replace(good, inputs={"t2": flat}),
        "there is no such parameter": replace(good, params={"lvel": 1}),
    }
    bad.pop("made for version")
    for words, request in bad.items():
        with pytest.raises(InputRefused, match=words):
            run_spec(request)
    assert listener.told == []


def test_too_little_memory_is_refused_in_words(run_spec, listener):
    with pytest.raises(
        InputRefused, match="Cannot run Bright things: it needs about 900000 GB of memory and"
    ):
        run_spec(estimate=Estimate(memory_bytes=9e14))
    assert listener.told == []


def test_a_cancelled_run_does_not_begin(run_spec, listener):
    listener.cancelled = True
    with pytest.raises(Cancelled):
        run_spec()


def test_weights_are_checked_against_their_card(run_spec, request_for, fake_models, model_folder):
    changes = {"id": "weighted", "weights": fake_models.WEIGHTED.weights}
    with pytest.raises(InputRefused, match="its weights are not installed"):
        run_spec(**changes)
    folder = model_folder()
    result = run_spec(request_for("weighted", weights=folder), **changes)
    assert result.provenance["weights_sha256"] == read_card(folder).sha256
    (folder / "weights.safetensors").write_bytes(b"tampered")
    with pytest.raises(InputRefused, match="not the file that its card describes"):
        run_spec(request_for("weighted", weights=folder), **changes)
    with pytest.raises(InputRefused, match="belong to other"):
        run_spec(request_for("weighted", weights=model_folder("b", model_id="other")), **changes)


def test_the_measured_time_refines_the_next_forecast(run_spec, speeds):
    run_spec()
    assert 0 < speeds.factor("threshold 1.0 cpu") < 0.1


def training(folder, **changes):
    array = folder / "t2.npy"
    np.save(array, np.full((2, 3, 4), 5.0))
    subject = Subject(id="sub-1", arrays={"t2": array}, geometry=Geometry.from_spacing((2, 3, 4), 1))
    facts = {"model_id": "threshold", "version": "1.0", "subjects": (subject,), "params": {"steps": "3"}}
    return TrainRequest(**{**facts, "out": folder / "out" / "model", **changes})


def test_training_writes_a_model_folder_that_a_run_accepts(
    tmp_path, ctx, listener, fake_models, run_spec, request_for
):
    weighted = fake_models.make_spec(weights=fake_models.WEIGHTED.weights)
    result = train(training(tmp_path), ctx, Models(weighted))
    assert result.scores == {"dice": 0.5}
    assert listener.told == [("report", 1, {"loss": 5.0})]
    assert result.provenance["subjects"] == ["sub-1"]
    assert result.provenance["params"] == {"steps": 3}
    done = run_spec(request_for(weights=result.folder), weights=weighted.weights)
    assert done.provenance["weights_sha256"] == result.provenance["weights_sha256"]


def test_trainings_that_cannot_be_are_refused(tmp_path, ctx, fake_models):
    models = Models(fake_models.SPEC)
    with pytest.raises(InputRefused, match="there are no subjects"):
        train(training(tmp_path, subjects=()), ctx, models)
    with pytest.raises(InputRefused, match="it must be between 1"):
        train(training(tmp_path, params={"steps": 0}), ctx, models)
    with pytest.raises(InputRefused, match="subject sub-1 lacks t2"):
        bare = Subject(id="sub-1", arrays={}, geometry=Geometry.from_spacing((1, 1, 1), 1))
        train(training(tmp_path, subjects=(bare,)), ctx, models)
    with pytest.raises(InputRefused, match="does not learn"):
        train(training(tmp_path), ctx, Models(fake_models.make_spec(train_entry="")))


def test_a_training_that_leaves_no_model_behind_has_failed(tmp_path, ctx, fake_models):
    models = Models(fake_models.make_spec(train_entry="fake_models:learn_nothing"))
    with pytest.raises(RunFailed, match="is not complete"):
        train(training(tmp_path), ctx, models)


def test_the_cpu_is_chosen_without_torch_and_unknown_devices_are_refused():
    had_torch = "torch" in sys.modules
    assert resolved_device("cpu") == "cpu"
    assert ("torch" in sys.modules) == had_torch
    with pytest.raises(InputRefused, match="Known: auto, cpu, cuda"):
        resolved_device("tpu")


def test_the_hash_of_an_array_depends_on_numbers_type_shape_and_grid(rng):
    array, grid = rng.random((3, 4, 5)), Geometry.from_spacing((3, 4, 5), 1)
    others = [
        (array + 1, grid),
        (array.astype(np.float32), grid),
        (array.reshape(5, 4, 3), Geometry.from_spacing((5, 4, 3), 1)),
        (array, Geometry.from_spacing((3, 4, 5), 2)),
    ]
    hashes = {array_sha256(*pair) for pair in [(array, grid), *others]}
    assert len(hashes) == 5
    assert array_sha256(np.asfortranarray(array), grid) == array_sha256(array, grid)
