"""The training loop that all fields share; it knows its request and its `RunContext`, nothing else."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError

from medview.core.disk import room_words
from medview.core.errors import Cancelled, RunFailed
from medview.core.params import validate
from medview.ml.context import RunContext
from medview.ml.field_request import FieldRequest
from medview.ml.training_folder import HISTORY
from medview.zoo.fields.checkpoint import CHECKPOINT
from medview.zoo.fields.finishing import finished
from medview.zoo.fields.held_out import Judge
from medview.zoo.fields.learner import Learner
from medview.zoo.fields.method import Method
from medview.zoo.fields.params import LENGTHS
from medview.zoo.fields.plan import planned
from medview.zoo.learning.run_folder import demand_same_config, write_config, write_json
from medview.zoo.runtimes.heap import keep_freed_memory, release_freed_memory

LEARNING_SHARE = 0.9
"""Part of the progress that the steps stand for; the rest is judging and writing."""
_REPORT_S, _CHECKPOINT_S = 0.25, 30.0
_PREVIEW_S, _PREVIEW_COST = 2.0, 12.0


def train_field(method: Method, request: FieldRequest, ctx: RunContext) -> dict[str, float]:
    """Train a field and write its folder.

    Args:
        method: Which one.
        request: Pictures, cameras, parameters, folder.
        ctx: Where to work and whom to tell.

    Returns:
        Scores over the held-out views: ``psnr_circle``, ``psnr_frame``, ``ssim_circle``, ``ssim_frame``.

    Raises:
        InputRefused: A parameter does not fit, nothing is left to learn from, or there is nothing to resume.
        RunFailed: The loss is not finite any more, or the disk is full.
        Cancelled: The person has cancelled; a checkpoint lies in ``request.out``.
    """
    torch.set_num_threads(ctx.threads)
    params = validate(method.spec.train_params, request.params)
    plan = planned(method, params, request)
    _begin_folder(request, params)
    keep_freed_memory()
    try:
        with _told_of_lack_of_room(request.out):
            course = _Course(Learner(plan), request, ctx)
            if request.resume:
                course.take_up()
            course.run()
            return finished(course.learner, request, params, course.seconds, ctx)
    finally:
        release_freed_memory()


def _begin_folder(request: FieldRequest, params: Mapping[str, Any]) -> None:
    config = {"model": request.model_id, "version": request.version, "seed": request.seed, **params}
    request.out.mkdir(parents=True, exist_ok=True)
    if request.resume:
        demand_same_config(request.out, config, LENGTHS)
    write_config(request.out, config)


class _Course:
    """From the first step to the last: curves, previews, checkpoints.

    Args:
        learner: What learns.
        request: What was asked for.
        ctx: Whom to tell.
    """

    def __init__(self, learner: Learner, request: FieldRequest, ctx: RunContext) -> None:
        self.learner, self._request, self._ctx = learner, request, ctx
        self._history: list[dict[str, float]] = []
        self._sums: list[float] = []
        now = time.monotonic()
        self._began_s = self._reported_s = self._saved_s = self._previewed_s = now
        self._before_s, self._preview_cost_s = 0.0, 0.0

    @property
    def seconds(self) -> float:
        """Time spent learning, that of earlier parts included."""
        return self._before_s + time.monotonic() - self._began_s

    def take_up(self) -> None:
        """Go on from the checkpoint."""
        standing = self.learner.load(self._request.out)
        self._before_s = float(standing.get("seconds", 0.0))
        self._history = _rows(self._request.out / HISTORY, self.learner.step)

    def run(self) -> None:
        """Learn to the end; a checkpoint lies there afterwards, also where it was cancelled."""
        steps = self.learner.plan.settings.steps
        try:
            while self.learner.step < steps:
                done = self.learner.step / steps
                self._ctx.progress(LEARNING_SHARE * done, f"Step {self.learner.step + 1} of {steps}")
                self._sums.append(self._stepped())
                self._tell(is_last=self.learner.step == steps)
        except Cancelled:
            self._save()
            raise
        self._save()

    def _stepped(self) -> float:
        loss = self.learner.advance(self._ctx.check_cancelled)
        if not math.isfinite(loss):
            hint = "Look for wrong poses, or take more rays in a step."
            raise RunFailed("The training stopped", "its loss is no longer a finite number", hint)
        return loss

    def _tell(self, *, is_last: bool) -> None:
        now = time.monotonic()
        wait = max(_PREVIEW_S, _PREVIEW_COST * self._preview_cost_s)
        is_due = now - self._previewed_s >= wait or is_last
        if is_due or now - self._reported_s >= _REPORT_S:
            mean = sum(self._sums) / len(self._sums)
            values = {"loss": mean, "psnr": psnr_of(mean)}
            if is_due and self.learner.plan.held_out.size:
                quality = self._preview()
                # a view that is masked throughout has none
                values |= {"held_out_psnr": quality} if math.isfinite(quality) else {}
            self._ctx.report(self.learner.step, values)
            self._history.append({"step": float(self.learner.step), **values})
            self._sums, self._reported_s = [], time.monotonic()
        if now - self._saved_s >= _CHECKPOINT_S and not is_last:
            self._save()

    def _preview(self) -> float:
        """Show the held-out view in the middle and return its PSNR."""
        began_s, plan = time.monotonic(), self.learner.plan
        view = int(plan.held_out[len(plan.held_out) // 2])
        pose = self.learner.poses()[view]
        judge = Judge.of(plan)
        picture, quality = judge.glance(self.learner.scene, view, pose, self._ctx.check_cancelled)
        self._ctx.preview("held-out", (0, 0, 0), picture)
        self._previewed_s = time.monotonic()
        self._preview_cost_s = self._previewed_s - began_s
        return quality

    def _save(self) -> None:
        self.learner.save(self._request.out, {"seconds": self.seconds})
        write_json(self._request.out / HISTORY, self._history)
        self._saved_s = time.monotonic()


def psnr_of(rgb_loss: float) -> float:
    """PSNR in dB of a loss that is summed over three colours."""
    return -10 * math.log10(max(rgb_loss / 3, 1e-10))


def _rows(path: Path, step: int) -> list[dict[str, float]]:
    """Curves up to the step of a checkpoint."""
    try:
        rows = json.loads(path.read_text(encoding="utf-8"))
        return [row for row in rows if row["step"] <= step]
    except (OSError, ValueError, KeyError, TypeError):
        return []


@contextmanager
def _told_of_lack_of_room(out: Path) -> Iterator[None]:
    """Tell in one sentence that the disk is full; other failures pass through."""
    try:
        yield
    except (OSError, RuntimeError, SafetensorError) as error:
        room = room_words(error)
        if room is None:
            raise
        has_any = (out / CHECKPOINT).is_file()
        hint = "Free some space, then resume: the last checkpoint is whole." if has_any else room[1]
        raise RunFailed(f"The training in {out.name} stopped", room[0], hint) from error
