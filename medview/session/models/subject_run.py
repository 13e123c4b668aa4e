"""One model on one subject's files, from reading to written results: for a command, and for a batch."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from medview.core.errors import Cancelled, InputRefused
from medview.core.volume import Volume
from medview.io import readers
from medview.io.hashing import content_sha256
from medview.ml.context import Listener, RunContext
from medview.ml.device import resolved_device
from medview.ml.input_range import input_warnings
from medview.ml.request import InputArray, RunRequest, RunResult
from medview.ml.runner import run
from medview.ml.spec import ModelSpec
from medview.session.files.results import write_outputs


@dataclass(frozen=True, kw_only=True)
class SubjectRun:
    """What to run on a subject's files; plain enough to travel to another machine.

    Args:
        spec: The model.
        scans: A file or folder by role.
        params: A value for every parameter of the spec.
        weights: The model folder; None where there is none.
        seed: Start of the run's random numbers.
        device: ``"auto"``, ``"cpu"`` or ``"cuda"``.
        runtime: One of ``medview.ml.context.RUNTIMES``.
        is_cached: Whether an earlier result of the very same run will do.
        threads: How many the run may use.
    """

    spec: ModelSpec
    scans: Mapping[str, Path]
    params: Mapping[str, Any]
    weights: Path | None
    seed: int = 0
    device: str = "auto"
    runtime: str = "auto"
    is_cached: bool = True
    threads: int = 1


def run_subject(
    order: SubjectRun, out: Path, listener: Listener, tell: Callable[[str], None]
) -> dict[str, Any]:
    """Read the scans, run the model, write every output with its provenance.

    Args:
        order: What to run on what.
        out: A folder, or a file name where there is one output.
        listener: Hears of progress and may cancel.
        tell: Told what readers noticed and how the run went, a sentence each.

    Returns:
        The object that ``medview run --json`` prints.

    Raises:
        InputRefused: A file is no single scan, or does not fit the model or the machine.
        RunFailed: The model or the writing failed.
        Cancelled: The person has cancelled.
    """
    result, first = compute_subject(order, listener, tell)
    return write_outputs(order.spec, result, first, out)


def compute_subject(
    order: SubjectRun, listener: Listener, tell: Callable[[str], None]
) -> tuple[RunResult, Volume]:
    """Read the scans and run the model; return its result and the scan whose grid it has.

    Raises:
        InputRefused: A file is no single scan, or does not fit the model or the machine.
        RunFailed: The model or the writing failed.
        Cancelled: The person has cancelled.
    """
    volumes = {role: read_volume(path, listener, tell) for role, path in order.scans.items()}
    inputs = {role: _as_input(volume, order.scans[role]) for role, volume in volumes.items()}
    request = RunRequest(
        model_id=order.spec.id,
        version=order.spec.version,
        inputs=inputs,
        params=order.params,
        seed=order.seed,
        weights=order.weights,
        device=order.device,
        runtime=order.runtime,
        is_cached=order.is_cached,
    )
    for sentence in input_warnings(order.spec, request):
        tell(f"warning: {sentence}")
    with tempfile.TemporaryDirectory(prefix="medview-") as scratch:
        context = RunContext(
            scratch=Path(scratch),
            device=resolved_device(order.device),
            seed=order.seed,
            threads=order.threads,
            listener=listener,
        )
        result = run(request, context)
    for note in result.provenance["notes"]:
        tell(note)
    return result, volumes[next(item.role for item in order.spec.inputs if item.role in volumes)]


def read_volume(path: Path, listener: Listener, tell: Callable[[str], None]) -> Volume:
    """Read a file or folder that must hold exactly one volume.

    Raises:
        InputRefused: It holds several series, or cannot be read.
        Cancelled: The person has cancelled.
    """

    def check() -> None:
        if listener.is_cancelled():
            raise Cancelled

    volumes = readers.read(path, listener.progress, check)
    if len(volumes) != 1:
        names = ", ".join(volume.name for volume in volumes[:6])
        raise InputRefused(
            f"Cannot use {path.name}",
            f"it holds {len(volumes)} series ({names})",
            "Name the files of one of them.",
        )
    for warning in volumes[0].warnings:
        tell(f"{path.name}: {warning}")
    return volumes[0]


def _as_input(volume: Volume, path: Path) -> InputArray:
    return InputArray(
        array=volume.frame(0),
        geometry=volume.geometry,
        modality=volume.modality,
        name=volume.name,
        sha256=content_sha256(path),
        path=str(path),
        value_unit=volume.value_unit,
    )
