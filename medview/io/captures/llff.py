"""``poses_bounds.npy`` of LLFF, and the layout of EndoNeRF around it.

A row per picture, pictures by name: a 3x5 matrix whose columns are the camera's down, right and backward
axes, its centre, and (height, width, focal length); then the nearest and the farthest distance. EndoNeRF
adds ``depth/`` and ``masks/`` (or ``gt_masks/``), white or 1 where an instrument is; its camera never moves,
so there the pictures are moments of one view, from time 0 to 1.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from medview.core.capture import Capture, CaptureFrame, CaptureKind
from medview.core.lens import Lens
from medview.io.byte_source import refused
from medview.io.captures.places import MOST_FRAMES, PICTURE_ENDINGS, missing, numbers_of
from medview.io.captures.poses import checked_lens, checked_pose

NAMES = ("poses_bounds.npy", "pose_bounds.npy")
_MASK_FOLDERS = ("masks", "gt_masks")
_DEPTH_FOLDERS = ("depth", "depths")
_STILL = 1e-9

Floats = NDArray[np.float64]


def sniff(path: Path) -> Path | None:
    """The poses' file of a folder, or the file itself where it is one."""
    if path.is_dir():
        return next((path / name for name in NAMES if (path / name).is_file()), None)
    return path if path.name in NAMES else None


def read(path: Path) -> Capture:
    """Read the file of the poses.

    Args:
        path: ``poses_bounds.npy``; ``images/``, ``depth/`` and ``masks/`` lie beside it.

    Raises:
        InputRefused: What is missing or wrong, in one sentence.
    """
    folder, rows = path.parent, _rows(path)
    images = _pictures(folder / "images")
    if not images:
        raise missing(path, ["the pictures beside it (a folder named images)"])
    if len(images) != len(rows):
        raise refused(path, f"it has {len(rows)} poses, and images holds {len(images)} pictures")
    poses = [_pose(row, path, image.name) for row, image in zip(rows, images, strict=True)]
    masks, mask_notes = _paired(images, folder, _MASK_FOLDERS)
    depths, depth_notes = _paired(images, folder, _DEPTH_FOLDERS)
    is_still = float(np.ptp(np.stack(poses), axis=0).max()) < _STILL
    moments = np.linspace(0, 1, len(images)) if is_still and len(images) > 1 else np.zeros(len(images))
    frames = tuple(
        CaptureFrame(name=image.stem, image=image, mask=mask, depth=depth, time=float(moment), pose=pose,
                     lens=_lens(row, path, image.name))
        for image, mask, depth, moment, pose, row in zip(
            images, masks, depths, moments, poses, rows, strict=True)
    )  # fmt: skip
    notes = ("the camera stands still: its frames are moments of one view",) if is_still else ()
    return Capture(
        folder=folder,
        kind=CaptureKind.LLFF,
        frames=frames,
        mask_marks_tools=True,
        bounds=_bounds(rows),
        warnings=(*mask_notes, *depth_notes, *notes),
    )


def _rows(path: Path) -> Floats:
    stored = numbers_of(path)
    if stored.ndim != 2 or stored.shape[1] != 17 or not 0 < len(stored) <= MOST_FRAMES:
        shape = "x".join(map(str, stored.shape))
        raise refused(path, f"it holds {shape} numbers, not 17 for each picture")
    if not np.isfinite(stored).all():
        raise refused(path, "not all of its numbers are finite")
    return np.asarray(stored, np.float64)


def _pose(row: Floats, path: Path, name: str) -> Floats:
    down, right, back, centre = row[:15].reshape(3, 5)[:, :4].T
    return checked_pose(np.stack([right, -down, back, centre], axis=-1), path, f"frame {name}")


def _lens(row: Floats, path: Path, name: str) -> Lens:
    height, width, focal = (float(value) for value in row[:15].reshape(3, 5)[:, 4])
    lens = Lens(width=round(width), height=round(height), fx=focal, fy=focal, cx=width / 2, cy=height / 2)
    return checked_lens(lens, path, f"frame {name}")


def _bounds(rows: Floats) -> tuple[float, float] | None:
    nearest, farthest = float(rows[:, 15].min()), float(rows[:, 16].max())
    return (nearest, farthest) if 0 <= nearest < farthest else None


def _pictures(folder: Path, endings: tuple[str, ...] = PICTURE_ENDINGS) -> list[Path]:
    """In the order of their names as text, which is that of the poses."""
    if not folder.is_dir():
        return []
    return sorted(path for path in folder.iterdir() if path.suffix.lower() in endings and path.is_file())


def _paired(
    images: list[Path], folder: Path, names: tuple[str, ...]
) -> tuple[list[Path | None], tuple[str, ...]]:
    """One file for each picture from the first of these folders: by name, else by order."""
    home = next((folder / name for name in names if (folder / name).is_dir()), None)
    found = [] if home is None else _pictures(home, (*PICTURE_ENDINGS, ".npy"))
    by_name = {path.stem: path for path in found}
    if all(image.stem in by_name for image in images):
        return [by_name[image.stem] for image in images], ()
    if len(found) == len(images):
        return list(found), ()
    if home is None or not found:
        return [None] * len(images), ()
    note = f"{home.name} holds {len(found)} files for {len(images)} pictures and is left out"
    return [None] * len(images), (note,)
