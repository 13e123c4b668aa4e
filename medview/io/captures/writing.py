"""Captures out: pictures, masks, depth, points and ``transforms.json``, as Nerfstudio reads them.

Depth lies in 16-bit pictures whose step, in the capture's unit, is ``depth_unit_scale_factor``; masks are
white where pixels may be learned from.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from medview.core.capture import Capture, CaptureFrame, CaptureKind
from medview.core.lens import Lens
from medview.core.posed_views import PosedViews
from medview.io.atomic_file import failure, write_text
from medview.io.captures.frames import write_picture
from medview.io.captures.transforms import NAME
from medview.io.ply_surface import write_ply
from medview.io.video_writing import write_video
from medview.io.watch import QUIET, Watch

POINTS_NAME, VIDEO_NAME = "points.ply", "video.mp4"
_FPS = 30.0
_STEPS = 65535


def write_capture(folder: Path, views: PosedViews, *, with_video: bool, watch: Watch = QUIET) -> Capture:
    """Write views as a capture.

    Args:
        folder: Made where it is missing; files of the same names are replaced.
        views: Poses in the capture's coordinates.
        with_video: Also as ``video.mp4``, 30 pictures a second, packed with loss; pictures are PNG.
        watch: Told of every picture.

    Returns:
        What was written, as `medview.io.captures.capture.read_capture` reads it.

    Raises:
        RunFailed: The disk does not take it.
    """
    unit = 1.0 if views.depths is None else float(views.depths.max(initial=0)) / _STEPS or 1.0
    try:
        frames = tuple(_write_frame(folder, views, n, unit, watch) for n in range(len(views)))
        capture = Capture(
            folder=folder,
            kind=CaptureKind.TRANSFORMS,
            frames=frames,
            depth_unit=unit,
            points=views.points,
            points_rgb=views.points_rgb,
            is_metric=views.is_metric,
            is_synthetic=views.is_synthetic,
        )
        write_transforms(capture)
        if with_video:
            write_video(folder / VIDEO_NAME, iter(views.images), _FPS)
    except OSError as reason:
        raise failure(folder, reason) from reason
    return capture


def write_transforms(capture: Capture) -> Path:
    """Write ``transforms.json``, and ``points.ply`` where points are known, into a capture's folder.

    Args:
        capture: All frames with poses and lenses; their pictures lie within its folder.

    Returns:
        The file.

    Raises:
        RunFailed: The disk does not take it.
    """
    path = capture.folder / NAME
    lenses = [frame.lens for frame in capture.frames]
    shared = lenses[0] if len(set(lenses)) == 1 else None
    table: dict[str, Any] = {"camera_model": "OPENCV", **({} if shared is None else _lens_keys(shared))}
    if any(frame.depth for frame in capture.frames):
        table["depth_unit_scale_factor"] = capture.depth_unit
    if len(capture.points):
        write_ply(capture.folder / POINTS_NAME, capture.points, capture.points_rgb_or_grey)
        table["ply_file_path"] = POINTS_NAME
    table |= {"unit": "mm"} if capture.is_metric else {}
    table |= {"synthetic": True} if capture.is_synthetic else {}
    is_moving = any(frame.time for frame in capture.frames)
    table["frames"] = [_row(capture.folder, frame, shared is None, is_moving) for frame in capture.frames]
    write_text(path, json.dumps(table, indent=1))
    return path


def _write_frame(folder: Path, views: PosedViews, n: int, unit: float, watch: Watch) -> CaptureFrame:
    watch.at(n / len(views), f"writing picture {n + 1} of {len(views)}")
    name = f"{n:05d}"
    image = _written(folder / "images" / f"{name}.png", views.images[n])
    has_mask = not bool(views.valid.all())
    white = views.valid[n].astype(np.uint8) * 255
    mask = _written(folder / "masks" / f"{name}.png", white) if has_mask else None
    depth = None
    if views.depths is not None:
        steps = (views.depths[n] / unit).round().clip(0, _STEPS).astype(np.uint16)
        depth = _written(folder / "depth" / f"{name}.png", steps)
    return CaptureFrame(
        name=name,
        image=image,
        mask=mask,
        depth=depth,
        time=float(views.times[n]),
        pose=views.poses[n],
        lens=views.lenses[n],
    )


def _written(path: Path, picture: NDArray[Any]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    write_picture(path, picture)
    return path


def _row(folder: Path, frame: CaptureFrame, with_lens: bool, is_moving: bool) -> Mapping[str, Any]:
    if frame.pose is None or frame.lens is None:
        raise ValueError(f"the camera of {frame.name} is not known")
    beside: Sequence[tuple[str, Path | None]] = (
        ("file_path", frame.image),
        ("mask_path", frame.mask),
        ("depth_file_path", frame.depth),
    )
    paths = {key: path.relative_to(folder).as_posix() for key, path in beside if path is not None}
    lens = _lens_keys(frame.lens) if with_lens else {}
    time = {"time": frame.time} if is_moving else {}
    return {**paths, **time, **lens, "transform_matrix": frame.pose.tolist()}


def _lens_keys(lens: Lens) -> dict[str, float]:
    stated = asdict(lens)
    names = {"width": "w", "height": "h", "fx": "fl_x", "fy": "fl_y"}
    return {names.get(key, key): value for key, value in stated.items()}
