"""Trainings of scenes as a person does them: live curves and pictures, paused, gone on with, given up."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from enum import Enum
from pathlib import Path
from typing import Any

from psygnal import Signal

from medview.core.errors import InputRefused, MedviewError
from medview.core.params import validate
from medview.core.posed_views import split_of
from medview.core.volume import AnyArray
from medview.io.field_pictures import read_field_picture
from medview.jobs.execution import Link
from medview.jobs.job import Job, JobDone, JobPreviewed, JobReported
from medview.jobs.lanes import Lane
from medview.ml.field_folder import FRAMES_FOLDER
from medview.ml.registry import Registry
from medview.session.fields.training_job import TARGET, demand_place
from medview.session.fields.unfinished import Unfinished
from medview.session.fields.view_scores import read_curves
from medview.session.fields.wish import WISH_NAME, SceneWish, is_unfinished, read_wish
from medview.session.job_desk import JobDesk, Reactions
from medview.session.notices import Notices

MOST_POINTS = 400
"""Of a curve; a longer one loses every second point of its older half."""
Curves = Mapping[str, tuple[tuple[int, float], ...]]


class TrainingState(Enum):
    """Where a training of a scene stands."""

    RUNNING = "running"
    PAUSING = "pausing"
    CANCELLING = "cancelling"
    PAUSED = "paused"
    FAILED = "failed"
    DONE = "done"


_ENDING = (TrainingState.PAUSING, TrainingState.CANCELLING)
_RUNS = (TrainingState.RUNNING, *_ENDING)


@dataclass(frozen=True, eq=False, kw_only=True)
class SceneTraining:
    """The training that the program is concerned with.

    Args:
        job_id: Of its newest job.
        title: Of its method.
        wish: What was asked for.
        state: Where it stands.
        step: The newest step that was told.
        curves: Points (step, value) by name.
        preview: (H, W, 3) uint8: a held-out view as the field sees it now; None before the first.
        truth: (H, W, 3) uint8: the real frame of that view; None until it has been read.
        scores: Final numbers.
        sentence: What came of it.
    """

    job_id: str
    title: str
    wish: SceneWish
    state: TrainingState = TrainingState.RUNNING
    step: int = 0
    curves: Curves = field(default_factory=dict)
    preview: AnyArray | None = None
    truth: AnyArray | None = None
    scores: Mapping[str, float] = field(default_factory=dict)
    sentence: str = ""

    @property
    def runs(self) -> bool:
        """Whether its job has not ended yet."""
        return self.state in _RUNS


class SceneTrainings:
    """Runs one training of a scene at a time, and remembers those that have not ended.

    Args:
        desk: Where jobs are listed.
        notices: Where outcomes are told.
        registry: The methods.
        models_lane: Where fields learn.
        files_lane: Where what was given up is removed.
        unfinished: Remembers folders beyond the end of the program.
        finished: Told the folder of a trained scene.
        target: Of the job.

    Attributes:
        changed: The training, or None; emitted whenever anything of it is new.
    """

    changed = Signal(object)

    def __init__(
        self,
        desk: JobDesk,
        notices: Notices,
        registry: Registry,
        *,
        models_lane: Lane,
        files_lane: Lane,
        unfinished: Unfinished,
        finished: Callable[[Path], object],
        target: str = TARGET,
    ) -> None:
        self._desk, self._notices, self._registry = desk, notices, registry
        self._lane, self._files_lane = models_lane, files_lane
        self._unfinished, self._finished = unfinished, finished
        self._target = target
        self._training: SceneTraining | None = None

    @property
    def training(self) -> SceneTraining | None:
        """The newest one."""
        return self._training

    def unfinished(self) -> tuple[SceneWish, ...]:
        """What was begun in folders that are known, and has not ended; the newest first."""
        current = self._training.wish.out if self._training is not None else None
        found = [read_wish(folder) for folder in self._unfinished.folders() if folder != current]
        return tuple(wish for wish in found if wish is not None)

    def start(self, wish: SceneWish, *, resume: bool = False) -> str:
        """Train in the background; returns the job's id.

        Raises:
            InputRefused: One is running, a parameter is wrong, or the folder is somebody else's.
        """
        spec = self._registry.find(wish.model_id)
        if self._training is not None and self._training.runs:
            title = f"Cannot train {spec.title}"
            raise InputRefused(title, "another scene is being trained", "Pause or cancel it first.")
        demand_place(wish.out, resume=resume)
        wish = replace(wish, params=validate(spec.train_params, wish.params))
        job = Job(title=f"Training {wish.out.stem}", target=self._target, payload=wish.payload(resume=resume))
        before = self._training
        curves = read_curves(wish.out) if resume else {}
        self._training = SceneTraining(job_id=job.id, title=spec.title, wish=wish, curves=curves)
        if resume and before is not None and before.wish.out == wish.out:
            self._training = replace(
                before, job_id=job.id, wish=wish, state=TrainingState.RUNNING, sentence=""
            )
        self._unfinished.add(wish.out)
        self._desk.start(self._lane, job, self._reactions(job.id))
        self._tell()
        return job.id

    def pause(self) -> None:
        """End the running job; its checkpoint stays, and it can go on from there."""
        self._stop(TrainingState.PAUSING)

    def cancel(self) -> None:
        """Give the training up: what was not finished goes, also of one that is paused or has failed."""
        training = self._training
        if training is None or training.state is TrainingState.DONE:
            return
        if training.runs:
            self._stop(TrainingState.CANCELLING)
        else:
            self._discard(training.wish.out)
            self._training = None
            self._tell()

    def go_on(self, folder: Path | None = None) -> str:
        """Take up the paused training, or the one that was begun in a folder; returns the job's id.

        Raises:
            InputRefused: There is nothing to go on with.
        """
        training = self._training
        known = training.wish if folder is None and training is not None else None
        wish = known or (read_wish(folder) if folder is not None else None)
        if wish is None:
            detail = "its folder holds no training that was begun"
            raise InputRefused("Cannot go on training", detail, "Start it anew.")
        return self.start(wish, resume=(wish.out / "").is_dir())

    def train_anew(self, folder: Path, out: Path, excluded: frozenset[str], device: str) -> str:
        """Train as a finished scene was, into another folder, with frames left out; returns the job's id.

        Raises:
            InputRefused: Nothing in its folder says how it was trained, or it cannot start.
        """
        wish = read_wish(folder)
        if wish is None:
            detail = f"{folder.name} does not say how it was trained"
            raise InputRefused("Cannot train the scene anew", detail, "Train it from its frames.")
        exclude = sorted(excluded | set(wish.reading.get("exclude", ())))
        reading = {**wish.reading, "exclude": exclude}
        return self.start(replace(wish, out=out, reading=reading, device=device))

    def forget(self, folder: Path) -> None:
        """Remove what was begun in a folder and not finished."""
        self._discard(folder)
        self._tell()

    def dismiss(self) -> None:
        """Let go of a training that has ended; its folder stays."""
        if self._training is not None and not self._training.runs:
            self._training = None
            self._tell()

    def _stop(self, state: TrainingState) -> None:
        training = self._training
        if training is not None and training.runs:
            self._training = replace(training, state=state)
            self._desk.cancel(training.job_id)
            self._tell()

    def _discard(self, folder: Path) -> None:
        """Only what a training has begun is removed, and never a scene that was finished."""
        self._unfinished.remove(folder)
        if is_unfinished(folder):
            (folder / WISH_NAME).unlink()  # it is not offered again, however long the rest takes
            job = Job(title=f"Removing {folder.name}", target=_remove, payload={"folder": folder})
            self._desk.start(self._files_lane, job, Reactions(done=lambda _: self._tell()), is_shown=False)

    def _reactions(self, job_id: str) -> Reactions:
        return Reactions(
            done=self._finish,
            failed=self._fail,
            previewed=self._show,
            reported=self._add_point,
            ended=lambda: self._end(job_id),
        )

    def _show(self, event: JobPreviewed) -> None:
        training = self._training
        if training is not None and training.truth is None and training.preview is None:
            self._read_truth(training.wish)
        self._change(preview=event.array)

    def _read_truth(self, wish: SceneWish) -> None:
        job = Job(title="Reading the real frame", target=_shown_held_out, payload={"wish": wish})
        done = Reactions(done=lambda event: self._change(truth=event.value), failed=lambda _error: None)
        self._desk.start(self._files_lane, job, done, is_shown=False)

    def _add_point(self, event: JobReported) -> None:
        if self._training is not None:
            curves = with_values(self._training.curves, event.step, event.values)
            self._change(curves=curves, step=event.step)

    def _finish(self, event: JobDone) -> None:
        if self._training is None:
            return
        out = self._training.wish.out
        self._unfinished.remove(out)
        self._change(state=TrainingState.DONE, scores=dict(event.value["scores"]))
        self._notices.told.emit(f"The training of {out.stem} has finished.")
        self._finished(out)

    def _fail(self, error: MedviewError) -> None:
        self._change(state=TrainingState.FAILED, sentence=str(error))
        self._notices.fail(error)

    def _end(self, job_id: str) -> None:
        """A cancelled job tells nothing else: what was wanted of it is done now."""
        training = self._training
        if training is None or training.job_id != job_id:
            return
        if training.state is TrainingState.CANCELLING:
            self._discard(training.wish.out)
            self._training = None
        elif training.runs:
            self._training = replace(training, state=TrainingState.PAUSED)
        self._tell()

    def _change(self, **changes: object) -> None:
        if self._training is not None:
            self._training = replace(self._training, **changes)  # type: ignore[arg-type]
            self._tell()

    def _tell(self) -> None:
        self.changed.emit(self._training)


def _shown_held_out(
    payload: Mapping[str, Any], _arrays: Mapping[str, AnyArray], _link: Link
) -> tuple[AnyArray, Mapping[str, AnyArray]]:
    """Job target: the real frame of the held-out view that the training in ``folder`` shows."""
    wish: SceneWish = payload["wish"]
    folder = wish.out / FRAMES_FOLDER
    named = [int(number) for number in re.findall(r"\d+", str(wish.params.get("held_out", "")))]
    held_out = named or split_of(len(list(folder.glob("*.jpg"))))[1].tolist()
    return read_field_picture(folder, sorted(held_out)[len(held_out) // 2] if held_out else 0), {}


def _remove(
    payload: Mapping[str, Any], _arrays: Mapping[str, AnyArray], _link: Link
) -> tuple[None, Mapping[str, AnyArray]]:
    """Job target: remove the folder of a training that was given up."""
    shutil.rmtree(payload["folder"], ignore_errors=True)
    return None, {}


def with_values(curves: Curves, step: int, values: Mapping[str, float]) -> Curves:
    """Curves with the numbers of one more step; what lay behind it, from before a pause, goes."""
    return {**curves, **{name: _longer(curves.get(name, ()), step, values[name]) for name in values}}


def _longer(points: tuple[tuple[int, float], ...], step: int, value: float) -> tuple[tuple[int, float], ...]:
    kept = tuple(point for point in points if point[0] < step)
    if len(kept) >= MOST_POINTS:
        half = len(kept) // 2
        kept = (*kept[:half:2], *kept[half:])
    return (*kept, (step, float(value)))
