"""A model's self-test: a small stored input, the output that it once gave, and how near a run must come.

The arrays lie beside the weights in ``self_test.npz`` (numbers only, nothing pickled), the rest in the card's
``[self_test]``: ``file``, ``sha256``, ``params``, ``device``, ``modalities`` by role, and the tolerances
``labels_differing`` (part of the voxels) and ``image_difference`` (largest difference of any voxel).
"""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from medview.core.errors import InputRefused
from medview.core.geometry import Geometry
from medview.core.volume import AnyArray
from medview.ml.card import file_sha256, read_card, write_card
from medview.ml.context import RunContext
from medview.ml.device import resolved_device
from medview.ml.preflight import Speeds
from medview.ml.registry import Registry, installed
from medview.ml.request import InputArray, RunRequest
from medview.ml.runner import run
from medview.ml.spec import ModelSpec
from medview.ml.travel import Link

FILE = "self_test.npz"
TARGET = "medview.ml.self_test:self_test_job"
LABELS_DIFFERING = 1e-3
IMAGE_DIFFERENCE = 0.01
_LARGEST_BYTES = 50_000_000


@dataclass(frozen=True, kw_only=True)
class SelfTestReport:
    """What a self-test found.

    Args:
        passed: Every output came within its tolerance.
        rows: A sentence for each output.
        seconds: How long the model ran.
    """

    passed: bool
    rows: tuple[str, ...]
    seconds: float

    @property
    def sentence(self) -> str:
        """For people: ``"Self-test passed: vessels: 0 of 86016 voxels differ …"``."""
        verdict = "Self-test passed" if self.passed else "Self-test FAILED"
        return f"{verdict}: {'; '.join(self.rows)}. The run took {self.seconds:.1f} s."


def write_self_test(
    folder: Path,
    request: RunRequest,
    ctx: RunContext,
    registry: Registry | None = None,
    *,
    labels_differing: float = LABELS_DIFFERING,
    image_difference: float = IMAGE_DIFFERENCE,
) -> Path:
    """Run a model once and keep input and output as the self-test of its folder.

    Args:
        folder: The model folder; its card is rewritten.
        request: A run on inputs that are small and zip well; whole numbers do (below 200 kB in all).
        ctx: Where to run.
        registry: The models; None: those of this installation.
        labels_differing: Part of a label output's voxels that may differ on another machine.
        image_difference: Largest difference of an image output's voxels on another machine.

    Returns:
        The file of arrays.
    """
    request = replace(request, weights=folder, is_cached=False)
    result = run(request, ctx, registry, Speeds(ctx.scratch / "speeds.json"))
    arrays: dict[str, AnyArray] = {}
    for role, item in request.inputs.items():
        arrays[f"input.{role}"], arrays[f"grid.{role}"] = item.array, item.geometry.ras_from_ijk
    step = image_difference / 10
    arrays |= {f"output.{name}": _compact(array, step) for name, array in result.outputs.items()}
    path = folder / FILE
    np.savez_compressed(path, **arrays)  # type: ignore[arg-type]
    facts = {
        "file": FILE,
        "sha256": file_sha256(path),
        "device": ctx.device,
        "params": dict(result.provenance["params"]),
        "modalities": {role: item.modality for role, item in request.inputs.items()},
        "labels_differing": labels_differing,
        "image_difference": image_difference,
    }
    write_card(folder, replace(read_card(folder), self_test=facts))
    return path


def _compact(array: AnyArray, step: float) -> AnyArray:
    """Rounded far below the tolerance: the many voxels that are almost 0 then zip to nothing."""
    return (np.round(array / step) * step).astype(np.float16) if array.dtype.kind == "f" else array


