"""The training of all three variants, as the platform's trainer runs it (Orbes-Arteaga et al. 2018).

Joint: both networks in turn, as often. Offline: first G from FLAIR alone, then C on T1 and what G, frozen,
makes of it. Unimodal: C on T1. With the same number of epochs each network of each variant is updated as
often as the others'.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import partial
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.optim import Adam, Optimizer

from medview.core.volume import AnyArray
from medview.ml.card import WEIGHTS_NAME
from medview.ml.context import RunContext
from medview.ml.request import TrainRequest
from medview.zoo.inference import load_weights
from medview.zoo.learning.application import IMAGE, MASK
from medview.zoo.learning.augmentation import AugmentationPlan
from medview.zoo.learning.conduct import Recipe, conduct
from medview.zoo.learning.curves import overlay
from medview.zoo.learning.draws import Batch, BatchPlan
from medview.zoo.learning.phases import Phase, Schedule
from medview.zoo.learning.slices import Slices
from medview.zoo.learning.validation import validation_scores
from medview.zoo.learning.workplace import Workplace
from medview.zoo.synthesize.flair_wmh.data import FLAIR_CHANNEL, MASK_CHANNEL, prepare
from medview.zoo.synthesize.flair_wmh.network import FlairLesionNet, Segmenter
from medview.zoo.synthesize.flair_wmh.preparation import FACTOR
from medview.zoo.synthesize.flair_wmh.settings import WIDTHS, TrainSettings
from medview.zoo.synthesize.flair_wmh.spec import BATCH, SPEC
from medview.zoo.synthesize.flair_wmh.steps import generator_losses, segmenter_losses

JOINT, GENERATOR, SEGMENTER = "joint", "generator", "segmenter"
DECAYED = 0.01
"""What a falling learning rate falls to."""
RARITY = 0.01
"""About the part of the pixels that are learned from that lesions take."""
AUGMENTATION = AugmentationPlan(
    flip_i=0.5,
    angle_deg=10.0,
    scale=(0.85, 1.2),
    brightness=0.2,
    contrast=0.2,
    elastic=0.3,
    elastic_px=2.0,
    elastic_step_px=24.0,
    is_unit=False,
)
"""Of T1, FLAIR and lesions; brightness and contrast of the T1 only, in its standard deviations."""


def train(request: TrainRequest, ctx: RunContext) -> Mapping[str, float]:
    """Train on subjects and write a model folder; see `conduct`."""
    return conduct(recipe_of(TrainSettings.from_params(request.params)), request, ctx)


def recipe_of(settings: TrainSettings) -> Recipe:
    """What the platform must know to train as asked for."""
    return Recipe(
        spec=SPEC,
        settings=settings.network.as_table(),
        prepare=lambda subjects, ctx: prepare(
            subjects, settings.pixel_spacing_mm, settings.crop_px, ctx, with_n4=settings.n4
        ),
        learner=partial(FlairLesionLearner, settings),
        plan=partial(batch_plan, settings),
        phases=phases_of(settings),
        keeps_last=settings.keep == "last",
        batch=BATCH,
        nothing_shown="no subject has a voxel marked as lesion",
        variant="" if settings.ablation == "none" else settings.ablation,
    )


def batch_plan(settings: TrainSettings, batch: int) -> BatchPlan:
    """How batches are drawn: half of each shows lesions."""
    return BatchPlan(
        batch=batch,
        window_px=settings.window_px // FACTOR * FACTOR,
        augmentation=AUGMENTATION if settings.augmentation else None,
        target_kinds=(MASK, IMAGE),
    )


def phases_of(settings: TrainSettings) -> tuple[Phase, ...]:
    """One phase, or two for offline synthesis."""
    schedule = Schedule(course="cosine", floor=DECAYED) if settings.decay == "cosine" else Schedule()
    names = {"none": (JOINT,), "unimodal": (SEGMENTER,), "offline": (GENERATOR, SEGMENTER)}
    return tuple(
        Phase(
            name=name,
            epochs=settings.epochs,
            schedule=schedule,
            is_judged=name != GENERATOR,
            patience=settings.patience,
        )
        for name in names[settings.ablation]
    )


def expect_few_lesions(segmenter: Segmenter) -> None:
    """Let an untrained C say of every pixel what is true of most.

    From an even chance on, hundreds of updates would go into this one number, and meanwhile equation 5 would
    teach G to help with it.
    """
    nn.init.constant_(segmenter.get_parameter("net.head.bias"), math.log(RARITY / (1 - RARITY)))


class FlairLesionLearner:
    """G and C in training.

    Args:
        settings: What was asked for.
        held: Slices to validate on.
    """

    def __init__(self, settings: TrainSettings, held: Slices) -> None:
        self._held, self._settings = held, settings
        net = FlairLesionNet(settings.ablation, WIDTHS[settings.width])
        # a sixth faster on the CPU, in 16 bits and in 32
        self._net = net.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        expect_few_lesions(self._net.segmenter)
        if settings.start_from:
            load_weights(self._net, Path(settings.start_from) / WEIGHTS_NAME)
        self.modules: Mapping[str, nn.Module] = dict(self._net.named_children())
        self.optimisers: Mapping[str, Optimizer] = {
            name: Adam(module.parameters(), settings.learning_rate) for name, module in self.modules.items()
        }

    def step(self, batch: Batch, phase: str, place: Workplace) -> Mapping[str, Tensor]:
        """One iteration of a phase: C, then G where both learn."""
        losses: dict[str, Tensor] = {}
        if phase in (JOINT, SEGMENTER):
            losses |= self._teach_segmenter(batch, place, is_generator_done=phase == SEGMENTER)
        if phase in (JOINT, GENERATOR):
            losses |= self._teach_generator(batch, place, is_alone=phase == GENERATOR)
        return {**losses, "total": sum(losses.values(), torch.zeros((), device=place.device))}

    def _teach_segmenter(
        self, batch: Batch, place: Workplace, *, is_generator_done: bool
    ) -> dict[str, Tensor]:
        generator = place.bare(GENERATOR) if GENERATOR in self.modules else None
        if generator is not None and is_generator_done:
            # what C learns from is then what it will see in a run
            generator.eval()
        with place.autocast():
            losses = segmenter_losses(
                generator,
                place.module(SEGMENTER),
                (batch.images, batch.targets[:, :FLAIR_CHANNEL]),
                with_dice=self._settings.segmentation_loss == "bce_dice",
            )
        place.descend(SEGMENTER, losses.pop("total"))
        return losses

    def _teach_generator(self, batch: Batch, place: Workplace, *, is_alone: bool) -> dict[str, Tensor]:
        with place.autocast():
            losses = generator_losses(
                place.module(GENERATOR),
                None if is_alone else place.bare(SEGMENTER),
                (batch.images, batch.targets[:, FLAIR_CHANNEL:], batch.targets[:, :FLAIR_CHANNEL]),
                lambda_seg=self._settings.lambda_seg,
            )
        place.descend(GENERATOR, losses.pop("total"))
        return losses

    def judge(self, place: Workplace, ctx: RunContext) -> Mapping[str, float]:
        """Mean Dice over validation subjects at a threshold of 0.5."""
        return validation_scores(self._found, _is_marked, self._held, place, ctx)

    def kept(self) -> Mapping[str, Tensor]:
        """G and C."""
        return self._net.state_dict()

    def picture(self, place: Workplace) -> NDArray[np.uint8] | None:
        """The fullest slice of the first validation subject: T1 and synthetic FLAIR, with both outlines."""
        subject = self._held.subjects[0]
        k = int(np.argmax([plane[MASK_CHANNEL].sum() for plane in subject.targets]))
        t1 = torch.from_numpy(np.asarray(subject.images[k : k + 1], np.float32)).to(place.device)
        with torch.inference_mode(), place.autocast():
            flair, lesions = self._net(t1)
        shown = [t1[0, 0], *([] if flair is None else [flair[0, 0]])]
        wanted, found = subject.targets[k, MASK_CHANNEL] > 0, (lesions[0, 0] >= 0).cpu().numpy()
        pictures = [overlay(image.float().cpu().numpy(), wanted, found) for image in shown]
        return np.concatenate(pictures, axis=1)

    def _found(self, images: Tensor) -> Tensor:
        lesions: Tensor = self._net(images).lesions
        return lesions >= 0


def _is_marked(targets: AnyArray) -> AnyArray:
    marked: AnyArray = targets[:, :FLAIR_CHANNEL] > 0
    return marked
