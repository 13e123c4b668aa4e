"""Whole-volume inference with every model folder: as the program runs it beside a plain torch loop.

Both run the same weights on the same slices, in the same batches, of the same synthetic study, in one
process with two threads and in single precision. The plain loop is the network as it was trained, called
under ``torch.inference_mode()``: not rewritten, not channels last, no other runtime. The plain loops of all
models come first, so that nothing that the program prepares in the process can help or hinder them. What is
done once per machine (a conversion) is done before the program's own turns. Each side has two turns, of which
the faster counts.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from medview.bench.suite import Figure
from medview.core.params import validate
from medview.core.volume import Volume
from medview.ml.card import read_card
from medview.ml.context import RunContext
from medview.ml.registry import Registry, installed
from medview.ml.request import InputArray, RunRequest, RunResult
from medview.ml.runner import run
from medview.ml.spec import ModelSpec
from medview.phantoms.studies import STUDIES, make_study
from medview.phantoms.study import Study

_THREADS = 2
_TURNS = 2
_PLAIN = "plain"


@dataclass(frozen=True, kw_only=True)
class _Side:
    """One way to run a model: the seconds of its turns, and the last result."""

    seconds: tuple[float, ...]
    result: RunResult


def measure(_scan: Path) -> list[Figure]:
    """Rows for every model folder, and the worst of all under the plain names."""
    studies = [make_study(study.name) for study in STUDIES]
    wanted = [(spec, folder, _volumes(spec, folder, studies)) for spec, folder in _model_folders(installed())]
    chosen = [item for item in wanted if item[2]]
    plain = [_side(*item, _PLAIN) for item in chosen]
    figures = [figure for item, side in zip(chosen, plain, strict=True) for figure in _figures(*item, side)]
    worst = [_worst(name, figures) for name in ("inference_speedup", "inference_equal_share")]
    return [*filter(None, worst), *figures]


def _worst(name: str, figures: list[Figure]) -> Figure | None:
    rows = [figure for figure in figures if figure.name.startswith(f"{name}[")]
    if not rows:
        return None
    least = min(rows, key=lambda figure: figure.value)
    return Figure(name=name, value=least.value, n=least.n, spread=least.spread, lower_is_better=False)


def _model_folders(registry: Registry) -> Iterator[tuple[ModelSpec, Path]]:
    for spec in registry.specs():
        if spec.weights:
            yield from ((spec, folder) for folder in registry.weight_folders(spec))


def _figures(spec: ModelSpec, folder: Path, volumes: Mapping[str, Volume], plain: _Side) -> list[Figure]:
    _result(spec, folder, volumes, "auto")
    ours = _side(spec, folder, volumes, "auto")
    made, wanted = ours.result.outputs, plain.result.outputs
    labels = [item.name for item in spec.outputs if item.kind == "labels" and item.name in made]
    equal = min((float((made[name] == wanted[name]).mean()) for name in labels), default=1.0)
    ratios = [before / after for before in plain.seconds for after in ours.seconds]
    runtime = str(ours.result.provenance.get("runtime", "torch"))
    return [
        _ratio(f"inference_speedup[{folder.name}]", min(plain.seconds) / min(ours.seconds), ratios),
        _ratio(f"inference_equal_share[{folder.name}]", equal, [equal]),
        _seconds(f"inference_s[{folder.name}, plain]", plain),
        _seconds(f"inference_s[{folder.name}, {runtime}]", ours),
    ]


def _ratio(name: str, value: float, taken: Sequence[float]) -> Figure:
    spread = max(taken) - min(taken)
    return Figure(name=name, value=value, n=len(taken), spread=spread, lower_is_better=False)


def _seconds(name: str, side: _Side) -> Figure:
    spread = max(side.seconds) - min(side.seconds)
    return Figure(name=name, value=min(side.seconds), n=len(side.seconds), spread=spread)


def _volumes(spec: ModelSpec, folder: Path, studies: Sequence[Study]) -> Mapping[str, Volume]:
    """What the weights read, of the study that has references for the model; empty where there is none."""
    needed = [item.role for item in spec.inputs if item.required]
    roles = read_card(folder).settings.get("roles", needed)
    results = {item.name for item in spec.outputs if item.kind == "labels"}
    for study in studies:
        if roles and set(roles) <= study.volumes.keys() and results & study.labels.keys():
            return {role: study.volumes[role] for role in roles}
    return {}


def _side(spec: ModelSpec, weights: Path, volumes: Mapping[str, Volume], runtime: str) -> _Side:
    results = [_result(spec, weights, volumes, runtime) for _ in range(_TURNS)]
    return _Side(seconds=tuple(float(result.provenance["seconds"]) for result in results), result=results[-1])


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
