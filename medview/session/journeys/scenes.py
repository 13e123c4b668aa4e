"""The journey from a video to a scene: a capture looked at, prepared, trained, added as a layer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from psygnal import Signal

from medview.core.circle import Circle
from medview.core.errors import MedviewError
from medview.core.params import defaults, validate
from medview.core.places import user_data
from medview.core.volume import AnyArray
from medview.io.captures.transforms import NAME as TRANSFORMS_NAME
from medview.jobs.execution import Link
from medview.jobs.job import Job, JobDone, JobPreviewed
from medview.jobs.lanes import Lane
from medview.ml.registry import Registry
from medview.ml.runner import LEAST_VIEWS
from medview.ml.spec import ModelSpec
from medview.session.fields.captures import CaptureLook, look_at, see_frame
from medview.session.fields.draft import FINDING, MAKING, READING, TAKING, SceneDraft
from medview.session.fields.frame_job import TARGET as TAKE_FRAMES
from medview.session.fields.opening import read_field
from medview.session.fields.own_places import place_of
from medview.session.fields.pose_job import FACTS_NAME as POSES_NAME
from medview.session.fields.pose_job import TARGET as FIND_POSES
from medview.session.fields.synthetic import sample_capture_job
from medview.session.fields.tool_painting import paint_tools
from medview.session.fields.trainings import SceneTrainings
from medview.session.fields.unfinished import Unfinished
from medview.session.fields.view_scores import Scores, read_scores
from medview.session.files.layers_from import Content
from medview.session.files.recent import RecentFiles
from medview.session.job_desk import JobDesk, Reactions
from medview.session.journeys.opening import Opening
from medview.session.notices import Notices

SAMPLE = "abdomen"
"""The method file's own scene: made in a second, and trained in minutes on a CPU."""
NO_POSES = "Poses cannot be computed here: pycolmap is not installed (pip install medview[poses])."
_FIRST_METHOD = "k-planes"
"""The fast one on a CPU; where it is missing, the first that is there."""


