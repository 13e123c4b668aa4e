"""Both phases of the training (Deo et al. 2023, section 2.2), epoch by epoch, resumable after each.

Phase 1 rebuilds T2 with the synthesis branch frozen and ends once the loss has stopped to fall; phase 2
learns everything jointly and keeps the weights with the best Dice on validation subjects.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import torch
from accelerate import Accelerator

from medview.core.errors import RunFailed
from medview.ml.context import RunContext
from medview.zoo.segment.t2_vessels.data import BatchPlan, Slices, draw_batch
from medview.zoo.segment.t2_vessels.model_folder import keep_best, write_history
from medview.zoo.segment.t2_vessels.network import FACTOR
from medview.zoo.segment.t2_vessels.objective import VesselObjective
from medview.zoo.segment.t2_vessels.settings import TrainSettings
from medview.zoo.segment.t2_vessels.validation import validation_dice
from medview.zoo.training import load_checkpoint, relative_fall, save_checkpoint

STOP_BELOW = 0.01
"""Phase 1 ends once the loss falls by less than this part in five epochs."""


@dataclass
class Standing:
    """How far a training has come: what a checkpoint keeps beside numbers of the network."""

    phase: int = 1
    epoch: int = 0
    step: int = 0
    best_dice: float = -1.0
    best_epoch: int = 0
    history: list[dict[str, float]] = field(default_factory=list)

    def losses(self, phase: int) -> list[float]:
        """Mean loss of each epoch of a phase."""
        return [row["loss"] for row in self.history if row["phase"] == phase]


class Training:
    """One training.

    Args:
        objective: Network and task weights.
        learn: Slices to learn from.
        validate: Slices to validate on.
        settings: What was asked for; `batch` and `steps_per_epoch` above 0.
        accelerator: Where to work.
        out: The model folder.
        ctx: Who hears of it.
    """

    def __init__(
        self,
        objective: VesselObjective,
        learn: Slices,
        validate: Slices,
        settings: TrainSettings,
        accelerator: Accelerator,
        out: Path,
        ctx: RunContext,
    ) -> None:
        self._learn, self._validate = learn, validate
        self._settings, self._accelerator, self._out, self._ctx = settings, accelerator, out, ctx
        optimiser = objective.optimiser(settings.learning_rate)
        self._model, self._optimiser = accelerator.prepare(objective, optimiser)
        self._standing = Standing()
        self._plan = BatchPlan(
            batch=settings.batch,
            is_augmented=settings.augmentation,
            with_contrast=settings.random_contrast,
            seed=ctx.seed,
            window_px=settings.window_px // FACTOR * FACTOR,
            stream=accelerator.process_index,
        )

    def resume(self) -> None:
        """Take up the last checkpoint; InputRefused where there is none."""
        self._standing = Standing(**load_checkpoint(self._accelerator, self._out))

    def run(self) -> Mapping[str, float]:
        """Train to the end and return the final scores."""
        for is_joint in self._epochs():
            self._epoch(is_joint)
            save_checkpoint(self._accelerator, self._out, asdict(self._standing))
        standing = self._standing
        self._ctx.progress(1.0, "Training finished")
        return {
            "validation_dice": standing.best_dice,
            "best_epoch": float(standing.best_epoch),
            "epochs": float(len(standing.history)),
        }

    def _epochs(self) -> Iterator[bool]:
        """Say for each coming epoch whether it belongs to the joint phase."""
        standing, settings = self._standing, self._settings
        while standing.phase == 1 and standing.epoch < settings.epochs_phase1:
            if relative_fall(standing.losses(1)) < STOP_BELOW:
                break
            yield False
        if standing.phase == 1:
            standing.phase, standing.epoch = 2, 0
        while standing.epoch < settings.epochs_phase2 and not self._is_out_of_patience():
            yield True

    def _is_out_of_patience(self) -> bool:
        patience = self._settings.patience
        return 0 < patience <= self._standing.epoch - self._standing.best_epoch

    def _epoch(self, is_joint: bool) -> None:
        standing, started_s = self._standing, time.monotonic()
        row = {
            "phase": float(standing.phase),
            "epoch": float(standing.epoch + 1),
            **self._learn_epoch(is_joint),
        }
        standing.epoch += 1
        if is_joint:
            row |= self._judge()
        row["seconds"] = time.monotonic() - started_s
        standing.history.append(row)
        if self._accelerator.is_main_process:
            write_history(self._out, standing.history)
        self._ctx.report(standing.step, {key: row[key] for key in row if key not in ("phase", "epoch")})

    def _learn_epoch(self, is_joint: bool) -> dict[str, float]:
        sums: dict[str, float] = {}
        self._model.train()
        for number in range(self._settings.steps_per_epoch):
            self._tell(number)
            for name, value in self._step(is_joint, number).items():
                sums[name] = sums.get(name, 0.0) + value
        means = {name: total / self._settings.steps_per_epoch for name, total in sums.items()}
        return {"loss": means.pop("total"), **means}

    def _step(self, is_joint: bool, number: int) -> dict[str, float]:
        self._set_learning_rate(is_joint, number)
        images, masks = draw_batch(self._learn, self._plan, self._standing.step, self._accelerator.device)
        with self._accelerator.autocast():
            losses = self._model(images, masks, is_joint)
        self._optimiser.zero_grad(set_to_none=True)
        self._accelerator.backward(losses["total"])
        self._optimiser.step()
        self._standing.step += 1
        values = {name: float(loss.detach()) for name, loss in losses.items()}
        if not math.isfinite(values["total"]):
            hint = "Lower the learning rate, or train with full precision."
            raise RunFailed("The training stopped", "its loss is no longer a finite number", hint)
        return values

    def _set_learning_rate(self, is_joint: bool, number: int) -> None:
        rate = self._settings.learning_rate
        if is_joint and self._settings.decay == "cosine":
            done = (
                self._standing.epoch + number / self._settings.steps_per_epoch
            ) / self._settings.epochs_phase2
            rate *= 0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * done))
        self._optimiser.param_groups[0]["lr"] = rate

    def _tell(self, number: int) -> None:
        settings, standing = self._settings, self._standing
        before = settings.epochs_phase1 if standing.phase == 2 else 0
        epochs = before + standing.epoch + number / settings.steps_per_epoch
        done = epochs / (settings.epochs_phase1 + settings.epochs_phase2)
        self._ctx.progress(0.1 + 0.9 * done, f"Phase {standing.phase}, epoch {standing.epoch + 1}")

    def _judge(self) -> dict[str, float]:
        """Validate, keep the weights where they are the best so far, and tell the task weights."""
        objective: VesselObjective = self._accelerator.unwrap_model(self._model)
        dice = validation_dice(objective.net, self._validate, self._accelerator, self._ctx)
        standing = self._standing
        if dice > standing.best_dice:
            standing.best_dice, standing.best_epoch = dice, standing.epoch
            if self._accelerator.is_main_process:
                keep_best(self._out, objective.net, self._settings, self._facts(dice))
        sigma = torch.exp(0.5 * objective.weighting.log_variance.detach()).tolist()
        return {"validation_dice": dice, "sigma_segmentation": sigma[0], "sigma_local": sigma[1]}

    def _facts(self, dice: float) -> dict[str, Any]:
        return {
            "data": f"{len(self._validate.images)} validation subjects",
            "dice": round(dice, 4),
            "epoch": self._standing.epoch,
            "subjects_learned_from": len(self._learn.images),
        }
