"""Whole-volume inference with every model folder: as the program runs it beside a plain torch loop.

Both run the same weights on the same slices, in the same batches, of the same synthetic study, in one
process with two threads and in single precision. The plain loop is the network as it was trained, called
under ``torch.inference_mode()``: not rewritten, not channels last, no other runtime. Where OpenVINO is
installed there is a third side, in rows of ``inference_openvino``: short runs take to it by themselves only
in a process that has done some, so here it is asked for. The sides take turns, at least two each, after a
run each in which a conversion is made, once per machine, or loaded; their fastest turns are compared: by the
clock, and by processor time, which other programs disturb less.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path

from medview.bench.suite import Figure
from medview.core.params import validate
from medview.core.volume import AnyArray, Volume
from medview.ml.card import read_card
from medview.ml.context import RunContext
from medview.ml.registry import Registry, installed
from medview.ml.request import InputArray, RunRequest, RunResult
from medview.ml.runner import run
from medview.ml.spec import ModelSpec
from medview.phantoms.studies import STUDIES, make_study
from medview.phantoms.study import Study

_THREADS = 2
_LEAST_TURNS, _MOST_TURNS, _LEAST_S = 2, 10, 3.0
_PLAIN = "plain"
_OURS = {"auto": "inference", "openvino": "inference_openvino"}
"""What is compared with the plain loop, and how the names of its rows begin."""
_RATIOS = ("speedup", "processor_speedup", "equal_share")


@dataclass(kw_only=True)
class _Side:
    """One way to run a model: what its turns took by the clock and of processors, and the last result."""

    runtime: str
    seconds: list[float] = field(default_factory=list)
    processor_s: list[float] = field(default_factory=list)
    result: RunResult | None = None

    @property
    def has_enough_turns(self) -> bool:
        """Two at least; more where they are short."""
        count = len(self.seconds)
        return count >= _MOST_TURNS or (count >= _LEAST_TURNS and sum(self.seconds) >= _LEAST_S)

    def turn(self, spec: ModelSpec, folder: Path, volumes: Mapping[str, Volume]) -> None:
        """Run once."""
        started_s = time.process_time()
        self.result = _result(spec, folder, volumes, self.runtime)
        self.processor_s.append(time.process_time() - started_s)
        self.seconds.append(float(self.result.provenance["seconds"]))

    def labels(self, spec: ModelSpec) -> dict[str, AnyArray]:
        """The label maps of the last turn."""
        outputs = {} if self.result is None else self.result.outputs
        return {item.name: outputs[item.name] for item in spec.outputs if item.kind == "labels"}


def measure(_scan: Path) -> list[Figure]:
    """Rows for every model folder, and the worst of all under the plain names."""
    studies = [make_study(study.name) for study in STUDIES]
    figures = [
        figure
        for spec, folder in _model_folders(installed())
        for figure in _figures(spec, folder, _volumes(spec, folder, studies))
    ]
    names = [f"{first}_{name}" for first in _OURS.values() for name in _RATIOS]
    return [*filter(None, (_worst(name, figures) for name in names)), *figures]


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


def _figures(spec: ModelSpec, folder: Path, volumes: Mapping[str, Volume]) -> list[Figure]:
    if not volumes:
        return []
    runtimes = [name for name in _OURS if name != "openvino" or find_spec("openvino") is not None]
    plain, ours = _Side(runtime=_PLAIN), [_Side(runtime=name) for name in runtimes]
    for side in ours:
        _result(spec, folder, volumes, side.runtime)
    while not all(side.has_enough_turns for side in ours):
        for side in (plain, *ours):
            side.turn(spec, folder, volumes)
    figures = [figure for side in ours for figure in _compared(spec, folder.name, plain, side)]
    return [*figures, _seconds(f"inference_s[{folder.name}, plain]", plain)]


def _compared(spec: ModelSpec, name: str, plain: _Side, ours: _Side) -> list[Figure]:
    wanted, first = plain.labels(spec), _OURS[ours.runtime]
    equal = min(float((made == wanted[output]).mean()) for output, made in ours.labels(spec).items())
    assert ours.result is not None
    told = ours.result.provenance.get("runtime", "torch")
    return [
        _ratio(f"{first}_speedup[{name}]", plain.seconds, ours.seconds),
        _ratio(f"{first}_processor_speedup[{name}]", plain.processor_s, ours.processor_s),
        _ratio(f"{first}_equal_share[{name}]", [equal], [1.0]),
        _seconds(f"{first}_s[{name}, {told}]", ours),
    ]


def _ratio(name: str, before: Sequence[float], after: Sequence[float]) -> Figure:
    """How many times smaller the smallest number after is; spread over the turns, one by one."""
    each = [first / second for first, second in zip(before, after, strict=True)]
    value = min(before) / min(after)
    return Figure(name=name, value=value, n=len(each), spread=max(each) - min(each), lower_is_better=False)


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
