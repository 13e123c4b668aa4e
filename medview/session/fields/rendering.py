"""The true field at rest: asked for by the pane, rendered coarse to fine, the newest camera wins."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from enum import Enum
from pathlib import Path
from typing import Any
from weakref import WeakSet

import numpy as np
from numpy.typing import NDArray
from psygnal import Signal

from medview.core.errors import MedviewError
from medview.core.field_view import FieldPicture, FieldView
from medview.core.lens import Lens
from medview.core.radiance import FieldMode, RadianceField
from medview.core.volume import AnyArray
from medview.jobs.job import Job, JobDone, JobPreviewed, Target
from medview.jobs.lanes import Lane
from medview.session.fields.pace import Pace, levels_for
from medview.session.job_desk import JobDesk, Reactions
from medview.session.notices import Notices

TARGET = "medview.zoo.fields.rendering:render"
PICTURE = "picture"
Floats = NDArray[np.float64]


class Phase(Enum):
    """What the true field is doing."""

    IDLE = "idle"
    MOVING = "moving"
    REFINING = "refining"
    SHOWN = "shown"


@dataclass(frozen=True, eq=False, kw_only=True)
class FieldQuestion:
    """A view of a field, and what of it.

    Args:
        field: The layer's data.
        view: What the pane shows.
        mode: Colour, depth, opacity or uncertainty.
        time: 0 to 1, for moving scenes.
    """

    field: RadianceField
    view: FieldView
    mode: FieldMode = FieldMode.COLOUR
    time: float = 0.0


class FieldRendering:
    """Renders what a pane asks for, one view at a time.

    A view that is asked for while another one is rendered takes its place at once. How fine a picture
    begins and ends follows the measured pace of the field. A field that cannot be rendered is told of once,
    and left alone until it is opened anew.

    Args:
        desk: Where the jobs are started.
        notices: Told of failures.
        lane: Where fields are rendered until `use_lane` names another one.
        target: Job target that renders.

    Attributes:
        arrived: Emitted with each `FieldPicture`, coarse to fine.
        changed: Emitted when `phase` has changed.
    """

    arrived = Signal(FieldPicture)
    changed = Signal()

    def __init__(self, desk: JobDesk, notices: Notices, lane: Lane, target: str | Target = TARGET) -> None:
        self._desk = desk
        self._notices = notices
        self._lane = lane
        self._target = target
        self._job_id: str | None = None
        self._pace: dict[Path, Pace] = {}
        self._broken: WeakSet[RadianceField] = WeakSet()
        self.phase = Phase.IDLE

    def use_lane(self, lane: Lane) -> None:
        """Render in another lane from now on: one of their own, so that views wait for no model."""
        self._lane = lane

    def move(self) -> None:
        """A hand moves the view: what is being rendered is out of date."""
        self._drop()
        self._enter(Phase.MOVING)

    def leave(self) -> None:
        """No field is on show any more."""
        self._drop()
        self._enter(Phase.IDLE)

    def rest(self, question: FieldQuestion) -> None:
        """Render a view that has come to rest."""
        self._drop()
        if question.field in self._broken:
            self._enter(Phase.IDLE)
            return
        rays = question.view.lens.width * question.view.lens.height
        levels = levels_for(rays, self._pace.get(question.field.folder), question.view.finest)
        job = self._job(question, levels)
        self._enter(Phase.REFINING)
        self._job_id = job.id
        self._desk.start(
            self._lane,
            job,
            Reactions(
                done=lambda event: self._finish(question, levels, event),
                previewed=lambda event: self._take(job.id, question, event),
                failed=lambda error: self._fail(question, error),
            ),
            is_shown=False,
        )

    def still(
        self,
        field: RadianceField,
        scene_from_camera: Floats,
        lens: Lens,
        mode: FieldMode,
        done: Callable[[JobDone], None],
        *,
        time: float = 0.0,
    ) -> str:
        """Render one picture at full resolution and hand the job's end to `done`; returns the job's id."""
        job = still_job(field, scene_from_camera, lens, mode, time=time, target=self._target)
        return self._desk.start(self._lane, job, Reactions(done=done))

    def _job(self, question: FieldQuestion, levels: tuple[int, ...]) -> Job:
        field, view = question.field, question.view
        pose = scene_pose(field.placement.ras_from_scene, view.ras_from_camera)
        t_max = (view.t_max_mm / np.float32(field.placement.mm_per_unit)).astype(np.float32)
        return _render_job(
            field, pose, view.lens, levels, question.mode, question.time, {"t_max": t_max}, self._target
        )

    def _take(self, job_id: str, question: FieldQuestion, event: JobPreviewed) -> None:
        if job_id == self._job_id and event.name == PICTURE:
            self._tell(question, event.offset_ijk[0], event.array)

    def _finish(self, question: FieldQuestion, levels: tuple[int, ...], event: JobDone) -> None:
        if event.job_id != self._job_id:
            return
        rays = question.view.lens.width * question.view.lens.height
        pace = Pace.measured(rays, levels, event.value)
        if pace is not None:
            self._pace[question.field.folder] = pace
        self._tell(question, levels[-1], event.arrays[PICTURE])
        self._job_id = None
        self._enter(Phase.SHOWN)

    def _tell(self, question: FieldQuestion, level: int, pixels: AnyArray) -> None:
        self.arrived.emit(
            FieldPicture(
                number=question.view.number,
                level=level,
                pixels=pixels,
                mm_per_t=question.field.placement.mm_per_unit,
            )
        )

    def _fail(self, question: FieldQuestion, error: MedviewError) -> None:
        self._broken.add(question.field)
        self._job_id = None
        self._notices.fail(error)
        self._enter(Phase.IDLE)

    def _drop(self) -> None:
        job_id, self._job_id = self._job_id, None
        if job_id is not None:
            self._desk.cancel(job_id)

    def _enter(self, phase: Phase) -> None:
        if phase is not self.phase:
            self.phase = phase
            self.changed.emit()


def scene_pose(ras_from_scene: Floats, ras_from_camera: Floats) -> Floats:
    """4x4 camera to scene of a camera in the patient: a uniform scale moves it, and does not stretch it."""
    pose = np.linalg.inv(ras_from_scene) @ ras_from_camera
    pose[:3, :3] /= np.cbrt(abs(np.linalg.det(pose[:3, :3])))
    return np.asarray(pose, np.float64)


def ras_pose(ras_from_scene: Floats, scene_from_camera: Floats) -> Floats:
    """4x4 camera to patient of a camera in the scene."""
    pose = np.asarray(ras_from_scene, np.float64) @ scene_from_camera
    pose[:3, :3] /= np.cbrt(abs(np.linalg.det(pose[:3, :3])))
    return np.asarray(pose, np.float64)


def still_job(
    field: RadianceField,
    scene_from_camera: Floats,
    lens: Lens,
    mode: FieldMode,
    *,
    time: float = 0.0,
    target: str | Target = TARGET,
) -> Job:
    """One picture at full resolution: returned as the array ``"picture"``, (H, W, 5) float32."""
    return _render_job(field, scene_from_camera, lens, (1,), mode, time, {}, target)


def _render_job(
    field: RadianceField,
    scene_from_camera: Floats,
    lens: Lens,
    levels: tuple[int, ...],
    mode: FieldMode,
    time: float,
    arrays: dict[str, AnyArray],
    target: str | Target,
) -> Job:
    payload: dict[str, Any] = {
        "folder": str(field.folder),
        "scene_from_camera": scene_from_camera.tolist(),
        "lens": asdict(lens),
        "levels": list(levels),
        "mode": mode.value,
        "time": time,
    }
    return Job(title=f"Rendering {field.name}", target=target, payload=payload, arrays=arrays)
