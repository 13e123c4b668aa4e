"""``transforms.json`` of Nerfstudio and instant-ngp (P09, preprocessing 3).

Poses are camera to world with OpenGL axes and are taken as the file states them: ``applied_transform`` and
``applied_scale`` say what was done to them before, ``aabb_scale``, ``scale`` and ``offset`` what another
program would do after; neither moves what is read here. Keys of our own: ``unit`` ("mm") and ``synthetic``.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from medview.core.capture import Capture, CaptureFrame, CaptureKind
from medview.core.errors import InputRefused
from medview.core.lens import Lens
from medview.io.byte_source import refused
from medview.io.captures.pictures import size_of
from medview.io.captures.places import MOST_FRAMES, first_bytes, inside, text_of, with_ending
from medview.io.captures.ply import read_points
from medview.io.captures.poses import checked_lens, checked_pose, unique_names, with_pictures

NAME = "transforms.json"
TRAINING_NAME = "transforms_train.json"
_PINHOLES = ("PINHOLE", "SIMPLE_PINHOLE", "PERSPECTIVE", "SIMPLE_RADIAL", "RADIAL", "OPENCV", "")
_OTHER_LENSES = ("is_fisheye", "ftheta_p0", "latlong", "equirectangular")
_BENDS = ("k1", "k2", "p1", "p2")
_LENS_KEYS = ("w", "h", "fl_x", "fl_y", "cx", "cy", "camera_angle_x", "camera_angle_y", *_BENDS)
_SNIFFED_BYTES = 65536
_MILLIMETRES_OF_METRES = 0.001

Table = Mapping[str, Any]


def sniff(path: Path) -> Path | None:
    """The poses' file of a folder, or the file itself where it is one."""
    if path.is_dir():
        found = (path / name for name in (NAME, TRAINING_NAME))
        return next((file for file in found if file.is_file()), None)
    if path.suffix.lower() != ".json":
        return None
    is_named = path.name.startswith("transforms")
    return path if is_named or b'"transform_matrix"' in first_bytes(path, _SNIFFED_BYTES) else None


def read(path: Path) -> Capture:
    """Read the file of the poses.

    Args:
        path: ``transforms.json``; pictures are looked for from its folder.

    Raises:
        InputRefused: What is wrong with it, in one sentence.
    """
    table = _table(path)
    rows = table.get("frames")
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise refused(path, 'it has no list of "frames"', "Choose a transforms.json with camera poses.")
    if len(rows) > MOST_FRAMES:
        raise refused(path, f"it lists {len(rows)} frames, and at most {MOST_FRAMES} are taken")
    images = [_picture(path, row, number) for number, row in enumerate(rows)]
    names = unique_names(images, path.parent)
    listed = [
        _frame(path, {**table, **row}, name, image)
        for row, name, image in zip(rows, names, images, strict=True)
    ]
    frames, lost = with_pictures(listed, path, "Put transforms.json beside the pictures that it names.")
    points, colours, lost_points = _points(path, table)
    return Capture(
        folder=path.parent,
        kind=CaptureKind.TRANSFORMS,
        frames=_in_time(frames),
        depth_unit=_depth_unit(path, table),
        points=points,
        points_rgb=colours,
        is_metric=table.get("unit") == "mm",
        is_synthetic=table.get("synthetic") is True,
        warnings=(*lost, *lost_points, *_notes(path, table, frames)),
    )


def _table(path: Path) -> dict[str, Any]:
    try:
        table = json.loads(text_of(path))
    except json.JSONDecodeError as reason:
        detail = f"line {reason.lineno} is no JSON ({reason.msg})"
        raise refused(path, detail, "Write it again with the program that made it.") from reason
    except ValueError as reason:
        raise refused(path, "a number in it has more digits than any real one") from reason
    except RecursionError as reason:
        raise refused(path, "it is nested deeper than any real one") from reason
    if not isinstance(table, dict):
        raise refused(path, "it is no table of cameras")
    return table


def _picture(path: Path, row: Table, number: int) -> Path:
    stated = row.get("file_path")
    if not isinstance(stated, str) or not stated:
        raise refused(path, f"frame {number} names no file_path")
    named = inside(path.parent, stated, path)
    return with_ending(named) or named


def _frame(path: Path, row: Table, name: str, image: Path) -> CaptureFrame:
    return CaptureFrame(
        name=name,
        image=image,
        mask=_beside(path, row, "mask_path"),
        depth=_beside(path, row, "depth_file_path") or _beside(path, row, "depth_path"),
        time=_number(path, row, "time", 0.0),
        pose=checked_pose(row.get("transform_matrix"), path, f"frame {name}"),
        lens=_lens(path, row, image) if image.is_file() else None,
    )


