"""Trainings as a person does them: data looked at, a job with live curves, a model to take or go on with."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from psygnal import Signal

from medview.core.errors import InputRefused, MedviewError, RunFailed
from medview.core.params import validate
from medview.core.volume import AnyArray
from medview.jobs.execution import Link
from medview.jobs.job import Job, JobDone, JobReported
from medview.jobs.lanes import Lane
from medview.ml.card import CARD_NAME, WEIGHTS_NAME, read_card, verified_sha256
from medview.ml.model_folders import user_model_folder
from medview.ml.preflight import Speeds, user_speeds
from medview.ml.registry import Registry
from medview.ml.spec import ModelSpec
from medview.ml.training_folder import newest_picture, read_standing
from medview.session.files.subjects import SubjectFiles, survey
from medview.session.job_desk import JobDesk, Reactions
from medview.session.models.training_job import TARGET
from medview.session.models.training_plan import TrainingPlan, TrainingWish, plan_training, training_key
from medview.session.notices import Notices

RUNNING, DONE, STOPPED = "running", "done", "stopped"
Curves = Mapping[str, tuple[tuple[int, float], ...]]


@dataclass(frozen=True, kw_only=True)
class TrainingInfo:
    """One training of this session.

    Args:
        job_id: Of its job.
        title: Of its model.
        wish: What was asked for.
        state: ``"running"``, ``"done"``, or ``"stopped"`` (cancelled or failed; it can go on).
        curves: Points (epoch, value) by name; they begin anew with each fold.
        picture: The newest validation picture.
        sentence: What came of it.
    """

    job_id: str
    title: str
    wish: TrainingWish
    state: str = RUNNING
    curves: Curves = field(default_factory=dict)
    picture: Path | None = None
    sentence: str = ""


@dataclass(frozen=True, kw_only=True)
class Survey:
    """What a data folder holds for a model; `problem` where it cannot be read."""

    model_id: str
    folder: Path
    subjects: tuple[SubjectFiles, ...] = ()
    problem: str = ""


class Trainings:
    """Starts trainings and remembers them until they are dismissed.

    Args:
        desk: Where jobs are listed.
        notices: Where outcomes are told.
        registry: The models.
        models_lane: Where models learn.
        files_lane: Where folders are looked at.
        root: The person's model folder.
        speeds: What earlier trainings took; None: the person's own.

    Attributes:
        changed: All trainings of this session, oldest first.
        surveyed: A `Survey` that was asked for.
        taken: The id of a model whose new weights are in use now.
    """

    changed = Signal(tuple)
    surveyed = Signal(object)
    taken = Signal(str)

    def __init__(
        self,
        desk: JobDesk,
        notices: Notices,
        registry: Registry,
        *,
        models_lane: Lane,
        files_lane: Lane,
        root: Callable[[], Path] = user_model_folder,
        speeds: Speeds | None = None,
    ) -> None:
        self._desk, self._notices, self._registry = desk, notices, registry
        self._models_lane, self._files_lane = models_lane, files_lane
        self._root, self._speeds = root, speeds or user_speeds()
        self._infos: dict[str, TrainingInfo] = {}
        self._subjects: dict[str, int] = {}

    @property
    def infos(self) -> tuple[TrainingInfo, ...]:
        """All trainings of this session, oldest first."""
        return tuple(self._infos.values())

    def models(self) -> tuple[ModelSpec, ...]:
        """The models that learn."""
        return self._registry.learning()

    def look_at(self, model_id: str, folder: Path) -> None:
        """Find out what a data folder holds, in the background; `surveyed` follows."""
        spec = self._registry.find(model_id)

        def target(_payload: Any, _arrays: Any, _link: Link) -> tuple[Survey, Mapping[str, AnyArray]]:
            try:
                found = survey(folder, spec)
            except (InputRefused, OSError) as refusal:
                return Survey(model_id=model_id, folder=folder, problem=str(refusal)), {}
            return Survey(model_id=model_id, folder=folder, subjects=found), {}

        job = Job(title=f"Looking into {folder.name}", target=target)
        done = Reactions(done=lambda event: self.surveyed.emit(event.value))
        self._desk.start(self._files_lane, job, done, is_shown=False)

    def plan(self, wish: TrainingWish, found: Survey | None) -> TrainingPlan:
        """What a training would do, in words, and why it cannot start."""
        spec = self._registry.find(wish.model_id)
        if found is not None and found.problem:
            return TrainingPlan(problem=found.problem)
        return plan_training(spec, found.subjects if found is not None else (), wish, self._speeds)

    def start(self, wish: TrainingWish, complete: int = 1) -> str:
        """Train in the background; goes on where the folder holds a training. Returns the job's id.

        Args:
            wish: What is asked for.
            complete: Number of complete subjects, to remember what an epoch takes for each.

        Raises:
            InputRefused: A parameter is wrong, or the folder holds another model's training.
        """
        spec = self._registry.find(wish.model_id)
        standing = read_standing(wish.out)
        if standing is not None and standing.model_id != spec.id:
            detail = f"the folder holds a training of {standing.model_id}"
            raise InputRefused(f"Cannot train {spec.title}", detail, "Choose another folder.")
        payload = {
            "model_id": spec.id,
            "data": str(wish.data),
            "out": str(wish.out),
            "params": validate(spec.train_params, wish.params),
            "seed": wish.seed if standing is None else standing.seed,
            "device": wish.device,
            "resume": standing is not None,
        }
        job = Job(title=f"Training {spec.title} in {wish.out.name}", target=TARGET, payload=payload)
        for old in [info for info in self.infos if info.wish.out == wish.out and info.state != RUNNING]:
            del self._infos[old.job_id]
        self._infos[job.id] = TrainingInfo(job_id=job.id, title=spec.title, wish=wish)
        self._subjects[job.id] = max(1, complete)
        self._desk.start(self._models_lane, job, self._reactions(job.id))
        self._tell()
        return job.id

    def go_on(self, job_id: str) -> str:
        """Take a stopped training up again; its old entry goes."""
        info = self._infos[job_id]
        return self.start(info.wish, self._subjects.get(job_id, 1))

    def dismiss(self, job_id: str) -> None:
        """Forget a training that has ended; its folder stays."""
        if job_id in self._infos and self._infos[job_id].state != RUNNING:
            del self._infos[job_id]
            self._tell()

    def use(self, job_id: str) -> Path:
        """Copy card and weights of a finished training among the person's models; it is used from now on.

        Raises:
            InputRefused: The weights are not those of their card.
            RunFailed: The disk or its rights do not allow it.
        """
        info = self._infos[job_id]
        card = read_card(info.wish.out)
        verified_sha256(info.wish.out, card)
        folder = self._root() / f"{card.model_id}-{info.wish.out.name}"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            for name in (WEIGHTS_NAME, CARD_NAME):
                draft = folder / f"{name}.part"
                shutil.copyfile(info.wish.out / name, draft)
                draft.replace(folder / name)
        except OSError as reason:
            detail = str(reason.strerror or reason)
            raise RunFailed(f"Cannot use {info.title}", detail, "Free some space on the disk.") from reason
        self.dismiss(job_id)
        self._notices.told.emit(f"{info.title} uses the new weights now.")
        self.taken.emit(card.model_id)
        return folder

    def _reactions(self, job_id: str) -> Reactions:
        return Reactions(
            done=lambda event: self._finish(job_id, event),
            failed=lambda error: self._fail(job_id, error),
            reported=lambda event: self._add_point(job_id, event),
            ended=lambda: self._end(job_id),
        )

    def _add_point(self, job_id: str, event: JobReported) -> None:
        info = self._infos[job_id]
        curves = with_point(info.curves, event.values)
        self._infos[job_id] = replace(info, curves=curves, picture=newest_picture(info.wish.out))
        self._remember(job_id, event.values)
        self._tell()

    def _remember(self, job_id: str, values: Mapping[str, float]) -> None:
        info = self._infos[job_id]
        key = training_key(self._registry.find(info.wish.model_id), info.wish)
        with contextlib.suppress(OSError):
            self._speeds.learn(key, self._subjects[job_id], max(values.get("seconds", 0.0), 1e-3))

    def _finish(self, job_id: str, event: JobDone) -> None:
        scores: Mapping[str, float] = event.value["scores"]
        info = self._infos[job_id]
        words = ", ".join(f"{name.replace('_', ' ')} {value:.4g}" for name, value in scores.items())
        self._infos[job_id] = replace(
            info, state=DONE, sentence=words.capitalize(), picture=newest_picture(info.wish.out)
        )
        self._notices.told.emit(f"The training of {info.title} has finished.")

    def _fail(self, job_id: str, error: MedviewError) -> None:
        self._infos[job_id] = replace(self._infos[job_id], state=STOPPED, sentence=str(error))
        self._notices.fail(error)

    def _end(self, job_id: str) -> None:
        info = self._infos.get(job_id)
        if info is not None and info.state == RUNNING:
            standing = read_standing(info.wish.out)
            if standing is None:
                del self._infos[job_id]
            else:
                words = f"Stopped after {standing.epochs} epochs; it can go on from there."
                self._infos[job_id] = replace(info, state=STOPPED, sentence=words)
        self._tell()

    def _tell(self) -> None:
        self.changed.emit(self.infos)


def with_point(curves: Curves, values: Mapping[str, float]) -> Curves:
    """Curves with the numbers of one more epoch; those of another fold begin anew."""
    fold = values.get("fold", 0.0)
    if curves and curves.get("fold", ((0, fold),))[-1][1] != fold:
        curves = {}
    epoch = 1 + max((points[-1][0] for points in curves.values()), default=0)
    return {
        **curves,
        **{name: (*curves.get(name, ()), (epoch, float(value))) for name, value in values.items()},
    }
