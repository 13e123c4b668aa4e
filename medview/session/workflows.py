"""What people do with the program, each as one call: from a wish to a job to a command."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from medview.core.errors import InputRefused, MedviewError
from medview.core.labels import Colour
from medview.core.layers import Layer, LayerId
from medview.jobs.job import Job, JobDone
from medview.jobs.lanes import Lane
from medview.ml.registry import Registry, installed
from medview.ml.spec import ModelSpec
from medview.session import masks
from medview.session.commands import AddLayers
from medview.session.files import opening
from medview.session.files.layers_from import Content, layers_of
from medview.session.files.opening import Found, SeriesQuestion
from medview.session.files.recent import RecentFiles
from medview.session.files.sample import sample_contents, sample_job
from medview.session.files.saving import saving_job, suggested_path
from medview.session.job_desk import JobDesk, JobInfo, Post, Reactions
from medview.session.judging import Doubts, comparable, start_comparison
from medview.session.models.card_page import CardPage, card_page
from medview.session.models.cards import card_text
from medview.session.models.installs import ModelInstalls
from medview.session.models.runs import ModelRuns
from medview.session.models.suggestions import first_choices, suggest_layers
from medview.session.models.trainings import Trainings
from medview.session.notices import Notices
from medview.session.session import Session
from medview.session.surfacing import MAKER, SurfaceKeeper

DEMO_MODEL = "t2-vessels"
DEMO_STUDY = "head-mr"


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

    Attributes:
        jobs_changed: `JobInfo` rows of all running jobs.
        failed: Title, detail, hint of a failure to show; cancelling is none.
        warned: Title and sentences about what readers guessed or repaired.
        told: One line for the status bar.
        outcome: What came of the last model run, and whether it is an error.
        installs: Installs models of the person's own.
        trainings: Starts trainings, and remembers them.
        opened: Ids of the layers that were added.
        doubts: Walks through the doubtful places of a result.
        series_found: A `SeriesQuestion`; answered by `open_series`.
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
    ) -> None:
        self.session = session
        self.recent = recent
        self._files_lane = files_lane
        self._models_lane = models_lane
        self._registry = registry or installed()
        self._notices = notices = Notices()
        self._desk = JobDesk(post, notices.fail)
        self._runs = ModelRuns(
            session,
            self._desk,
            notices,
            self._registry,
            models_lane=models_lane,
            files_lane=files_lane,
            add=self._add_result,
        )
        self.installs = ModelInstalls(
            self._desk, notices, self._registry, files_lane=files_lane, models_lane=models_lane
        )
        self.trainings = Trainings(
            self._desk, notices, self._registry, models_lane=models_lane, files_lane=files_lane
        )
        self._surfaces = (
            SurfaceKeeper(session, self._desk, files_lane, surface_maker) if surface_maker else None
        )
        self.doubts = Doubts(session, self._desk, notices, files_lane)
        self.jobs_changed = self._desk.changed
        self.failed, self.warned, self.told = notices.failed, notices.warned, notices.told
        self.outcome, self.opened, self.series_found = notices.outcome, notices.opened, notices.series_found

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

    # opening

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

    def open_sample(self, name: str = DEMO_STUDY, seed: int = 1, spacing_mm: float | None = None) -> str:
        """Open a synthetic study as one undo step; returns the job's id. Coarse voxels are quicker."""
        return self._open_sample(name, seed, spacing_mm, lambda: None)

    def open_demo(self, seed: int = 1, spacing_mm: float | None = None, device: str = "auto") -> str:
        """Open the sample and, where its weights are installed, run the first model on it."""

        def run() -> None:
            if any(spec.id == DEMO_MODEL for spec in self.models()) and not self.model_problem(DEMO_MODEL):
                self.run_model(DEMO_MODEL, self.first_choices(DEMO_MODEL), {}, device)

        return self._open_sample(DEMO_STUDY, seed, spacing_mm, run)

    def _open_sample(self, name: str, seed: int, spacing_mm: float | None, then: Callable[[], None]) -> str:
        def done(event: JobDone) -> None:
            self._add(f"Open sample {name}", sample_contents(event.value, event.arrays))
            then()

        return self._desk.start(self._models_lane, sample_job(name, seed, spacing_mm), Reactions(done=done))

    def _take(self, title: str, event: JobDone) -> None:
        found: Found = event.value
        if found.contents:
            self._add(title, tuple(found.contents))
        if self.recent is not None and found.opened:
            self.recent.add_all(found.opened)
        for failure in found.failures:
            self._notices.fail(failure)
        for question in found.questions:
            self._notices.series_found.emit(question)

    def _add(self, title: str, contents: tuple[Content, ...]) -> tuple[Layer, ...]:
        """One undo step; the first scan that is shown becomes active, and is looked at in its middle."""
        state = self.session.state
        ids = [self.session.new_id() for _ in contents]
        layers = tuple(layers_of(contents, state.layers, ids))
        if not state.layers:
            x, y, z = (float(part) for part in layers[0].geometry.center_ras)
            self.session.set_view(cursor_ras=(x, y, z), frame=0)
        active = next((layer.id for layer in layers if not layer.is_labels and layer.visible), None)
        self.session.do(AddLayers(title=title, layers=layers, active_id=active))
        warnings = tuple(sentence for content in contents for sentence in content.warnings)
        if warnings:
            self._notices.warned.emit(title, warnings)
        self._notices.opened.emit(tuple(layer.id for layer in layers))
        return layers

    # saving

    def save_layer(self, layer_id: LayerId, path: Path) -> str:
        """Write a layer as it is now; returns the job's id. Later changes stay unsaved.

        Raises:
            KeyError: There is no such layer.
        """
        layer = self._layer(layer_id)
        self.session.close_stroke()
        layer, path = self._layer(layer_id), Path(path)

        def done(_event: JobDone) -> None:
            self.session.mark_saved(layer_id, layer.revision, path)
            self._notices.told.emit(f"Saved {path.name}.")
            if self.recent is not None:
                self.recent.add(path)

        return self._desk.start(self._files_lane, saving_job(layer, path), Reactions(done=done))

    def suggested_path(self, layer_id: LayerId) -> Path:
        """Where the layer would be saved: its own file, or a name beside its scan."""
        return suggested_path(self._layer(layer_id), self.session.state.layers)

    def unsaved(self) -> tuple[Layer, ...]:
        """Layers that closing now would lose, bottom first."""
        return tuple(layer for layer in self.session.state.layers if layer.is_unsaved)

    # masks

    def new_mask(self, reference_id: LayerId | None = None) -> LayerId:
        """Lay an empty mask over a scan (None: the active one) and return its id.

        Raises:
            InputRefused: No scan is open.
        """
        return masks.new_mask(self.session, reference_id)

    def add_label(self, layer_id: LayerId, name: str = "") -> int:
        """Add a label to a mask, to be painted next; returns its number."""
        return masks.add_label(self.session, layer_id, name)

    def change_label(self, layer_id: LayerId, value: int, name: str, colour: Colour) -> None:
        """Give a label another name and colour."""
        masks.change_label(self.session, layer_id, value, name, colour)

    def lock_label(self, layer_id: LayerId, value: int, locked: bool) -> None:
        """Protect a label from brush and eraser, or let them have it."""
        masks.lock_label(self.session, layer_id, value, locked)

    # models

    def models(self) -> tuple[ModelSpec, ...]:
        """Every model, whether it can run here or not."""
        return self._registry.specs()

    def model(self, model_id: str) -> ModelSpec:
        """One model; InputRefused where there is none of that id."""
        return self._registry.find(model_id)

    def model_problem(self, model_id: str) -> str:
        """Why a model cannot run here, as a sentence; empty where it can."""
        return self._registry.availability(self.model(model_id)).reason

    def model_card(self, model_id: str) -> str:
        """What the model is, was trained on and is not for: plain text."""
        spec = self.model(model_id)
        return card_text(spec, self._registry.availability(spec))

    def card_page(self, model_id: str) -> CardPage:
        """The same as plain values, with tables and curves."""
        spec = self.model(model_id)
        return card_page(spec, self._registry.availability(spec))

    def input_warnings(self, model_id: str, roles: Mapping[str, LayerId]) -> tuple[str, ...]:
        """What about the chosen layers is unlike the scans that the model was trained on."""
        return self._runs.warnings(model_id, roles)

    def self_test(self, model_id: str, told: Callable[[str, bool], None], device: str = "auto") -> str:
        """Repeat a model's stored run; `told` gets the finding and whether it is good."""
        return self._runs.test(model_id, device, told)

    # judging

    def compare_results(self, told: Callable[[str], None]) -> str:
        """Add a layer with where two results differ; `told` gets the numbers. Returns the job's id.

        Raises:
            InputRefused: There are no two masks on one grid.
        """
        chosen = comparable(self.session.state)
        if chosen is None:
            raise InputRefused(
                "Cannot compare", "there are no two masks on one grid", "Run two models first."
            )

        def take(content: Content, text: str) -> None:
            self._add("Compare two results", (content,))
            told(text)

        return start_comparison(self._desk, self._files_lane, chosen, take)

    def suggest(self, model_id: str) -> dict[str, tuple[LayerId, ...]]:
        """Layers that fit each role, the best first."""
        return suggest_layers(self.model(model_id), self.session.state)

    def first_choices(self, model_id: str) -> dict[str, LayerId]:
        """One layer for each role that one fits well; never the same for two roles."""
        return first_choices(self.model(model_id), self.session.state)

    def forecast(
        self, model_id: str, roles: Mapping[str, LayerId], params: Mapping[str, Any], device: str = "auto"
    ) -> tuple[str, str]:
        """What a run needs, in words, and why it cannot start (empty where it can)."""
        return self._runs.forecast(model_id, roles, params, device)

    def run_model(
        self, model_id: str, roles: Mapping[str, LayerId], params: Mapping[str, Any], device: str = "auto"
    ) -> str:
        """Run a model on open layers; returns the job's id, or an empty one where it was refused.

        The result is added as one undo step. On failure and cancel everything stays as it was.
        """
        try:
            return self._runs.run(model_id, roles, params, device)
        except MedviewError as refusal:
            self._notices.outcome.emit(str(refusal), True)
            self._notices.fail(refusal)
            return ""

    def _add_result(self, title: str, contents: tuple[Content, ...]) -> None:
        layers = self._add(title, contents)
        labels = next((layer for layer in layers if layer.is_labels), None)
        if labels is not None:
            self.session.set_active(labels.id)

    def _layer(self, layer_id: LayerId) -> Layer:
        layer = self.session.state.layer(layer_id)
        if layer is None:
            raise KeyError(f"there is no layer {layer_id}")
        return layer
