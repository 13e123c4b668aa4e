"""A COLMAP model as text: ``cameras.txt``, ``images.txt``, ``points3D.txt``."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from medview.io.byte_source import refused
from medview.io.captures.colmap_model import ColmapCamera, ColmapImage, ColmapModel, lens_parameters
from medview.io.captures.places import text_of
from medview.io.captures.ply import Points, sound_points

_POSE_NUMBERS = 7


def read_model(folder: Path) -> ColmapModel:
    """Read the three files of a folder; the points may be missing.

    Raises:
        InputRefused: A file is missing, or a line of it is damaged.
    """
    return ColmapModel(
        cameras=dict(_cameras(folder / "cameras.txt")),
        images=tuple(_images(folder / "images.txt")),
        points=_points(folder / "points3D.txt"),
    )


def _cameras(path: Path) -> Iterator[tuple[int, ColmapCamera]]:
    for number, line in _rows(path):
        try:
            camera_id, model, width, height, *numbers = line.split()
            lens = lens_parameters(model, [float(value) for value in numbers], path)
            yield int(camera_id), ColmapCamera(model, int(width), int(height), lens)
        except ValueError as reason:
            raise refused(path, f"line {number} describes no camera") from reason


def _images(path: Path) -> Iterator[ColmapImage]:
    """Each image has two lines; the second, of 2-D points, may be empty and is skipped."""
    lines = enumerate(text_of(path).splitlines(), 1)
    for number, line in lines:
        if not line.strip() or line.startswith("#"):
            continue
        try:
            _, *numbers, camera_id, name = line.split(maxsplit=9)
            values = np.array([float(value) for value in numbers])
            quaternion, translation = np.split(values.reshape(_POSE_NUMBERS), [4])
            yield ColmapImage(name.strip(), int(camera_id), quaternion, translation)
        except ValueError as reason:
            raise refused(path, f"line {number} describes no image") from reason
        next(lines, None)


def _points(path: Path) -> Points:
    if not path.is_file():
        return np.zeros((0, 3), np.float32), np.zeros((0, 3), np.uint8)
    found: list[list[float]] = []
    for number, line in _rows(path):
        try:
            found.append([float(value) for value in line.split(maxsplit=7)[1:7]])
        except ValueError as reason:
            raise refused(path, f"line {number} describes no point") from reason
        if len(found[-1]) != 6:
            raise refused(path, f"line {number} describes no point")
    table: NDArray[np.float64] = np.array(found, np.float64).reshape(-1, 6)
    return sound_points(table[:, :3], np.nan_to_num(table[:, 3:]))


def _rows(path: Path) -> Iterator[tuple[int, str]]:
    for number, line in enumerate(text_of(path).splitlines(), 1):
        if line.strip() and not line.startswith("#"):
            yield number, line
