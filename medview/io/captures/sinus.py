"""The layout of sinus endoscopies with structure from motion (Liu et al., self-supervised depth, 2018).

``motion.yaml`` states camera to world with y down and z forward, in the order of ``visible_view_indexes``;
the numbers there name the pictures. Checked on real data by matching patches around projected points of
``structure.ply``: camera to world leaves a median of one pixel between views, world to camera six or more.
"""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from medview.core.capture import Capture, CaptureFrame, CaptureKind
from medview.core.lens import Lens
from medview.core.pose_frame import flipped_axes, rigid
from medview.io.byte_source import refused
from medview.io.captures.pictures import size_of
from medview.io.captures.places import MOST_FRAMES, missing, text_of
from medview.io.captures.ply import read_points
from medview.io.captures.poses import checked_lens, demand_finite, with_pictures

MOTION = "motion.yaml"
_LENSES = "camera_intrinsics_per_view"
_ORDERS = ("visible_view_indexes", "visible_view_indexes_filtered", "selected_indexes")
_MASK, _STRUCTURE = "undistorted_mask.jpg", "structure.ply"
_POSE_LINE = re.compile(r"\s*poses\[(\d+)\]:\s*$")
_NUMBER_LINE = re.compile(r"\s*([xyzw]):\s*(\S+)\s*$")
_MOST_NUMBER = 99_999_999
_LETTERS = "xyzxyzw"

Floats = NDArray[np.float64]


def sniff(path: Path) -> Path | None:
    """The file of the poses of a folder, or the file itself where it is one."""
    if path.is_dir():
        return path / MOTION if (path / MOTION).is_file() else None
    return path if path.name == MOTION else None


def read(path: Path) -> Capture:
    """Read the capture around a ``motion.yaml``.

    Raises:
        InputRefused: What is missing or wrong, in one sentence.
    """
    folder = path.parent
    poses = _poses(path)
    numbers = _order(folder, path, len(poses))
    listed = [
        CaptureFrame(name=f"{number:08d}", image=folder / f"{number:08d}.jpg", pose=pose)
        for number, pose in zip(numbers, poses, strict=True)
    ]
    found, lost = with_pictures(listed, path)
    width, height = size_of(found[0].image)
    lens = _lens(folder / _LENSES, width, height)
    structure, mask = folder / _STRUCTURE, folder / _MASK
    points, colours = read_points(structure if structure.is_file() else None)
    return Capture(
        folder=folder,
        kind=CaptureKind.SINUS_SFM,
        frames=tuple(
            CaptureFrame(name=frame.name, image=frame.image, pose=frame.pose, lens=lens) for frame in found
        ),
        common_mask=mask if mask.is_file() else None,
        points=points,
        points_rgb=colours,
        warnings=lost,
    )


def _poses(path: Path) -> Floats:
    """Camera to world, OpenGL axes (n, 4, 4)."""
    rows: list[list[float]] = []
    for number, line in enumerate(text_of(path).splitlines(), 1):
        entry, value = _POSE_LINE.match(line), _NUMBER_LINE.match(line)
        if entry is not None:
            rows.append([])
        elif value is not None and rows:
            rows[-1].append(_checked(path, number, value, len(rows[-1])))
    if not rows or any(len(row) != len(_LETTERS) for row in rows) or len(rows) > MOST_FRAMES:
        raise refused(path, "it does not list a position and an orientation for each pose")
    table = np.array(rows)
    demand_finite(table[:, 3:], table[:, :3], path)
    return flipped_axes(rigid(table[:, [6, 3, 4, 5]], table[:, :3]))


def _checked(path: Path, number: int, line: re.Match[str], place: int) -> float:
    try:
        value = float(line[2])
    except ValueError as reason:
        raise refused(path, f"line {number} holds no number") from reason
    if place >= len(_LETTERS) or line[1] != _LETTERS[place] or not np.isfinite(value):
        raise refused(path, f"line {number} is not the {_LETTERS[place % 7]} that belongs there")
    return value


def _order(folder: Path, path: Path, count: int) -> list[int]:
    """The number of the picture of each pose."""
    for name in _ORDERS:
        if (folder / name).is_file():
            numbers = [round(value) for value in _floats(folder / name)]
            if len(numbers) == count and all(0 <= number <= _MOST_NUMBER for number in numbers):
                return numbers
    raise missing(path, [f"a list of the {count} pictures of its poses ({_ORDERS[0]})"])


def _lens(path: Path, width: int, height: int) -> Lens:
    """fx, fy, cx, cy of the first view; all views of such a capture are of one lens."""
    numbers = _floats(path)[:4]
    if len(numbers) < 4:
        raise refused(path, "it does not state fx, fy, cx and cy")
    fx, fy, cx, cy = numbers
    lens = Lens(width=width, height=height, fx=fx, fy=fy, cx=cx, cy=cy)
    return checked_lens(lens, path, "its views")


def _floats(path: Path) -> list[float]:
    found = []
    for number, line in enumerate(text_of(path).splitlines(), 1):
        try:
            value = float(line) if line.strip() else None
        except ValueError as reason:
            raise refused(path, f"line {number} holds no number") from reason
        if value is not None and not np.isfinite(value):
            raise refused(path, f"line {number} is not finite")
        found += [] if value is None else [value]
    return found
