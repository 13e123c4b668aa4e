"""What a training ends with: numbers on held-out views, and the field's folder."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

import medview
from medview.ml.card import ModelCard
from medview.ml.context import RunContext
from medview.ml.field_folder import POINTS_NAME, FieldFacts, write_facts
from medview.ml.field_request import FieldRequest
from medview.zoo.fields.baking import Grid, baked_field, depth_maps, middle_of, write_baked
from medview.zoo.fields.held_out import Judge
from medview.zoo.fields.learner import Learner
from medview.zoo.fields.plan import Plan
from medview.zoo.learning.run_folder import keep_weights, write_json

VIEWS_NAME = "views.json"
SCORES = ("psnr_circle", "psnr_frame", "ssim_circle", "ssim_frame")
_LEARNED = 0.9
Floats = NDArray[np.float64]


def finished(
    learner: Learner,
    request: FieldRequest,
    params: Mapping[str, Any],
    seconds: float,
    ctx: RunContext,
) -> dict[str, float]:
    """Judge the field, write its folder and return its scores over the held-out views.

    Args:
        learner: That has learned.
        request: What was asked for.
        params: All parameters.
        seconds: Time spent learning.
        ctx: Whom to tell.
    """
    plan, poses = learner.plan, learner.poses()
    learner.scene.field.advance(1.0)
    learner.scene.eval()
    rows = _judged(learner, poses, ctx)
    scores = _means([row for row in rows if row["held_out"]])
    facts = _facts(plan, request, poses, scores)
    ctx.progress(0.97, "Writing the field")
    maps = depth_maps(learner.scene, facts, ctx.check_cancelled)
    told = {
        "params": dict(params),
        "seed": request.seed,
        "device": request.device,
        "seconds": round(seconds, 2),
        "steps": learner.step,
        "depth_range": list(maps.span()),
        "program_version": medview.__version__,
    }
    facts = replace(facts, provenance=told)
    grid, moment = Grid(facts.box, plan.settings.cells), 0.0 if plan.is_moving else None
    middle = middle_of(facts)
    baked = baked_field(learner.scene, grid, maps, middle, moment, ctx.check_cancelled)
    _write(request.out, learner, facts, rows, baked)
    ctx.progress(1.0, "Training finished")
    return scores


def _judged(learner: Learner, poses: Floats, ctx: RunContext) -> list[dict[str, Any]]:
    """One row for each view: in full where it was held out, else how well it fits."""
    plan, judge = learner.plan, Judge.of(learner.plan)
    held_out, rows = {int(number) for number in plan.held_out}, []
    for view, name in enumerate(plan.views.names):
        ctx.progress(_LEARNED + 0.07 * view / len(plan.views), f"Comparing with {name}")
        look = judge.judged if view in held_out else judge.residual
        found = look(learner.scene, view, poses[view], ctx.check_cancelled)
        rows.append({"name": name, "held_out": view in held_out, **found})
    return rows


def _means(rows: Sequence[Mapping[str, Any]]) -> dict[str, float]:
    """Means over the held-out views that have the number: a view that is masked throughout has none."""
    values = {name: [row[name] for row in rows if name in row] for name in SCORES}
    return {name: float(np.mean(found)) for name, found in values.items() if found}


def _facts(plan: Plan, request: FieldRequest, poses: Floats, scores: Mapping[str, float]) -> FieldFacts:
    views, framing = plan.views, plan.framing
    return FieldFacts(
        model_id=request.model_id,
        version=request.version,
        name=request.out.name,
        config=plan.config,
        box=framing.box,
        near=framing.near,
        far=framing.far,
        scene_from_capture=framing.scene_from_capture,
        frame_names=views.names,
        poses=poses,
        lenses=views.lenses,
        times=views.times,
        held_out=tuple(int(number) for number in plan.held_out),
        is_metric=views.is_metric,
        is_moving=plan.is_moving,
        is_synthetic=views.is_synthetic,
        scores=scores,
    )


def _write(
    out: Path,
    learner: Learner,
    facts: FieldFacts,
    rows: Sequence[Mapping[str, Any]],
    baked: NDArray[np.uint8],
) -> None:
    plan = learner.plan
    keep_weights(out, learner.scene.state_dict(), _card(plan, facts, learner.step))
    write_baked(out, baked)
    np.savez(out / POINTS_NAME, points=plan.framing.points, rgb=plan.views.points_rgb)
    write_json(out / VIEWS_NAME, list(rows))
    # the description comes last: a folder that has one is whole
    write_facts(out, facts)


def _card(plan: Plan, facts: FieldFacts, steps: int) -> ModelCard:
    spec, learned, held = plan.method.spec, len(plan.training), len(plan.held_out)
    kind = "synthetic pictures" if facts.is_synthetic else "pictures"
    row = {"data": f"{held} held-out views", "n": held, "steps": steps, **facts.scores}
    return ModelCard(
        model_id=spec.id,
        version=spec.version,
        title=f"{spec.title}: {facts.name}",
        sha256="0" * 64,
        trained_on=f"{learned} {kind} of one scene, of the person who trained it",
        intended_use=spec.note,
        not_for=(
            "Diagnosis, measurement without a known scale, and views far from the cameras of the training. "
            "Depths are approximate."
        ),
        results=(row,) if held else (),
        settings=dict(plan.config),
        citation=spec.citation,
    )
