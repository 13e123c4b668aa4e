"""The process of a program: reads its order from a folder, runs, writes its answer there, ends."""

from __future__ import annotations

import importlib.util
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from medview.core.errors import MedviewError, RunFailed
from medview.core.volume import AnyArray
from medview.ml.context import RunContext
from medview.ml.foreign.folders import read_model
from medview.ml.foreign.model import ForeignModel
from medview.ml.foreign.trust import demand_trust
from medview.ml.travel import unpacked_request
from medview.zoo.foreign.loading import Loaded, load
from medview.zoo.foreign.pipeline import answer_of
from medview.zoo.foreign.windows import Floats

_MARK = "medview-progress "


class _Speaker:
    """Writes progress to the process that waits."""

    def progress(self, fraction: float, _message: str) -> None:
        print(f"{_MARK}{fraction:.4f}", flush=True)  # noqa: T201  the line that the other process reads

    def preview(self, name: str, offset_ijk: tuple[int, int, int], array: AnyArray) -> None:
        """Previews stay here."""

    def report(self, step: int, values: Mapping[str, float]) -> None:
        """A run has no curves."""

    def is_cancelled(self) -> bool:
        """Cancelling ends the process from outside."""
        return False


def main(folder: Path) -> int:
    """Do what the order in a folder says; returns the exit code."""
    order = json.loads((folder / "order.json").read_text(encoding="utf-8"))
    try:
        made = _done(order, folder)
    except MedviewError as error:
        facts = {"title": error.title, "detail": error.detail, "hint": error.hint}
        _write(folder, {"kind": type(error).__name__, **facts})
        return 0
    for name, array in made.items():
        np.save(folder / f"out_{name}.npy", np.asarray(array))
    _write(folder, {"outputs": list(made)})
    return 0


def _write(folder: Path, answer: dict[str, Any]) -> None:
    draft = folder / "answer.part"
    draft.write_text(json.dumps(answer), encoding="utf-8")
    draft.replace(folder / "answer.json")


def _done(order: Mapping[str, Any], folder: Path) -> dict[str, AnyArray]:
    model = read_model(Path(order["folder"]))
    demand_trust(model)
    ctx = RunContext(
        scratch=folder,
        device=order["device"],
        seed=order["seed"],
        threads=order["threads"],
        listener=_Speaker(),
    )
    if order["kind"] == "test":
        given = np.load(folder / "piece.npy", allow_pickle=False)
        loaded = _loaded(model, ctx, {})
        return {"made": loaded.predictors[0](given[None])[0]}
    payload = order["request"]
    arrays = {role: np.load(folder / f"in_{role}.npy", allow_pickle=False) for role in payload["inputs"]}
    request = unpacked_request(payload, arrays)
    return answer_of(model, _loaded(model, ctx, request.params), request, ctx)


def _loaded(model: ForeignModel, ctx: RunContext, params: Mapping[str, Any]) -> Loaded:
    if model.network["kind"] != "Python code":
        return load(model, ctx, params)
    return Loaded((_python_predictor(model),), model.recipe.window)


def _python_predictor(model: ForeignModel) -> Any:
    """A function of a Python file that maps (1, C, ...) to (1, K, ...), both numpy float32."""
    path = model.folder / str(model.network["file"])
    sys.path.insert(0, str(model.folder))
    spec = importlib.util.spec_from_file_location("medview_foreign_program", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    function = getattr(module, str(model.network["function"]), None)
    if not callable(function):
        detail = f"{path.name} has no function {model.network['function']}"
        raise RunFailed(f"{model.title} failed", detail, "Ask its makers.")

    def predict(piece: Floats) -> Floats:
        return np.asarray(function(piece), np.float32)

    return predict


if __name__ == "__main__":
    raise SystemExit(main(Path(sys.argv[1])))
