"""The journey of opening: files, folders, series of a folder, synthetic studies."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from medview.core.layers import Layer, LayerId
from medview.core.state import Layout
from medview.core.volume import Volume
from medview.jobs.job import Job, JobDone
from medview.jobs.lanes import Lane
from medview.session.commands import AddLayers
from medview.session.files import opening
from medview.session.files.dicom_objects import read_contours
from medview.session.files.layers_from import Content, layers_of
from medview.session.files.opening import Found, SeriesQuestion
from medview.session.files.recent import RecentFiles
from medview.session.files.sample import sample_contents, sample_job
from medview.session.job_desk import JobDesk, Reactions
from medview.session.notices import Notices
from medview.session.session import Session

DEMO_STUDY = "head-mr"


class Opening:
    """Puts what people choose into the session.

    Args:
        session: Where layers are added.
        desk: Where the jobs are listed.
        notices: Told what was opened, guessed, repaired or refused.
        files_lane: For reading.
        models_lane: For synthetic studies, which compute for long.
        recent: Remembers what was opened; None remembers nothing.
    """

    def __init__(
        self,
        session: Session,
        desk: JobDesk,
        notices: Notices,
        *,
        files_lane: Lane,
        models_lane: Lane,
        recent: RecentFiles | None,
    ) -> None:
        self._session = session
        self._desk = desk
        self._notices = notices
        self._files_lane = files_lane
        self._models_lane = models_lane
        self._recent = recent

    def open_paths(self, paths: Sequence[Path]) -> str:
        """Open files and folders on top of what is open, as one undo step; returns the job's id."""
        chosen = tuple(Path(path) for path in paths)
        names = chosen[0].name if len(chosen) == 1 else f"{len(chosen)} files"
        job = Job(title=f"Opening {names}", target=opening.read_paths, payload={"paths": chosen})
        return self._desk.start(
            self._files_lane, job, Reactions(done=lambda event: self._take(f"Open {names}", event))
        )

    def open_series(self, question: SeriesQuestion, indices: Sequence[int]) -> str:
        """Open the chosen series of a question; none chosen opens nothing and returns an empty id."""
        if not indices:
            return ""
        series = tuple(question.series[index] for index in indices)
        title = f"Open {question.choices[indices[0]].title}"
        job = Job(
            title=f"Opening {question.path.name}",
            target=opening.read_chosen,
            payload={"series": series, "path": question.path},
        )
        done = Reactions(done=lambda event: self._take(title, event))
        return self._desk.start(self._files_lane, job, done)

    def load_contours(self, scan_id: LayerId, path: Path) -> str:
        """Lay the structures of a file over a scan as a mask, as one undo step; returns the job's id.

        Raises:
            KeyError: There is no such scan.
        """
        layer = self._session.state.layer(scan_id)
        if layer is None or not isinstance(layer.data, Volume):
            raise KeyError(f"there is no scan {scan_id}")
        job = Job(
            title=f"Loading {path.name}", target=read_contours, payload={"path": path, "scan": layer.data}
        )

        def done(event: JobDone) -> None:
            self.add(f"Load contours from {path.name}", (event.value,))

        return self._desk.start(self._files_lane, job, Reactions(done=done))

    def open_sample(self, name: str = DEMO_STUDY, seed: int = 1, spacing_mm: float | None = None) -> str:
        """Open a synthetic study as one undo step; returns the job's id. Coarse voxels are quicker."""

        def done(event: JobDone) -> None:
            self.add(f"Open sample {name}", sample_contents(event.value, event.arrays))

        return self._desk.start(self._models_lane, sample_job(name, seed, spacing_mm), Reactions(done=done))

    def add(self, title: str, contents: tuple[Content, ...]) -> tuple[Layer, ...]:
        """One undo step; the first scan that is shown becomes active, and is looked at in its middle."""
        state = self._session.state
        ids = [self._session.new_id() for _ in contents]
        layers = tuple(layers_of(contents, state.layers, ids))
        if not state.layers:
            x, y, z = (float(part) for part in layers[0].geometry.center_ras)
            self._session.set_view(cursor_ras=(x, y, z), frame=0)
            if all(layer.is_field for layer in layers):
                self._session.set_view(layout=Layout.VOLUME)  # it has no slices
        active = next((layer.id for layer in layers if not layer.is_labels and layer.visible), None)
        self._session.do(AddLayers(title=title, layers=layers, active_id=active))
        warnings = tuple(sentence for content in contents for sentence in content.warnings)
        if warnings:
            self._notices.warned.emit(title, warnings)
        self._notices.opened.emit(tuple(layer.id for layer in layers))
        return layers

    def _take(self, title: str, event: JobDone) -> None:
        found: Found = event.value
        if found.contents:
            self.add(title, tuple(found.contents))
        if self._recent is not None and found.opened:
            self._recent.add_all(found.opened)
        for capture in found.captures:
            self._notices.capture_found.emit(capture)
        for failure in found.failures:
            self._notices.fail(failure)
        for question in found.questions:
            self._notices.series_found.emit(question)
