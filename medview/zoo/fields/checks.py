"""Checks 8 to 10 of P09 on its synthetic abdomen, as numbers: for the bench in full, for tests in small.

`run` is a job target that the bench names by a string. Cameras, box and the four held-out views are those
of the method file; nothing is normalised.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from medview.core.posed_views import PosedViews
from medview.core.volume import AnyArray
from medview.measure.view_quality import psnr
from medview.ml.context import RunContext
from medview.ml.field_request import FieldRequest
from medview.ml.travel import Link
from medview.phantoms.laparoscopy.abdomen import BOX, FAR, HELD_OUT, NEAR, Abdomen, p09_abdomen
from medview.zoo.fields.held_out import Judge
from medview.zoo.fields.instant_ngp.training import train
from medview.zoo.fields.resident import resident
from medview.zoo.fields.training_cameras import drift, drifted

Floats = NDArray[np.float64]
NOISE_DEG, NOISE = 1.5, 0.02


@dataclass(frozen=True, eq=False, kw_only=True)
class Bench:
    """Where and how the checks are made.

    Args:
        abdomen: The pictures.
        steps: Of each training.
        seed: Of networks, rays and pose noise.
        ctx: Whom to tell.
        out: Folder for the fields.
        params: Training parameters that differ from what is set here.
    """

    abdomen: Abdomen
    steps: int
    seed: int
    ctx: RunContext
    out: Path
    params: Mapping[str, Any]

    def trained(self, name: str, views: PosedViews, held_out: NDArray[np.intp], **params: Any) -> Path:
        """Train on views but the held-out ones; the field's folder."""
        corners = ", ".join(str(number) for corner in BOX for number in corner)
        told = {
            "preset": "cpu-demo",
            "steps": self.steps,
            "normalise": False,
            "near": NEAR,
            "far": FAR,
            "box": corners,
            "held_out": ", ".join(str(number) for number in held_out),
            "cells": 16,
        }
        folder = self.out / name
        request = FieldRequest(
            model_id="instant-ngp",
            version="1.0",
            views=views,
            params={**told, **self.params, **params},
            out=folder,
            seed=self.seed,
            device=self.ctx.device,
        )
        train(request, self.ctx)
        return folder

    def quality(self, folder: Path, poses: Floats) -> dict[str, float]:
        """Mean PSNR of the held-out views from these cameras (40, 4, 4).

        ``circle``: in the circle; ``rimless``: against pictures without rim; ``frame``: with the black rim.
        """
        found, views = resident(folder), self.abdomen.views
        judge = Judge(views=views, near=NEAR, far=FAR, is_moving=False, device=found.device)
        rows = []
        for view in HELD_OUT:
            picture = judge.picture(found.scene, view, poses[view], self.ctx.check_cancelled)
            rimless, rimmed = self.abdomen.rimless[view] / 255, views.images[view] / 255
            inside = views.valid[view]
            circle = psnr(picture[inside], rimless[inside])
            rows.append((circle, psnr(picture, rimless), psnr(picture, rimmed)))
        return dict(zip(("circle", "rimless", "frame"), np.mean(rows, 0).tolist(), strict=True))


def run(
    payload: Mapping[str, Any], _arrays: Mapping[str, AnyArray], link: Link
) -> tuple[dict[str, Any], dict[str, AnyArray]]:
    """Job target: one check.

    Args:
        payload: ``check``: "masking", "views" or "refinement"; ``steps``; and, where they differ from what
            stands here, ``size`` 64 (pixels a side), ``seed`` 0, ``params`` {} of the trainings, ``counts``
            [6, 12, 36] of views.
        link: Whom to tell.

    Returns:
        Numbers, see the function of that name.
    """
    ctx = RunContext(scratch=link.scratch, seed=payload.get("seed", 0), threads=link.threads, listener=link)
    bench = Bench(
        abdomen=p09_abdomen(payload.get("size", 64)),
        steps=payload["steps"],
        seed=payload.get("seed", 0),
        ctx=ctx,
        out=link.scratch,
        params=payload.get("params", {}),
    )
    counts = tuple(payload.get("counts", (6, 12, 36)))
    checks: dict[str, Callable[[], dict[str, Any]]] = {
        "masking": lambda: masking(bench),
        "views": lambda: more_views(bench, counts),
        "refinement": lambda: refinement(bench),
    }
    return checks[payload["check"]](), {}