def run_self_test(
    spec: ModelSpec, folder: Path, ctx: RunContext, registry: Registry | None = None
) -> SelfTestReport:
    """Repeat the stored run and compare.

    Raises:
        InputRefused: The folder has no self-test, or its file is not the one that the card describes.
        RunFailed: The model cannot run.
    """
    facts, arrays = _stored(folder)
    request = RunRequest(
        model_id=spec.id,
        version=spec.version,
        inputs=_inputs(arrays, facts.get("modalities", {})),
        params=facts.get("params", {}),
        weights=folder,
        is_cached=False,
    )
    result = run(request, ctx, registry, Speeds(ctx.scratch / "speeds.json"))
    wanted = {name.removeprefix("output."): array for name, array in arrays.items() if _is_output(name)}
    found = [_compared(name, array, result.outputs.get(name), facts) for name, array in wanted.items()]
    return SelfTestReport(
        passed=all(is_near for is_near, _ in found),
        rows=tuple(words for _, words in found),
        seconds=float(result.provenance["seconds"]),
    )


def self_test_job(
    payload: dict[str, Any], _arrays: Mapping[str, AnyArray], link: Link
) -> tuple[dict[str, Any], Mapping[str, AnyArray]]:
    """Job target: the self-test of ``model_id`` in ``folder``; returns ``passed`` and ``sentence``."""
    device = resolved_device(payload.get("device", "auto"))
    ctx = RunContext(scratch=link.scratch, device=device, threads=link.threads, listener=link)
    report = run_self_test(installed().find(payload["model_id"]), Path(payload["folder"]), ctx)
    return {"passed": report.passed, "sentence": report.sentence}, {}


def _stored(folder: Path) -> tuple[Mapping[str, Any], dict[str, AnyArray]]:
    facts = read_card(folder).self_test
    if not facts:
        raise _refusal(folder, "its card holds none")
    # the name is fixed: a card cannot make the program read a file elsewhere
    path = folder / FILE
    if not path.is_file() or path.stat().st_size > _LARGEST_BYTES:
        raise _refusal(folder, f"{FILE} is missing or far too large")
    if file_sha256(path) != facts.get("sha256"):
        raise _refusal(folder, f"{FILE} is not the file that its card describes")
    try:
        with np.load(path, allow_pickle=False) as stored:
            return facts, {name: stored[name] for name in stored.files}
    except (OSError, ValueError, zipfile.BadZipFile):
        raise _refusal(folder, f"{FILE} cannot be read") from None


def _inputs(arrays: Mapping[str, AnyArray], modalities: Mapping[str, Any]) -> dict[str, InputArray]:
    roles = [name.removeprefix("input.") for name in arrays if name.startswith("input.")]
    return {
        role: InputArray(
            array=arrays[f"input.{role}"],
            geometry=Geometry(arrays[f"input.{role}"].shape[:3], arrays[f"grid.{role}"]),
            modality=str(modalities.get(role, "")),
            name="self-test",
        )
        for role in roles
    }


def _is_output(name: str) -> bool:
    return name.startswith("output.")


def _compared(
    name: str, stored: AnyArray, made: AnyArray | None, facts: Mapping[str, Any]
) -> tuple[bool, str]:
    if made is None or made.shape != stored.shape:
        return False, f"{name} was not made as stored"
    if stored.dtype.kind != "f":
        count, allowed = int((made != stored).sum()), float(facts.get("labels_differing", LABELS_DIFFERING))
        words = f"{name}: {count} of {stored.size} voxels differ (allowed {allowed * stored.size:.0f})"
        return count <= allowed * stored.size, words
    largest = float(np.abs(made.astype(np.float32) - stored.astype(np.float32)).max(initial=0))
    allowed = float(facts.get("image_difference", IMAGE_DIFFERENCE))
    return largest <= allowed, f"{name} differs by at most {largest:.2g} (allowed {allowed:g})"


def _refusal(folder: Path, detail: str) -> InputRefused:
    hint = "Copy the whole model folder again from its source."
    return InputRefused(f"Cannot test the model in {folder.name}", detail, hint)
