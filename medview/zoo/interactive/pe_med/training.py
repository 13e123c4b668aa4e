"""Training on a person's own slices, as the platform's trainer runs it (Chang et al. 2023).

Samples are slices across the third axis that show the object, seen whole on the network's grid; clicks are
simulated as in `learner`. Two thirds of the epochs have up to three simulated clicks, the rest up to eight.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from medview.core.volume import AnyArray
from medview.measure.agreement import volume_ml
from medview.ml.context import RunContext
from medview.ml.request import Subject, TrainRequest
from medview.zoo.interactive.pe_med.appearance import unit
from medview.zoo.interactive.pe_med.focus import whole
from medview.zoo.interactive.pe_med.learner import FEW, MANY, PeMedLearner
from medview.zoo.interactive.pe_med.model_folder import KINDS
from medview.zoo.interactive.pe_med.settings import PAPER_B0, NetworkSettings
from medview.zoo.interactive.pe_med.spec import BATCH, SPEC
from medview.zoo.learning.augmentation import AugmentationPlan
from medview.zoo.learning.conduct import Recipe, conduct
from medview.zoo.learning.draws import BatchPlan
from medview.zoo.learning.phases import Phase, Schedule
from medview.zoo.learning.slices import PreparedSubject, Slices, array_of, new_array

IMAGE, OBJECT = "image", "object"
MOST_JUDGED = 24
"""Validation slices that are clicked on, evenly spread over all."""


@dataclass(frozen=True, kw_only=True)
class TrainSettings:
    """One training, as asked for: the training parameters that are this method's own."""

    size: str
    grid: int
    corrections: bool
    overlap: bool
    epochs: int
    learning_rate: float
    augmentation: bool

    @classmethod
    def from_params(cls, params: Mapping[str, Any]) -> TrainSettings:
        """Read them from among all training parameters."""
        return cls(**{name: params[name] for name in cls.__dataclass_fields__})

    @property
    def network(self) -> NetworkSettings:
        """What the network is made for."""
        return replace(PAPER_B0 if self.size == "b0" else NetworkSettings(), grid=self.grid // 32 * 32)


def train(request: TrainRequest, ctx: RunContext) -> Mapping[str, float]:
    """Train on subjects and write a model folder; see `conduct`."""
    return conduct(recipe_of(TrainSettings.from_params(request.params)), request, ctx)


def recipe_of(settings: TrainSettings) -> Recipe:
    """What the platform must know to train as asked for."""
    network = settings.network
    few = -(-2 * settings.epochs // 3)
    falling = Schedule(course="cosine", floor=0.02)
    phases = [Phase(name=FEW, epochs=few), Phase(name=MANY, epochs=settings.epochs - few, schedule=falling)]
    return Recipe(
        spec=SPEC,
        settings={KINDS[2]: network.as_card()},
        prepare=partial(prepare, network.grid),
        learner=lambda held: learner_of(settings, held),
        plan=lambda batch: BatchPlan(
            batch=batch,
            augmentation=AugmentationPlan(
                flip_j=0.5, angle_deg=15.0, scale=(0.75, 1.4), brightness=0.25, contrast=0.4
            )
            if settings.augmentation
            else None,
        ),
        phases=tuple(phase for phase in phases if phase.epochs),
        batch=BATCH,
        nothing_shown="no subject has a voxel marked as object",
    )


def learner_of(settings: TrainSettings, held: Slices) -> PeMedLearner:
    """The network in training, judged on validation slices that show the object."""
    shown = held.with_foreground
    chosen = shown[:: max(1, -(-len(shown) // MOST_JUDGED))]
    images, targets = held.take(chosen)
    scenes = [
        (image[0].numpy(), target[0].numpy() > 0.5) for image, target in zip(images, targets, strict=True)
    ]
    return PeMedLearner(
        settings.network,
        settings.learning_rate,
        scenes,
        overlap_weight=float(settings.overlap),
        has_corrections=settings.corrections,
    )


def prepare(grid: int, subjects: Sequence[Subject], ctx: RunContext) -> list[PreparedSubject]:
    """Every slice on the grid, in files under the scratch folder; those with the object are learned from.

    Args:
        grid: Pixels of its side.
        subjects: With an ``image`` and an ``object``.
        ctx: Hears of the progress.
    """
    prepared = []
    for number, subject in enumerate(subjects):
        ctx.progress(number / len(subjects), f"Preparing subject {number + 1} of {len(subjects)}")
        prepared.append(_prepared(subject, grid, ctx.scratch / f"prepared-{number}", ctx))
    return prepared


def _prepared(subject: Subject, grid: int, base: Path, ctx: RunContext) -> PreparedSubject:
    scan, marked = array_of(subject, IMAGE), array_of(subject, OBJECT)
    scan = scan[..., 0] if scan.ndim == 4 else scan
    focus = whole(scan.shape[:2], subject.geometry.spacing_mm[:2], grid)
    shape = (scan.shape[2], 1, focus.grid, focus.grid)
    images = new_array(base.with_suffix(".images.npy"), shape, np.float16)
    masks = new_array(base.with_suffix(".masks.npy"), shape, np.uint8)
    for k in range(scan.shape[2]):
        ctx.check_cancelled()
        image: AnyArray = np.asarray(scan[..., k], np.float32)
        images[k, 0] = unit(focus.seen(image, float(image.min())))
        masks[k, 0] = focus.seen((marked[..., k] > 0).astype(np.float32), 0.0) >= 0.5
    pixels = float(np.prod(scan.shape[:2])) / focus.grid**2
    made = PreparedSubject.opened(subject.id, images, masks, pixels * volume_ml(1, subject.geometry))
    return replace(made, usable=made.foreground)