def _in_time(frames: tuple[CaptureFrame, ...]) -> tuple[CaptureFrame, ...]:
    """Times counted in frames or seconds are brought to 0-1."""
    first, last = (pick(frame.time for frame in frames) for pick in (min, max))
    if first >= 0 and last <= 1:
        return frames
    return tuple(replace(frame, time=(frame.time - first) / ((last - first) or 1.0)) for frame in frames)


def _beside(path: Path, row: Table, key: str) -> Path | None:
    stated = row.get(key)
    if not isinstance(stated, str) or not stated:
        return None
    named = inside(path.parent, stated, path)
    return with_ending(named) or named


def _lens(path: Path, row: Table, image: Path) -> Lens:
    _refuse_other_lenses(path, row)
    given = {key: _number(path, row, key, math.nan) for key in _LENS_KEYS}
    width, height = _size(given, image)
    fx = _focal(given["fl_x"], given["camera_angle_x"], width)
    fy = _focal(given["fl_y"], given["camera_angle_y"], height)
    fx, fy = (fy if math.isnan(fx) else fx), (fx if math.isnan(fy) else fy)
    if math.isnan(fx):
        raise refused(path, "it states no focal length (fl_x or camera_angle_x)")
    cx, cy = _or(given["cx"], width / 2), _or(given["cy"], height / 2)
    bends = {key: _or(given[key], 0.0) for key in _BENDS}
    lens = Lens(width=width, height=height, fx=fx, fy=fy, cx=cx, cy=cy, **bends)
    return checked_lens(lens, path, f"frame {image.name}")


def _size(given: Mapping[str, float], image: Path) -> tuple[int, int]:
    if math.isnan(given["w"]) or math.isnan(given["h"]):
        return size_of(image)
    return round(given["w"]), round(given["h"])


def _focal(stated: float, angle: float, pixels: int) -> float:
    return stated if not math.isnan(stated) else pixels / 2 / (math.tan(angle / 2) or math.nan)


def _or(value: float, instead: float) -> float:
    return instead if math.isnan(value) else value


def _refuse_other_lenses(path: Path, row: Table) -> None:
    model = str(row.get("camera_model", "")).upper()
    named = next((key for key in _OTHER_LENSES if row.get(key)), model if model not in _PINHOLES else "")
    if named:
        raise refused(
            path,
            f"its lens model is {named}, and only pinhole lenses with k1, k2, p1, p2 are known",
            "Undistort the pictures first.",
        )
    higher = [key for key in ("k3", "k4", "k5", "k6") if _number(path, row, key, 0.0)]
    if higher:
        raise refused(path, f"its lens has {', '.join(higher)}, and only k1, k2, p1, p2 are known",
                      "Undistort the pictures first.")  # fmt: skip


def _number(path: Path, row: Table, key: str, instead: float) -> float:
    value = row.get(key, instead)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise refused(path, f"{key} is {str(value)[:40]!r}, not a number")
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if key in row and not math.isfinite(number):
        raise refused(path, f"{key} is not finite")
    return number


def _depth_unit(path: Path, table: Table) -> float:
    """Nerfstudio stores millimetres of a capture in metres; instant-ngp states its own step."""
    stated = _number(path, table, "integer_depth_scale", math.nan)
    return _or(stated, _number(path, table, "depth_unit_scale_factor", _MILLIMETRES_OF_METRES))


def _points(path: Path, table: Table) -> tuple[Any, Any, tuple[str, ...]]:
    beside = _beside(path, table, "ply_file_path")
    if beside is None or not beside.is_file():
        note = () if beside is None else (f"the points {beside.name} that it names are not there",)
        return *read_points(None), note
    try:
        return *read_points(beside), ()
    except InputRefused as reason:
        return *read_points(None), (f"its points {beside.name} are left out: {reason.detail}",)


def _notes(path: Path, table: Table, frames: tuple[CaptureFrame, ...]) -> tuple[str, ...]:
    found = []
    if table.get("rolling_shutter"):
        found.append("its rolling shutter is not modelled")
    if path.name == TRAINING_NAME:
        found.append("only the training views of this capture are read (transforms_train.json)")
    lost = sum(frame.mask is not None and not frame.mask.is_file() for frame in frames)
    if lost:
        found.append(f"{lost} masks that it names are not there")
    return tuple(found)
