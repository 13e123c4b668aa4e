"""Masks of instruments, one for each frame: read, written, drawn with a brush, highlights proposed.

A mask is a picture of the frame's size beside or away from the frames, matched by name: ``000042.png`` for
``000042.jpg`` (COLMAP's ``000042.jpg.png`` is taken too). White is what hides the scene.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike, NDArray

from medview.core.errors import InputRefused
from medview.io.atomic_file import replacing
from medview.io.captures.frames import write_picture
from medview.io.captures.pictures import read_mask as marked

_SATURATED = 250
_SEEN_PX = 3

Mask = NDArray[np.bool_]
Floats = NDArray[np.float64]


def mask_of(folder: Path, frame_name: str) -> Path | None:
    """The mask of a frame in a folder of masks; None where the frame has none."""
    stem = Path(frame_name).stem
    for name in (f"{stem}.png", f"{frame_name}.png", f"{stem}.jpg"):
        if (folder / name).is_file():
            return folder / name
    return None


def read_mask(path: Path, height: int, width: int) -> Mask:
    """Pixels (H, W) that hide the scene; a mask of another size is stretched by its nearest pixels.

    Raises:
        InputRefused: It cannot be read, or its sides are not in the frame's proportion.
    """
    white = marked(path)
    rows, columns = white.shape
    if abs(rows * width - columns * height) > max(rows * width, columns * height) * 0.02:
        raise InputRefused(
            f"Cannot use the mask {path.name}",
            f"it has {columns} x {rows} pixels, the frame {width} x {height}",
            "Choose masks of these frames.",
        )
    down = (np.arange(height) * rows) // height
    along = (np.arange(width) * columns) // width
    return np.asarray(white[down[:, None], along], np.bool_)


def read_masks(folder: Path, frame_names: Sequence[str], height: int, width: int) -> dict[str, Mask]:
    """The masks that there are, by the frame's name; frames without one are not in the table.

    Raises:
        InputRefused: There is no such folder, no mask in it belongs to these frames, or one cannot be used.
    """
    title = f"Cannot use the masks in {folder.name}"
    if not folder.is_dir():
        raise InputRefused(title, "there is no such folder", "Choose the folder of masks.")
    paths = {name: mask_of(folder, name) for name in frame_names}
    found = {name: read_mask(path, height, width) for name, path in paths.items() if path is not None}
    if not found:
        raise InputRefused(title, "no mask has the name of a frame", "Name them as the frames, with .png.")
    return found


def write_mask(folder: Path, frame_name: str, mask: Mask) -> Path:
    """Write what hides the scene as a white-on-black PNG named as the frame; an older one is replaced."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{Path(frame_name).stem}.png"
    with replacing(path, ".png") as draft:
        write_picture(draft, mask.astype(np.uint8) * 255)
    return path


def stroked(mask: Mask, points_px: ArrayLike, radius_px: float, value: bool) -> Mask:
    """A mask after one stroke of a round brush.

    Args:
        mask: (H, W), left as it is.
        points_px: (N, 2) positions of the stroke, x first; pixel (0, 0) has its centre at (0.5, 0.5). One
            point is a dab; points outside the picture are allowed.
        radius_px: Of the brush, above 0.
        value: True hides more of the scene, False shows it again.

    Returns:
        A new mask: pixels whose centre is within the radius of the stroke have the value.
    """
    made = mask.copy()
    points = np.asarray(points_px, float).reshape(-1, 2)
    ends = points[1:] if len(points) > 1 else points
    for start, end in zip(points, ends, strict=False):
        _draw(made, start, end, radius_px, value)
    return made


def highlights(image: NDArray[np.uint8], grown_px: int = 4) -> Mask:
    """Specular highlights (H, W) of a frame: saturated pixels, without single ones, grown by a margin.

    Args:
        image: (H, W, 3) uint8.
        grown_px: Margin in pixels: around a highlight colours are washed out.
    """
    from scipy import ndimage

    saturated = image.min(axis=2) >= _SATURATED
    pieces, _ = ndimage.label(saturated)
    sizes = np.bincount(pieces.ravel())
    seen = (sizes >= _SEEN_PX)[pieces] & saturated
    if not grown_px or not seen.any():
        return np.asarray(seen, np.bool_)
    return np.asarray(ndimage.distance_transform_edt(~seen) <= grown_px, np.bool_)


def _draw(mask: Mask, start: Floats, end: Floats, radius: float, value: bool) -> None:
    """Set the pixels within the radius of a straight piece; only its box is looked at."""
    low = np.floor(np.minimum(start, end) - radius).astype(int).clip(0)
    high = np.ceil(np.maximum(start, end) + radius).astype(int) + 1
    rows, columns = slice(low[1], max(0, high[1])), slice(low[0], max(0, high[0]))
    box = mask[rows, columns]
    x = np.arange(box.shape[1]) + low[0] + 0.5 - start[0]
    y = (np.arange(box.shape[0]) + low[1] + 0.5 - start[1])[:, None]
    way = end - start
    length = float(way @ way)
    along = np.clip((x * way[0] + y * way[1]) / length, 0, 1) if length else np.zeros((len(y), len(x)))
    box[np.hypot(x - along * way[0], y - along * way[1]) <= radius] = value
