"""A film along a smooth course through keyed cameras."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from medview.core.errors import InputRefused
from medview.core.lens import Lens
from medview.core.pose_path import path_through
from medview.core.radiance import FieldMode
from medview.core.volume import AnyArray
from medview.io.atomic_file import write_text
from medview.io.scene_pictures import SYNTHETIC, with_mark
from medview.io.video_writing import writing_video
from medview.jobs.execution import Link
from medview.session.fields.export_facts import placement_in, write_facts_beside
from medview.session.fields.renderer import Renderer, colours

TARGET = "medview.session.fields.flythrough:write_film"
FPS = 25.0
_MOST_FRAMES = 100_000
_MOST_KEYS = 10_000
_MOST_BYTES = 16 * 2**20
_FORMAT = 1
Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False, kw_only=True)
class CameraPath:
    """Cameras that a film flies through.

    Args:
        keys: (k, 4, 4) camera to scene, OpenGL axes.
        view_angle_deg: From bottom to top.
        duration_s: Of the flight.
    """

    keys: Floats
    view_angle_deg: float = 60.0
    duration_s: float = 10.0


def read_camera_path(path: Path) -> CameraPath:
    """Read keys from JSON: ``{"keys": [4x4, …], "view_angle_deg": 60, "duration_s": 10}``; one is a still.

    Raises:
        InputRefused: It holds something else.
    """
    title = f"Cannot read the cameras in {path.name}"
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise ValueError("it is larger than any real one")
        table = json.loads(path.read_text(encoding="utf-8"))
        found = CameraPath(
            keys=np.asarray(table["keys"], np.float64).reshape(-1, 4, 4),
            view_angle_deg=float(table.get("view_angle_deg", 60.0)),
            duration_s=float(table.get("duration_s", 10.0)),
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as reason:
        hint = 'It holds {"keys": [4x4 camera to scene, …], "view_angle_deg": 60, "duration_s": 10}.'
        raise InputRefused(title, str(reason) or "it is damaged", hint) from reason
    demand_sound(title, found)
    return found


def write_camera_path(path: Path, cameras: CameraPath) -> None:
    """Write keys as `read_camera_path` reads them."""
    table = {
        "format": _FORMAT,
        "keys": cameras.keys.tolist(),
        "view_angle_deg": cameras.view_angle_deg,
        "duration_s": cameras.duration_s,
    }
    write_text(path, json.dumps(table, indent=1) + "\n")


def demand_sound(title: str, cameras: CameraPath) -> None:
    """Refuse keys that are no cameras, and angles and times that none has.

    Raises:
        InputRefused: Something is wrong.
    """
    turns = cameras.keys[:, :3, :3]
    are_rigid = np.isfinite(cameras.keys).all() and np.allclose(
        turns @ np.swapaxes(turns, 1, 2), np.eye(3), atol=1e-4
    )
    sound = {
        "it holds no camera": 0 < len(cameras.keys) <= _MOST_KEYS,
        "a camera is no rotation and shift": bool(are_rigid),
        "the angle of view is not between 1 and 170 degrees": 1 <= cameras.view_angle_deg <= 170,
        "the duration is not above 0 and at most an hour": 0 < cameras.duration_s <= 3600,
    }
    for detail, is_sound in sound.items():
        if not is_sound:
            raise InputRefused(title, detail)


def write_film(
    payload: Mapping[str, Any], _arrays: Mapping[str, AnyArray], link: Link
) -> tuple[dict[str, Any], Mapping[str, AnyArray]]:
    """Job target: render a flight frame by frame into a film; nothing of it stays where it is cancelled.

    Args:
        payload: ``folder``, ``placement``, ``path``, ``keys`` (list of 4x4), ``lens``, ``mode``,
            ``duration_s``, ``fps``, ``time`` (of a moving scene; null: it goes from 0 to 1 along the film).
        link: Told of each frame; cancels.

    Returns:
        ``frames`` and ``path``.

    Raises:
        InputRefused: There are fewer than two keys, or the film cannot be written.
    """
    path, lens, fps = Path(payload["path"]), Lens(**payload["lens"]), float(payload["fps"])
    keys, title = np.asarray(payload["keys"], np.float64).reshape(-1, 4, 4), f"Cannot save {path.name}"
    if len(keys) < 2:
        raise InputRefused(title, f"{len(keys)} of 2 keys are there", "Add keys of the camera path.")
    cameras = CameraPath(keys=keys, duration_s=float(payload["duration_s"]))
    demand_sound(title, cameras)
    count = min(_MOST_FRAMES, max(2, round(cameras.duration_s * fps)))
    with writing_video(path, fps) as draft:
        for number, frame in enumerate(_frames(payload, path_through(keys, count), lens, link)):
            draft.add(frame)
            link.progress((number + 1) / (count + 1), f"Frame {number + 1} of {count}")
    write_facts_beside(
        path, payload, "fly-through", frames=count, fps=fps, keys=payload["keys"], lens=payload["lens"]
    )
    return {"frames": count, "path": str(path)}, {}


def _frames(payload: Mapping[str, Any], poses: Floats, lens: Lens, link: Link) -> Iterator[NDArray[np.uint8]]:
    renderer, mode = Renderer(payload, link), FieldMode(payload["mode"])
    is_scaled = placement_in(payload).is_measurable
    words = SYNTHETIC if is_scaled else f"{SYNTHETIC}, arbitrary scale"
    for number, pose in enumerate(poses):
        part = number / (len(poses) - 1)
        moment = part if payload["time"] is None else float(payload["time"])
        yield with_mark(colours(renderer.picture(pose, lens, mode, moment)), words)
