"""Both phases of the training (Deo et al. 2023, section 2.2) as the platform's trainer runs them.

Phase 1 rebuilds T2 with the synthesis branch frozen and ends once the loss has stopped to fall; phase 2
learns everything jointly and keeps the weights with the best Dice on validation subjects.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.optim import Optimizer

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
from medview.zoo.segment.t2_vessels.data import prepare
from medview.zoo.segment.t2_vessels.model_folder import new_network
from medview.zoo.segment.t2_vessels.network import FACTOR
from medview.zoo.segment.t2_vessels.objective import VesselObjective
from medview.zoo.segment.t2_vessels.settings import TrainSettings
from medview.zoo.segment.t2_vessels.spec import BATCH, SPEC

REBUILDING, JOINT = "rebuilding", "joint"
STOP_BELOW = 0.01
"""Phase 1 ends once the loss falls by less than this part in five epochs."""
DECAYED = 0.01
"""What a falling learning rate falls to."""


def train(request: TrainRequest, ctx: RunContext) -> Mapping[str, float]:
    """Train on subjects and write a model folder; see `conduct`."""
    return conduct(recipe_of(TrainSettings.from_params(request.params)), request, ctx)


def recipe_of(settings: TrainSettings) -> Recipe:
    """What the platform must know to train as asked for."""
    network = settings.network

    return Recipe(
        spec=SPEC,
        settings=network.as_table(),
        prepare=lambda subjects, ctx: prepare(
            subjects, network.roles, settings.pixel_spacing_mm, settings.crop_px, ctx
        ),
        learner=partial(VesselLearner, settings),
        plan=partial(batch_plan, settings),
        phases=phases_of(settings),
        batch=BATCH,
        nothing_shown="no subject has a voxel marked as vessel",
        variant="" if settings.ablation == "none" else settings.ablation,
        may_change=("epochs_phase2",),
    )


def phases_of(settings: TrainSettings) -> tuple[Phase, Phase]:
    """Rebuilding, then everything."""
    falling = Schedule(course="cosine", floor=DECAYED)
    return (
        Phase(
            name=REBUILDING,
            epochs=settings.epochs_phase1,
            stop_below=STOP_BELOW,
            is_judged=False,
        ),
        Phase(
            name=JOINT,
            epochs=settings.epochs_phase2,
            schedule=falling if settings.decay == "cosine" else Schedule(),
            patience=settings.patience,
        ),
    )


def batch_plan(settings: TrainSettings, batch: int) -> BatchPlan:
    """How batches are drawn. Flip, rotation, scale and gamma are the choice of the paper file.

    The scanner (tone curve, shading, noise, blur) is ours: synthetic heads stand in for scanners that
    nobody simulated.
    """
    changes = AugmentationPlan(
        flip_i=0.5, angle_deg=10.0, scale=(0.9, 1.1), gamma=(0.8, 1.2), scanner=settings.random_contrast
    )
    return BatchPlan(
        batch=batch,
        window_px=settings.window_px // FACTOR * FACTOR,
        augmentation=changes if settings.augmentation else None,
    )


class VesselLearner:
    """Network and task weights in training.

    Args:
        settings: What was asked for.
        held: Slices to validate on.
    """

    def __init__(self, settings: TrainSettings, held: Slices) -> None:
        self._held = held
        self._objective = VesselObjective(
            new_network(settings.network),
            is_weighting_learned=settings.mtl == "uncertainty",
            radius_px=settings.radius_px,
            with_entropy=settings.segmentation_loss == "dice_entropy",
        )
        optimiser = self._objective.optimiser(settings.learning_rate)
        self.modules: Mapping[str, nn.Module] = {"objective": self._objective}
        self.optimisers: Mapping[str, Optimizer] = {"adam": optimiser}

    def step(self, batch: Batch, phase: str, place: Workplace) -> Mapping[str, Tensor]:
        """One step down the loss of the phase."""
        with place.autocast():
            losses: dict[str, Tensor] = place.module("objective")(batch.images, batch.targets, phase == JOINT)
        place.descend("adam", losses["total"])
        return losses

    def judge(self, place: Workplace, ctx: RunContext) -> Mapping[str, float]:
        """Mean Dice over validation subjects at a threshold of 0.5, and the task weights."""
        scores = validation_scores(self._found, _is_marked, self._held, place, ctx)
        sigma = torch.exp(0.5 * self._objective.weighting.log_variance.detach()).tolist()
        return {
            **scores,
            "sigma_segmentation": sigma[0],
            "sigma_local": sigma[1],
        }

    def kept(self) -> Mapping[str, Tensor]:
        """The network without its task weights."""
        return self._objective.net.state_dict()

    def picture(self, place: Workplace) -> NDArray[np.uint8] | None:
        """The fullest slice of the first validation subject, with reference and finding."""
        subject = self._held.subjects[0]
        k = int(np.argmax([plane.sum() for plane in subject.targets]))
        images = torch.from_numpy(np.asarray(subject.images[k : k + 1], np.float32))
        with torch.inference_mode(), place.autocast():
            found = self._found(images.to(place.device)).cpu().numpy()
        return overlay(np.asarray(subject.images[k, 0], np.float32), subject.targets[k, 0] > 0, found[0, 0])

    def _found(self, images: Tensor) -> Tensor:
        vessels: Tensor = self._objective.net(images, need_reconstruction=False).vessels
        return vessels >= 0.5


def _is_marked(targets: AnyArray) -> AnyArray:
    marked: AnyArray = targets > 0
    return marked
