"""A model that learns without torch, named by the tests' registry as "learning_models"."""

from __future__ import annotations

import json

from medview.core.errors import Cancelled, RunFailed
from medview.core.params import Bool, Choice, Int
from medview.ml.card import ModelCard, file_sha256, write_card
from medview.ml.spec import InputSpec, LabelSpec, ModelSpec, OutputSpec, Task, WeightSpec

LESION = OutputSpec(
    name="lesion", title="Lesion", kind="labels", labels=(LabelSpec(value=1, name="L", colour=(1, 2, 3)),)
)
SPEC = ModelSpec(
    id="learner",
    version="1.0",
    title="Learner",
    task=Task.SEGMENT,
    summary="Learns lesions.",
    inputs=(
        InputSpec(role="flair", title="FLAIR"),
        InputSpec(role="t1", title="T1", required=False),
    ),
    outputs=(LESION,),
    train_params=(
        Int(name="epochs", title="Longest training", help="Epochs.", default=3, minimum=1, maximum=100),
        Choice(name="width", title="Width", help="Width.", default="small", choices=("small", "paper")),
        Bool(name="broken", title="Broken", help="Fail after two epochs.", default=False),
    ),
    entry="learning_models:run",
    train_entry="learning_models:train",
    weights=(WeightSpec(folder="learner"),),
    licence="none",
)


def train(request, ctx):
    path = request.out / "history.json"
    history = json.loads(path.read_text()) if request.resume else []
    (request.out / "config.json").write_text(
        json.dumps({**request.params, "model": SPEC.id, "seed": ctx.seed})
    )
    for epoch in range(len(history), request.params["epochs"]):
        ctx.progress(epoch / request.params["epochs"], f"Epoch {epoch + 1}")
        history.append({"loss": 1 / (epoch + 1), "validation_dice": epoch / 10, "seconds": 2.0})
        path.write_text(json.dumps(history))
        ctx.report(epoch + 1, history[-1])
        if request.params["broken"] and epoch == 1:
            raise RunFailed("Training stopped", "it was asked to") if ctx.seed == 0 else Cancelled
    weights = request.out / "weights.safetensors"
    weights.write_bytes(b"numbers")
    facts = {"model_id": SPEC.id, "version": "1.0", "title": "Own", "trained_on": "two subjects"}
    write_card(request.out, ModelCard(**facts, sha256=file_sha256(weights)))
    return {"validation_dice": 0.8}
