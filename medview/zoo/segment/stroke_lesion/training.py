"""The thesis's training as the platform's trainer runs it: one phase, AdamW, warm-up and cosine."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.optim import AdamW, Optimizer

from medview.core.volume import AnyArray
from medview.ml.context import RunContext
from medview.ml.request import TrainRequest
from medview.zoo.learning.augmentation import AugmentationPlan
from medview.zoo.learning.conduct import Recipe, conduct
from medview.zoo.learning.curves import overlay
from medview.zoo.learning.draws import Batch, BatchPlan
from medview.zoo.learning.phases import Phase, Schedule
from medview.zoo.learning.slices import Slices
from medview.zoo.learning.validation import validation_scores
from medview.zoo.learning.workplace import Workplace
from medview.zoo.segment.stroke_lesion.data import drop_maps, prepare
from medview.zoo.segment.stroke_lesion.losses import boundary_classes, total_loss, unweighted
from medview.zoo.segment.stroke_lesion.model_folder import new_network
from medview.zoo.segment.stroke_lesion.network import probability
from medview.zoo.segment.stroke_lesion.settings import CLASS_WEIGHTS, VARIANTS, TrainSettings
from medview.zoo.segment.stroke_lesion.spec import BATCH, SPEC

WEIGHT_DECAY = 1e-5
AUGMENTATION = AugmentationPlan(
    flip_i=0.5,
    flip_j=0.5,
    angle_deg=7.0,
    brightness=0.2,
    contrast=0.2,
    elastic=0.3,
    elastic_px=2.0,
    grid=0.3,
    grid_limit=0.3,
    optical=0.3,
    optical_limit=0.1,
)
"""Kinds as in the thesis; strengths, which it does not give, are ours."""


def train(request: TrainRequest, ctx: RunContext) -> Mapping[str, float]:
    """Train on subjects and write a model folder; see `conduct`."""
    return conduct(recipe_of(TrainSettings.from_params(request.params)), request, ctx)


def recipe_of(settings: TrainSettings) -> Recipe:
    """What the platform must know to train as asked for."""
    network = settings.network
    return Recipe(
        spec=SPEC,
        settings=network.as_table(),
        prepare=lambda subjects, ctx: prepare(subjects, network, ctx),
        learner=partial(StrokeLearner, settings),
        plan=partial(batch_plan, settings),
        phases=(phase_of(settings),),
        keeps_last=settings.keep == "last",
        batch=BATCH,
        nothing_shown="no subject has a voxel marked as lesion",
        variant="" if settings.ablation == "none" else settings.ablation,
    )


def phase_of(settings: TrainSettings) -> Phase:
    """Warm-up and cosine."""
    return Phase(
        epochs=settings.epochs,
        schedule=Schedule(course="warmup_cosine", warm_up_epochs=settings.warmup),
        patience=settings.patience,
    )


def batch_plan(settings: TrainSettings, batch: int) -> BatchPlan:
    """How batches are drawn: all slices alike, those without a lesion too."""
    return BatchPlan(
        batch=batch, is_balanced=False, augmentation=AUGMENTATION if settings.augmentation else None
    )


class StrokeLearner:
    """The network in training.

    Args:
        settings: What was asked for.
        held: Slices to validate on.
    """

    def __init__(self, settings: TrainSettings, held: Slices) -> None:
        self._settings, self._held = settings, held
        has_weights, self._is_deep, _ = VARIANTS[settings.ablation]
        self._class_weights = CLASS_WEIGHTS[settings.modality] if has_weights else None
        self._net = new_network(settings.network).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        optimiser = AdamW(self._net.parameters(), settings.learning_rate, weight_decay=WEIGHT_DECAY)
        self.modules: Mapping[str, nn.Module] = {"net": self._net}
        self.optimisers: Mapping[str, Optimizer] = {"adamw": optimiser}

    def step(self, batch: Batch, _phase: str, place: Workplace) -> Mapping[str, Tensor]:
        """One step down the sum of losses."""
        images = drop_maps(batch.images, batch.indices, self._settings.map_dropout)
        mask = batch.targets[:, 0]
        target = boundary_classes(mask) if self._settings.modality == "CT" else mask.long()
        with place.autocast():
            images = images.contiguous(memory_format=torch.channels_last)
            prediction = place.module("net")(images, need_all=self._is_deep)
        loss = total_loss(
            prediction.logits,
            target,
            class_weights=self._class_weights,
            is_deep=self._is_deep,
            gamma=self._settings.gamma,
        )
        place.descend("adamw", loss)
        return {"total": loss}

    def judge(self, place: Workplace, ctx: RunContext) -> Mapping[str, float]:
        """Mean Dice over validation subjects with all of their maps."""
        return validation_scores(self._found, _is_marked, self._held, place, ctx)

    def kept(self) -> Mapping[str, Tensor]:
        """The network."""
        return self._net.state_dict()

    def picture(self, place: Workplace) -> NDArray[np.uint8] | None:
        """The fullest slice of the first validation subject, with reference and finding."""
        subject = self._held.subjects[0]
        k = int(np.argmax([plane.sum() for plane in subject.targets]))
        images = torch.from_numpy(np.asarray(subject.images[k : k + 1], np.float32))
        with torch.inference_mode(), place.autocast():
            found = self._found(images.to(place.device)).cpu().numpy()
        return overlay(np.asarray(subject.images[k, 0], np.float32), subject.targets[k, 0] > 0, found[0, 0])

    def _found(self, images: Tensor) -> Tensor:
        finest = probability(self._net(images, need_all=False).logits[-1])
        return lesion_of(unweighted(finest, self._settings.network.class_weights))


def lesion_of(probabilities: Tensor, threshold: float = 0.5) -> Tensor:
    """Lesion (B, 1, H, W), bool: by threshold for one channel; lesion or boundary likeliest for three."""
    if probabilities.shape[1] == 1:
        return probabilities >= threshold
    return probabilities.argmax(1, keepdim=True) > 0


def _is_marked(targets: AnyArray) -> AnyArray:
    marked: AnyArray = targets > 0
    return marked
