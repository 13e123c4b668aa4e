"""The training of APU-Net as the platform's trainer runs it: network and weight generator together.

Zhou, Zhang et al. 2020. Ours, where the paper says nothing: subjects rather than slices are held back, half
of each batch shows infarction or no-reflow, the learning rate falls by the same factor after each epoch, and
with ``window_px`` seven of eight batches are cut to windows near the cavity. The network is convolutional and
its normalisation keeps running averages, so that what it learns on windows holds for whole squares.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.optim import Optimizer

from medview.core.volume import AnyArray
from medview.ml.context import RunContext
from medview.ml.request import TrainRequest
from medview.zoo.learning.application import IMAGE
from medview.zoo.learning.augmentation import AugmentationPlan
from medview.zoo.learning.conduct import Recipe, conduct
from medview.zoo.learning.curves import overlay
from medview.zoo.learning.draws import Batch, BatchPlan
from medview.zoo.learning.phases import Phase, Schedule
from medview.zoo.learning.slices import Slices
from medview.zoo.learning.validation import validation_scores
from medview.zoo.learning.workplace import Workplace
from medview.zoo.segment.cardiac_pathology.data import prepare
from medview.zoo.segment.cardiac_pathology.mixup import pathology_mixing
from medview.zoo.segment.cardiac_pathology.objective import ApuObjective
from medview.zoo.segment.cardiac_pathology.settings import CLASSES, FACTOR, TrainSettings, parsed_values
from medview.zoo.segment.cardiac_pathology.spec import BATCH, SPEC
from medview.zoo.segment.cardiac_pathology.start import take_over

STRUCTURES = ("cavity", "myocardium", "infarct", "no_reflow")
WINDOW_NEAR = CLASSES.index("LV cavity")
JITTER = 0.08
"""Shift of the heart, as a share of the square's side: ten of 128 pixels."""


def train(request: TrainRequest, ctx: RunContext) -> Mapping[str, float]:
    """Train on subjects and write a model folder; see `conduct`.

    Subjects, not slices, are held back for validation: slices of one patient on both sides would flatter.
    """
    return conduct(recipe_of(TrainSettings.from_params(request.params)), request, ctx)


def recipe_of(settings: TrainSettings) -> Recipe:
    """What the platform must know to train as asked for."""
    network, values = settings.network, parsed_values(settings.label_values)
    falling = Schedule(course="exponential", floor=min(1.0, settings.final_rate / settings.learning_rate))
    return Recipe(
        spec=SPEC,
        settings=network.as_table(),
        prepare=lambda subjects, ctx: prepare(subjects, network, values, ctx),
        learner=partial(PathologyLearner, settings),
        plan=partial(batch_plan, settings),
        phases=(Phase(epochs=settings.epochs, schedule=falling, patience=settings.patience),),
        batch=BATCH,
        nothing_shown="no subject has a voxel marked as infarction or no-reflow",
        variant="" if settings.ablation == "none" else settings.ablation,
    )


def batch_plan(settings: TrainSettings, batch: int) -> BatchPlan:
    """How batches are drawn; flips, rotation and scale are the choice of the paper file, balance is ours."""
    changes = AugmentationPlan(
        flip_i=0.5, flip_j=0.5, angle_deg=20.0, scale=(0.9, 1.1), is_unit=False, padding="border"
    )
    jitter = round(JITTER * settings.crop_px) if settings.augmentation else 0
    return BatchPlan(
        batch=batch,
        window_px=settings.window_px // FACTOR * FACTOR,
        window_near=WINDOW_NEAR,
        augmentation=changes if settings.augmentation else None,
        target_kinds=(IMAGE,) * len(CLASSES),
        mixing=pathology_mixing(settings.mixup_prob, jitter),
    )


class PathologyLearner:
    """Network and weight generator in training.

    Args:
        settings: What was asked for.
        held: Slices to validate on.
    """

    def __init__(self, settings: TrainSettings, held: Slices) -> None:
        self._held = held
        objective = ApuObjective(settings)
        if settings.start:
            take_over(objective.net, Path(settings.start))
        self._objective = objective.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.modules: Mapping[str, nn.Module] = {"objective": self._objective}
        adam = torch.optim.Adam(self._objective.parameters(), lr=settings.learning_rate)
        self.optimisers: Mapping[str, Optimizer] = {"adam": adam}

    def step(self, batch: Batch, phase: str, place: Workplace) -> Mapping[str, Tensor]:  # noqa: ARG002
        """One step down the loss."""
        images = batch.images.contiguous(memory_format=torch.channels_last)
        with place.autocast():
            losses: dict[str, Tensor] = place.module("objective")(images, batch.targets)
        place.descend("adam", losses["total"])
        return losses

    def judge(self, place: Workplace, ctx: RunContext) -> Mapping[str, float]:
        """Dice of every class over validation subjects that show it, and their mean."""
        return validation_scores(self._found, _marked, self._held, place, ctx, STRUCTURES)

    def kept(self) -> Mapping[str, Tensor]:
        """The network; the weight generator serves training only."""
        return self._objective.net.state_dict()

    def picture(self, place: Workplace) -> NDArray[np.uint8] | None:
        """The slice with the most pathology among validation subjects, with reference and finding."""
        sizes = [(subject.targets[:, 3:].sum(axis=(1, 2, 3))) for subject in self._held.subjects]
        number = int(np.argmax([size.max() for size in sizes]))
        k = int(sizes[number].argmax())
        subject = self._held.subjects[number]
        images = torch.from_numpy(np.asarray(subject.images[k : k + 1], np.float32))
        with torch.inference_mode(), place.autocast():
            found = self._found(images.to(place.device)).cpu().numpy()
        shown = np.clip((np.asarray(subject.images[k, 0], np.float32) + 2) / 5, 0, 1)
        return overlay(shown, subject.targets[k, 3:].any(axis=0), found[0, 2:].any(axis=0))

    def _found(self, images: Tensor) -> Tensor:
        classes = self._objective.net(images).argmax(dim=1)
        return torch.stack([classes == number for number in range(1, len(CLASSES))], dim=1)


def _marked(targets: AnyArray) -> AnyArray:
    marked: AnyArray = targets[:, 1:] > 0
    return marked
