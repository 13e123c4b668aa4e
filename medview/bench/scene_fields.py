"""Two scenes of the synthetic abdomen, each trained briefly: one of planes, one of a hash grid."""

from __future__ import annotations

import os
from pathlib import Path

from medview.bench.nerf_study_fields import SCENE
from medview.ml.context import RunContext
from medview.ml.field_request import FieldRequest
from medview.ml.registry import installed
from medview.ml.runner import train_field
from medview.phantoms.laparoscopy import abdomen

PLANES, HASH_GRID = "k-planes", "instant-ngp"
STEPS = {PLANES: 300, HASH_GRID: 500}
"""So long each learns: chosen so that their pictures of held-out views are about equally good."""
THREADS = os.cpu_count() or 1
_CELLS = 96


def train_scene(method: str, folder: Path, steps: int) -> None:
    """Train on the views of P09 that are not held out, with the CPU's preset; a field folder afterwards."""
    spec = installed().find(method)
    params = {
        **SCENE,
        "cells": _CELLS,
        "steps": steps,
        "preset": "cpu-demo",
        "held_out": ", ".join(str(number) for number in abdomen.HELD_OUT),
    }
    known = {param.name for param in spec.train_params}
    request = FieldRequest(
        model_id=spec.id,
        version=spec.version,
        views=abdomen.p09_views(),
        params={name: value for name, value in params.items() if name in known},
        out=folder,
    )
    train_field(request, RunContext(scratch=folder.parent, device="cpu", seed=0, threads=THREADS))
