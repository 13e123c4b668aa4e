"""Surfaces as binary STL, for printers and mesh programs."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from medview.core.errors import InputRefused, RunFailed
from medview.core.mesh import Mesh
from medview.io.atomic_file import replacing

HEADER = b"medview SPACE=LPS millimetres"
"""Read by 3D Slicer, which takes positions for left, posterior, superior where a header says so."""
_RECORD = np.dtype([("normal", "<f4", 3), ("corners", "<f4", (3, 3)), ("attribute", "<u2")])
_TO_LPS = np.array([-1, -1, 1], np.float32)


def write_stl(meshes: Iterable[Mesh], path: Path) -> int:
    """Write surfaces into one file, in millimetres to the patient's left, posterior and superior.

    Args:
        meshes: In patient (RAS) millimetres.
        path: Ends with ``.stl``; replaced when the new file is complete and reads back equal.

    Returns:
        Number of triangles.

    Raises:
        InputRefused: There is nothing to write, or the folder cannot be used.
        RunFailed: Writing failed, or reading back showed a difference.
    """
    records = [_records(mesh) for mesh in meshes]
    facets = np.concatenate(records) if records else np.zeros(0, _RECORD)
    if not facets.size:
        raise InputRefused(f"Cannot save {path.name}", "the label has no surface", "Paint it first.")
    with replacing(path, ".stl") as draft:
        with draft.open("wb") as stream:
            stream.write(HEADER.ljust(80, b"\0"))
            stream.write(np.uint32(facets.size).tobytes())
            facets.tofile(stream)
        if not np.array_equal(read_stl(draft), facets["corners"] * _TO_LPS):
            raise RunFailed(
                f"Cannot save {path.name}", "reading it back showed that it is not what was written"
            )
    return int(facets.size)


def read_stl(path: Path) -> NDArray[np.float32]:
    """Corners (M, 3, 3) of the triangles of a file of ours, in patient (RAS) millimetres."""
    with path.open("rb") as stream:
        stream.seek(80)
        count = int(np.fromfile(stream, "<u4", 1)[0])
        facets = np.fromfile(stream, _RECORD, count)
    return np.asarray(facets["corners"] * _TO_LPS, np.float32)


def _records(mesh: Mesh) -> NDArray[np.void]:
    corners = (np.asarray(mesh.vertices_ras, np.float32) * _TO_LPS)[mesh.triangles]
    across = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    length = np.linalg.norm(across, axis=1, keepdims=True)
    facets = np.zeros(len(corners), _RECORD)
    # turning two axes keeps the sense of rotation: normals still point outwards
    facets["normal"] = across / np.where(length > 0, length, 1)
    facets["corners"] = corners
    return facets
