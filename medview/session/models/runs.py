"""Running a model on open layers: forecast, progress, live preview, result as one undo step."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from weakref import WeakKeyDictionary

from medview.core.errors import InputRefused, MedviewError
from medview.core.labels import LabelMap
from medview.core.layers import Layer, LayerId
from medview.core.params import validate
from medview.core.volume import AnyArray, Volume
from medview.jobs.job import Job, JobDone
from medview.jobs.lanes import Lane
from medview.ml.input_range import InputFacts, facts_of, range_in, range_warnings
from medview.ml.preflight import estimated, preflight, user_speeds
from medview.ml.registry import Registry
from medview.ml.request import InputArray, RunRequest
from medview.ml.self_test import TARGET as SELF_TEST
from medview.ml.spec import ModelSpec
from medview.ml.travel import packed_request, unpacked_result
from medview.session.files.layers_from import Content
from medview.session.job_desk import JobDesk, Reactions
from medview.session.models.job import TARGET
from medview.session.models.live_preview import LivePreview
from medview.session.models.results import prepare_result
from medview.session.notices import Notices
from medview.session.proposals.arrival import Aim
from medview.session.session import Session

Roles = Mapping[str, LayerId]
AddContents = Callable[[str, tuple[Content, ...]], object]


class ModelRuns:
    """Starts model runs and brings their results into the session.

    Args:
        session: Whose layers are the inputs.
        desk: Where jobs are listed.
        notices: Where outcomes are told.
        registry: The models.
        models_lane: Where models run.
        files_lane: Where results are prepared.
        add: Adds contents as one named undo step.
    """

    def __init__(
        self,
        session: Session,
        desk: JobDesk,
        notices: Notices,
        registry: Registry,
        *,
        models_lane: Lane,
        files_lane: Lane,
        add: AddContents,
    ) -> None:
        self._session = session
        self._desk = desk
        self._notices = notices
        self._registry = registry
        self._models_lane = models_lane
        self._files_lane = files_lane
        self._add = add
        self._facts: WeakKeyDictionary[Volume, InputFacts] = WeakKeyDictionary()

    def forecast(
        self, model_id: str, roles: Roles, params: Mapping[str, Any], device: str = "auto"
    ) -> tuple[str, str]:
        """What a run would need, and why it cannot start (empty where it can)."""
        try:
            spec = self._registry.find(model_id)
            found = preflight(spec, self._request(spec, roles, params, device), user_speeds())
        except MedviewError as refusal:
            return "", f"{refusal.detail[:1].upper()}{refusal.detail[1:]}. {refusal.hint}".strip()
        problem = "" if found.fits else "The free memory is too small. Close other programs or crop the scan."
        return found.sentence, problem

    def warnings(self, model_id: str, roles: Roles) -> tuple[str, ...]:
        """What about the chosen layers is unlike the scans that the weights were trained on."""
        spec = self._registry.find(model_id)
        chosen = [item.role for item in spec.inputs if item.role in roles and item.kind == "image"]
        layers = {role: self._session.state.layer(roles[role]) for role in chosen}
        facts = {role: self._facts_of(layer) for role, layer in layers.items() if layer is not None}
        known = {role: item for role, item in facts.items() if item is not None}
        return range_warnings(spec, range_in(self._registry.availability(spec).folder), known)

    def _facts_of(self, layer: Layer) -> InputFacts | None:
        if not isinstance(layer.data, Volume) or layer.data.is_colour:
            return None
        if layer.data not in self._facts:
            self._facts[layer.data] = facts_of(_as_input(layer))
        return self._facts[layer.data]

    def test(self, model_id: str, device: str, told: Callable[[str, bool], None]) -> str:
        """Repeat the stored run of a model's self-test; `told` gets the finding and whether it is good.

        Raises:
            InputRefused: The model has no weights here.
        """
        spec = self._registry.find(model_id)
        folder = self._registry.availability(spec).folder
        if folder is None:
            raise InputRefused(f"Cannot test {spec.title}", "its weights are not installed")
        payload = {"model_id": spec.id, "folder": str(folder), "device": device}
        job = Job(title=f"Self-test of {spec.title}", target=SELF_TEST, payload=payload)
        reactions = Reactions(
            done=lambda event: told(event.value["sentence"], event.value["passed"]),
            failed=lambda error: told(str(error), False),
        )
        return self._desk.start(self._models_lane, job, reactions)

    def run(
        self,
        model_id: str,
        roles: Roles,
        params: Mapping[str, Any],
        device: str = "auto",
        target_id: LayerId | None = None,
    ) -> str:
        """Start a run and return its job id.

        Args:
            model_id: The model.
            roles: The layer for each input.
            params: Of the model.
            device: Where it runs.
            target_id: The mask that the labels are proposed for; None: they become a mask of their own.

        Raises:
            InputRefused: An input is missing or does not fit, a parameter is wrong, weights are missing.
        """
        spec = self._registry.find(model_id)
        request = self._request(spec, roles, params, device)
        payload, views = packed_request(request)
        # painting may go on while the model runs: only label maps can change under it
        arrays = {role: self._kept(role, roles, array) for role, array in views.items()}
        job = Job(
            title=spec.title,
            target=TARGET,
            payload=payload,
            arrays=arrays,
            memory_bytes=estimated(spec, request).memory_bytes,
        )
        first = self._layer(next(iter(request.inputs)), roles)
        preview = LivePreview(self._session, spec, first)
        reactions = Reactions(
            done=lambda event: self._prepare(job.id, spec, first, event, target_id),
            failed=self._fail,
            previewed=preview.take,
            ended=preview.clear,
        )
        return self._desk.start(self._models_lane, job, reactions)

    def _prepare(
        self, job_id: str, spec: ModelSpec, first: Layer, event: JobDone, target_id: LayerId | None
    ) -> None:
        result = unpacked_result(event.value, event.arrays)
        aim = self._aim(target_id)
        payload = {"spec": spec, "result": result, "source": first.source, "aim": aim}
        job = Job(title=spec.title, target=prepare_result, payload=payload)
        self._desk.go_on(job_id, self._files_lane, job, lambda prepared: self._accept(spec, prepared))

    def _aim(self, target_id: LayerId | None) -> Aim | None:
        """The mask as it is now; a result whose mask has gone meanwhile becomes a mask of its own."""
        layer = self._session.state.layer(target_id)
        if layer is None or not isinstance(layer.data, LabelMap):
            return None
        return Aim(layer_id=layer.id, name=layer.name, labels=layer.data)

    def _accept(self, spec: ModelSpec, event: JobDone) -> None:
        contents, sentence = event.value
        self._session.set_preview(None)
        self._add(f"Run {spec.title}", contents)
        self._notices.outcome.emit(sentence, False)

    def _fail(self, error: MedviewError) -> None:
        self._notices.outcome.emit(str(error), True)
        self._notices.fail(error)

    def _request(self, spec: ModelSpec, roles: Roles, params: Mapping[str, Any], device: str) -> RunRequest:
        available = self._registry.availability(spec, roles)
        if not available.ready:
            raise InputRefused(f"Cannot run {spec.title}", available.reason.rstrip("."))
        missing = [item for item in spec.inputs if item.required and item.role not in roles]
        if missing:
            title = missing[0].title
            raise InputRefused(f"Cannot run {spec.title}", f"no {title} is chosen", "Open or choose one.")
        if spec.inputs and not roles:
            raise InputRefused(f"Cannot run {spec.title}", "no input is chosen", "Open or choose one.")
        values = validate(spec.params, params)
        chosen = [item.role for item in spec.inputs if item.role in roles]
        return RunRequest(
            model_id=spec.id,
            version=spec.version,
            inputs={role: _as_input(self._layer(role, roles)) for role in chosen},
            params=values,
            seed=int(str(values.get("seed", 0))),
            weights=available.folder,
            device=device,
        )

    def _kept(self, role: str, roles: Roles, array: AnyArray) -> AnyArray:
        return array.copy() if self._layer(role, roles).is_labels else array

    def _layer(self, role: str, roles: Roles) -> Layer:
        layer = self._session.state.layer(roles[role])
        if layer is None:
            raise InputRefused("Cannot run the model", f"the layer for {role} is gone", "Choose another one.")
        return layer


def _as_input(layer: Layer) -> InputArray:
    data = layer.data
    if isinstance(data, Volume):
        return InputArray(
            array=data.data,
            geometry=data.geometry,
            modality=data.modality,
            name=layer.name,
            path=str(layer.path or ""),
            value_unit=data.value_unit,
        )
    assert isinstance(data, LabelMap)
    return InputArray(array=data.array, geometry=data.geometry, name=layer.name)
