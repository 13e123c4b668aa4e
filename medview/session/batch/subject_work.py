"""One subject of a batch, done in a process of a crew: all of its files, or none, and a row of the table."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from medview.core.errors import Cancelled
from medview.core.geometry import Geometry
from medview.core.volume import AnyArray
from medview.io.hashing import content_sha256
from medview.jobs.execution import Interrupted, Raised, Returned, free_memory_bytes, perform
from medview.jobs.failures import Circumstances
from medview.measure.agreement import volume_ml
from medview.ml.registry import installed
from medview.ml.request import RunResult
from medview.ml.spec import ModelSpec
from medview.session.batch.stamp import Stamp
from medview.session.files.results import write_outputs
from medview.session.models.subject_run import SubjectRun, compute_subject

WORK = "medview.session.batch.subject_work:work_on_subject"
DRAFT = ".draft-"


@dataclass
class _Ear:
    """Listens to nothing but the file whose presence stops the batch."""

    stop: Path
    scratch: Path
    threads: int

    def progress(self, fraction: float, message: str) -> None:
        """Nobody watches one subject."""

    def preview(self, name: str, offset_ijk: tuple[int, int, int], array: AnyArray) -> None:
        """Nobody watches one subject."""

    def report(self, step: int, values: Mapping[str, float]) -> None:
        """A run learns nothing."""

    def is_cancelled(self) -> bool:
        """Whether the batch was stopped."""
        return self.stop.exists()


def work_on_subject(payload: Mapping[str, Any]) -> dict[str, Any]:
    """Run the model on one subject and put its files into place.

    Args:
        payload: ``subject``, ``model``, ``version``, ``scans`` by role, ``params``, ``weights``,
            ``weights_sha256``, ``seed``, ``device``, ``runtime``, ``is_cached``, ``threads``, ``out`` (the
            subject's folder), ``stop`` (a file).

    Returns:
        A row: ``subject``, ``state`` (``done``, ``failed`` or ``cancelled``), ``seconds``, ``volumes_ml`` by
        label, ``reason``.
    """
    out, stop = Path(payload["out"]), Path(payload["stop"])
    around = Circumstances(title=str(payload["model"]), needed_bytes=None, free_bytes=free_memory_bytes())
    row = {"subject": payload["subject"], "seconds": 0.0, "volumes_ml": {}, "reason": ""}
    out.parent.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(prefix=DRAFT, dir=out.parent))
    try:
        ear = _Ear(stop, draft, int(payload["threads"]))
        ending = perform(_run, {**payload, "draft": str(draft)}, {}, ear, around)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    if isinstance(ending, Returned):
        return {**row, "state": "done", **ending.value}
    if isinstance(ending, Raised):
        return {**row, "state": "failed", "reason": str(ending.error)}
    assert isinstance(ending, Interrupted)
    return {**row, "state": "cancelled", "reason": "The batch was stopped."}


def _run(
    payload: Mapping[str, Any], _arrays: Mapping[str, AnyArray], ear: Any
) -> tuple[dict[str, Any], dict[str, AnyArray]]:
    spec = installed().find(payload["model"])
    notes: list[str] = []
    order = _order(spec, payload)
    result, first = compute_subject(order, ear, notes.append)
    draft, out = Path(payload["draft"]), Path(payload["out"])
    facts = write_outputs(spec, result, first, draft)
    volumes = label_volumes(spec, result)
    seconds = float(facts["seconds"])
    hashes = {role: content_sha256(path) for role, path in order.scans.items()}
    Stamp.of(payload, hashes, seconds, volumes).write(draft)
    _name_final_place(draft, out)
    if ear.is_cancelled():
        raise Cancelled
    _move(draft, out)
    return {"seconds": seconds, "volumes_ml": volumes, "reason": " ".join(notes)}, {}


def _order(spec: ModelSpec, payload: Mapping[str, Any]) -> SubjectRun:
    return SubjectRun(
        spec=spec,
        scans={role: Path(path) for role, path in payload["scans"].items()},
        params=payload["params"],
        weights=Path(payload["weights"]) if payload["weights"] else None,
        seed=payload["seed"],
        device=payload["device"],
        runtime=payload["runtime"],
        is_cached=payload["is_cached"],
        threads=int(payload["threads"]),
    )


def label_volumes(spec: ModelSpec, result: RunResult) -> dict[str, float]:
    """Millilitres of every label of a run, named ``output: label``, in the order of the spec."""
    volumes: dict[str, float] = {}
    for output in spec.outputs:
        if output.kind == "labels" and output.name in result.outputs:
            counts = np.bincount(result.outputs[output.name].ravel(order="K"))
            geometry: Geometry = result.geometries[output.name]
            for label in output.labels:
                count = int(counts[label.value]) if label.value < counts.size else 0
                volumes[f"{output.name}: {label.name}"] = round(volume_ml(count, geometry), 4)
    return volumes


def _name_final_place(draft: Path, out: Path) -> None:
    """Let side files name the files where they will lie."""
    before, after = (json.dumps(str(path))[1:-1] for path in (draft, out))
    for side in draft.glob("*.provenance.json"):
        side.write_text(side.read_text(encoding="utf-8").replace(before, after), encoding="utf-8")


def _move(draft: Path, out: Path) -> None:
    """Put all files into place; the stamp, which says that the subject is done, comes last."""
    out.mkdir(exist_ok=True)
    Stamp.remove(out)
    for path in sorted(draft.iterdir(), key=Stamp.is_stamp):
        path.replace(out / path.name)
