"""Small captures in files, and a method that learns nothing of them."""

from __future__ import annotations

import json
import time
from pathlib import Path

import numpy as np
from PIL import Image

from medview.core.params import Int
from medview.ml.card import WEIGHTS_NAME, ModelCard, file_sha256, write_card
from medview.ml.field_folder import BAKED_NAME, CHECKPOINT_NAME, FieldFacts, write_facts
from medview.ml.spec import ModelSpec, Task

SIZE = (64, 48)
SPEC = ModelSpec(
    id="fake-scene",
    version="1.0",
    title="Fake scene",
    task=Task.FIELD,
    summary="Learns nothing.",
    inputs=(),
    outputs=(),
    train_params=(Int(name="steps", title="Steps", help="How many.", default=4, minimum=1),),
    entry="scene_captures:learn",
    train_entry="scene_captures:learn",
    licence="MIT",
)


def write_capture(folder: Path, count=10, is_round=True) -> Path:
    """Frames of a bright disc on black, and a transforms.json of cameras in a row."""
    (folder / "images").mkdir(parents=True)
    width, height = SIZE
    x, y = np.meshgrid(np.arange(width) + 0.5, np.arange(height) + 0.5)
    disc = (x - 32) ** 2 + (y - 24) ** 2 < 22**2 if is_round else np.ones((height, width), bool)
    rng = np.random.default_rng(0)
    rows = []
    for n in range(count):
        picture = np.where(disc[..., None], rng.integers(60, 255, (height, width, 3)), 0).astype(np.uint8)
        Image.fromarray(picture).save(folder / "images" / f"{n:03}.png")
        pose = np.eye(4)
        pose[0, 3] = n / count
        rows.append({"file_path": f"images/{n:03}.png", "transform_matrix": pose.tolist()})
    lens = {"w": width, "h": height, "fl_x": 50.0, "fl_y": 50.0, "cx": 32.0, "cy": 24.0}
    (folder / "transforms.json").write_text(json.dumps({**lens, "frames": rows}))
    return folder


def learn(request, ctx):
    """Steps that take no time; a checkpoint of their number."""
    kept = request.out / CHECKPOINT_NAME
    first = int(kept.read_text()) if request.resume and kept.is_file() else 0
    views = request.views
    try:
        for step in range(first, request.params["steps"]):
            ctx.progress(step / request.params["steps"], f"Step {step}")
            ctx.report(step, {"loss": 1 / (1 + step), "psnr": 10.0 + step})
            ctx.preview("held-out", (0, 0, 0), np.full((6, 8, 3), step, np.uint8))
            time.sleep(0.02 * (request.params["steps"] > 50))
            kept.write_text(str(step + 1))
    finally:
        (request.out / "resumed_at.txt").write_text(str(first))
    (request.out / WEIGHTS_NAME).write_bytes(b"nothing")
    digest = file_sha256(request.out / WEIGHTS_NAME)
    write_card(request.out, ModelCard(model_id=request.model_id, version="1.0", title="Own", sha256=digest))
    np.save(request.out / BAKED_NAME, np.full((2, 2, 2, 4), 128, np.uint8))
    facts = FieldFacts(
        model_id=request.model_id, version=request.version, name=request.out.stem, config={},
        box=np.array([[-1.0] * 3, [1.0] * 3]), near=0.1, far=2.0, scene_from_capture=np.eye(4),
        frame_names=views.names, poses=views.poses, lenses=views.lenses, times=views.times,
        held_out=tuple(int(n) for n in views.split[1]),
    )  # fmt: skip
    write_facts(request.out, facts)
    return {"psnr_circle": 20.5}