def masking(bench: Bench) -> dict[str, Any]:
    """Check 8: learning from the circle only against learning from whole frames.

    Returns:
        ``masked`` and ``unmasked``, each as `Bench.quality` gives it.
    """
    views, held_out = bench.abdomen.views, np.asarray(HELD_OUT)
    whole = replace(views, valid=np.ones_like(views.valid))
    return {
        name: bench.quality(bench.trained(name, each, held_out), views.poses)
        for name, each in (("masked", views), ("unmasked", whole))
    }


def more_views(bench: Bench, counts: tuple[int, ...]) -> dict[str, Any]:
    """Check 9: how many pictures are learned from, at equal steps; quality by number."""
    views = bench.abdomen.views
    learnable = np.setdiff1d(np.arange(len(views)), HELD_OUT)
    found = {}
    for count in counts:
        spread = learnable[np.linspace(0, len(learnable) - 1, count).astype(int)]
        chosen = np.sort(np.concatenate([spread, HELD_OUT]))
        held_out = np.flatnonzero(np.isin(chosen, HELD_OUT))
        folder = bench.trained(f"views-{count}", views.only(chosen), held_out)
        found[str(count)] = bench.quality(folder, views.poses)
    return found


def refinement(bench: Bench) -> dict[str, Any]:
    """Check 10: cameras with noise of 1.5 degrees and 0.02 per axis, refined and not.

    Returns:
        ``fixed`` and ``refined``: quality of held-out views, whose true cameras go along with the mean
        rotation and translation of the others, and ``rotation_deg`` and ``translation``: mean errors of the
        training cameras; with ``_aligned`` after taking that mean away.
    """
    views, held_out = bench.abdomen.views, np.asarray(HELD_OUT)
    training = np.setdiff1d(np.arange(len(views)), held_out)
    noisy = replace(views, poses=_noisy(views.poses, training, bench.seed))
    found = {}
    for name, is_refined in (("fixed", False), ("refined", True)):
        folder = bench.trained(name, noisy, held_out, pose_refine=is_refined)
        after, before = resident(folder).facts.poses[training], views.poses[training]
        turn, shift = drift(before, after)
        along = drifted(views.poses, turn, shift)
        found[name] = {
            **bench.quality(folder, along),
            **_errors(before, after, ""),
            **_errors(along[training], after, "_aligned"),
        }
    return found


def _noisy(poses: Floats, training: NDArray[np.intp], seed: int) -> Floats:
    from scipy.spatial.transform import Rotation

    draws = np.random.default_rng([seed, 10])
    found = poses.copy()
    turns = Rotation.from_rotvec(np.radians(NOISE_DEG) * draws.normal(size=(len(training), 3))).as_matrix()
    found[training, :3, :3] = turns @ poses[training, :3, :3]
    found[training, :3, 3] += NOISE * draws.normal(size=(len(training), 3))
    return found


def _errors(wanted: Floats, found: Floats, suffix: str) -> dict[str, float]:
    cosines = (np.einsum("nij,nij->n", wanted[:, :3, :3], found[:, :3, :3]) - 1) / 2
    angles = np.degrees(np.arccos(np.clip(cosines, -1, 1)))
    shifts = np.linalg.norm(wanted[:, :3, 3] - found[:, :3, 3], axis=1)
    return {f"rotation_deg{suffix}": float(angles.mean()), f"translation{suffix}": float(shifts.mean())}
