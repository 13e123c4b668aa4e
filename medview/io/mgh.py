"""FreeSurfer's MGH and MGZ: a fixed header of 284 bytes, big-endian numbers, first axis fastest."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from medview.core.geometry import Geometry
from medview.core.volume import Volume
from medview.io.array_stream import StoredNumbers, load
from medview.io.byte_source import peek, refused
from medview.io.naming import stem_of
from medview.io.volume_making import Stored, volume_from_stored
from medview.io.watch import Watch

_HEADER_BYTES = 284
_TYPES = {0: ">u1", 1: ">i4", 3: ">f4", 4: ">i2", 10: ">u2"}


def sniff(first_bytes: bytes) -> bool:
    """Whether the version, the four sizes and the type are MGH's."""
    if len(first_bytes) < _HEADER_BYTES or first_bytes[:4] != b"\0\0\0\1":
        return False
    return int.from_bytes(first_bytes[20:24], "big") in _TYPES


def read(path: Path, watch: Watch) -> list[Volume]:
    """Read one file; several frames stay frames.

    Raises:
        InputRefused: Sizes or position make no sense, or the numbers are cut off.
    """
    from nibabel.freesurfer.mghformat import MGHHeader

    raw = MGHHeader(peek(path, _HEADER_BYTES), check=False)
    sizes = [int(size) for size in raw["dims"]]
    if min(sizes) < 1:
        raise refused(path, f"its header declares an axis of {min(sizes)} voxels")
    affine = np.asarray(raw.get_affine(), float)
    if not np.isfinite(affine).all() or abs(np.linalg.det(affine[:3, :3])) < 1e-12:
        raise refused(path, "its header gives no usable position or voxel size")
    # The scan's parameters follow the numbers in this format: more bytes than declared are normal.
    loaded = load(_numbers(path, raw, sizes), watch.between(0, 0.9))
    stored = Stored(
        path=path,
        format="FreeSurfer MGH",
        array=loaded.array,
        geometry=Geometry((sizes[0], sizes[1], sizes[2]), affine),
        dtype=loaded.array.dtype.name,
        extremes=loaded.extremes,
        warnings=_placed(raw),
    )
    return [volume_from_stored(stored, stem_of(path), watch.between(0.9, 1))]


def _numbers(path: Path, raw: Any, sizes: list[int]) -> StoredNumbers:
    shape = tuple(sizes if sizes[3] > 1 else sizes[:3])
    return StoredNumbers(
        path=path, offset=_HEADER_BYTES, dtype=np.dtype(_TYPES[int(raw["type"])]), shape=shape
    )


def _placed(raw: Any) -> tuple[str, ...]:
    if int(raw["goodRASFlag"]) == 1:
        return ()
    return ("The file does not say how it lies in the patient: left and right are a guess.",)
