"""A model without torch, named by the tests' registry as "session_models"."""

from __future__ import annotations

import time

import numpy as np

from medview.core.errors import RunFailed
from medview.core.params import Bool, Float, Int
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
    train_params=(
        Int(name="epochs", title="Longest training", help="Epochs.", default=3, minimum=1, maximum=100),
        Bool(name="broken", title="Broken", help="Fail after two epochs.", default=False),
        Int(name="folds", title="Folds", help="Parts.", default=0, minimum=0, maximum=9),
        Int(name="fold", title="Fold", help="Part.", default=0, minimum=0, maximum=9),
    ),
    entry="session_models:run",
    train_entry="session_models:train",
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


def train(request, ctx):
    """Learns nothing: writes a model folder with the next epochs of its history."""
    import json

    from medview.ml.card import ModelCard, file_sha256, write_card

    history_path, config = (
        request.out / "history.json",
        {**request.params, "model": SPEC.id, "seed": ctx.seed},
    )
    history = json.loads(history_path.read_text()) if request.resume else []
    (request.out / "config.json").write_text(json.dumps(config))
    for epoch in range(len(history), request.params["epochs"]):
        ctx.progress(epoch / request.params["epochs"], f"Epoch {epoch + 1}")
        row = {"loss": 1 / (epoch + 1), "validation_dice": epoch / 10, "seconds": 2.0}
        history.append(row)
        history_path.write_text(json.dumps(history))
        (request.out / "pictures").mkdir(exist_ok=True)
        (request.out / "pictures" / f"epoch-{epoch + 1:04d}.png").write_bytes(b"")
        ctx.report(epoch + 1, row)
        if request.params["broken"] and epoch == 1:
            raise RunFailed("Bright things failed", "it was asked to", "Do not ask.")
    weights = request.out / "weights.safetensors"
    weights.write_bytes(b"numbers")
    card = ModelCard(model_id=SPEC.id, version="1.0", title="Own", sha256=file_sha256(weights))
    write_card(request.out, card)
    return {"validation_dice": 0.8, "epochs": float(len(history))}
