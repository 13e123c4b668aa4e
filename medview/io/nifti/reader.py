"""Reading NIfTI-1, NIfTI-2 and Analyze: one file or a .hdr/.img pair, plain or gzip."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from medview.core.labels import LabelEntry
from medview.core.volume import MARK, Volume
from medview.io.array_stream import StoredNumbers, load
from medview.io.byte_source import peek, refused
from medview.io.label_names import caret_label_entries
from medview.io.naming import is_gzip_name, stem_of
from medview.io.nifti.header import HEADER_BYTES, Kind, NiftiHeader, kind_of, parse
from medview.io.volume_making import Stored, volume_from_stored
from medview.io.watch import Watch

_MOST_EXTENSION_BYTES = 4 << 20


def sniff(path: Path, first_bytes: bytes) -> bool:
    """Whether this is a header, or the numbers that lie beside one."""
    return kind_of(first_bytes) is not None or (_is_image_name(path) and _beside(path, ".hdr") is not None)


def read(path: Path, watch: Watch) -> list[Volume]:
    """Read one file; either half of a pair may be named.

    Returns:
        One volume with RAS+ axes. More than four dimensions become frames, with a warning.

    Raises:
        InputRefused: The header lies, the numbers are cut off, or memory does not suffice.
    """
    header_path, data_path, kind = _files(path)
    header = parse(peek(header_path, HEADER_BYTES[kind.version]), kind, header_path)
    numbers = StoredNumbers(
        path=data_path,
        offset=header.offset,
        dtype=header.dtype,
        shape=header.shape,
        slope=1.0 if header.dtype.names else header.slope,
        inter=0.0 if header.dtype.names else header.inter,
    )
    loaded = load(numbers, watch.between(0, 0.9))
    array, shape_warnings = _in_frames(loaded.array, header)
    stored = Stored(
        path=data_path if header_path == data_path else header_path,
        format=header.format,
        array=array,
        geometry=header.stored,
        dtype=_dtype_name(header.dtype),
        extremes=loaded.extremes,
        is_colour=numbers.is_colour,
        frame_step_s=header.frame_step_s,
        header=_repeatable(header),
        warnings=(*header.warnings, *loaded.warnings, *shape_warnings, *_type_warnings(header)),
    )
    return [volume_from_stored(stored, stem_of(path), watch.between(0.9, 1))]


def label_entries(path: Path) -> tuple[LabelEntry, ...]:
    """Label names inside the file (Caret's extension, as Connectome Workbench and others write it)."""
    header_path, data_path, kind = _files(path)
    if header_path != data_path or kind.version == 0:
        return ()
    header = parse(peek(header_path, HEADER_BYTES[kind.version]), kind, header_path)
    return caret_label_entries(peek(header_path, min(header.offset, _MOST_EXTENSION_BYTES)))


def _files(path: Path) -> tuple[Path, Path, Kind]:
    header_path = path
    kind = kind_of(peek(path, 540))
    if kind is None:
        header_path = _beside(path, ".hdr") or path
        kind = kind_of(peek(header_path, 540))
    if kind is None:
        raise refused(path, "its header is not NIfTI")
    if not kind.is_pair:
        return header_path, header_path, kind
    data_path = path if header_path != path else _beside(path, ".img")
    if data_path is None:
        detail = f"it is a header only: {_bare(path)}.img with the numbers is not beside it"
        raise refused(path, detail, "Put both files into one folder.")
    return header_path, data_path, kind


def _is_image_name(path: Path) -> bool:
    return path.name.lower().endswith((".img", ".img.gz"))


def _bare(path: Path) -> str:
    return Path(path.stem).stem if is_gzip_name(path) else path.stem


def _beside(path: Path, suffix: str) -> Path | None:
    endings = (suffix, suffix.upper(), f"{suffix}.gz", f"{suffix.upper()}.GZ")
    candidates = [path.with_name(_bare(path) + ending) for ending in endings]
    return next((found for found in candidates if found.is_file() and found != path), None)


def _in_frames(array: NDArray[Any], header: NiftiHeader) -> tuple[NDArray[Any], tuple[str, ...]]:
    if len(header.shape) <= 3:
        return array, ()
    if len(header.shape) == 4 and not header.dtype.names:
        return array, ()
    if header.dtype.names:
        detail = "Only the first of several colour frames is shown."
        return array.reshape(*header.shape[:3], -1, 3, order="A")[..., 0, :], (detail,)
    frames = array.reshape(*header.shape[:3], -1, order="F")
    return frames, (f"Components or further dimensions are shown as {frames.shape[3]} frames.",)


def _dtype_name(dtype: np.dtype[Any]) -> str:
    if dtype.names:
        return "rgb24" if len(dtype.names) == 3 else "rgba32"
    return dtype.newbyteorder("=").name


def _type_warnings(header: NiftiHeader) -> tuple[str, ...]:
    if header.dtype.kind == "c":
        return ("The file holds complex numbers; their magnitude is shown.",)
    if header.dtype.names and len(header.dtype.names) == 4:
        return ("The transparency of the stored colours is left out.",)
    return ()


def _repeatable(header: NiftiHeader) -> dict[str, Any]:
    intent = {"label_intent": True} if header.is_label_intent else {}
    mark = {MARK: True} if header.is_synthesized else {}
    return {**intent, **mark, **({"nifti": header.codes} if header.codes else {})}
