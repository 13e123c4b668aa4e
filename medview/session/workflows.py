"""Everything that people do with the program, put together: one attribute per journey, and the jobs."""

from __future__ import annotations

from pathlib import Path

from medview.jobs.lanes import Lane
from medview.ml.registry import Registry, installed
from medview.session.fields.real_frames import RealFrames
from medview.session.fields.rendering import FieldRendering
from medview.session.files.layers_from import Content
from medview.session.files.recent import RecentFiles
from medview.session.job_desk import JobDesk, JobInfo, Post
from medview.session.journeys.annotators import Annotators
from medview.session.journeys.clicking import Clicking
from medview.session.journeys.exporting import Exporting
from medview.session.journeys.judging import Judging
from medview.session.journeys.labels import Labels
from medview.session.journeys.models import Models
from medview.session.journeys.opening import Opening
from medview.session.journeys.operating import Operating
from medview.session.journeys.placing import Placing
from medview.session.journeys.proposing import Proposing
from medview.session.journeys.recovery import Recovery
from medview.session.journeys.saving import Saving
from medview.session.journeys.scene_out import SceneOut
from medview.session.journeys.scenes import Scenes
from medview.session.journeys.worklist import WorkList
from medview.session.models.installs import ModelInstalls
from medview.session.models.runs import ModelRuns
from medview.session.models.trainings import Trainings
from medview.session.notices import Notices
from medview.session.session import Session
from medview.session.surfacing import MAKER, Later, SurfaceKeeper
from medview.session.worklist.open_work import OpenWork


class Workflows:
    """The use cases of a session. Used from the window's thread only; free of Qt.

    Args:
        session: What is open.
        files_lane: For reading, writing, measuring; a lane of this process.
        models_lane: For models and whatever else computes for long.
        post: Runs a function on the window's thread soon; callable from any thread.
        recent: Remembers what was opened; None remembers nothing.
        registry: The models; None: those of this installation.
        surface_maker: ``"module:function"`` that makes surfaces; empty makes none.
        journals: The folder of all journals; None keeps none.

    Attributes:
        opening: Opens files, folders and synthetic studies.
        saving: Saves layers.
        labels: Merges, splits, removes, measures, loads and saves labels.
        models: Lists and runs models.
        proposing: Accepts and rejects what a model proposes for a mask.
        judging: Doubtful places, and comparisons of results.
        exporting: Writes surfaces and numbers of masks.
        operating: Runs operations on whole labels.
        placing: Lays scenes upon patients, and keeps their places.
        scene_out: Writes scenes out, and keeps the keys of their films.
        clicking: Answers smart clicks.
        field_rendering: Renders a radiance field for the 3-D pane.
        real_frames: Reads the real pictures of a field's views.
        installs: Installs models of the person's own.
        trainings: Starts trainings, and remembers them.
        scenes: Prepares captures and trains scenes on them.
        recovery: Keeps the journal, and brings back the work of sessions that ended without saving.
        worklist: Opens a folder as a queue of cases and leads through it.
        annotators: Compares several annotators' masks, and makes their consensus.
        jobs_changed: `JobInfo` rows of all running jobs.
        failed: Title, detail, hint of a failure to show; cancelling is none.
        warned: Title and sentences about what readers guessed or repaired.
        told: One line for the status bar.
        outcome: What came of the last model run, and whether it is an error.
        opened: Ids of the layers that were added.
        series_found: A `SeriesQuestion`; answered by `opening.open_series`.
    """

    def __init__(
        self,
        session: Session,
        *,
        files_lane: Lane,
        models_lane: Lane,
        post: Post,
        recent: RecentFiles | None = None,
        registry: Registry | None = None,
        surface_maker: str = MAKER,
        journals: Path | None = None,
    ) -> None:
        self.session = session
        registry, notices = registry or installed(), Notices()
        self._desk = desk = JobDesk(post, notices.fail)
        self.opening = Opening(
            session, desk, notices, files_lane=files_lane, models_lane=models_lane, recent=recent
        )
        self.saving = Saving(session, desk, notices, files_lane, recent)
        self.labels = Labels(session, desk, notices, files_lane)
        runs = ModelRuns(
            session,
            desk,
            notices,
            registry,
            models_lane=models_lane,
            files_lane=files_lane,
            add=self._add_result,
        )
        self.models = Models(session, notices, registry, runs)
        self.proposing = Proposing(session, desk, notices, files_lane)
        self.judging = Judging(session, desk, notices, files_lane, self.opening)
        self.exporting = Exporting(session, desk, notices, files_lane)
        self.operating = Operating(session, desk, notices, files_lane)
        self.placing = Placing(session, desk, notices, files_lane)
        self.scene_out = SceneOut(session, desk, notices, models_lane)
        self.clicking = Clicking(session, desk, notices, registry, models_lane)
        self.field_rendering = FieldRendering(desk, notices, models_lane)
        self.real_frames = RealFrames(desk, notices, files_lane)
        self.installs = ModelInstalls(desk, notices, registry, files_lane=files_lane, models_lane=models_lane)
        self.trainings = Trainings(desk, notices, registry, files_lane=files_lane, models_lane=models_lane)
        self.scenes = Scenes(self.opening, desk, notices, registry, models_lane, files_lane, recent)
        self.recovery = Recovery(session, desk, notices, files_lane, journals, post)
        work = OpenWork(session, desk, notices, files_lane)
        self.worklist, self.annotators = self._cases(work, models_lane, recent)
        self._surfaces = SurfaceKeeper(session, desk, files_lane, surface_maker) if surface_maker else None
        self.jobs_changed = desk.changed
        self.failed, self.warned, self.told = notices.failed, notices.warned, notices.told
        self.outcome, self.opened, self.series_found = notices.outcome, notices.opened, notices.series_found

    def let_surfaces_wait(self, later: Later) -> None:
        """Make surfaces once the hand rests: `later` calls a function once after so many seconds."""
        if self._surfaces is not None:
            self._surfaces.later = later

    def _cases(
        self, work: OpenWork, models_lane: Lane, recent: RecentFiles | None
    ) -> tuple[WorkList, Annotators]:
        worklist = WorkList(work, self.opening, self.recovery, self.trainings.holds, recent)
        worklist.place_taken.connect(self.saving.take_place)
        return worklist, Annotators(work, worklist, self.opening, models_lane)

    @property
    def running(self) -> tuple[JobInfo, ...]:
        """The running jobs, oldest first."""
        return self._desk.rows

    def cancel(self, job_id: str) -> None:
        """End a job; everything stays as it was before."""
        self._desk.cancel(job_id)

    def cancel_all(self) -> None:
        """End every job."""
        self._desk.cancel_all()

    def _add_result(self, title: str, contents: tuple[Content, ...]) -> None:
        layers = self.opening.add(title, contents)
        labels = next((layer for layer in layers if layer.is_labels), None)
        if labels is not None:
            target = self.session.state.target_of(labels)
            self.session.set_active(target.id if target is not None else labels.id)
