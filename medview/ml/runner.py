"""Running and training models: check, forecast, resolve, run, check again, say how it came about."""

from __future__ import annotations

import contextlib
import importlib
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import medview
from medview.core.errors import InputRefused, RunFailed
from medview.core.params import validate
from medview.ml.card import read_card, verified_sha256
from medview.ml.context import RunContext
from medview.ml.field_folder import BAKED_NAME, FieldFacts, read_facts, write_facts
from medview.ml.field_request import FieldRequest
from medview.ml.input_range import input_warnings
from medview.ml.output_check import checked_outputs
from medview.ml.peak_memory import PeakMemory
from medview.ml.preflight import Speeds, demand_fit, estimated, preflight, speed_key, user_speeds
from medview.ml.registry import Registry, installed
from medview.ml.request import InputArray, RunRequest, RunResult, TrainRequest, TrainResult
from medview.ml.result_cache import LEAST_S, ResultCache, run_key, user_cache
from medview.ml.spec import ModelSpec

LEAST_VIEWS = 3
"""Fewer views say too little of depth."""


def run(
    request: RunRequest,
    ctx: RunContext,
    registry: Registry | None = None,
    speeds: Speeds | None = None,
    cache: ResultCache | None = None,
) -> RunResult:
    """Run one model on one subject; the very same run again is answered from the cache.

    Args:
        request: What to run on what; its parameters may be text, as from ``--set``.
        ctx: Where to work and whom to tell; its device is the resolved one.
        registry: The models there are; None: those of this installation.
        speeds: Earlier measurements; None: the person's own.
        cache: Earlier results; None: the person's own. Not looked at where the request says so.

    Raises:
        InputRefused: The request does not fit the model or the machine.
        RunFailed: The model returned something that does not fit its own description.
        Cancelled: The person has cancelled.
    """
    spec = (registry or installed()).find(request.model_id)
    speeds, cache = speeds or user_speeds(), cache or user_cache()
    ctx.runtime = request.runtime
    request = _checked_request(spec, replace(request, device=ctx.device))
    weights_sha256 = _checked_weights(spec, request.weights)
    function = resolved(spec.entry)
    is_cached = request.is_cached and cache.budget_bytes > 0
    key = run_key(request, weights_sha256, function) if is_cached else ""
    known = cache.find(key, request) if is_cached else None
    if known is not None:
        ctx.progress(1.0, known.provenance["notes"][-1])
        return known
    demand_fit(preflight(spec, request, speeds), spec.title)
    ctx.check_cancelled()
    started_s = time.monotonic()
    result = _computed(spec, request, ctx, function, weights_sha256)
    seconds = time.monotonic() - started_s
    with contextlib.suppress(OSError):
        speeds.learn(speed_key(spec, ctx.device), estimated(spec, request).seconds, seconds)
    if is_cached and seconds >= LEAST_S:
        cache.keep(key, result)
    return result


def _computed(
    spec: ModelSpec, request: RunRequest, ctx: RunContext, function: Callable[..., Any], weights_sha256: str
) -> RunResult:
    peak, started_s = PeakMemory(ctx.device), time.monotonic()
    made = function(request, ctx)
    seconds = time.monotonic() - started_s
    outputs, geometries = checked_outputs(spec, request, made)
    provenance = _provenance(request, weights_sha256, seconds, peak.bytes_so_far())
    provenance |= {**ctx.facts, "warnings": list(input_warnings(spec, request)), "notes": list(ctx.notes)}
    return RunResult(outputs=outputs, geometries=geometries, provenance=provenance)


def train(request: TrainRequest, ctx: RunContext, registry: Registry | None = None) -> TrainResult:
    """Train one model on a folder of subjects; its weights and card are in ``request.out`` afterwards.

    Raises:
        InputRefused: The model cannot be trained, or parameters or subjects do not fit it.
        RunFailed: The training left no complete model folder behind.
        Cancelled: The person has cancelled; checkpoints stay for ``resume``.
    """
    spec = (registry or installed()).find(request.model_id)
    request = _checked_training(spec, replace(request, device=ctx.device))
    subjects: Sequence[str] = [subject.id for subject in request.subjects]
    scores, facts = _learned(spec, request, ctx)
    return TrainResult(folder=request.out, scores=scores, provenance={**facts, "subjects": subjects})


