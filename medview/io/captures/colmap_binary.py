"""A COLMAP model as binary files: ``cameras.bin``, ``images.bin``, ``points3D.bin``, little endian."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np

from medview.io.byte_source import refused
from medview.io.captures.colmap_model import (
    MODEL_NAMES,
    PARAMETER_COUNTS,
    ColmapCamera,
    ColmapImage,
    ColmapModel,
    lens_parameters,
)
from medview.io.captures.places import MOST_FRAMES, bytes_of
from medview.io.captures.ply import Points, sound_points

_SEEN_POINT_BYTES, _TRACK_STEP_BYTES = 24, 8
_MOST_NAME_BYTES = 1024


def read_model(folder: Path) -> ColmapModel:
    """Read the three files of a folder; the points may be missing.

    Raises:
        InputRefused: A file is missing, cut off, or of an unknown lens.
    """
    return ColmapModel(
        cameras=_cameras(_Bytes(folder / "cameras.bin")),
        images=_images(_Bytes(folder / "images.bin")),
        points=_points(folder / "points3D.bin"),
    )


class _Bytes:
    """A file that is read from its beginning to its end."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._content = bytes_of(path)
        self._place = 0

    def count(self, least_bytes: int, most: int) -> int:
        """A number of items, of which the file must be able to hold so many."""
        (found,) = self.take("Q")
        if found > most or found * least_bytes > len(self._content):
            raise refused(self.path, f"it states {found} entries, more than it can hold")
        return int(found)

    def take(self, form: str) -> tuple[int | float, ...]:
        size = struct.calcsize("<" + form)
        self.skip(size)
        return struct.unpack_from("<" + form, self._content, self._place - size)

    def skip(self, size: int) -> None:
        self._place += size
        if self._place > len(self._content):
            raise refused(self.path, "it ends in the middle of an entry", "Copy it again from its source.")

    def text(self) -> str:
        end = self._content.find(b"\0", self._place, self._place + _MOST_NAME_BYTES)
        if end < 0:
            raise refused(self.path, "a name in it has no end", "Copy it again from its source.")
        found = self._content[self._place : end].decode("utf-8", "replace")
        self._place = end + 1
        return found


def _cameras(data: _Bytes) -> dict[int, ColmapCamera]:
    found = {}
    for _ in range(data.count(24, MOST_FRAMES)):
        camera_id, number, width, height = (int(value) for value in data.take("iiQQ"))
        model = MODEL_NAMES.get(number, f"number {number}")
        if model not in PARAMETER_COUNTS:
            lens_parameters(model, [], data.path)
        numbers = data.take(f"{PARAMETER_COUNTS[model]}d")
        lens = lens_parameters(model, [float(value) for value in numbers], data.path)
        found[camera_id] = ColmapCamera(model, width, height, lens)
    return found


def _images(data: _Bytes) -> tuple[ColmapImage, ...]:
    found = []
    for _ in range(data.count(73, MOST_FRAMES)):
        _, *numbers, camera_id = data.take("I7dI")
        name = data.text()
        found.append(ColmapImage(name, int(camera_id), np.array(numbers[:4]), np.array(numbers[4:])))
        (seen,) = data.take("Q")
        data.skip(_SEEN_POINT_BYTES * int(seen))
    return tuple(found)


def _points(path: Path) -> Points:
    if not path.is_file():
        return np.zeros((0, 3), np.float32), np.zeros((0, 3), np.uint8)
    data = _Bytes(path)
    count = data.count(51, 2**26)
    positions, colours = np.zeros((count, 3)), np.zeros((count, 3), np.uint8)
    for place in range(count):
        _, *numbers, _, length = data.take("Q3d3BdQ")
        positions[place], colours[place] = numbers[:3], numbers[3:]
        data.skip(_TRACK_STEP_BYTES * int(length))
    return sound_points(positions, colours)
