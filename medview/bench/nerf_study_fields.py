"""One training of the study: views of the synthetic abdomen with or without its mask, and the judgement.

The scene, near, far and box are the recipe's (P09); poses are true and stay as they are; known depths are
left out, since the paper's method has none.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from medview.bench.nerf_study_settings import FieldRun, PoseRun
from medview.core.lens import Lens
from medview.core.posed_views import PosedViews
from medview.measure.view_quality import view_quality
from medview.ml.context import Listener, RunContext
from medview.ml.field_request import FieldRequest
from medview.ml.registry import Registry
from medview.ml.runner import resolved, train_field
from medview.phantoms.laparoscopy import abdomen

Floats = NDArray[np.float64]

SCENE: dict[str, Any] = {
    "normalise": False,
    "near": abdomen.NEAR,
    "far": abdomen.FAR,
    "cells": 16,
    "box": " ".join(f"{side:g}" for corner in abdomen.BOX for side in corner),
}
"""The recipe's frame as training parameters."""


@dataclass(frozen=True, kw_only=True)
class Listening:
    """What a job's target is given, made of whoever listens to the study."""

    listener: Listener
    scratch: Path
    threads: int

    def progress(self, fraction: float, message: str) -> None:
        """Pass it on."""
        self.listener.progress(fraction, message)

    def preview(self, name: str, offset_ijk: tuple[int, int, int], array: NDArray[Any]) -> None:
        """Nobody looks."""

    def report(self, step: int, values: Any) -> None:
        """Pass it on."""
        self.listener.report(step, values)

    def is_cancelled(self) -> bool:
        """Whether the study is to stop."""
        return self.listener.is_cancelled()


def field_row(run: FieldRun, folder: Path, listener: Listener, registry: Registry) -> dict[str, Any]:
    """Train and judge; a training that was stopped goes on where it was.

    Returns:
        The run's words, ``seconds`` of the training with its judging and baking, and for each measure the
        mean and the deviation over the held-out views: ``psnr_circle``, ``ssim_circle``, ``psnr_rimless``,
        ``ssim_rimless`` (whole frames without a rim), ``psnr_rimmed``, ``ssim_rimmed`` (whole frames with
        the black rim).
    """
    scene = abdomen.p09_abdomen(headlight=run.headlight)
    chosen, held_out = chosen_views(run.views)
    views = replace(scene.views.only(np.array([*chosen, *held_out])), depths=None)
    if not run.is_masked:
        views = replace(views, valid=np.ones_like(views.valid))
    places = range(len(chosen), len(views))
    params = {
        **SCENE,
        "steps": run.steps,
        "preset": run.preset,
        "held_out": ", ".join(str(place) for place in places),
    }
    seconds = train(run, run.method, views, params, folder, listener, registry)
    poses = [scene.views.poses[n] for n in held_out]
    pictures = rendered(run, folder, poses, scene.views.lenses[0], listener, registry)
    return {**asdict(run), "seconds": seconds, **_judged(scene, held_out, pictures)}


def chosen_views(count: int) -> tuple[list[int], list[int]]:
    """Numbers of the views that are trained on, equally spaced, and of the held-out ones."""
    others = [n for n in range(abdomen.VIEWS) if n not in abdomen.HELD_OUT]
    return [others[int(n)] for n in np.linspace(0, len(others) - 1, count)], list(abdomen.HELD_OUT)


def train(
    run: FieldRun | PoseRun,
    method: str,
    views: PosedViews,
    params: dict[str, Any],
    folder: Path,
    listener: Listener,
    registry: Registry,
) -> float:
    """Train a field in `folder`, going on from a checkpoint there; seconds in all."""
    spec = registry.find(method)
    known = {param.name for param in spec.train_params}
    request = FieldRequest(
        model_id=spec.id,
        version=spec.version,
        views=views,
        params={name: value for name, value in params.items() if name in known},
        out=folder,
        resume=(folder / "checkpoint.safetensors").is_file(),
        seed=run.seed,
        device=run.device,
    )
    with tempfile.TemporaryDirectory(prefix="medview-") as scratch:
        ctx = RunContext(
            scratch=Path(scratch), device=run.device, seed=run.seed, threads=run.threads, listener=listener
        )
        with _clock(folder.with_suffix(".seconds")) as clock:
            train_field(request, ctx, registry)
    return clock()


@contextmanager
def _clock(path: Path) -> Iterator[Callable[[], float]]:
    """Seconds that a block has taken, those of earlier tries included, which `path` remembers."""
    before_s = float(path.read_text(encoding="utf-8")) if path.is_file() else 0.0
    started_s = time.monotonic()
    taken_s = 0.0
    try:
        yield lambda: taken_s
    finally:
        taken_s = before_s + time.monotonic() - started_s
        path.write_text(f"{taken_s:.3f}", encoding="utf-8")


def rendered(
    run: FieldRun, folder: Path, poses: Sequence[Floats], lens: Lens, listener: Listener, registry: Registry
) -> list[Floats]:
    """Pictures (H, W, 3), 0-1, over black, of a trained field from poses in its scene."""
    render = resolved(registry.find(run.method).entry)
    found = []
    with tempfile.TemporaryDirectory(prefix="medview-") as scratch:
        link = Listening(listener=listener, scratch=Path(scratch), threads=run.threads)
        for pose in poses:
            payload = {
                "folder": str(folder),
                "scene_from_camera": pose.tolist(),
                "lens": asdict(lens),
                "levels": [1],
            }
            _, arrays = render(payload, {}, link)
            found.append(np.clip(np.asarray(arrays["picture"][..., :3], np.float64), 0, 1))
    return found


def _judged(scene: abdomen.Abdomen, held_out: Sequence[int], pictures: Sequence[Floats]) -> dict[str, Any]:
    columns: dict[str, list[float]] = {}
    for number, picture in zip(held_out, pictures, strict=True):
        valid = scene.views.valid[number]
        rimmed = view_quality(picture, scene.views.images[number] / 255, valid)
        rimless = view_quality(picture, scene.rimless[number] / 255, valid)
        for measure in ("psnr", "ssim"):
            columns.setdefault(f"{measure}_circle", []).append(rimmed[f"{measure}_circle"])
            columns.setdefault(f"{measure}_rimless", []).append(rimless[f"{measure}_frame"])
            columns.setdefault(f"{measure}_rimmed", []).append(rimmed[f"{measure}_frame"])
    return {
        name: {"mean": float(np.mean(values)), "deviation": float(np.std(values, ddof=1))}
        for name, values in columns.items()
    }
