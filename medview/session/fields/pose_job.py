"""The job target that finds the cameras of frames, and writes them beside the frames."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from medview.core.capture import Capture, CaptureFrame, CaptureKind
from medview.core.circle import Circle
from medview.core.errors import InputRefused
from medview.core.lens import Lens
from medview.core.volume import AnyArray
from medview.io.atomic_file import write_text
from medview.io.captures import plain, transforms
from medview.io.captures.circle import FRAMES_LOOKED_AT, find_circle
from medview.io.captures.colmap_features import MaskOf
from medview.io.captures.colmap_writing import write_colmap
from medview.io.captures.frames import equidistant, pictures_in, read_frames_facts, read_picture
from medview.io.captures.poses import unique_names
from medview.io.captures.sfm_wish import PosesWish
from medview.io.captures.structure_from_motion import FoundPoses, poses_from_motion
from medview.io.captures.tool_masks import highlights, mask_of, read_mask
from medview.io.captures.writing import write_transforms
from medview.jobs.execution import Link
from medview.session.files.dicom_objects import watch_of

TARGET = "medview.session.fields.pose_job:find_poses"
FACTS_NAME, MODEL_FOLDER = "poses.json", "sparse/0"
_RIM_SHARE = 0.02
"""Of the radius: a feature at the rim would describe the rim."""
_MOST_SHOWN = 5000
_TITLE = "Cannot find poses"


def find_poses(
    payload: Mapping[str, Any], _arrays: Mapping[str, AnyArray], link: Link
) -> tuple[dict[str, Any], Mapping[str, AnyArray]]:
    """Job target: find the cameras of a folder of frames with pycolmap.

    Writes ``transforms.json``, ``points.ply``, a COLMAP model as text in ``sparse/0`` and ``poses.json``
    (what was found, and how), all at the end; a cancelled or failed search writes nothing.

    Args:
        payload: ``frames`` (folder of pictures, or one that has them in ``images``). Optional: ``out`` (the
            same folder or one above the pictures; the same), ``camera`` (``"OPENCV"`` or another of COLMAP's
            models), ``matcher`` (``"auto"``, ``"sequential"``, ``"exhaustive"``), ``single_camera`` (True),
            ``circle`` (``"auto"``, None, or ``{"cx", "cy", "radius"}`` in pixels of the frames),
            ``tool_masks`` (folder of pictures, white where an instrument is), ``highlights`` (leave out
            glare, False), ``lens`` (the numbers of a known `Lens`), ``overlap``, ``most_features``,
            ``longest_side_px``, ``faint`` (smooth tissue, False), ``seed``.
        _arrays: None.
        link: Told of the progress; shown ``"points"`` (N, 6) x, y, z, red, green, blue (0-255) on the way.

    Returns:
        ``folder``, ``registered``, ``total``, ``reprojection_px``, ``points`` (how many), ``scenes``,
        ``left_out`` (names of frames without a pose), ``sentence``; arrays ``points`` (N, 3) float32,
        ``rgb`` (N, 3) uint8.

    Raises:
        InputRefused: There are no frames, or poses of somebody else would be replaced.
        RunFailed: pycolmap is not installed, or no scene was found.
    """
    given = Path(payload["frames"])
    pictures = pictures_in(plain.sniff(given) or given)
    out = _checked_out(Path(payload.get("out") or given), pictures[0])
    wish = _wish(payload, link.threads)

    def show(points: NDArray[np.float32], colours: NDArray[np.uint8]) -> None:
        every = max(1, -(-len(points) // _MOST_SHOWN))
        link.preview("points", (0, 0, 0), np.concatenate([points, colours], axis=1)[::every])

    found = poses_from_motion(pictures, _mask_of(payload, pictures), wish, link.scratch, watch_of(link), show)
    value = _facts(found, pictures, out)
    _write(found, out, {**value, "wish": _plain(wish)})
    return value, {"points": found.points, "rgb": found.points_rgb}


def _wish(payload: Mapping[str, Any], threads: int) -> PosesWish:
    names = (
        "camera",
        "matcher",
        "single_camera",
        "overlap",
        "most_features",
        "longest_side_px",
        "faint",
        "seed",
    )
    wish = PosesWish(threads=threads, **{name: payload[name] for name in names if name in payload})
    lens = payload.get("lens")
    return wish if lens is None else replace(wish, lens=Lens(**lens))


def _plain(wish: PosesWish) -> dict[str, Any]:
    table = dict(vars(wish))
    return table | {"lens": None if wish.lens is None else vars(wish.lens)}


def _checked_out(out: Path, picture: Path) -> Path:
    if not picture.is_relative_to(out):
        raise InputRefused(_TITLE, "the poses lie beside the frames or above them", "Choose such a folder.")
    if (out / transforms.NAME).exists() and not (out / FACTS_NAME).exists():
        raise InputRefused(
            _TITLE,
            f"{out.name} has poses in {transforms.NAME} that were not computed here",
            "Use them, or copy the frames into a folder of their own.",
        )
    return out


def _mask_of(payload: Mapping[str, Any], pictures: Sequence[Path]) -> MaskOf:
    """Where features are looked for: in the circle, outside instruments and glare."""
    circle = _circle(payload.get("circle", "auto"), pictures)
    tools = Path(payload["tool_masks"]) if payload.get("tool_masks") else None

    def mask(picture: Path) -> NDArray[np.bool_] | None:
        tool = None if tools is None else mask_of(tools, picture.name)
        if circle is None and tool is None and not payload.get("highlights"):
            return None
        image = read_picture(picture)
        height, width = image.shape[:2]
        seen = np.ones((height, width), np.bool_)
        if circle is not None:
            seen &= circle.mask(height, width)
        if tool is not None:
            seen &= ~read_mask(tool, height, width)
        return seen & ~highlights(image) if payload.get("highlights") else seen

    return mask


def _circle(said: Any, pictures: Sequence[Path]) -> Circle | None:
    if isinstance(said, Mapping):
        circle: Circle | None = Circle(**said)
    elif said == "auto":
        facts = read_frames_facts(pictures[0].parent)
        looked_at = [pictures[n] for n in equidistant(len(pictures), FRAMES_LOOKED_AT)]
        circle = facts.circle if facts is not None else _seen_in(looked_at)
    else:
        circle = None
    return None if circle is None else circle.shrunk(_RIM_SHARE)


def _seen_in(pictures: Sequence[Path]) -> Circle | None:
    """The circle of frames of one size; frames of several sizes have none in common."""
    first = read_picture(pictures[0]).shape
    images = (read_picture(picture) for picture in pictures)
    return find_circle(image for image in images if image.shape == first)


def _facts(found: FoundPoses, pictures: Sequence[Path], out: Path) -> dict[str, Any]:
    kept = set(found.pictures)
    return {
        "folder": str(out),
        "registered": len(found.pictures),
        "total": found.total,
        "reprojection_px": found.reprojection_px,
        "points": len(found.points),
        "scenes": found.scenes,
        "left_out": [picture.name for picture in pictures if picture not in kept],
        "sentence": found.sentence,
    }


def _write(found: FoundPoses, out: Path, facts: Mapping[str, Any]) -> None:
    names = unique_names(found.pictures, out)
    frames = tuple(
        CaptureFrame(name=name, image=picture, pose=pose, lens=lens)
        for name, picture, pose, lens in zip(names, found.pictures, found.poses, found.lenses, strict=True)
    )
    capture = Capture(
        folder=out,
        kind=CaptureKind.COLMAP,
        frames=frames,
        points=found.points,
        points_rgb=found.points_rgb,
    )
    # first of all: whatever follows is then known to be ours
    write_text(out / FACTS_NAME, json.dumps({**facts, "folder": "."}, indent=1))
    write_colmap(capture, out / MODEL_FOLDER)
    write_transforms(capture)
