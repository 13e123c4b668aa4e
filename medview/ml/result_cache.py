"""Results of earlier runs on disk: the very same run again is answered at once, and says so.

A run is the same if model, version, code, weights, inputs (numbers and grids), parameters, seed, device and
runtime are. The oldest results go when the folder outgrows its budget.
"""

from __future__ import annotations

import contextlib
import hashlib
import inspect
import json
import os
import shutil
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from medview.core.errors import InputRefused
from medview.core.geometry import Geometry
from medview.ml.card import read_card
from medview.ml.code_print import code_fingerprint
from medview.ml.request import RunRequest, RunResult, array_sha256

BUDGET_VARIABLE = "MEDVIEW_RESULT_CACHE_MB"
"""Megabytes that results may take; 0 keeps none."""
DEFAULT_MB = 2000
LEAST_S = 1.0
"""What took less is computed again as quickly as it is read."""
_FACTS = "result.json"


@dataclass(frozen=True)
class ResultCache:
    """A folder of results, each in a folder named by what it is the result of.

    Args:
        folder: May not exist yet.
        budget_bytes: Of all results together; 0 keeps none.
    """

    folder: Path
    budget_bytes: int

    def find(self, key: str, request: RunRequest) -> RunResult | None:
        """The stored result, with the paths of this request's inputs; None where there is none."""
        place = self.folder / key
        try:
            facts = json.loads((place / _FACTS).read_text(encoding="utf-8"))
            outputs = {name: np.load(place / f"{name}.npy", allow_pickle=False) for name in facts["grids"]}
            grids = {name: _geometry(grid) for name, grid in facts["grids"].items()}
            provenance = facts["provenance"]
            made = str(facts["made"])
        except (OSError, ValueError, KeyError, TypeError):
            return None
        with contextlib.suppress(OSError):
            os.utime(place)
        note = f"This very run was made on {made}: its result was taken from the cache."
        provenance["notes"] = [*provenance.get("notes", ()), note]
        provenance["inputs"] = [
            {"role": role, "path": item.path, "sha256": item.sha256} for role, item in request.inputs.items()
        ]
        return RunResult(outputs=outputs, geometries=grids, provenance=provenance)

    def keep(self, key: str, result: RunResult) -> None:
        """Store a result in one step, and let the oldest go; a full disk is no error."""
        size = sum(array.nbytes for array in result.outputs.values())
        if size > self.budget_bytes:
            return
        with contextlib.suppress(OSError):
            self.folder.mkdir(parents=True, exist_ok=True)
            self._make_room(size)
            with tempfile.TemporaryDirectory(prefix=".draft-", dir=self.folder) as draft:
                inner = Path(draft) / key
                inner.mkdir()
                _write(inner, result)
                shutil.rmtree(self.folder / key, ignore_errors=True)
                inner.rename(self.folder / key)

    def _make_room(self, size: int) -> None:
        stored = sorted(self._stored(), key=lambda item: item[0])
        total = size + sum(item[1] for item in stored)
        for _, taken, place in stored:
            if total <= self.budget_bytes:
                return
            shutil.rmtree(place, ignore_errors=True)
            total -= taken

    def _stored(self) -> list[tuple[float, int, Path]]:
        """Time of the last use, size and place of every result."""
        places = [place for place in self.folder.iterdir() if (place / _FACTS).is_file()]
        sizes = {place: sum(path.stat().st_size for path in place.iterdir()) for place in places}
        return [(place.stat().st_mtime, sizes[place], place) for place in places]


def user_cache() -> ResultCache:
    """The person's own, in the platform's cache folder."""
    import platformdirs

    try:
        megabytes = int(os.environ.get(BUDGET_VARIABLE, DEFAULT_MB))
    except ValueError:
        megabytes = DEFAULT_MB
    folder = platformdirs.user_cache_path("medview", appauthor=False) / "results"
    return ResultCache(folder, max(0, megabytes) * 10**6)


def run_key(request: RunRequest, weights_sha256: str, function: Callable[..., Any]) -> str:
    """A name for all that a run's result depends on.

    Args:
        request: Checked: with every parameter, and the device that was found.
        weights_sha256: Of the weights; empty where there are none.
        function: The model's own, whose file counts even where a plug-in brings it.
    """
    inputs = {
        role: [array_sha256(item.array, item.geometry), item.modality, item.value_unit]
        for role, item in request.inputs.items()
    }
    facts = {
        "code": [code_fingerprint(), _source_of(function)],
        "model": [request.model_id, request.version, weights_sha256, _settings_of(request.weights)],
        "inputs": inputs,
        "params": {name: str(value) for name, value in request.params.items()},
        "run": [request.seed, request.device, request.runtime],
    }
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()[:40]


def _settings_of(folder: Path | None) -> dict[str, Any]:
    """What the card sets beside the weights, such as the temperature of their probabilities."""
    try:
        return dict(read_card(folder).settings) if folder is not None else {}
    except InputRefused:
        return {}


def _source_of(function: Callable[..., Any]) -> str:
    name = f"{function.__module__}.{function.__qualname__}"
    try:
        facts = Path(inspect.getfile(function)).stat()
    except (OSError, TypeError):
        return name
    return f"{name} {facts.st_size} {facts.st_mtime_ns}"


def _write(folder: Path, result: RunResult) -> None:
    for name, array in result.outputs.items():
        np.save(folder / f"{name}.npy", array, allow_pickle=False)
    grids = {
        name: {"shape": list(grid.shape), "ras_from_ijk": grid.ras_from_ijk.tolist()}
        for name, grid in result.geometries.items()
    }
    facts = {
        "grids": grids,
        "provenance": dict(result.provenance),
        "made": time.strftime("%Y-%m-%d at %H:%M"),
    }
    (folder / _FACTS).write_text(json.dumps(facts, default=str), encoding="utf-8")


def _geometry(value: dict[str, Any]) -> Geometry:
    i, j, k = value["shape"]
    return Geometry((i, j, k), value["ras_from_ijk"])
