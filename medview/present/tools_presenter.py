"""The tools panel: the list of models, the form of the chosen one, running jobs and outcomes."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from medview.core.labels import LabelMap
from medview.core.layers import Layer, LayerId
from medview.core.params import defaults
from medview.core.state import SessionState
from medview.ml.preflight import time_words
from medview.ml.spec import InputSpec, ModelSpec
from medview.present.actions import ActionTable
from medview.present.desk import Desk
from medview.present.judge_actions import why_no_doubt
from medview.present.ports.tools_port import JobRow, ModelForm, ModelRow, RoleRow, ToolsViewPort
from medview.present.training_cards import TrainingCards
from medview.session.job_desk import JobInfo
from medview.session.judging.comparison import is_difference
from medview.session.session import Session
from medview.session.workflows import Workflows

#: Nobody has chosen yet what becomes of the result.
_BY_ITSELF = "by itself"


class ToolsPresenter:
    """Presents the models.

    Args:
        session: What is open.
        workflows: Knows the models and runs them.
        view: The panel.
        actions: Runs the deeds, so that failures are told in one place.
        desk: Remembers which model is chosen, and knows the settings.
    """

    def __init__(
        self,
        session: Session,
        workflows: Workflows,
        view: ToolsViewPort,
        actions: ActionTable,
        desk: Desk,
    ) -> None:
        self._session = session
        self._workflows = workflows
        self._view = view
        self._actions = actions
        self._desk = desk
        self._spec: ModelSpec | None = None
        self._values: dict[str, dict[str, Any]] = {}
        self._roles: dict[str, LayerId | None] = {}
        self._target: LayerId | str | None = _BY_ITSELF
        self._form: ModelForm | None = None
        self._doubt = ""
        self._doubt_shown = ("", "")
        self._connect()
        self._show_models()
        self._show_doubt()

    def _connect(self) -> None:
        self._view.model_chosen.connect(self.choose)
        self._view.role_chosen.connect(self._on_role)
        self._view.value_changed.connect(self._on_value)
        self._view.target_chosen.connect(self._on_target)
        self._view.run_asked.connect(self._on_run)
        self._view.cancel_asked.connect(self._workflows.cancel)
        self._trainings = TrainingCards(self._workflows.trainings, self._view, self._actions)
        self._workflows.trainings.changed.connect(lambda _infos: self._on_jobs(self._workflows.running))
        self._workflows.trainings.taken.connect(self._on_taken)
        self._view.card_asked.connect(lambda: self._actions.run("help.model_card"))
        self._view.doubt_asked.connect(lambda: self._actions.run("tools.doubt_next"))
        self._workflows.judging.doubts.changed.connect(self._on_doubt)
        self._workflows.jobs_changed.connect(self._on_jobs)
        self._workflows.outcome.connect(self._view.show_outcome)
        self._workflows.installs.installed.connect(self._show_models)
        self._session.changed.connect(self._on_changed)
        self._desk.settings.changed.connect(lambda _name, _value: self.refresh())

    def _show_models(self, wanted: str = "") -> None:
        """List the models anew; choose the one just installed, else the first that can run."""
        specs = self._workflows.models.specs()
        rows = tuple(_model_row(spec, self._workflows.models.problem(spec.id)) for spec in specs)
        able = [row.model_id for row in rows if not row.reason] or [row.model_id for row in rows]
        first = wanted or next(iter(able), "")
        self._view.show_models(rows, first)
        self.choose(first)

    def choose(self, model_id: str) -> None:
        """Show the form of a model, with what was last set in it."""
        self._spec = next((spec for spec in self._workflows.models.specs() if spec.id == model_id), None)
        self._roles = {}
        self._target = _BY_ITSELF
        self._desk.model_id = model_id if self._spec is not None else ""
        self.refresh()

    def refresh(self) -> None:
        """Show the form if anything in it is new."""
        form = self._resolve(self._spec) if self._spec is not None else None
        if form != self._form:
            self._form = form
            self._view.show_form(form)

    def _resolve(self, spec: ModelSpec) -> ModelForm:
        suggested = self._workflows.models.suggest(spec.id)
        best = self._workflows.models.first_choices(spec.id)
        roles = tuple(
            self._role_row(role, suggested.get(role.role, ()), best.get(role.role)) for role in spec.inputs
        )
        values = self._values.setdefault(spec.id, defaults(spec.params))
        forecast, problem = self._workflows.models.forecast(spec.id, _chosen(roles), values, self._device)
        masks = fitting_masks(spec, self._session.state, _chosen(roles))
        return ModelForm(
            model_id=spec.id,
            title=spec.title,
            note=spec.note,
            roles=roles,
            params=spec.params,
            values=dict(values),
            problem=problem,
            warnings=self._workflows.models.input_warnings(spec.id, _chosen(roles)),
            forecast=forecast,
            masks=tuple((mask.id, mask.name) for mask in masks),
            target=self._chosen_target(masks),
        )

    def _chosen_target(self, masks: tuple[Layer, ...]) -> LayerId | None:
        """What the person chose, else the active mask where something is drawn in it."""
        if self._target in (None, *(mask.id for mask in masks)):
            return self._target
        active = next((mask for mask in masks if mask is self._session.state.active), None)
        is_drawn = active is not None and isinstance(active.data, LabelMap) and active.data.held_values()
        return active.id if active is not None and is_drawn else None

    @property
    def _device(self) -> str:
        return str(self._desk.settings.value("device"))

    def _role_row(self, role: InputSpec, candidates: tuple[LayerId, ...], best: LayerId | None) -> RoleRow:
        layers = [self._session.state.layer(layer_id) for layer_id in candidates]
        named = tuple((layer.id, layer.name) for layer in layers if layer is not None)
        ids = [layer_id for layer_id, _ in named]
        wanted = self._roles.get(role.role, best)
        return RoleRow(
            role=role.role,
            title=role.title,
            required=role.required,
            candidates=named,
            chosen=wanted if wanted in ids or wanted is None else best,
        )

    def _on_changed(self, old: SessionState, new: SessionState) -> None:
        if _layer_facts(old) != _layer_facts(new):
            self.refresh()
            self._show_doubt()

    def _on_doubt(self, text: str) -> None:
        self._doubt = text
        self._show_doubt()

    def _show_doubt(self) -> None:
        why_not = why_no_doubt(self._session.state)
        shown = ("" if why_not else self._doubt, why_not)
        if shown != self._doubt_shown:
            self._doubt_shown = shown
            self._view.show_doubt(*shown)

    def _on_role(self, role: str, layer_id: LayerId | None) -> None:
        self._roles[role] = layer_id
        self.refresh()

    def _on_target(self, layer_id: LayerId | None) -> None:
        self._target = layer_id
        self.refresh()

    def _on_value(self, name: str, value: Any) -> None:
        if self._spec is not None:
            self._values[self._spec.id][name] = value
            self.refresh()

    def _on_run(self) -> None:
        form = self._form
        if form is None or form.problem:
            self._view.show_outcome(form.problem if form is not None else "Choose a model first.", True)
            return
        self._actions.guarded(
            f"Run {form.title}",
            lambda: self._workflows.models.run(
                form.model_id, _chosen(form.roles), form.values, self._device, form.target
            ),
        )

    def _on_jobs(self, jobs: tuple[JobInfo, ...]) -> None:
        self._view.show_jobs(
            tuple(replace(_job_row(job), learning=self._trainings.learning(job.job_id)) for job in jobs)
        )

    def _on_taken(self, model_id: str) -> None:
        """Weights were exchanged: what can run, and with what, has to be asked anew."""
        self._form = None
        self._show_models()
        self.choose(model_id)


def fitting_masks(spec: ModelSpec, state: SessionState, roles: dict[str, LayerId]) -> tuple[Layer, ...]:
    """The masks that a model's labels can be proposed for: on the grid of its first input, topmost first."""
    first = state.layer(next(iter(roles.values()), None))
    if first is None or all(output.kind != "labels" for output in spec.outputs):
        return ()
    return tuple(
        layer
        for layer in reversed(state.layers)
        if layer.is_labels and _is_work(layer) and layer.geometry.matches(first.geometry)
    )


def _is_work(layer: Layer) -> bool:
    """Neither a proposal itself nor a map of where two results differ."""
    return layer.proposal is None and not is_difference(layer)


def _model_row(spec: ModelSpec, reason: str) -> ModelRow:
    return ModelRow(
        model_id=spec.id, title=spec.title, task=spec.task.value, summary=spec.summary, reason=reason
    )


def _chosen(roles: tuple[RoleRow, ...]) -> dict[str, LayerId]:
    return {row.role: row.chosen for row in roles if row.chosen is not None}


def _layer_facts(state: SessionState) -> list[tuple[object, ...]]:
    """What suggestions and forecasts depend on; painting is not among it."""
    layers: list[tuple[object, ...]] = [
        (layer.id, layer.name, layer.data, layer.visible) for layer in state.layers
    ]
    return [*layers, (state.active_id,)]


def _job_row(job: JobInfo) -> JobRow:
    # a run that knows its own pace tells it: one time left is enough
    left = None if job.message.endswith(" left") else job.seconds_left
    return JobRow(
        job_id=job.job_id,
        title=job.title,
        message=job.message,
        fraction=job.fraction,
        time_left=f"about {time_words(left)} left" if left is not None else "",
        can_cancel=job.can_cancel,
    )
