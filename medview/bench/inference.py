"""Whole-volume inference of every model with weights: as the program runs it beside a plain torch loop.

Both run the same weights on the same synthetic study in one process with two threads, the plain loop without
channels last, folded norms or another runtime. What is done once per machine (a conversion) is done before.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path

from medview.bench.suite import Figure
from medview.core.params import validate
from medview.core.volume import Volume
from medview.ml.context import RunContext
from medview.ml.registry import installed
from medview.ml.request import InputArray, RunRequest, RunResult
from medview.ml.runner import run
from medview.ml.spec import ModelSpec
from medview.phantoms.studies import STUDIES, make_study

_THREADS = 2
_PLAIN = "plain"
_SPEEDUP, _EQUAL = "inference_speedup", "inference_equal_share"


def measure(_scan: Path) -> list[Figure]:
    """A row of each for every model, and the worst of all models under the plain names."""
    registry, rows = installed(), []
    studies = {study.name: make_study(study.name).volumes for study in STUDIES}
    for spec in registry.specs():
        found = registry.availability(spec)
        volumes = _fitting(spec, studies)
        if spec.weights and found.ready and found.folder is not None and volumes is not None:
            rows.append((spec.id, *_compared(spec, found.folder, volumes)))
    if not rows:
        return []
    worst = [("", min(row[1] for row in rows), min(row[2] for row in rows))]
    return [
        _figure(f"{name}[{model}]" if model else name, value)
        for model, speedup, equal in [*worst, *rows]
        for name, value in ((_SPEEDUP, speedup), (_EQUAL, equal))
    ]


def _figure(name: str, value: float) -> Figure:
    return Figure(name=name, value=value, n=1, spread=0, lower_is_better=False)


def _fitting(spec: ModelSpec, studies: Mapping[str, Mapping[str, Volume]]) -> Mapping[str, Volume] | None:
    """The volumes of the first study that has all roles of a model."""
    required = [item.role for item in spec.inputs if item.required]
    return next((volumes for volumes in studies.values() if set(required) <= volumes.keys()), None)


def _compared(spec: ModelSpec, weights: Path, volumes: Mapping[str, Volume]) -> tuple[float, float]:
    """How many times faster the program's way is, and the share of equal voxels in its label outputs."""
    _result(spec, weights, volumes, "auto")
    plain, ours = (_result(spec, weights, volumes, runtime) for runtime in (_PLAIN, "auto"))
    labels = [
        output.name for output in spec.outputs if output.kind == "labels" and output.name in ours.outputs
    ]
    shares = [float((ours.outputs[name] == plain.outputs[name]).mean()) for name in labels]
    return plain.provenance["seconds"] / ours.provenance["seconds"], min(shares, default=1.0)


def _result(spec: ModelSpec, weights: Path, volumes: Mapping[str, Volume], runtime: str) -> RunResult:
    roles = [item.role for item in spec.inputs if item.role in volumes]
    inputs = {
        role: InputArray(
            array=volumes[role].frame(0), geometry=volumes[role].geometry, modality=volumes[role].modality
        )
        for role in roles
    }
    request = RunRequest(
        model_id=spec.id,
        version=spec.version,
        inputs=inputs,
        params=validate(spec.params, {}),
        weights=weights,
        device="cpu",
        runtime=runtime,
        is_cached=False,
    )
    with tempfile.TemporaryDirectory(prefix="medview-") as scratch:
        return run(request, RunContext(scratch=Path(scratch), threads=_THREADS))
