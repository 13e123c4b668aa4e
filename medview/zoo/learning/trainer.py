"""The trainer: phases, epochs and steps of any `Learner`, judged, checkpointed, resumable bit for bit."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from accelerate import Accelerator
from torch import Tensor

from medview.core.errors import RunFailed
from medview.ml.context import RunContext
from medview.ml.training_folder import HISTORY
from medview.zoo.learning.checkpoint import load_checkpoint, save_checkpoint
from medview.zoo.learning.curves import Curves, save_picture
from medview.zoo.learning.draws import BatchSource, seed_torch, step_generator
from medview.zoo.learning.learner import Learner
from medview.zoo.learning.phases import Phase, relative_fall
from medview.zoo.learning.record import Record
from medview.zoo.learning.run_folder import write_json
from medview.zoo.learning.workplace import Workplace

Keep = Callable[[Mapping[str, Tensor], Mapping[str, Any]], None]


@dataclass(frozen=True, kw_only=True)
class Course:
    """How a training runs.

    Args:
        phases: One after the other.
        steps_per_epoch: Batches in an epoch, above 0.
        watched: The score whose highest value decides which weights are kept.
        is_recorded: What is drawn for each batch is written to the run's folder.
        keeps_last: The weights of the last epoch are kept, whatever they score.
    """

    phases: tuple[Phase, ...]
    steps_per_epoch: int
    watched: str = "validation_dice"
    is_recorded: bool = False
    keeps_last: bool = False

    @property
    def epochs(self) -> int:
        """The most epochs."""
        return sum(phase.epochs for phase in self.phases)


@dataclass
class Standing:
    """How far a training has come: what a checkpoint keeps beside numbers of networks and optimisers.

    Args:
        phase: Counted from 1.
        epoch: Epochs done in this phase.
        step: Batches done in all phases.
        best: Highest watched score so far.
        best_epoch: The epoch of the phase that reached it.
        history: One row per epoch.
    """

    phase: int = 1
    epoch: int = 0
    step: int = 0
    best: float = -math.inf
    best_epoch: int = 0
    history: list[dict[str, float]] = field(default_factory=list)

    def losses(self) -> list[float]:
        """Mean loss of each epoch of this phase."""
        return [row["loss"] for row in self.history if row["phase"] == self.phase]


class Trainer:
    """One training.

    Args:
        learner: The method.
        source: Where batches come from.
        course: How it runs.
        accelerator: Where to work.
        out: The run's folder.
        keep: Takes the best weights so far and what is known of them.
        ctx: Who hears of it; its seed begins all random numbers.
    """

    def __init__(
        self,
        learner: Learner,
        source: BatchSource,
        course: Course,
        accelerator: Accelerator,
        out: Path,
        keep: Keep,
        ctx: RunContext,
    ) -> None:
        self._learner, self._source, self._course = learner, source, course
        self._out, self._keep, self._ctx = out, keep, ctx
        self._place = Workplace(accelerator, learner.modules, learner.optimisers)
        self._standing = Standing()

    def resume(self) -> None:
        """Take up the last checkpoint; InputRefused where there is none."""
        self._standing = Standing(**load_checkpoint(self._place.accelerator, self._out))

    def run(self) -> Mapping[str, float]:
        """Train to the end and return the final scores."""
        curves = Curves(self._out, len(self._standing.history) + 1) if self._place.is_main else None
        try:
            with Record(self._record_path(), self._standing.step) as record:
                for phase in self._epochs():
                    self._epoch(phase, record, curves)
                    save_checkpoint(self._place.accelerator, self._out, asdict(self._standing))
        finally:
            if curves is not None:
                curves.close()
        self._ctx.progress(1.0, "Training finished")
        standing = self._standing
        return {
            self._course.watched: standing.best,
            "best_epoch": float(standing.best_epoch),
            "epochs": float(len(standing.history)),
        }

    def _record_path(self) -> Path | None:
        return self._out / f"draws-{self._place.process}.jsonl" if self._course.is_recorded else None

    def _epochs(self) -> Iterator[Phase]:
        """The phase of each coming epoch."""
        standing = self._standing
        while standing.phase <= len(self._course.phases):
            phase = self._course.phases[standing.phase - 1]
            while standing.epoch < phase.epochs and not self._is_over(phase):
                yield phase
            if standing.phase == len(self._course.phases):
                return
            standing.phase, standing.epoch = standing.phase + 1, 0
            standing.best, standing.best_epoch = -math.inf, 0

    def _is_over(self, phase: Phase) -> bool:
        standing = self._standing
        if phase.stop_below is not None and relative_fall(standing.losses()) < phase.stop_below:
            return True
        return 0 < phase.patience <= standing.epoch - standing.best_epoch

    def _epoch(self, phase: Phase, record: Record, curves: Curves | None) -> None:
        standing, started_s = self._standing, time.monotonic()
        row = {"phase": float(standing.phase), "epoch": float(standing.epoch + 1)}
        row |= self._learn(phase, record)
        standing.epoch += 1
        if phase.is_judged:
            row |= self._judge(curves)
        row["seconds"] = time.monotonic() - started_s
        standing.history.append(row)
        told = {name: value for name, value in row.items() if name not in ("phase", "epoch")}
        if curves is not None:
            write_json(self._out / HISTORY, standing.history)
            curves.add(len(standing.history), told)
        self._ctx.report(standing.step, told)

    def _learn(self, phase: Phase, record: Record) -> dict[str, float]:
        sums: dict[str, float] = {}
        self._place.set_training(True)
        for number in range(self._course.steps_per_epoch):
            position = self._standing.epoch + number / self._course.steps_per_epoch
            self._tell(position)
            self._place.set_rate(phase.schedule.factor(position, phase.epochs))
            for name, value in self._step(phase, record).items():
                sums[name] = sums.get(name, 0.0) + value
        totals = self._place.share(list(sums.values()))
        means = {name: total / self._course.steps_per_epoch for name, total in zip(sums, totals, strict=True)}
        return {"loss": means.pop("total"), **means}

    def _step(self, phase: Phase, record: Record) -> dict[str, float]:
        process, step = self._place.process, self._standing.step
        draw = self._source.draw(step_generator(self._ctx.seed, process, step), step)
        seed_torch(self._ctx.seed, process, step)
        record.add(draw)
        batch = self._source.batch(draw, self._place.device)
        losses = self._learner.step(batch, phase.name, self._place)
        self._standing.step += 1
        values = {name: float(loss.detach()) for name, loss in losses.items()}
        if not math.isfinite(values["total"]):
            hint = "Lower the learning rate, or train with full precision."
            raise RunFailed("The training stopped", "its loss is no longer a finite number", hint)
        return values

    def _tell(self, position: float) -> None:
        before = sum(phase.epochs for phase in self._course.phases[: self._standing.phase - 1])
        done = (before + position) / max(1, self._course.epochs)
        words = f"epoch {self._standing.epoch + 1}"
        if len(self._course.phases) > 1:
            words = f"phase {self._standing.phase}, {words}"
        self._ctx.progress(done, words.capitalize())

    def _judge(self, curves: Curves | None) -> dict[str, float]:
        """Validate, and keep the weights where they are the best so far."""
        self._place.even_out()
        self._place.set_training(False)
        scores = {name: float(value) for name, value in self._learner.judge(self._place, self._ctx).items()}
        standing = self._standing
        if self._course.keeps_last or scores[self._course.watched] > standing.best:
            standing.best, standing.best_epoch = scores[self._course.watched], standing.epoch
            if self._place.is_main:
                self._keep(self._learner.kept(), {**scores, "epoch": standing.epoch})
        if curves is not None:
            self._show(curves)
        return scores

    def _show(self, curves: Curves) -> None:
        picture = self._learner.picture(self._place)
        if picture is not None:
            number = len(self._standing.history) + 1
            save_picture(self._out, number, picture)
            curves.add_picture(number, picture)
