"""Points of a PLY file: positions and, where stored, colours of its vertices."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from medview.io.byte_source import refused
from medview.io.captures.places import FARTHEST, bytes_of

Points = tuple[NDArray[np.float32], NDArray[np.uint8]]

_TYPES = {
    "char": "i1", "uchar": "u1", "short": "i2", "ushort": "u2", "int": "i4", "uint": "u4", "float": "f4",
    "double": "f8", "int8": "i1", "uint8": "u1", "int16": "i2", "uint16": "u2", "int32": "i4",
    "uint32": "u4", "float32": "f4", "float64": "f8",
}  # fmt: skip
_COLOURS = ("red", "green", "blue")
_ORDERS = {"binary_little_endian": "<", "binary_big_endian": ">", "ascii": ""}


def read_points(path: Path | None) -> Points:
    """Positions (N, 3) and colours (N, 3), the latter empty where none are stored.

    Args:
        path: A PLY file whose first element is the vertices; None for no points.

    Raises:
        InputRefused: It is no such file, or shorter than it states.
    """
    if path is None:
        return np.zeros((0, 3), np.float32), np.zeros((0, 3), np.uint8)
    content = bytes_of(path)
    head, mark, body = content.partition(b"end_header")
    if not content.startswith(b"ply") or not mark:
        raise refused(path, "it is no PLY file")
    order, count, fields = _header(path, head.decode("ascii", "replace"))
    body = body.partition(b"\n")[2]
    rows = _binary(path, body, count, fields, order) if order else _ascii(path, body, count, fields)
    # damaged numbers may be of the kind that is loud when it is converted
    with np.errstate(invalid="ignore"):
        positions = np.stack([rows[name] for name in "xyz"], axis=-1).astype(np.float64)
    if any(fields.get(name) != "u1" for name in _COLOURS):
        return sound_points(positions, np.zeros((len(positions), 3)))[0], np.zeros((0, 3), np.uint8)
    return sound_points(positions, np.stack([rows[name] for name in _COLOURS], axis=-1))


def sound_points(positions: ArrayLike, colours: ArrayLike) -> Points:
    """Those of the points (N, 3) that lie somewhere, with their colours (N, 3)."""
    places, tints = np.asarray(positions, np.float64), np.asarray(colours)
    kept = (np.abs(places) < FARTHEST).all(axis=-1)
    return places[kept].astype(np.float32), tints[kept].clip(0, 255).astype(np.uint8)


def _header(path: Path, text: str) -> tuple[str, int, dict[str, str]]:
    """Byte order (empty for text), number of vertices, and their fields with types."""
    fields: dict[str, str] = {}
    order, count, is_vertex = None, -1, False
    for line in text.splitlines():
        match line.split():
            case ["format", name, *_]:
                order = _ORDERS.get(name)
            case ["element", name, number] if name == "vertex" and number.isdecimal() and len(number) < 16:
                is_vertex, count = not fields, int(number)
            case ["element", *_]:
                is_vertex = False
            case ["property", kind, name] if is_vertex and kind in _TYPES:
                fields[name] = _TYPES[kind]
            case ["property", *_] if is_vertex:
                raise refused(path, f"its vertices have {line.strip()[:40]!r}, which is not known")
    if order is None or count < 0 or not {"x", "y", "z"} <= fields.keys():
        raise refused(path, "its header describes no points")
    return order, count, fields


def _binary(path: Path, body: bytes, count: int, fields: dict[str, str], order: str) -> NDArray[Any]:
    kinds = np.dtype([(name, order + kind) for name, kind in fields.items()])
    if count * kinds.itemsize > len(body):
        raise refused(path, f"it states {count} points and ends before the last")
    return np.frombuffer(body, kinds, count)


def _ascii(path: Path, body: bytes, count: int, fields: dict[str, str]) -> NDArray[Any]:
    if 2 * count * len(fields) > len(body) + 1:
        raise refused(path, f"it states {count} points and ends before the last")
    kinds = np.dtype(list(fields.items()))
    if not count:
        return np.zeros(0, kinds)
    try:
        rows = np.loadtxt(io.BytesIO(body), kinds, max_rows=count, ndmin=1)
    except ValueError as reason:
        raise refused(path, f"its points are damaged ({str(reason)[:80]})") from reason
    if len(rows) < count:
        raise refused(path, f"it states {count} points and ends before the last")
    return rows
