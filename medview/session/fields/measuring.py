"""How well a trained scene agrees with its real frames: view by view, in the circle and whole."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from psygnal import Signal

from medview.core.circle import Circle
from medview.core.errors import MedviewError
from medview.core.radiance import FieldMode, RadianceField
from medview.core.volume import AnyArray
from medview.io.captures.frames import cropped_columns
from medview.io.field_pictures import read_field_picture
from medview.jobs.execution import Link
from medview.jobs.job import Job, JobDone, Target
from medview.jobs.lanes import Lane
from medview.measure.view_quality import view_quality
from medview.ml.field_folder import FRAMES_FOLDER
from medview.session.fields.rendering import PICTURE, TARGET, still_job
from medview.session.fields.wish import SceneWish, read_wish
from medview.session.job_desk import JobDesk, Reactions
from medview.session.notices import Notices

Scores = Mapping[int, Mapping[str, float]]


class FieldMeasuring:
    """Measures one scene at a time, its views one after another.

    Args:
        desk: Where jobs are listed.
        notices: Told of failures.
        lane: Where fields are rendered until `use_lane` names another one.
        files_lane: Where frames are read and compared.
        target: Job target that renders.

    Attributes:
        changed: Emitted whenever a view was measured, and at the end.
    """

    changed = Signal()

    def __init__(
        self, desk: JobDesk, notices: Notices, lane: Lane, files_lane: Lane, target: str | Target = TARGET
    ) -> None:
        self._desk, self._notices = desk, notices
        self._lane, self._files_lane, self._target = lane, files_lane, target
        self._scores: dict[Path, dict[int, Mapping[str, float]]] = {}
        self._waiting: list[int] = []
        self._count = 0
        self._job_id = ""

    def use_lane(self, lane: Lane) -> None:
        """Render in another lane from now on."""
        self._lane = lane

    def scores(self, folder: Path) -> Scores:
        """What was measured of the scene in a folder, by number of the view."""
        return self._scores.get(folder, {})

    @property
    def is_running(self) -> bool:
        """Whether views are being measured."""
        return bool(self._job_id)

    @property
    def progress(self) -> tuple[int, int]:
        """Views that are done, and all."""
        return self._count - len(self._waiting), self._count

    def measure(self, field: RadianceField, frames: tuple[int, ...]) -> None:
        """Measure these views anew."""
        self.stop()
        self._waiting, self._count = list(frames), len(frames)
        self._scores[field.folder] = {}
        self._next(field)

    def stop(self) -> None:
        """Leave the rest unmeasured."""
        job_id, self._job_id, self._waiting = self._job_id, "", []
        if job_id:
            self._desk.cancel(job_id)
            self.changed.emit()

    def forget(self, folder: Path) -> None:
        """The scene in a folder has changed: its numbers are of the past."""
        self._scores.pop(folder, None)

    def _next(self, field: RadianceField) -> None:
        if not self._waiting:
            self._job_id = ""
            self.changed.emit()
            return
        frame = self._waiting[0]
        job = still_job(
            field,
            field.poses[frame],
            field.lenses[frame],
            FieldMode.COLOUR,
            time=float(field.times[frame]),
            target=self._target,
        )
        self._start(self._lane, job, lambda event: self._compare(field, frame, event.arrays[PICTURE]))
        self.changed.emit()

    def _compare(self, field: RadianceField, frame: int, picture: AnyArray) -> None:
        payload = {"folder": field.folder, "frame": frame, "picture": picture}
        job = Job(title=f"Measuring view {frame}", target=compare_view, payload=payload)

        def done(event: JobDone) -> None:
            self._scores.setdefault(field.folder, {})[frame] = event.value
            self._waiting.pop(0)
            self._next(field)

        self._start(self._files_lane, job, done)

    def _start(self, lane: Lane, job: Job, done: Callable[[JobDone], None]) -> None:
        self._job_id = job.id

        def mine(event: JobDone) -> None:
            if self._job_id == job.id:
                done(event)

        self._desk.start(lane, job, Reactions(done=mine, failed=self._fail), is_shown=False)

    def _fail(self, error: MedviewError) -> None:
        self._job_id, self._waiting = "", []
        self._notices.fail(error)
        self.changed.emit()


def compare_view(
    payload: Mapping[str, Any], _arrays: Mapping[str, AnyArray], _link: Link
) -> tuple[dict[str, float], Mapping[str, AnyArray]]:
    """Job target: compare ``picture`` (H, W, 5) with the real frame ``frame`` of the scene in ``folder``."""
    folder, frame = Path(payload["folder"]), int(payload["frame"])
    truth = read_field_picture(folder / FRAMES_FOLDER, frame).astype(np.float64) / 255
    made = np.clip(payload["picture"][..., :3], 0, 1).astype(np.float64)
    height, width = truth.shape[:2]
    return dict(view_quality(made, truth, valid_of(read_wish(folder), width, height))), {}


def valid_of(wish: SceneWish | None, width: int, height: int) -> NDArray[np.bool_]:
    """The pixels (H, W) of a trained picture that lie in the circle that the scene was trained with."""
    drawn = wish.reading.get("circle") if wish is not None else None
    if wish is None or not isinstance(drawn, Mapping):
        return np.ones((height, width), np.bool_)
    by = height * int(wish.reading.get("downscale", 1))
    cut = [float(wish.reading.get(name, 0.0)) for name in ("crop_left", "crop_right")]
    stored = round(width * int(wish.reading.get("downscale", 1)) / (1 - sum(cut) / 100))
    first = cropped_columns(max(stored, 16), *cut).start
    return Circle(**drawn).shifted(-first, 0).scaled(height / by).mask(height, width)
