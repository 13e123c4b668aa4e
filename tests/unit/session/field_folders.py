"""Small field folders as a training leaves them, without a network in them."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from medview.core.lens import Lens
from medview.ml.card import WEIGHTS_NAME, ModelCard, file_sha256, write_card
from medview.ml.field_folder import BAKED_NAME, POINTS_NAME, FieldFacts, write_facts


def make_field(folder: Path, model_id="scene", count=10, cells=(4, 5, 6), **changes) -> Path:
    """A field of `count` views; `changes` go into its facts."""
    folder.mkdir(parents=True)
    (folder / WEIGHTS_NAME).write_bytes(b"no network")
    digest = file_sha256(folder / WEIGHTS_NAME)
    write_card(folder, ModelCard(model_id=model_id, version="1.0", title="Scene", sha256=digest))
    baked = np.random.default_rng(3).integers(0, 255, (*cells, 4)).astype(np.uint8)
    np.save(folder / BAKED_NAME, baked)
    np.savez(folder / POINTS_NAME, points=np.eye(3, dtype=np.float32), rgb=np.eye(3, dtype=np.uint8))
    facts = {
        "model_id": model_id,
        "version": "1.0",
        "name": "cavity",
        "config": {},
        "box": np.array([[-1.0, -1, -1], [1, 1, 2]]),
        "near": 0.03,
        "far": 2.2,
        "scene_from_capture": np.diag([2.0, 2, 2, 1]),
        "frame_names": tuple(f"{n:03}.png" for n in range(count)),
        "poses": np.tile(np.eye(4), (count, 1, 1)),
        "lenses": (Lens.of_view_angle(8, 6, 75),) * count,
        "times": np.zeros(count),
        "held_out": (4,),
        "scores": {"psnr_circle": 21.5},
        "provenance": {"seed": 3},
    }
    write_facts(folder, FieldFacts(**{**facts, **changes}))
    return folder
