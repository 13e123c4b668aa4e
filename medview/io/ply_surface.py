"""Coloured points and surfaces as binary PLY, with comments that say what they are and in which unit."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from medview.core.errors import InputRefused, RunFailed
from medview.io.atomic_file import replacing

_VERTEX = np.dtype([*((name, "<f4") for name in "xyz"), *((name, "u1") for name in ("red", "green", "blue"))])
_FACE = np.dtype([("count", "u1"), ("vertices", "<i4", 3)])
_LONGEST_HEADER = 65_536


def write_ply(
    path: Path,
    points: NDArray[np.float32],
    colours: NDArray[np.uint8],
    triangles: NDArray[np.int64] | None = None,
    comments: Sequence[str] = (),
) -> int:
    """Write a cloud, or a surface where there are triangles.

    Args:
        path: Ends with ``.ply``; replaced when the new file is complete and reads back equal.
        points: (N, 3) positions, in the unit that the comments name.
        colours: (N, 3) red, green, blue.
        triangles: (M, 3) numbers of points, outward by the right-hand rule; None for a cloud.
        comments: Lines of the header.

    Returns:
        Bytes written.

    Raises:
        InputRefused: There is nothing to write, or the folder cannot be used.
        RunFailed: Writing failed, or reading back showed a difference.
    """
    if not len(points):
        raise InputRefused(f"Cannot save {path.name}", "there is not one point to write")
    rows, faces = _rows(points, colours), _faces(triangles)
    with replacing(path, ".ply") as draft:
        with draft.open("wb") as stream:
            stream.write(_header(len(rows), len(faces), comments).encode("utf-8"))
            rows.tofile(stream)
            faces.tofile(stream)
        back = read_ply(draft)
        is_same = np.array_equal(back[0], rows) and np.array_equal(back[1], faces)
        if not is_same or back[2] != _lines(comments):
            detail = "reading it back showed that it is not what was written"
            raise RunFailed(f"Cannot save {path.name}", detail)
        return draft.stat().st_size


def read_ply(path: Path) -> tuple[NDArray[Any], NDArray[Any], tuple[str, ...]]:
    """Points, triangles and comments of a file of ours, as structured arrays."""
    with path.open("rb") as stream:
        head = stream.read(_LONGEST_HEADER)
        text, _, _ = head.partition(b"end_header\n")
        lines = text.decode("utf-8").splitlines()
        counts = {words[1]: int(words[2]) for words in map(str.split, lines) if words[0] == "element"}
        stream.seek(len(text) + len(b"end_header\n"))
        points = np.fromfile(stream, _VERTEX, counts["vertex"])
        faces = np.fromfile(stream, _FACE, counts.get("face", 0))
    comments = tuple(line.removeprefix("comment ") for line in lines if line.startswith("comment "))
    return points, faces, comments


def _rows(points: NDArray[np.float32], colours: NDArray[np.uint8]) -> NDArray[Any]:
    rows = np.zeros(len(points), _VERTEX)
    for place, name in enumerate("xyz"):
        rows[name] = points[:, place]
    for place, name in enumerate(("red", "green", "blue")):
        rows[name] = colours[:, place]
    return rows


def _faces(triangles: NDArray[np.int64] | None) -> NDArray[Any]:
    faces = np.zeros(0 if triangles is None else len(triangles), _FACE)
    faces["count"] = 3
    if triangles is not None:
        faces["vertices"] = triangles
    return faces


def _lines(comments: Sequence[str]) -> tuple[str, ...]:
    return tuple(" ".join(comment.split()) for comment in comments)


def _header(points: int, faces: int, comments: Sequence[str]) -> str:
    kinds = [f"property {'float' if name in 'xyz' else 'uchar'} {name}" for name in _VERTEX.names or ()]
    surface = [f"element face {faces}", "property list uchar int vertex_indices"] if faces else []
    told = [f"comment {line}" for line in _lines(comments)]
    head = ["ply", "format binary_little_endian 1.0", *told, f"element vertex {points}"]
    return "\n".join([*head, *kinds, *surface, "end_header", ""])