def train_field(request: FieldRequest, ctx: RunContext, registry: Registry | None = None) -> TrainResult:
    """Train one radiance field on posed views; a complete field folder is in ``request.out`` afterwards.

    How it came about is written into ``field.json``, beside what the method noted there itself.

    Raises:
        InputRefused: The method learns no scenes, or parameters or views do not fit it.
        RunFailed: The training left no complete field folder behind.
        Cancelled: The person has cancelled; checkpoints stay for ``resume``.
    """
    spec = (registry or installed()).find(request.model_id)
    request = _checked_field(spec, replace(request, device=ctx.device))
    scores, provenance = _learned(spec, request, ctx)
    provenance |= {"views": len(request.views), **ctx.facts, "notes": list(ctx.notes)}
    facts = _trained_field(spec, request.out)
    write_facts(request.out, replace(facts, provenance={**facts.provenance, **provenance}))
    return TrainResult(folder=request.out, scores=scores, provenance=provenance)


def _learned(
    spec: ModelSpec, request: TrainRequest | FieldRequest, ctx: RunContext
) -> tuple[dict[str, float], dict[str, Any]]:
    """Train, check the weights, and return the scores and how they came about."""
    request.out.mkdir(parents=True, exist_ok=True)
    function = resolved(spec.train_entry)
    peak, started_s = PeakMemory(ctx.device), time.monotonic()
    scores = {name: float(value) for name, value in function(request, ctx).items()}
    seconds = time.monotonic() - started_s
    weights_sha256 = _trained_weights(spec, request.out)
    return scores, dict(_common(request, weights_sha256, seconds, peak.bytes_so_far()))


def resolved(entry: str) -> Callable[..., Any]:
    """Import the function that a spec names as ``"module:function"``.

    Raises:
        RunFailed: There is no such function: a damaged installation or a faulty plug-in.
    """
    module, name = entry.split(":")
    try:
        function = getattr(importlib.import_module(module), name)
    except (ImportError, AttributeError) as reason:
        hint = "Install the program or the plug-in again."
        raise RunFailed(
            "Cannot start the model", f"its code {entry} cannot be loaded ({reason})", hint
        ) from reason
    if not callable(function):
        raise RunFailed("Cannot start the model", f"{entry} is not a function")
    return function  # type: ignore[no-any-return]


def _checked_request(spec: ModelSpec, request: RunRequest) -> RunRequest:
    if request.version != spec.version:
        detail = f"the request is for version {request.version}, installed is {spec.version}"
        raise _refused(spec, detail, "Open its form again.")
    params = validate(spec.params, request.params)
    roles = [item.role for item in spec.inputs]
    unknown = [role for role in request.inputs if role not in roles]
    if unknown:
        raise _refused(spec, f"it has no input {unknown[0]}", f"Its inputs are {', '.join(roles)}.")
    missing = [item for item in spec.inputs if item.required and item.role not in request.inputs]
    if missing:
        raise _refused(
            spec, f"the input {missing[0].role} ({missing[0].title}) is missing", "Choose a scan for it."
        )
    if roles and not request.inputs:
        raise _refused(spec, "no input is given", f"It reads {', '.join(roles)}.")
    inputs = {role: request.inputs[role] for role in roles if role in request.inputs}
    for role, item in inputs.items():
        _demand_sound(spec, role, item)
    return replace(request, params=params, inputs=inputs)


