"""Requests and results as plain JSON and arrays, so that they can travel to another process.

`run_job` and `train_job` are the job targets: ``"medview.ml.travel:run_job"``.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

from medview.core.geometry import Geometry
from medview.core.volume import AnyArray
from medview.ml.context import Listener, RunContext
from medview.ml.device import resolved_device
from medview.ml.request import InputArray, RunRequest, RunResult, Subject, TrainRequest, TrainResult
from medview.ml.runner import run, train

Plain = dict[str, Any]
Arrays = Mapping[str, AnyArray]

RUN_TARGET = "medview.ml.travel:run_job"
TRAIN_TARGET = "medview.ml.travel:train_job"


class Link(Listener, Protocol):
    """What a lane gives to the work that it runs."""

    @property
    def scratch(self) -> Path:
        """A private folder, removed after the job."""

    @property
    def threads(self) -> int:
        """How many threads the job may use."""


def run_job(payload: Plain, arrays: Arrays, link: Link) -> tuple[Plain, Arrays]:
    """Run a model from a packed request and pack its result."""
    request = unpacked_request(payload, arrays)
    return packed_result(run(request, _context(request, link)))


def train_job(payload: Plain, _arrays: Arrays, link: Link) -> tuple[Plain, Arrays]:
    """Train a model from a packed request and pack its result."""
    request = unpacked_training(payload)
    result = train(request, _context(request, link))
    return {
        "folder": str(result.folder),
        "scores": dict(result.scores),
        "provenance": dict(result.provenance),
    }, {}


def _context(request: RunRequest | TrainRequest, link: Link) -> RunContext:
    device = resolved_device(request.device)
    return RunContext(
        scratch=link.scratch, device=device, seed=request.seed, threads=link.threads, listener=link
    )


def packed_request(request: RunRequest) -> tuple[Plain, Arrays]:
    """Split a request into plain JSON and its arrays by role."""
    facts = {
        role: {
            "geometry": packed_geometry(item.geometry),
            "modality": item.modality,
            "name": item.name,
            "sha256": item.sha256,
            "path": item.path,
            "value_unit": item.value_unit,
        }
        for role, item in request.inputs.items()
    }
    payload = {
        "model_id": request.model_id,
        "version": request.version,
        "inputs": facts,
        "params": dict(request.params),
        "seed": request.seed,
        "weights": None if request.weights is None else str(request.weights),
        "device": request.device,
        "runtime": request.runtime,
        "is_cached": request.is_cached,
    }
    return payload, {role: item.array for role, item in request.inputs.items()}


def unpacked_request(payload: Plain, arrays: Arrays) -> RunRequest:
    """Undo `packed_request`."""
    inputs = {
        role: InputArray(**{**facts, "array": arrays[role], "geometry": unpacked_geometry(facts["geometry"])})
        for role, facts in payload["inputs"].items()
    }
    weights = None if payload["weights"] is None else Path(payload["weights"])
    return RunRequest(**{**payload, "inputs": inputs, "weights": weights})


def packed_result(result: RunResult) -> tuple[Plain, Arrays]:
    """Split a result into plain JSON and its arrays by output name."""
    grids = {name: packed_geometry(grid) for name, grid in result.geometries.items()}
    return {"geometries": grids, "provenance": dict(result.provenance)}, result.outputs


def unpacked_result(value: Plain, arrays: Arrays) -> RunResult:
    """Undo `packed_result`."""
    grids = {name: unpacked_geometry(grid) for name, grid in value["geometries"].items()}
    return RunResult(outputs=dict(arrays), geometries=grids, provenance=value["provenance"])


def packed_training(request: TrainRequest) -> Plain:
    """Turn a training request into plain JSON; its arrays stay in their files."""
    subjects = [
        {
            "id": subject.id,
            "arrays": {name: str(path) for name, path in subject.arrays.items()},
            "geometry": packed_geometry(subject.geometry),
        }
        for subject in request.subjects
    ]
    return {
        "model_id": request.model_id,
        "version": request.version,
        "subjects": subjects,
        "params": dict(request.params),
        "out": str(request.out),
        "resume": request.resume,
        "seed": request.seed,
        "device": request.device,
    }


def unpacked_training(payload: Plain) -> TrainRequest:
    """Undo `packed_training`."""
    subjects = tuple(
        Subject(
            id=facts["id"],
            arrays={name: Path(path) for name, path in facts["arrays"].items()},
            geometry=unpacked_geometry(facts["geometry"]),
        )
        for facts in payload["subjects"]
    )
    return TrainRequest(**{**payload, "subjects": subjects, "out": Path(payload["out"])})


def unpacked_training_result(value: Plain) -> TrainResult:
    """Read what `train_job` returned."""
    return TrainResult(folder=Path(value["folder"]), scores=value["scores"], provenance=value["provenance"])


def packed_geometry(geometry: Geometry) -> Plain:
    """A grid as lists of numbers; nothing is rounded."""
    return {"shape": list(geometry.shape), "ras_from_ijk": geometry.ras_from_ijk.tolist()}


def unpacked_geometry(value: Plain) -> Geometry:
    """Undo `packed_geometry`."""
    i, j, k = value["shape"]
    return Geometry((i, j, k), value["ras_from_ijk"])
