"""Small models without torch, named by the specs of the tests as "fake_models:function"."""

from __future__ import annotations

import numpy as np

from medview.core.geometry import Geometry
from medview.core.params import Float, Int
from medview.ml.card import WEIGHTS_NAME, ModelCard, file_sha256, write_card
from medview.ml.field_folder import BAKED_NAME, FieldFacts, write_facts
from medview.ml.request import OutputArray
from medview.ml.spec import Estimate, Forecast, InputSpec, LabelSpec, ModelSpec, OutputSpec, Task, WeightSpec

LABELS = (LabelSpec(value=1, name="vessel", colour=(220, 40, 40)),)


def make_spec(**changes):
    facts = {
        "id": "threshold",
        "version": "1.0",
        "title": "Bright things",
        "task": Task.SEGMENT,
        "summary": "Marks what is bright.",
        "inputs": (
            InputSpec(role="t2", title="T2 scan", modalities=("T2",)),
            InputSpec(role="mask", title="Where", required=False, kind="labels"),
        ),
        "outputs": (
            OutputSpec(name="bright", title="Bright", kind="labels", labels=LABELS),
            OutputSpec(name="score", title="Score", kind="image", on_request=True),
        ),
        "params": (Float(name="level", title="Level", help="From here on.", default=0.5),),
        "train_params": (Int(name="steps", title="Steps", help="How many.", default=2, minimum=1),),
        "entry": "fake_models:threshold",
        "train_entry": "fake_models:learn",
        "estimate": Estimate(memory_bytes=1e6, memory_bytes_per_voxel=8, seconds=10, seconds_per_voxel=0),
    }
    return ModelSpec(**{**facts, **changes})


SPEC = make_spec()
SCENE = make_spec(
    id="scene", task=Task.FIELD, inputs=(), outputs=(), params=(), train_entry="fake_models:learn_scene"
)
WEIGHTED = make_spec(id="weighted", weights=(WeightSpec(folder="bright-net"),))
NOT_A_SPEC = {"id": "x"}


def threshold(request, ctx):
    ctx.progress(0.5, "thresholding")
    found = request.inputs["t2"].array > request.params["level"]
    ctx.preview("bright", (0, 0, 0), found[:1])
    return {"bright": found}


def enlarge(request, ctx):
    grid = Geometry.from_spacing((2, 2, 2), 1.0)
    return {
        "bright": OutputArray(np.ones((2, 2, 2), np.int64), grid),
        "score": np.ones(request.first.array.shape),
    }


def wrong_name(request, ctx):
    return {**threshold(request, ctx), "extra": np.zeros(request.first.array.shape)}


def nothing(request, ctx):
    return {}


def wrong_shape(request, ctx):
    return {"bright": np.zeros((1, 2, 3), np.uint8)}


def wrong_label(request, ctx):
    return {"bright": np.full(request.first.array.shape, 9, np.uint8)}


def fractional_labels(request, ctx):
    return {"bright": np.zeros(request.first.array.shape, np.float32)}


def not_finite(request, ctx):
    return {**threshold(request, ctx), "score": np.full(request.first.array.shape, np.nan)}


def forecast(request):
    return Forecast(5e9, request.first.array.size)


def learn(request, ctx):
    seen = [float(subject.load("t2").mean()) for subject in request.subjects]
    ctx.report(1, {"loss": seen[0]})
    weights = request.out / WEIGHTS_NAME
    weights.write_bytes(np.array(seen).tobytes())
    digest = file_sha256(weights)
    write_card(request.out, ModelCard(model_id=request.model_id, version="1.0", title="Own", sha256=digest))
    return {"dice": np.float32(0.5)}


def learn_scene(request, ctx):
    views = request.views
    ctx.report(1, {"loss": request.params["steps"], "psnr": 12.0})
    weights = request.out / WEIGHTS_NAME
    weights.write_bytes(views.images.tobytes())
    digest = file_sha256(weights)
    write_card(request.out, ModelCard(model_id=request.model_id, version="1.0", title="Own", sha256=digest))
    np.save(request.out / BAKED_NAME, np.zeros((2, 2, 2, 4), np.uint8))
    facts = FieldFacts(
        model_id=request.model_id, version=request.version, name="scene", config={},
        box=np.array([[-1.0] * 3, [1.0] * 3]), near=0.1, far=2.0, scene_from_capture=np.eye(4),
        frame_names=views.names, poses=views.poses, lenses=views.lenses, times=views.times,
        held_out=tuple(int(n) for n in views.split[1]), provenance={"occupancy": "off"},
    )  # fmt: skip
    write_facts(request.out, facts)
    return {"psnr_circle": np.float32(20.5)}


def learn_scene_without_cells(request, ctx):
    scores = learn_scene(request, ctx)
    (request.out / BAKED_NAME).unlink()
    return scores


def learn_nothing(request, ctx):
    return {}


def score(request, ctx):
    return {**threshold(request, ctx), "score": request.inputs["t2"].array}


def score_off(request, ctx):
    return {**threshold(request, ctx), "score": request.inputs["t2"].array + np.float32(0.05)}


def all_bright(request, ctx):
    return {**score(request, ctx), "bright": np.ones(request.first.array.shape, np.uint8)}
