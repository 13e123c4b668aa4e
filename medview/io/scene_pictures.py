"""Pictures that a field makes, as PNG: marked as inferred, and distances with their unit in the file."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from medview.core.errors import InputRefused, RunFailed
from medview.io.atomic_file import replacing

SYNTHETIC = "Synthetic view"
"""Stands in every picture and every frame of a film."""
DEEPEST = 65_535
_LINES_PER_HEIGHT = 28
_SMALLEST_PX = 9
_MARGIN_PX = 4


def with_mark(image: NDArray[np.uint8], words: str = SYNTHETIC) -> NDArray[np.uint8]:
    """The picture (H, W, 3) with words in its lower left corner, light with a dark border."""
    from PIL import Image, ImageDraw, ImageFont

    drawn = Image.fromarray(image)
    size = max(_SMALLEST_PX, image.shape[0] // _LINES_PER_HEIGHT)
    ImageDraw.Draw(drawn).text(
        (_MARGIN_PX, image.shape[0] - _MARGIN_PX),
        words,
        font=ImageFont.load_default(size),
        fill=(235, 235, 235),
        stroke_width=max(1, size // 10),
        stroke_fill=(20, 20, 20),
        anchor="lb",
    )
    return np.asarray(drawn, np.uint8)


def write_png(path: Path, image: NDArray[np.uint8] | NDArray[np.uint16], texts: Mapping[str, str]) -> None:
    """Write colours (H, W, 3) uint8, or one number per pixel (H, W) uint16, with texts in the file.

    Raises:
        InputRefused: The name does not end with ``.png``, or the folder cannot be used.
        RunFailed: Writing failed, or reading back showed a difference.
    """
    from PIL import Image
    from PIL.PngImagePlugin import PngInfo

    if path.suffix.lower() != ".png":
        raise InputRefused(f"Cannot save {path.name}", "the name must end with .png")
    facts = PngInfo()
    for name, text in texts.items():
        facts.add_itxt(name, text)
    with replacing(path, ".png") as draft:
        Image.fromarray(image).save(draft, pnginfo=facts)
        back, told = read_png(draft)
        if not np.array_equal(back, image) or told != dict(texts):
            detail = "reading it back showed that it is not what was written"
            raise RunFailed(f"Cannot save {path.name}", detail)


def read_png(path: Path) -> tuple[NDArray[np.uint8] | NDArray[np.uint16], dict[str, str]]:
    """Numbers and texts of a PNG of ours."""
    from PIL import Image

    with Image.open(path) as image:
        image.load()
        numbers = np.asarray(image)
        told = {name: str(text) for name, text in getattr(image, "text", {}).items()}
    is_depth = numbers.ndim == 2
    return numbers.astype(np.uint16) if is_depth else np.asarray(numbers, np.uint8), told


def depth_steps(depth: NDArray[np.float32]) -> tuple[NDArray[np.uint16], float]:
    """Distances as 16-bit steps: 0 where nothing is known, else rounded to steps of the returned size."""
    known = np.isfinite(depth)
    farthest = float(depth[known].max()) if known.any() else 1.0
    step = farthest / DEEPEST
    filled = np.where(known, depth, 0)
    return np.clip(np.rint(filled / step), known, DEEPEST).astype(np.uint16), step
