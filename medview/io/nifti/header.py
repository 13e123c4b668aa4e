"""What a NIfTI-1, NIfTI-2 or Analyze header declares, checked before anything is believed."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from medview.core.geometry import Geometry, Matrix
from medview.io.byte_source import refused
from medview.io.mark import is_mark
from medview.io.nifti.affine import Placement, header_errors, placement_of

HEADER_BYTES = {1: 348, 2: 540, 0: 348}
_FORMATS = {0: "Analyze 7.5", 1: "NIfTI-1", 2: "NIfTI-2"}
_MM_PER_UNIT = {1: 1000.0, 3: 0.001}
_UNIT_NAMES = {1: "metres", 3: "micrometres"}
_SECONDS_PER_UNIT = {8: 1.0, 16: 1e-3, 24: 1e-6}
_MOST_PER_AXIS = 1 << 40


@dataclass(frozen=True, kw_only=True)
class Kind:
    """Version 1, 2 or 0 (Analyze), byte order, and whether the numbers lie in a second file."""

    version: int
    endianness: str
    is_pair: bool


@dataclass(frozen=True, kw_only=True)
class NiftiHeader:
    """The checked content of a header.

    Args:
        format: ``"NIfTI-1"``, ``"NIfTI-2"`` or ``"Analyze 7.5"``.
        shape: Sizes of all axes, three at least, without trailing ones.
        dtype: Stored type with byte order.
        offset: Byte of the data file where the numbers begin.
        stored: The grid of the file, in millimetres.
        frame_step_s: Seconds between frames, where stated.
        is_synthesized: It says that no scanner measured its numbers.
        codes: What a writer must repeat; empty where the header was damaged.
        warnings: Sentences about guesses.
    """

    format: str
    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    slope: float
    inter: float
    offset: int
    stored: Geometry
    frame_step_s: float | None = None
    is_label_intent: bool = False
    is_synthesized: bool = False
    codes: dict[str, Any] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()


def kind_of(first_bytes: bytes) -> Kind | None:
    """Recognise a header by its length field and its magic word; None where it is something else."""
    for endianness, order in (("<", "little"), (">", "big")):
        size = int.from_bytes(first_bytes[:4], order)  # type: ignore[arg-type]
        if size == 540 and first_bytes[4:7] in (b"n+2", b"ni2"):
            return Kind(version=2, endianness=endianness, is_pair=first_bytes[4:7] == b"ni2")
        if size == 348 and len(first_bytes) >= 348:
            return _version_1(first_bytes, endianness)
    return None


def _version_1(first_bytes: bytes, endianness: str) -> Kind:
    magic = first_bytes[344:347]
    version = 1 if magic in (b"n+1", b"ni1") else 0
    return Kind(version=version, endianness=endianness, is_pair=magic != b"n+1")


def parse(block: bytes, kind: Kind, path: Path) -> NiftiHeader:
    """Check a header and put it into plain words and numbers.

    Args:
        block: The header's bytes.
        kind: From `kind_of`.
        path: For the words of a refusal.

    Raises:
        InputRefused: Sizes, type or position make no sense.
    """
    raw = _nibabel_header(block, kind)
    shape = _shape(raw, path)
    slope, inter, scale_warnings = _scaling(raw)
    unit, step, unit_warnings = _units(raw, kind, shape)
    placement = _analyze_placement(raw) if kind.version == 0 else placement_of(raw)
    return NiftiHeader(
        format=_FORMATS[kind.version],
        shape=shape,
        dtype=_dtype(raw, kind, path),
        slope=slope,
        inter=inter,
        offset=_offset(raw, kind, path),
        stored=Geometry((shape[0], shape[1], shape[2]), _in_mm(placement, unit, path)),
        frame_step_s=step,
        is_label_intent=kind.version > 0 and int(raw["intent_code"]) == 1002,
        is_synthesized=is_mark(_texts(raw)),
        codes=_codes(raw, kind) if kind.version > 0 and placement.is_sound else {},
        warnings=(*placement.warnings, *scale_warnings, *unit_warnings),
    )


def _texts(raw: Any) -> list[str]:
    """Description and intent name; whoever rewrites one of them seldom touches the other."""
    names = [name for name in ("descrip", "intent_name") if name in raw]
    return [bytes(raw[name].tobytes()).decode("latin-1") for name in names]


def _nibabel_header(block: bytes, kind: Kind) -> Any:
    from nibabel import nifti1, nifti2, spm2analyze

    classes = {
        0: spm2analyze.Spm2AnalyzeHeader,
        1: nifti1.Nifti1PairHeader if kind.is_pair else nifti1.Nifti1Header,
        2: nifti2.Nifti2PairHeader if kind.is_pair else nifti2.Nifti2Header,
    }
    return classes[kind.version](block[: HEADER_BYTES[kind.version]], kind.endianness, check=False)


def _shape(raw: Any, path: Path) -> tuple[int, ...]:
    count = int(raw["dim"][0])
    if not 1 <= count <= 7:
        raise refused(path, f"its header declares {count} dimensions")
    sizes = [int(size) for size in raw["dim"][1 : count + 1]]
    wrong = [size for size in sizes if not 1 <= size <= _MOST_PER_AXIS]
    if wrong:
        raise refused(path, f"its header declares an axis of {wrong[0]} voxels")
    while len(sizes) > 3 and sizes[-1] == 1:
        sizes.pop()
    return (*sizes, *[1] * (3 - len(sizes)))


def _dtype(raw: Any, kind: Kind, path: Path) -> np.dtype[Any]:
    code = int(raw["datatype"])
    try:
        dtype = np.dtype(raw.get_data_dtype())
    except header_errors() as error:
        raise refused(path, f"its header declares the unknown number type {code}") from error
    if dtype.itemsize == 0 or dtype.kind not in "iufcV" or (dtype.kind == "V" and dtype.names is None):
        name = {1: "single bits", 1536: "128-bit numbers", 2048: "256-bit numbers"}.get(code, f"type {code}")
        raise refused(path, f"it stores {name}, which is not supported", "Convert it to 8, 16 or 32 bits.")
    ordered: np.dtype[Any] = (
        dtype if dtype.names else dtype.newbyteorder("<" if kind.endianness == "<" else ">")
    )
    return ordered


def _scaling(raw: Any) -> tuple[float, float, tuple[str, ...]]:
    slope = float(raw["scl_slope"])
    inter = float(raw["scl_inter"]) if "scl_inter" in raw else 0.0
    if slope == 0 or not math.isfinite(slope):
        return 1.0, 0.0, ()
    if not math.isfinite(inter):
        return slope, 0.0, ("The header's value offset is not a number; zero is used.",)
    return slope, inter, ()


def _offset(raw: Any, kind: Kind, path: Path) -> int:
    stated = float(raw["vox_offset"])
    least = 0 if kind.is_pair else HEADER_BYTES[kind.version] + 4
    if stated == 0:
        return least
    if not math.isfinite(stated) or stated < least or stated > 1e15:
        raise refused(path, f"its header says that the numbers begin at byte {stated:.0f}")
    return int(stated)


def _units(raw: Any, kind: Kind, shape: tuple[int, ...]) -> tuple[float, float | None, tuple[str, ...]]:
    code = int(raw["xyzt_units"]) if kind.version > 0 else 0
    length, time = code & 7, code & 56
    warnings = (f"Lengths are stored in {_UNIT_NAMES[length]}.",) if length in _UNIT_NAMES else ()
    step = float(raw["pixdim"][4]) * _SECONDS_PER_UNIT.get(time, math.nan)
    has_step = len(shape) == 4 and math.isfinite(step) and step > 0
    return _MM_PER_UNIT.get(length, 1.0), step if has_step else None, warnings


def _analyze_placement(raw: Any) -> Placement:
    sizes = np.asarray(raw["pixdim"][1:4], float)
    if not np.isfinite(sizes).all() or (sizes <= 0).any():
        return Placement(ras_from_stored=None)
    words = "Analyze files do not say which side is left: left and right are a guess."
    return Placement(ras_from_stored=np.asarray(raw.get_best_affine(), float), warnings=(words,))


def _in_mm(placement: Placement, mm_per_unit: float, path: Path) -> Matrix:
    if placement.ras_from_stored is None:
        detail = "its header gives no usable position and no usable voxel size"
        raise refused(path, detail, "Convert it again from its source.")
    matrix = np.diag([mm_per_unit, mm_per_unit, mm_per_unit, 1.0]) @ placement.ras_from_stored
    if abs(np.linalg.det(matrix[:3, :3])) < 1e-12:
        raise refused(path, "its voxels are smaller than a ten-thousandth of a millimetre")
    return matrix


def _codes(raw: Any, kind: Kind) -> dict[str, Any]:
    names = ("qform_code", "sform_code", "xyzt_units", "quatern_b", "quatern_c", "quatern_d")
    more = ("qoffset_x", "qoffset_y", "qoffset_z", "srow_x", "srow_y", "srow_z", "pixdim")
    return {"version": kind.version, **{name: raw[name].tolist() for name in (*names, *more)}}
