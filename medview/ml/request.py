"""What goes into a run or a training, and what comes out: frozen data, plain enough to travel."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from medview.core.geometry import Geometry
from medview.core.volume import AnyArray


@dataclass(frozen=True, eq=False, kw_only=True)
class InputArray:
    """One scan given to a model.

    Args:
        array: (I, J, K), or (I, J, K, T) with frames, axes nearly right, anterior, superior; read-only.
        geometry: The grid of I, J, K.
        modality: ``"CT"``, ``"T2"`` … or empty where unknown.
        name: What people call the scan.
        sha256: Hash of the file it came from, or `array_sha256` where it came from none.
        path: The file it came from; empty where it came from none.
        value_unit: Such as ``"HU"``.
    """

    array: AnyArray
    geometry: Geometry
    modality: str = ""
    name: str = ""
    sha256: str = ""
    path: str = ""
    value_unit: str = ""


@dataclass(frozen=True, eq=False, kw_only=True)
class RunRequest:
    """One run of one model on one subject.

    Args:
        model_id: As in the registry.
        version: The spec's version at the time of asking.
        inputs: By role, in the order of the spec; optional roles may be missing.
        params: A value for every parameter of the spec.
        seed: Start of the run's random numbers.
        weights: The folder with ``card.toml`` and ``weights.safetensors``; None: the model has none.
        device: ``"auto"``, ``"cpu"`` or ``"cuda"``; the context says what it became.
        runtime: What computes the network, one of ``context.RUNTIMES``.
        is_cached: Whether an earlier result of the very same run may be taken, and this one be kept.
    """

    model_id: str
    version: str
    inputs: Mapping[str, InputArray]
    params: Mapping[str, Any] = field(default_factory=dict)
    seed: int = 0
    weights: Path | None = None
    device: str = "auto"
    runtime: str = "auto"
    is_cached: bool = True

    @property
    def first(self) -> InputArray:
        """The input whose grid the outputs share."""
        return next(iter(self.inputs.values()))


@dataclass(frozen=True, eq=False)
class OutputArray:
    """An output on a grid of its own, for models that change the grid (such as super-resolution)."""

    array: AnyArray
    geometry: Geometry


@dataclass(frozen=True, eq=False, kw_only=True)
class RunResult:
    """What a run made.

    Args:
        outputs: Arrays by output name: uint8 or uint16 for labels, float32 for images.
        geometries: The grid of every output.
        provenance: The keys of ``medview run --json`` except ``outputs``; ``program_version``, ``notes``
            (sentences about how the run went) and what the model recorded of itself, such as ``runtime``.
    """

    outputs: Mapping[str, AnyArray]
    geometries: Mapping[str, Geometry]
    provenance: Mapping[str, Any]


@dataclass(frozen=True, eq=False, kw_only=True)
class Subject:
    """One subject to learn from.

    Args:
        id: Name of its folder; never a patient's name. Sessions of one person differ behind a slash only
            (``sub-01/ses-02``): what is before it is never both learned from and validated on.
        arrays: ``.npy`` files by role and by output name, each (I, J, K) in RAS+ order.
        geometry: The grid that all its arrays share.
    """

    id: str
    arrays: Mapping[str, Path]
    geometry: Geometry

    def load(self, name: str) -> AnyArray:
        """Map one array read-only into memory; KeyError where the subject lacks it."""
        loaded: AnyArray = np.load(self.arrays[name], mmap_mode="r", allow_pickle=False)
        return loaded


@dataclass(frozen=True, eq=False, kw_only=True)
class TrainRequest:
    """One training.

    Args:
        model_id: As in the registry.
        version: The spec's version at the time of asking.
        subjects: At least one.
        params: A value for every training parameter of the spec.
        out: The model folder to write: ``weights.safetensors``, ``card.toml`` and checkpoints.
        resume: Go on from the last checkpoint in ``out``.
        seed: Start of the training's random numbers.
        device: ``"auto"``, ``"cpu"`` or ``"cuda"``; the context says what it became.
    """

    model_id: str
    version: str
    subjects: tuple[Subject, ...]
    params: Mapping[str, Any]
    out: Path
    resume: bool = False
    seed: int = 0
    device: str = "auto"


@dataclass(frozen=True, eq=False, kw_only=True)
class TrainResult:
    """What a training made: the model folder, its final scores, and how it came about."""

    folder: Path
    scores: Mapping[str, float]
    provenance: Mapping[str, Any]


def array_sha256(array: AnyArray, geometry: Geometry) -> str:
    """Hash of numbers, number type, shape and grid, for scans that came from no file."""
    digest = hashlib.sha256(f"{array.dtype.str}{array.shape}".encode())
    digest.update(geometry.ras_from_ijk.tobytes())
    for slab in array:
        digest.update(np.ascontiguousarray(slab).data)
    return digest.hexdigest()
