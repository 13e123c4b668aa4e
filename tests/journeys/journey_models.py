"""Models of a plug-in package: one that works at once, and one for every way to go wrong."""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np

from medview.core.errors import RunFailed
from medview.ml.spec import Estimate, InputSpec, LabelSpec, ModelSpec, OutputSpec, Task

READY = ModelSpec(
    id="bright",
    version="1.0",
    title="Bright things",
    task=Task.SEGMENT,
    summary="Marks what is bright.",
    inputs=(InputSpec(role="t2", title="T2 scan", modalities=("T2",)),),
    outputs=(
        OutputSpec(
            name="bright",
            title="Bright",
            kind="labels",
            labels=(LabelSpec(value=1, name="Bright thing", colour=(20, 220, 20)),),
        ),
    ),
    params=(),
    entry="journey_models:run",
    estimate=Estimate(memory_bytes=1e6, memory_bytes_per_voxel=8, seconds=1, seconds_per_voxel=0),
    note="For tests only.",
)
SPOTS = replace(
    READY,
    id="spots",
    title="Bright spots",
    outputs=(
        OutputSpec(
            name="spots",
            title="Spots",
            kind="labels",
            labels=(
                LabelSpec(value=1, name="Bright spot", colour=(20, 220, 20)),
                LabelSpec(value=2, name="Glaring spot", colour=(220, 20, 220)),
            ),
        ),
        OutputSpec(name="entropy", title="Entropy", kind="image", value_range=(0.0, 1.0), colormap="magma"),
    ),
    entry="journey_models:find_spots",
)
WAITING = replace(READY, id="waiting", title="Waiting things", entry="journey_models:wait")
RAISING = replace(READY, id="raising", title="Raising things", entry="journey_models:divide")
HUNGRY = replace(READY, id="hungry", title="Hungry things", entry="journey_models:devour")
REFUSING = replace(READY, id="refusing", title="Refusing things", entry="journey_models:refuse")


def run(request, ctx):
    image = request.inputs["t2"].array
    found = (image > np.quantile(image[::2, ::2, ::2], 0.97)).astype(np.uint8)
    ctx.progress(0.5, "Half way")
    ctx.preview("bright", (0, 0, 0), found)
    return {"bright": found}


def find_spots(request, ctx):
    """The brightest half of a thousandth, and of it the brightest fifth; in doubt where it is nearly so."""
    image = request.inputs["t2"].array.astype(np.float32)
    low, high = np.quantile(image, (0.9995, 0.9999))
    ctx.progress(0.5, "Half way")
    doubt = np.clip(1 - np.abs(image - low) / (0.1 * low), 0, 1)
    return {"spots": (image > low).astype(np.uint8) + (image > high), "entropy": doubt.astype(np.float32)}


def wait(request, ctx):
    """Show a first piece, then work until it is cancelled or killed."""
    made = run(request, ctx)
    for second in range(1200):
        ctx.check_cancelled()
        time.sleep(0.05)
        ctx.progress(0.5 + second / 2400, "Waiting")
    return made


def divide(request, ctx):
    run(request, ctx)
    return {"bright": 1 / 0}


def devour(request, ctx):
    run(request, ctx)
    raise MemoryError


def refuse(request, ctx):
    raise RunFailed("Refusing things failed", "the scan is upside down", "Turn it.")
