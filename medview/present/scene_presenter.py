"""The Scene tab: a checklist from frames to a trained scene, and the scene that is open."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from medview.core.circle import Circle
from medview.core.layers import Layer, LayerId
from medview.core.plans import Shared
from medview.core.state import SessionState
from medview.present.actions import ActionTable
from medview.present.desk import Desk
from medview.present.ports.scene_port import ScenePlan, SceneViewPort
from medview.present.scene_look import SceneLook
from medview.present.scene_plan import (
    BANNER,
    frames_plan,
    mask_plan,
    poses_plan,
    step_rows,
    train_plan,
)
from medview.session.fields.draft import SceneDraft
from medview.session.fields.trainings import SceneTraining, TrainingState
from medview.session.job_desk import JobInfo

_FILE, _FOLDER, _SAMPLE = "file", "folder", "sample"


class ScenePresenter:
    """Presents captures, trainings and scenes.

    Args:
        desk: What is open, the use cases, the settings.
        view: The tab.
        actions: Runs the deeds, so that failures are told in one place.
    """

    def __init__(self, desk: Desk, view: SceneViewPort, actions: ActionTable) -> None:
        self._desk, self._view, self._actions = desk, view, actions
        self._scenes = desk.workflows.scenes
        self._look = SceneLook(desk, view, actions, self.refresh)
        self._plan: ScenePlan | None = None
        self._looked_at: object = None
        self._trained: TrainingState | None = None
        self._deeds: dict[str, Callable[[], object]] = {
            "extract": self._scenes.take_frames,
            "find_poses": self._scenes.find_poses,
            "stop": self._scenes.stop,
            "train": lambda: self._scenes.train(self._device),
            "pause": self._scenes.trainings.pause,
            "resume": lambda: self._scenes.trainings.go_on(),
            "cancel": self._cancel,
            "dismiss": self._scenes.trainings.dismiss,
            "train_anew": lambda: self._look.train_anew(self._device),
        }
        self._connect()
        self.refresh()

    def _connect(self) -> None:
        view, scenes = self._view, self._scenes
        view.capture_asked.connect(self._on_capture)
        view.value_changed.connect(scenes.set_reading)
        view.frame_chosen.connect(scenes.choose_frame)
        view.frame_excluded.connect(lambda frame, is_out: scenes.exclude(frame, is_excluded=is_out))
        view.circle_moved.connect(lambda cx, cy, radius: scenes.draw_circle(Circle(cx, cy, radius)))
        view.stroke_painted.connect(self._on_stroke)
        view.deed_asked.connect(self._on_deed)
        view.method_chosen.connect(scenes.choose_method)
        view.param_changed.connect(scenes.set_param)
        view.out_chosen.connect(scenes.choose_out)
        view.continue_asked.connect(self._on_continue)
        view.forget_asked.connect(self._on_forget)
        scenes.changed.connect(self._on_draft)
        scenes.captured.connect(view.reveal)
        self._desk.workflows.opened.connect(self._on_opened)
        scenes.trainings.changed.connect(self._on_training)
        self._desk.workflows.jobs_changed.connect(lambda _jobs: self._on_jobs())
        self._desk.session.changed.connect(self._on_session)

    def refresh(self) -> None:
        """Show what is new."""
        plan = self._resolve()
        if plan != self._plan:
            self._plan = plan
            self._view.show(plan)

    def _resolve(self) -> ScenePlan:
        draft, scenes, training = self._scenes.draft, self._scenes, self._scenes.trainings.training
        layer = self._look.layer
        job = self._job(draft.job_id)
        return ScenePlan(
            steps=step_rows(draft, training, layer.name if layer is not None else ""),
            banner=BANNER,
            frames=frames_plan(draft, job),
            mask=mask_plan(draft),
            poses=poses_plan(draft, job, scenes.why_not_find()),
            train=train_plan(
                draft,
                training,
                methods=scenes.methods(),
                values=scenes.values(),
                problem=scenes.why_not_train(),
                job=self._job(training.job_id if training is not None else ""),
                truth=_truth(training),
                unfinished=scenes.trainings.unfinished(),
            ),
            look=self._look.plan(),
        )

    def _job(self, job_id: str) -> JobInfo | None:
        return next((job for job in self._desk.workflows.running if job.job_id == job_id), None)

    @property
    def _device(self) -> str:
        return str(self._desk.settings.value("device"))

    def _on_opened(self, opened: tuple[LayerId, ...]) -> None:
        """A scene that was opened alone has its steps beside it; at other work nobody is disturbed."""
        base = self._desk.state.base
        if base is not None and base.is_field and base.id in opened:
            self._view.reveal()

    def _on_capture(self, kind: str) -> None:
        if kind == _SAMPLE:
            self._actions.guarded("Make the sample", self._scenes.open_sample)
            return
        path = self._view.ask_capture(kind)
        if path is not None:
            self._desk.workflows.opening.open_paths((path,))

    def _on_stroke(self, points: Any, radius: float, hides: bool) -> None:
        self._scenes.paint(np.asarray(points, float), radius, hides=hides)

    def _on_deed(self, name: str) -> None:
        self._actions.guarded(name.replace("_", " ").capitalize(), self._deeds[name])

    def _cancel(self) -> None:
        training = self._scenes.trainings.training
        if training is not None and self._view.ask_discard(training.wish.out.stem):
            self._scenes.trainings.cancel()

    def _on_continue(self, folder: Path) -> None:
        self._actions.guarded("Go on training", lambda: self._scenes.trainings.go_on(folder))

    def _on_forget(self, folder: Path) -> None:
        if self._view.ask_discard(folder.stem):
            self._scenes.trainings.forget(folder)

    def _on_draft(self, draft: SceneDraft) -> None:
        self.refresh()
        if draft.look is not None and draft.look is not self._looked_at:
            self._looked_at = draft.look
            self._view.open_step(_first_step(draft))

    def _on_training(self, training: SceneTraining | None) -> None:
        self.refresh()
        state = training.state if training is not None else None
        if state is not self._trained and state is TrainingState.RUNNING:
            self._view.open_step("train")
        self._trained = state

    def _on_jobs(self) -> None:
        training = self._scenes.trainings.training
        if self._scenes.draft.job_id or (training is not None and training.runs):
            self.refresh()

    def _on_session(self, old: SessionState, new: SessionState) -> None:
        if _fields(old) != _fields(new) or old.active_id != new.active_id:
            self._look.follow()
            self.refresh()
        came = {layer.id for layer in new.layers if layer.is_field} - {layer.id for layer in old.layers}
        if came:
            self._view.open_step("view")


def _fields(state: SessionState) -> list[Layer]:
    return [layer for layer in state.layers if layer.is_field]


def _first_step(draft: SceneDraft) -> str:
    """Where a person who has opened a capture goes on."""
    if draft.look is None or draft.look.is_video:
        return "frames"
    return "mask" if draft.look.posed else "poses"


def _truth(training: SceneTraining | None) -> Shared | None:
    """The real frame of the live preview."""
    return None if training is None or training.truth is None else Shared(training.truth)
