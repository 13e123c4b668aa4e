"""The training wizard: choose a method and subjects, set what can be set, hear what will happen, start."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from medview.core.errors import MedviewError
from medview.core.params import defaults, validate
from medview.ml.spec import ModelSpec
from medview.ml.training_folder import TrainingStanding
from medview.present.actions import ActionTable
from medview.present.desk import Desk
from medview.present.ports.training_port import SubjectRow, TrainingForm, TrainingViewPort
from medview.session.files.subjects import SubjectFiles, wanted_by
from medview.session.models.training_plan import TrainingPlan, TrainingWish
from medview.session.models.trainings import Survey, Trainings

_NO_PLACE = Path()


class TrainingPresenter:
    """Presents the wizard; what was filled in stays for the next time.

    Args:
        trainings: Looks at folders and trains.
        view: The wizard.
        actions: Runs the deeds, so that failures are told in one place.
        desk: Knows which model is chosen in the tools panel, and the settings.
    """

    def __init__(
        self, trainings: Trainings, view: TrainingViewPort, actions: ActionTable, desk: Desk
    ) -> None:
        self._trainings, self._view, self._actions, self._desk = trainings, view, actions, desk
        self._model_id = ""
        self._data, self._out = _NO_PLACE, _NO_PLACE
        self._values: dict[str, dict[str, Any]] = {}
        self._survey: Survey | None = None
        self._is_open = False
        view.model_chosen.connect(self._on_model)
        view.data_chosen.connect(self._on_data)
        view.out_chosen.connect(self._on_out)
        view.value_changed.connect(self._on_value)
        view.start_asked.connect(self._on_start)
        view.closed.connect(self._on_closed)
        trainings.surveyed.connect(self._on_survey)
        desk.open_training = self.open

    def open(self) -> None:
        """Show the wizard, with the model of the tools panel where it learns."""
        known = [spec.id for spec in self._trainings.models()]
        wanted = (self._model_id, self._desk.model_id, *known)
        self._is_open = True
        self._on_model(next(model_id for model_id in wanted if model_id in known))

    def _on_model(self, model_id: str) -> None:
        self._model_id = model_id
        self._survey = None
        self._look()
        self._show()

    def _on_data(self, folder: Path) -> None:
        self._data, self._survey = folder, None
        self._look()
        self._show()

    def _look(self) -> None:
        if self._data != _NO_PLACE:
            self._trainings.look_at(self._model_id, self._data)

    def _on_survey(self, found: Survey) -> None:
        if (found.model_id, found.folder) == (self._model_id, self._data):
            self._survey = found
            self._show()

    def _on_out(self, folder: Path) -> None:
        self._out = folder
        standing = self._plan().standing
        if standing is not None and standing.model_id == self._model_id:
            self._values[self._model_id] = _stored(self._spec, standing)
        self._show()

    def _on_value(self, name: str, value: Any) -> None:
        self._set_values()[name] = value
        self._show()

    def _on_closed(self) -> None:
        """What is heard from now on must not bring the wizard back."""
        self._is_open = False

    def _on_start(self) -> None:
        plan = self._plan()
        if plan.problem:
            self._show()
            return
        complete = len([subject for subject in self._subjects if not subject.missing])

        def start() -> None:
            self._trainings.start(self._wish, complete)
            self._is_open, self._out = False, _NO_PLACE
            self._view.close()

        self._actions.guarded("Train a model", start)

    @property
    def _spec(self) -> ModelSpec:
        return next(spec for spec in self._trainings.models() if spec.id == self._model_id)

    @property
    def _subjects(self) -> tuple[SubjectFiles, ...]:
        return self._survey.subjects if self._survey is not None else ()

    def _set_values(self) -> dict[str, Any]:
        return self._values.setdefault(self._model_id, defaults(self._spec.train_params))

    @property
    def _wish(self) -> TrainingWish:
        return TrainingWish(
            model_id=self._model_id,
            data=self._data,
            out=self._out,
            params=dict(self._set_values()),
            device=str(self._desk.settings.value("device")),
        )

    def _plan(self) -> TrainingPlan:
        if self._data != _NO_PLACE and self._survey is None:
            return TrainingPlan(problem="Looking into the folder…")
        return self._trainings.plan(self._wish, self._survey)

    def _show(self) -> None:
        if not self._is_open:
            return
        spec, plan = self._spec, self._plan()
        standing = plan.standing
        self._view.show(
            TrainingForm(
                models=tuple((each.id, each.title) for each in self._trainings.models()),
                model_id=spec.id,
                summary=spec.summary,
                needs=needs_words(spec),
                data="" if self._data == _NO_PLACE else str(self._data),
                subjects=tuple(_subject_row(subject) for subject in self._subjects),
                count=count_words(self._subjects) if self._survey is not None else "",
                params=spec.train_params,
                values=dict(self._set_values()),
                out="" if self._out == _NO_PLACE else str(self._out),
                forecast=plan.forecast,
                problem=plan.problem,
                is_resumed=standing is not None and standing.model_id == spec.id,
            )
        )


def _stored(spec: ModelSpec, standing: TrainingStanding) -> dict[str, Any]:
    """The parameters of a training that goes on; those that it no longer knows have their defaults."""
    known = {param.name for param in spec.train_params}
    kept = {name: value for name, value in standing.params.items() if name in known}
    try:
        return validate(spec.train_params, kept)
    except MedviewError:
        return defaults(spec.train_params)


def needs_words(spec: ModelSpec) -> str:
    """Which files each subject must have, and may have."""
    wanted = wanted_by(spec)
    required = [name for name in (*wanted.roles, *wanted.labels) if name in wanted.required]
    spare = [name for name in wanted.roles if name not in wanted.required]
    also = f", and may have {_listed(spare)}" if spare else ""
    return f"One folder per subject with {_listed(required)}{also}; or a BIDS folder."


def _listed(names: list[str]) -> str:
    files = [f"{name}.nii.gz" for name in names]
    return files[0] if len(files) == 1 else f"{', '.join(files[:-1])} and {files[-1]}"


def count_words(subjects: tuple[SubjectFiles, ...]) -> str:
    """How many subjects are complete."""
    complete = len([subject for subject in subjects if not subject.missing])
    if complete == len(subjects):
        return f"{complete} subjects, all complete" if complete else "No subjects"
    if not complete:
        return f"None of the {len(subjects)} folders holds a complete subject"
    return f"{complete} of {len(subjects)} subjects are complete; the others are left out"


def _subject_row(subject: SubjectFiles) -> SubjectRow:
    lacks = f"lacks {' and '.join(subject.missing)}" if subject.missing else ""
    return SubjectRow(name=subject.id, missing=lacks)
