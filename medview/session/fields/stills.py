"""Job target: one picture of a scene, as colours or as distances."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from medview.core.lens import Lens
from medview.core.radiance import FieldMode
from medview.core.volume import AnyArray
from medview.io.scene_pictures import SYNTHETIC, depth_steps, with_mark, write_png
from medview.jobs.execution import Link
from medview.session.fields.export_facts import INFERRED, placement_in, unit_words, write_facts_beside
from medview.session.fields.renderer import Renderer, axial_depth, colours

TARGET = "medview.session.fields.stills:write_still"


def write_still(
    payload: Mapping[str, Any], _arrays: Mapping[str, AnyArray], link: Link
) -> tuple[dict[str, Any], Mapping[str, AnyArray]]:
    """Job target: render one picture and write it as PNG, with its facts beside it.

    Args:
        payload: ``folder``, ``placement``, ``path``, ``scene_from_camera``, ``lens``, ``mode``, ``time``;
            ``is_depth``: distances along the optical axis as 16-bit numbers instead of colours.
        link: Cancels.

    Returns:
        ``path`` and, for distances, ``step`` and ``unit``.
    """
    path, lens = Path(payload["path"]), Lens(**payload["lens"])
    pose, mode = np.asarray(payload["scene_from_camera"], float), FieldMode(payload["mode"])
    link.progress(0.05, "Rendering")
    pixels = Renderer(payload, link).picture(pose, lens, mode, float(payload["time"]))
    link.progress(0.9, "Writing")
    camera = {"scene_from_camera": payload["scene_from_camera"], "lens": payload["lens"]}
    if payload["is_depth"]:
        return _write_depth(payload, path, axial_depth(pixels, lens), camera), {}
    placement = placement_in(payload)
    texts = {"Description": f"{INFERRED}. {unit_words(placement)}", "Software": "medview"}
    words = SYNTHETIC if placement.is_measurable else f"{SYNTHETIC}, arbitrary scale"
    write_png(path, with_mark(colours(pixels), words), texts)
    write_facts_beside(path, payload, "picture", mode=mode.value, time=payload["time"], camera=camera)
    return {"path": str(path)}, {}


def _write_depth(
    payload: Mapping[str, Any], path: Path, depth: AnyArray, camera: dict[str, Any]
) -> dict[str, Any]:
    placement = placement_in(payload)
    unit = "mm" if placement.is_measurable else "arbitrary"
    steps, step = depth_steps(depth * np.float32(placement.mm_per_unit if unit == "mm" else 1))
    told = {
        "Description": f"{INFERRED}. Distance along the optical axis = number x Step; 0: unknown.",
        "Software": "medview",
        "Step": f"{step:.9g}",
        "Unit": unit_words(placement),
    }
    write_png(path, steps, told)
    write_facts_beside(path, payload, "depth picture", step=step, unit=unit, camera=camera)
    return {"path": str(path), "step": step, "unit": unit}
