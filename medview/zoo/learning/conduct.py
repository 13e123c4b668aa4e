"""Conducting a training: from a request and a method's recipe to a run's folder with the best weights."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import torch
from accelerate import Accelerator
from torch import Tensor

from medview.core.errors import InputRefused
from medview.ml.context import RunContext
from medview.ml.request import Subject, TrainRequest
from medview.ml.spec import ModelSpec
from medview.ml.training_folder import CHECKPOINT, HISTORY, LOGS, PICTURES
from medview.zoo.learning.checkpoint import has_checkpoint
from medview.zoo.learning.cross_validation import cross_validate
from medview.zoo.learning.draws import BatchPlan, SliceSource
from medview.zoo.learning.learner import Learner
from medview.zoo.learning.params import LENGTHS, SharedSettings
from medview.zoo.learning.part import part_of
from medview.zoo.learning.phases import Phase
from medview.zoo.learning.run_folder import (
    demand_same_config,
    draft_card,
    keep_weights,
    told_of_lack_of_room,
    write_config,
)
from medview.zoo.learning.slices import PreparedSubject, Slices, fold_split, split
from medview.zoo.learning.trainer import Course, Trainer
from medview.zoo.learning.workplace import new_accelerator

PREPARED = 0.1
"""Part of the progress that preparing the subjects takes."""
SPLIT_STREAM = 1
"""Of the context's random numbers: deals subjects to learn from and to validate on."""


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """All that a method adds to the platform in order to be trained.

    Args:
        spec: The method.
        settings: What a run must know of the weights; goes into the card.
        prepare: Takes subjects to prepared slices, in files under the context's scratch folder.
        learner: Makes a fresh `Learner` that judges itself on the given validation slices. Random numbers
            of torch begin alike before each call.
        plan: How batches are drawn, given their size.
        phases: One after the other.
        watched: The score whose highest value decides which weights are kept.
        keeps_last: The weights of the last epoch are kept instead: for few validation subjects and a rate
            that falls to nothing.
        batch: What a batch of 0 means on a graphics card and on the CPU.
        nothing_shown: Why subjects without any foreground are refused, such as ``"no subject has a voxel
            marked as vessel"``; empty where they are not.
        variant: The ablation, where it is not the full method.
        may_change: Names of parameters beyond the shared ones that may differ on resuming.
    """

    spec: ModelSpec
    settings: Mapping[str, Any]
    prepare: Callable[[Sequence[Subject], RunContext], Sequence[PreparedSubject]]
    learner: Callable[[Slices], Learner]
    plan: Callable[[int], BatchPlan]
    phases: tuple[Phase, ...]
    watched: str = "validation_dice"
    keeps_last: bool = False
    batch: tuple[int, int] = (8, 2)
    nothing_shown: str = ""
    variant: str = ""
    may_change: tuple[str, ...] = ()


def conduct(recipe: Recipe, request: TrainRequest, ctx: RunContext) -> Mapping[str, float]:
    """Train, and leave a model folder in ``request.out``.

    With ``folds`` and no ``fold``, one training after the other goes to ``fold-1`` … and the folder itself
    gets the weights of the best and a table of all.

    Returns:
        The watched score of the weights that were kept, their ``best_epoch``, and ``epochs`` trained; or
        mean and spread of the score over folds.

    Raises:
        InputRefused: A subject lacks an array, nothing is marked, or there is nothing to resume.
        RunFailed: The loss ceased to be finite, or the disk is full: the last checkpoint is whole.
    """
    torch.set_num_threads(ctx.threads)
    shared = SharedSettings.from_params(request.params)
    accelerator = new_accelerator(ctx.device, shared.precision)
    with told_of_lack_of_room(request.out):
        _open_folder(recipe, request, accelerator, ctx)
        prepared = recipe.prepare(request.subjects, part_of(ctx, 0.0, PREPARED))
        rest = part_of(ctx, PREPARED, 1 - PREPARED)
        train = partial(_train, recipe, shared, prepared, is_resumed=request.resume)
        if shared.folds and not shared.fold:
            is_main = accelerator.is_main_process
            scores = cross_validate(train, shared.folds, request.out, recipe.watched, rest, is_main=is_main)
        else:
            scores = train(shared.fold, request.out, rest)
    accelerator.wait_for_everyone()
    accelerator.end_training()
    return scores


