"""How much faster planes are rendered than a hash grid, and how good the pictures of both are."""

from __future__ import annotations

import statistics
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from medview.bench.nerf_study_fields import Listening
from medview.bench.scene_fields import HASH_GRID, PLANES, THREADS
from medview.bench.suite import Figure
from medview.core.posed_views import PosedViews
from medview.measure.view_quality import view_quality
from medview.ml.context import Silence
from medview.ml.registry import installed
from medview.ml.runner import resolved
from medview.phantoms.laparoscopy import abdomen

_SIDE_PX = 128
_ROUNDS = 2


def measure_speed(folders: Mapping[str, Path]) -> list[Figure]:
    """Render the held-out views through the job that panes use, one field after the other.

    Loading a field is not counted. Pictures are judged in the circle, against the truth of their size.
    """
    views = abdomen.p09_views(_SIDE_PX)
    rates: dict[str, list[float]] = {method: [] for method in folders}
    quality: dict[str, list[float]] = {method: [] for method in folders}
    for number in abdomen.HELD_OUT * _ROUNDS:
        for method, folder in folders.items():
            seconds, picture = _render(method, folder, views, number)
            rates[method].append(1 / seconds)
            truth, valid = views.images[number] / 255, views.valid[number]
            quality[method].append(view_quality(picture, truth, valid)["psnr_circle"])
    speedups = [fast / slow for fast, slow in zip(rates[PLANES], rates[HASH_GRID], strict=True)]
    return [
        _figure("scene_planes_speedup", speedups),
        *(_figure(f"scene_frames_per_second[{method}]", found) for method, found in rates.items()),
        *(_figure(f"scene_psnr_db[{method}]", found) for method, found in quality.items()),
    ]


def _render(method: str, folder: Path, views: PosedViews, number: int) -> tuple[float, NDArray[np.float64]]:
    """Seconds of a view's picture without loading, and the picture (H, W, 3), 0-1."""
    payload = {
        "folder": str(folder),
        "scene_from_camera": views.poses[number].tolist(),
        "lens": asdict(views.lenses[number]),
        "levels": [1],
    }
    link = Listening(listener=Silence(), scratch=folder.parent, threads=THREADS)
    told, arrays = resolved(installed().find(method).entry)(payload, {}, link)
    return told["seconds"], np.clip(arrays["picture"][..., :3].astype(np.float64), 0, 1)


def _figure(name: str, values: list[float]) -> Figure:
    return Figure(
        name=name,
        value=statistics.median(values),
        n=len(values),
        spread=max(values) - min(values),
        lower_is_better=False,
    )
