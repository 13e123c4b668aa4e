"""A model without torch, named by the tests' registry as "session_models"."""

from __future__ import annotations

import time

import numpy as np

from medview.core.errors import RunFailed
from medview.core.params import Bool, Float
from medview.ml.spec import Estimate, InputSpec, LabelSpec, ModelSpec, OutputSpec, Task

SPEC = ModelSpec(
    id="bright",
    version="1.0",
    title="Bright things",
    task=Task.SEGMENT,
    summary="Marks what is bright.",
    inputs=(
        InputSpec(role="t2", title="T2 scan", modalities=("T2",)),
        InputSpec(role="t1", title="T1 scan", modalities=("T1",), required=False),
        InputSpec(role="mask", title="Where", required=False, kind="labels"),
    ),
    outputs=(
        OutputSpec(
            name="bright",
            title="Bright",
            kind="labels",
            labels=(LabelSpec(value=1, name="Bright thing", colour=(1, 2, 3), code="42"),),
        ),
        OutputSpec(name="score", title="Score", kind="image", on_request=True, synthesized=True),
    ),
    params=(
        Float(name="level", title="Level", help="From here on.", default=0.5, minimum=0, maximum=1000),
        Bool(name="score", title="Score", help="Also the score.", default=False),
        Bool(name="broken", title="Broken", help="Fail.", default=False),
        Bool(name="slow", title="Slow", help="Wait to be cancelled.", default=False),
    ),
    entry="session_models:run",
    estimate=Estimate(memory_bytes=1e6, memory_bytes_per_voxel=8, seconds=10, seconds_per_voxel=0),
    note="For tests only.",
)


def run(request, ctx):
    image = request.inputs["t2"].array
    found = image > request.params["level"]
    if "mask" in request.inputs:
        found = found & (request.inputs["mask"].array == 0)
    ctx.progress(0.5, "half way")
    ctx.preview("bright", (0, 0, 0), found[:2].astype(np.uint8))
    while request.params["slow"]:
        ctx.check_cancelled()
        time.sleep(0.01)
    if request.params["broken"]:
        raise RunFailed("Bright things failed", "it was asked to", "Do not ask.")
    made = {"bright": found.astype(np.uint8)}
    if request.params["score"]:
        made["score"] = image.astype(np.float32)
    return made


def surfaces(array, geometry, values, smoothing_mm, revision):
    from medview.core.mesh import LabelSurfaces

    return LabelSurfaces(revision=revision, smoothing_mm=smoothing_mm, meshes={})