def _open_folder(recipe: Recipe, request: TrainRequest, accelerator: Accelerator, ctx: RunContext) -> None:
    config = {**request.params, "model": recipe.spec.id, "version": recipe.spec.version, "seed": ctx.seed}
    request.out.mkdir(parents=True, exist_ok=True)
    if request.resume:
        demand_same_config(request.out, config, (*LENGTHS, *recipe.may_change))
    accelerator.wait_for_everyone()
    if accelerator.is_main_process:
        if not request.resume:
            clear(request.out)
        write_config(request.out, config)
    accelerator.wait_for_everyone()


def clear(out: Path) -> None:
    """Take away what an earlier training left that would mix with a new one; weights stay until then."""
    for name in (CHECKPOINT, f"{CHECKPOINT}.old", LOGS, PICTURES):
        shutil.rmtree(out / name, ignore_errors=True)
    for path in (out / HISTORY, *out.glob("draws-*.jsonl")):
        path.unlink(missing_ok=True)
    for fold in out.glob("fold-*"):
        clear(fold)


def _train(
    recipe: Recipe,
    shared: SharedSettings,
    prepared: Sequence[PreparedSubject],
    fold: int,
    out: Path,
    ctx: RunContext,
    *,
    is_resumed: bool,
) -> Mapping[str, float]:
    learn, held = _parts(recipe, shared, prepared, fold, ctx)
    accelerator = new_accelerator(ctx.device, shared.precision)
    batch = shared.batch or recipe.batch[accelerator.device.type == "cpu"]
    steps = shared.steps_per_epoch or max(1, round(learn.count / batch / accelerator.num_processes))
    course = Course(
        phases=recipe.phases,
        steps_per_epoch=steps,
        watched=recipe.watched,
        is_recorded=shared.record,
        keeps_last=recipe.keeps_last,
    )
    torch.manual_seed(ctx.seed)
    learner = recipe.learner(held)
    keep = partial(_keep, recipe, out, len(learn.subjects), len(held.subjects))
    out.mkdir(exist_ok=True)
    trainer = Trainer(learner, SliceSource(learn, recipe.plan(batch)), course, accelerator, out, keep, ctx)
    if is_resumed and has_checkpoint(out):
        trainer.resume()
    return trainer.run()


def _parts(
    recipe: Recipe, shared: SharedSettings, prepared: Sequence[PreparedSubject], fold: int, ctx: RunContext
) -> tuple[Slices, Slices]:
    ids, rng = [subject.id for subject in prepared], ctx.generator(SPLIT_STREAM)
    learned, held = (
        fold_split(ids, shared.folds, fold, rng) if fold else split(ids, shared.validation_fraction, rng)
    )
    learn, validate = (Slices.of([prepared[number] for number in numbers]) for numbers in (learned, held))
    if recipe.nothing_shown and not len(learn.with_foreground):
        raise InputRefused(
            f"Cannot train {recipe.spec.title}", recipe.nothing_shown, "Mark some in the training scans."
        )
    return learn, validate


def _keep(
    recipe: Recipe, out: Path, learned: int, held: int, state: Mapping[str, Tensor], facts: Mapping[str, Any]
) -> None:
    rounded = {name: round(value, 4) if isinstance(value, float) else value for name, value in facts.items()}
    known = {"learned": learned, "held": held, **rounded}
    keep_weights(out, state, draft_card(recipe.spec, recipe.settings, known, recipe.variant))
