"""Words as pictures: smooth letters with a soft dark edge, legible on black, white and anything between."""

from __future__ import annotations

import threading
from functools import lru_cache
from pathlib import Path

import numpy as np
import vtkmodules.vtkRenderingFreeType  # noqa: F401  registers the text renderer
from numpy.typing import NDArray
from vtkmodules.util.numpy_support import vtk_to_numpy
from vtkmodules.vtkCommonDataModel import vtkImageData
from vtkmodules.vtkRenderingCore import vtkTextProperty, vtkTextRenderer

from medview.core.plans import Vector

_FONTS = Path(__file__).resolve().parents[2] / "resources" / "fonts"
#: VTK's number for "the family is named by a font file"; its Python wrapping leaves the constant out.
VTK_FONT_FILE = 4
_DOTS_PER_INCH = 72
_EDGE_OPACITY = 0.8
# VTK's text renderer is one for the whole process, and the 3-D pane draws on a thread of its own.
_TEXT_RENDERER = threading.Lock()
_DARK = 0.35


@lru_cache(maxsize=512)
def words_picture(
    text: str, size_px: int, colour: Vector, bold: bool = False, align: str = "left"
) -> NDArray[np.uint8]:
    """A (H, W, 4) picture of one or more lines, first row lowest.

    Args:
        text: Lines of text.
        size_px: Height of the letters' body in device pixels.
        colour: Red, green, blue, 0-1.
        bold: Heavy letters.
        align: ``"left"``, ``"center"`` or ``"right"``.
    """
    cover = _cover(text, size_px, bold, align)
    edge = max(1, round(size_px / 12))
    letters = np.pad(cover, edge + 1)
    halo = _softened(letters, edge) * _EDGE_OPACITY
    alpha = letters + (1 - letters) * halo
    tint = np.asarray(colour) * 255
    # Dark words stand on bright ground, where a dark edge would only smear them.
    ground = 255.0 if np.mean(colour) < _DARK else 0.0
    share = (letters / np.maximum(alpha, 1e-6))[..., None]
    picture = np.empty((*alpha.shape, 4), np.uint8)
    picture[..., :3] = share * tint + (1 - share) * ground
    picture[..., 3] = alpha * 255
    picture.flags.writeable = False
    return picture


def shortened(text: str, size_px: int, width_px: float, bold: bool = False) -> str:
    """The text with an ellipsis in place of each line's end that does not fit the width."""
    return "\n".join(_shortened_line(line, size_px, width_px, bold) for line in text.split("\n"))


def _shortened_line(line: str, size_px: int, width_px: float, bold: bool) -> str:
    width = _cover(line, size_px, bold, "left").shape[1]
    if width <= width_px or not line:
        return line
    kept = max(0, int(len(line) * width_px / width) - 1)
    return line[:kept].rstrip() + "…" if kept > 1 else ""


@lru_cache(maxsize=512)
def _cover(text: str, size_px: int, bold: bool, align: str) -> NDArray[np.float32]:
    """How much of each pixel the letters cover, 0-1, first row lowest."""
    style = vtkTextProperty()
    style.SetFontFamily(VTK_FONT_FILE)
    style.SetFontFile(str(_FONTS / ("DejaVuSans-Bold.ttf" if bold else "DejaVuSans.ttf")))
    style.SetFontSize(size_px)
    style.SetLineSpacing(1.15)
    style.SetColor(1, 1, 1)
    {"left": style.SetJustificationToLeft, "center": style.SetJustificationToCentered}.get(
        align, style.SetJustificationToRight
    )()
    image, extent = vtkImageData(), [0, 0]
    with _TEXT_RENDERER:
        renderer = vtkTextRenderer.GetInstance()
        is_drawn = bool(text.strip()) and renderer.RenderString(style, text, image, extent, _DOTS_PER_INCH)
    if not is_drawn:
        return np.zeros((size_px, 1), np.float32)
    width, height, _ = image.GetDimensions()
    pixels = vtk_to_numpy(image.GetPointData().GetScalars()).reshape(height, width, -1)
    cover = pixels[..., 3].astype(np.float32) / 255
    columns = np.flatnonzero(cover.any(axis=0))
    rows = np.flatnonzero(cover.any(axis=1))
    return cover[: rows[-1] + 1, columns[0] : columns[-1] + 1]


def _softened(cover: NDArray[np.float32], radius: int) -> NDArray[np.float32]:
    """The letters grown by a radius and blurred a little."""
    grown = cover
    for axis in (0, 1):
        grown = np.max([np.roll(grown, step, axis) for step in range(-radius, radius + 1)], axis=0)
    for axis in (0, 1):
        grown = (np.roll(grown, 1, axis) + 2 * grown + np.roll(grown, -1, axis)) / 4
    return np.asarray(grown, np.float32)