class Scenes:
    """Prepares captures and trains scenes on them. Used from the window's thread only.

    Args:
        opening: Adds the layers.
        desk: Where jobs are listed.
        notices: Told what was opened, done or refused.
        registry: The methods.
        models_lane: Where fields learn, frames are taken out and poses are found.
        files_lane: Where captures are read.
        recent: Remembers what was opened, and beside it what has not ended; None remembers nothing.

    Attributes:
        changed: The `SceneDraft`, whenever anything of it is new.
        captured: A capture was opened: whoever shows scenes should come to the front.
        trainings: The training, and those that have not ended.
    """

    changed = Signal(object)
    captured = Signal()

    def __init__(
        self,
        opening: Opening,
        desk: JobDesk,
        notices: Notices,
        registry: Registry,
        models_lane: Lane,
        files_lane: Lane,
        recent: RecentFiles | None = None,
    ) -> None:
        self._desk, self._notices, self._registry, self._opening = desk, notices, registry, opening
        self._models_lane, self._files_lane, self._recent = models_lane, files_lane, recent
        known = [spec.id for spec in self.methods()]
        first = _FIRST_METHOD if _FIRST_METHOD in known else next(iter(known), "")
        self._draft = SceneDraft(method=first)
        self.trainings = SceneTrainings(
            desk,
            notices,
            registry,
            models_lane=models_lane,
            files_lane=files_lane,
            unfinished=Unfinished(recent.folder if recent is not None else None),
            finished=self._add_trained,
        )
        notices.capture_found.connect(self.open_capture)

    @property
    def draft(self) -> SceneDraft:
        """What was chosen so far."""
        return self._draft

    def methods(self) -> tuple[ModelSpec, ...]:
        """The methods that learn scenes."""
        return self._registry.scene_methods()

    def values(self) -> dict[str, Any]:
        """A value for every training parameter of the chosen method."""
        spec = self._spec()
        return {} if spec is None else {
            **defaults(spec.train_params), **self._draft.params.get(spec.id, {})
        }  # fmt: skip

    def open_capture(self, path: Path) -> str:
        """Look at a capture in the background; returns the job's id."""
        self.captured.emit()
        job = Job(title=f"Reading {path.name}", target=look_at, payload={"path": path})

        def done(event: JobDone) -> None:
            self._take(event.value)

        return self._prepare(READING, self._files_lane, job, done)

    def set_reading(self, name: str, value: Any) -> None:
        """Set how the capture is read."""
        self._change(reading={**self._draft.reading, name: value})
        if name == "tool_masks":
            self._see()

    def exclude(self, frame: int, *, is_excluded: bool) -> None:
        """Leave a frame out, or take it in again."""
        look = self._draft.look
        if look is not None and 0 <= frame < len(look.frames):
            name = {look.frames[frame].name}
            excluded = self._draft.excluded | name if is_excluded else self._draft.excluded - name
            self._change(excluded=excluded)

    def choose_frame(self, frame: int) -> None:
        """Show the mask of another frame."""
        look = self._draft.look
        if look is not None and 0 <= frame < len(look.frames) and frame != self._draft.frame:
            self._change(frame=frame)
            self._see()

    def draw_circle(self, circle: Circle) -> None:
        """Take the circle that a person drew, in pixels of the stored frames."""
        if self._draft.look is not None and circle.radius > 0:
            self._tell(self._draft.with_circle(circle))

    def paint(self, points: NDArray[np.float64], radius: float, *, hides: bool) -> None:
        """Paint one stroke of an instrument on the frame on show, in pixels of the stored frame."""
        look, sight = self._draft.look, self._draft.sight
        image = look.frames[self._draft.frame].image if look is not None else None
        if look is None or sight is None or image is None:
            return
        folder = Path(self._draft.reading["tool_masks"] or place_of("instruments", look.path))
        payload = {"folder": folder, "frame": image.name, "points": points, "radius": radius}
        job = Job(
            title="Painting an instrument",
            target=paint_tools,
            payload={**payload, "hides": hides, "size": look.size},
        )

        def painted(_event: JobDone) -> None:
            if self._draft.look is look:
                self.set_reading("tool_masks", str(folder))

        done = Reactions(done=painted)
        self._desk.start(self._files_lane, job, done, is_shown=False)

    def take_frames(self) -> str:
        """Take frames out of the video that is open, and look at them; returns the job's id."""
        look = self._draft.look
        if look is None or look.capture.video is None:
            return ""
        reading, out = self._draft.reading, place_of("captures", look.capture.video)
        names = ("n_frames", "sharpest", "crop_left", "crop_right")
        wanted = {name: reading[name] for name in names}
        payload = {"video": str(look.capture.video), "out": str(out), "circle": None, **wanted}
        job = Job(title=f"Taking frames out of {look.path.name}", target=TAKE_FRAMES, payload=payload)

        def done(event: JobDone) -> None:
            if event.value["warnings"]:
                self._notices.warned.emit(job.title, tuple(event.value["warnings"]))
            self.open_capture(Path(event.value["folder"]))

        return self._prepare(TAKING, self._models_lane, job, done)

    def stop(self) -> None:
        """End the job that prepares the capture; what it would have written does not appear."""
        if self._draft.job_id:
            self._desk.cancel(self._draft.job_id)

    def choose_method(self, model_id: str) -> None:
        """Train by another method."""
        if any(spec.id == model_id for spec in self.methods()):
            self._change(method=model_id)

    def set_param(self, name: str, value: Any) -> None:
        """Set a training parameter of the chosen method."""
        method = self._draft.method
        values = {**self._draft.params.get(method, {}), name: value}
        self._change(params={**self._draft.params, method: values})

    def choose_out(self, folder: Path) -> None:
        """Write the scene to another folder."""
        self._change(out=folder)

    def why_not_train(self) -> str:
        """Why no training can start; empty where it can."""
        draft, training, spec = self._draft, self.trainings.training, self._spec()
        if spec is None:
            return "No method that learns scenes is installed."
        if draft.look is None or draft.out is None:
            return "Choose a video or frames first."
        if draft.look.is_video:
            return "Take frames out of the video first."
        if draft.kept == 0:
            return "The cameras of the frames are not known: find their poses first."
        if draft.kept < LEAST_VIEWS:
            return f"{draft.kept} frames take part; {LEAST_VIEWS} are needed."
        if training is not None and training.runs:
            return "A scene is being trained."
        return self._why_not_values(spec) or _why_not_place(draft.out)

    def _why_not_values(self, spec: ModelSpec) -> str:
        try:
            validate(spec.train_params, self.values())
        except MedviewError as refusal:
            return str(refusal)
        return ""

    def train(self, device: str) -> str:
        """Start the training; returns the job's id.

        Raises:
            InputRefused: It cannot start.
        """
        wish = replace(self._draft.wish(device), params=self.values())
        return self.trainings.start(wish)

    def train_anew(self, folder: Path, excluded: frozenset[str], device: str) -> str:
        """Train a scene anew with frames left out, beside the first one; returns the job's id.

        Raises:
            InputRefused: Nothing in its folder says how it was trained, or it cannot start.
        """
        return self.trainings.train_anew(folder, _free_folder(folder.stem), excluded, device)

    def why_not_find(self) -> str:
        """Why the poses of the open frames cannot be computed; empty where they can."""
        look = self._draft.look
        if look is None:
            return "Choose a video or frames first."
        if look.is_video:
            return "Take frames out of the video first."
        if find_spec("pycolmap") is None:
            return NO_POSES
        is_foreign = look.posed and not (look.capture.folder / POSES_NAME).is_file()
        return "These frames have poses that were not computed here; use them." if is_foreign else ""

    def find_poses(self) -> str:
        """Compute the poses of the open frames, and look at them again; returns the job's id."""
        look, circle = self._draft.look, self._draft.circle
        if look is None or self.why_not_find():
            return ""
        payload = {
            "frames": str(look.capture.folder),
            "circle": asdict(circle) if circle is not None else None,
            "tool_masks": self._draft.reading["tool_masks"] or None,
            "highlights": True,
        }
        job = Job(title=f"Finding the poses of {look.path.name}", target=FIND_POSES, payload=payload)

        def done(event: JobDone) -> None:
            self._notices.told.emit(str(event.value["sentence"]))
            self.open_capture(Path(event.value["folder"]))

        return self._prepare(FINDING, self._models_lane, job, done)

    def open_sample(self) -> str:
        """Make the synthetic laparoscopy as a capture, and look at it; returns the job's id."""
        out = user_data() / "captures" / SAMPLE
        out.parent.mkdir(parents=True, exist_ok=True)
        if (out / TRANSFORMS_NAME).is_file():
            return self.open_capture(out)
        job = sample_capture_job(SAMPLE, 1, out)

        def done(event: JobDone) -> None:
            self.open_capture(Path(event.value["capture"]))

        return self._prepare(MAKING, self._models_lane, job, done)

    def view_scores(self, folder: Path, told: Callable[[Scores], None]) -> None:
        """Tell what the training of a scene says of its views, once it has been read."""
        job = Job(title=f"Reading {folder.name}", target=read_scores, payload={"folder": folder})
        done = Reactions(done=lambda event: told(event.value), failed=_quiet)
        self._desk.start(self._files_lane, job, done, is_shown=False)

    def _spec(self) -> ModelSpec | None:
        return next((spec for spec in self.methods() if spec.id == self._draft.method), None)

    def _take(self, look: CaptureLook) -> None:
        self._tell(replace(self._draft.with_look(look, self._free_out(look)), job_id="", busy=""))
        if self._recent is not None:
            self._recent.add(look.path)
        self._see()

    def _see(self) -> None:
        """Read the frame on show as large as the panel shows it."""
        look, number = self._draft.look, self._draft.frame
        if look is None:
            return
        masks = self._draft.reading["tool_masks"]
        payload = {"frame": look.frames[number], "size": look.size, "masks": Path(masks) if masks else None}
        job = Job(title=f"Reading {look.frames[number].name}", target=see_frame, payload=payload)

        def done(event: JobDone) -> None:
            if self._draft.look is look and self._draft.frame == number:
                self._change(sight=event.value)

        self._desk.start(self._files_lane, job, Reactions(done=done, failed=_quiet), is_shown=False)

    def _add_trained(self, folder: Path) -> None:
        job = Job(title=f"Opening {folder.name}", target=_read_trained, payload={"folder": folder})

        def done(event: JobDone) -> None:
            content: Content = event.value
            self._opening.add(f"Train scene {content.name}", (content,))
            if self._recent is not None:
                self._recent.add(folder)

        self._desk.start(self._files_lane, job, Reactions(done=done))
        look = self._draft.look
        if look is not None and self._draft.out == folder:
            self._change(out=self._free_out(look))

    def _prepare(self, busy: str, lane: Lane, job: Job, done: Callable[[JobDone], None]) -> str:
        """Run the one job that prepares the capture; an earlier one ends."""
        self.stop()
        self._change(busy=busy, job_id=job.id, problem="", growing=None)

        def failed(error: MedviewError) -> None:
            self._change(problem=str(error))
            self._notices.fail(error)

        def ended() -> None:
            if self._draft.job_id == job.id:
                self._change(busy="", job_id="")

        def show(event: JobPreviewed) -> None:
            self._change(growing=event.array)

        reactions = Reactions(done=done, failed=failed, previewed=show, ended=ended)
        return self._desk.start(lane, job, reactions)

    def _free_out(self, look: CaptureLook) -> Path:
        """A folder that does not exist yet, for the scene of a capture."""
        stem = look.path.stem if look.path.is_file() else look.path.name
        if look.path.is_file() and not look.is_video:
            stem = look.capture.folder.name
        return _free_folder(stem)

    def _change(self, **changes: Any) -> None:
        self._tell(replace(self._draft, **changes))

    def _tell(self, draft: SceneDraft) -> None:
        self._draft = draft
        self.changed.emit(draft)


def _free_folder(stem: str) -> Path:
    folder, names = user_data() / "scenes", (stem, *(f"{stem} {n}" for n in range(2, 10_000)))
    return next(path for name in names if not (path := folder / f"{name}.field").exists())


def _why_not_place(out: Path) -> str:
    if out.is_file():
        return "The place to write to is a file; choose a folder."
    if out.is_dir() and any(out.iterdir()):
        return "The folder to write to is not empty; choose another one."
    return ""


def _read_trained(
    payload: Mapping[str, Any], _arrays: Mapping[str, AnyArray], _link: Link
) -> tuple[Content, Mapping[str, AnyArray]]:
    """Job target: read the scene at ``payload["folder"]``."""
    return read_field(payload["folder"]), {}


def _quiet(_error: MedviewError) -> None:
    """A frame that cannot be shown is marked in the strip already."""