def _demand_sound(spec: ModelSpec, role: str, item: InputArray) -> None:
    if item.array.ndim < 3 or item.array.shape[:3] != item.geometry.shape:
        raise _refused(spec, f"the input {role} of shape {item.array.shape} does not fit its grid")
    if item.array.dtype.kind not in "biuf":
        raise _refused(spec, f"the input {role} holds {item.array.dtype}, not real numbers")
    dims = next(spec_input.dims for spec_input in spec.inputs if spec_input.role == role)
    is_flat = min(item.geometry.shape) == 1
    if is_flat and 2 not in dims:
        raise _refused(spec, f"the input {role} is a single slice", "This model needs a whole volume.")


def _checked_weights(spec: ModelSpec, folder: Path | None) -> str:
    if not spec.weights:
        return ""
    if folder is None:
        raise _refused(spec, "its weights are not installed", "Install or train them, or name their folder.")
    if spec.weights[0].verifier:
        return str(resolved(spec.weights[0].verifier)(folder))
    card = read_card(folder)
    if card.model_id != spec.id:
        raise _refused(spec, f"the weights in {folder} belong to {card.model_id}", "Choose another folder.")
    return verified_sha256(folder, card)


def _checked_training(spec: ModelSpec, request: TrainRequest) -> TrainRequest:
    if not spec.train_entry:
        raise InputRefused(f"Cannot train {spec.title}", "this model does not learn from data")
    if not request.subjects:
        raise InputRefused(
            f"Cannot train {spec.title}", "there are no subjects", "Choose a folder that holds some."
        )
    needed = [item.role for item in spec.inputs if item.required]
    for subject in request.subjects:
        missing = [name for name in needed if name not in subject.arrays]
        if missing:
            raise InputRefused(f"Cannot train {spec.title}", f"subject {subject.id} lacks {missing[0]}")
    return replace(request, params=validate(spec.train_params, request.params))


def _checked_field(spec: ModelSpec, request: FieldRequest) -> FieldRequest:
    title = f"Cannot train {spec.title}"
    if not spec.learns_scenes or not spec.train_entry:
        raise InputRefused(title, "this model does not learn scenes from posed views")
    if len(request.views) < LEAST_VIEWS:
        detail = f"{len(request.views)} posed views are too few"
        raise InputRefused(title, detail, f"Give it {LEAST_VIEWS} or more.")
    if not request.views.valid.any():
        raise InputRefused(title, "the masks leave no pixel to learn from", "Make the circle larger.")
    return replace(request, params=validate(spec.train_params, request.params))


def _trained_field(spec: ModelSpec, folder: Path) -> FieldFacts:
    title = f"The training of {spec.title} is not complete"
    try:
        facts = read_facts(folder)
    except InputRefused as refusal:
        raise RunFailed(title, refusal.detail) from refusal
    if facts.model_id != spec.id or not (folder / BAKED_NAME).is_file():
        raise RunFailed(title, f"{folder.name} holds no {BAKED_NAME} of this method")
    return facts


def _trained_weights(spec: ModelSpec, folder: Path) -> str:
    try:
        return verified_sha256(folder, read_card(folder))
    except InputRefused as refusal:
        raise RunFailed(f"The training of {spec.title} is not complete", refusal.detail) from refusal


def _refused(spec: ModelSpec, detail: str, hint: str = "") -> InputRefused:
    return InputRefused(f"Cannot run {spec.title}", detail, hint)


def _provenance(request: RunRequest, weights_sha256: str, seconds: float, peak_bytes: int) -> dict[str, Any]:
    inputs = [
        {"role": role, "path": item.path, "sha256": item.sha256} for role, item in request.inputs.items()
    ]
    return {**_common(request, weights_sha256, seconds, peak_bytes), "inputs": inputs}


def _common(
    request: RunRequest | TrainRequest | FieldRequest, weights_sha256: str, seconds: float, peak_bytes: int
) -> Mapping[str, Any]:
    return {
        "model": request.model_id,
        "version": request.version,
        "weights_sha256": weights_sha256,
        "seconds": round(seconds, 3),
        "device": request.device,
        "peak_memory_bytes": peak_bytes,
        "params": dict(request.params),
        "seed": request.seed,
        "program_version": medview.__version__,
    }
