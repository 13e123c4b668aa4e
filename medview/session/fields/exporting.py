"""One call that writes a field's folder out as whatever a file's ending asks for; for the command line."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from medview.core.errors import InputRefused
from medview.core.lens import Lens
from medview.core.radiance import FieldMode
from medview.io import writers
from medview.io.video_writing import CODECS
from medview.jobs.execution import Link, resolved
from medview.ml.field_folder import FieldFacts, read_facts
from medview.session.fields import copying, flythrough, solids, stills
from medview.session.fields.flythrough import CameraPath
from medview.session.fields.opening import read_field
from medview.session.fields.placing import placement_table

FIELD_ENDING = ".field"
_MOST_KEYS = 12
_LONGEST_PX = 1280
Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False, kw_only=True)
class ExportWish:
    """How a scene is written out.

    Args:
        view: Name of the frame whose camera looks; empty: the first held-out one.
        cameras: Keys of a film, or one camera of a picture; None: those of the training.
        size: Width and height of pictures and films; None: as the frames, at most 1280 wide.
        mode: What of the field.
        time: 0 to 1; None for 0, and for films that go from 0 to 1.
        is_depth: A picture holds distances instead of colours.
        is_surface: A PLY holds the surface instead of points.
        cells: Of surfaces and volumes, along the longest side.
        duration_s: Of a film; None: that of the cameras' file, or 10.
        fps: Of a film.
        with_frames: The real pictures go along with a copy of the folder.
    """

    view: str = ""
    cameras: CameraPath | None = None
    size: tuple[int, int] | None = None
    mode: FieldMode = FieldMode.COLOUR
    time: float | None = None
    is_depth: bool = False
    is_surface: bool = False
    cells: int = 128
    duration_s: float | None = None
    fps: float = flythrough.FPS
    with_frames: bool = True


def export_scene(folder: Path, path: Path, wish: ExportWish, link: Link) -> dict[str, Any]:
    """Write a scene out and say what was written.

    Args:
        folder: Of the field.
        path: ``.png`` picture; ``.mp4``, ``.mov``, ``.m4v``, ``.avi`` film; ``.ply`` points or surface;
            ``.stl`` surface; any volume's ending for the density; ``.field`` a copy of the folder.
        wish: Cameras, sizes and the like.
        link: Told of the progress; cancels.

    Raises:
        InputRefused: The ending is unknown, the view is, or the scene cannot be written so.
    """
    facts = read_facts(folder)
    field = read_field(folder).data
    target, more = _order(path, wish, facts)
    payload = {
        "folder": str(folder),
        "placement": placement_table(field.placement),  # type: ignore[union-attr]
        "path": str(path),
        "mode": wish.mode.value,
        "time": wish.time or 0.0,
        "cells": wish.cells,
        **more,
    }
    value, _ = resolved(target)(payload, {}, link)
    return dict(value)


def _order(path: Path, wish: ExportWish, facts: FieldFacts) -> tuple[str, dict[str, Any]]:
    """The job target that an ending asks for, and what it needs beside the scene."""
    name, ending = path.name.lower(), path.suffix.lower()
    if ending == ".png":
        pose, lens = _camera(wish, facts)
        more = {"scene_from_camera": pose.tolist(), "lens": asdict(lens), "is_depth": wish.is_depth}
        return stills.TARGET, more
    if ending in CODECS:
        return flythrough.TARGET, _film(wish, facts)
    if ending == ".stl" or (ending == ".ply" and wish.is_surface):
        return solids.MESH, {}
    if ending == ".ply":
        return solids.CLOUD, {}
    if ending == FIELD_ENDING:
        return copying.TARGET, {"with_frames": wish.with_frames}
    if name.endswith(writers.ENDINGS):
        return solids.DENSITY, {}
    known = ".png, .mp4, .mov, .avi, .ply, .stl, .nii.gz, .nrrd or .field"
    raise InputRefused(f"Cannot save {path.name}", f"the name must end with {known}")


def _camera(wish: ExportWish, facts: FieldFacts) -> tuple[Floats, Lens]:
    if wish.cameras is not None:
        width, height = wish.size or _size_of(facts)
        return wish.cameras.keys[0], Lens.of_view_angle(width, height, wish.cameras.view_angle_deg)
    number = _view(wish.view, facts)
    lens = facts.lenses[number]
    width, height = wish.size or (lens.width, lens.height)
    return facts.poses[number], lens.resized(width, height)


def _view(name: str, facts: FieldFacts) -> int:
    if not len(facts.poses):
        detail = "the scene does not know the cameras of its training"
        raise InputRefused("Cannot render the scene", detail, "Give a camera with --camera.")
    if not name:
        return facts.held_out[0] if facts.held_out else 0
    if name not in facts.frame_names:
        some = ", ".join(facts.frame_names[:4])
        detail = f"there is none among its {len(facts.frame_names)} views"
        raise InputRefused(f"Cannot find the view {name}", detail, f"They are called {some} and so on.")
    return facts.frame_names.index(name)


def _film(wish: ExportWish, facts: FieldFacts) -> dict[str, Any]:
    width, height = wish.size or _size_of(facts)
    cameras = wish.cameras
    if cameras is None:
        _view("", facts)
        chosen = np.linspace(0, len(facts.poses) - 1, min(len(facts.poses), _MOST_KEYS)).round().astype(int)
        cameras = CameraPath(keys=facts.poses[chosen], view_angle_deg=facts.lenses[0].view_angle_deg)
    lens = Lens.of_view_angle(width - width % 2, height - height % 2, cameras.view_angle_deg)
    return {
        "keys": cameras.keys.tolist(),
        "lens": asdict(lens),
        "duration_s": wish.duration_s or cameras.duration_s,
        "fps": wish.fps,
        "time": None if wish.time is None and facts.is_moving else wish.time or 0.0,
    }


def _size_of(facts: FieldFacts) -> tuple[int, int]:
    """As the frames, at most so large."""
    if not facts.lenses:
        return 800, 600
    lens = facts.lenses[0]
    part = min(1.0, _LONGEST_PX / max(lens.width, lens.height))
    return max(2, round(lens.width * part)), max(2, round(lens.height * part))
