"""Frames as small as a panel shows them, decoded no larger than that needs."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from medview.core.errors import InputRefused
from medview.io.captures.pictures import size_of
from medview.io.video import quiet_cv2

Picture = NDArray[np.uint8]

PANEL_PX = 560
"""A panel is no wider than this."""
STRIP_PX = 92


@dataclass(frozen=True, eq=False)
class SmallPicture:
    """A small copy (h, w, 3), and width and height of the stored picture."""

    picture: Picture
    size: tuple[int, int]


def small_picture(path: Path, widest: int = PANEL_PX) -> SmallPicture:
    """Decode a picture at about this width; JPEG is decoded at a half, a quarter or an eighth.

    Raises:
        InputRefused: It is damaged or no picture.
    """
    cv2 = quiet_cv2()
    width, height = size_of(path)
    flags = {2: cv2.IMREAD_REDUCED_COLOR_2, 4: cv2.IMREAD_REDUCED_COLOR_4, 8: cv2.IMREAD_REDUCED_COLOR_8}
    by = next((by for by in (8, 4, 2) if width // by >= widest), 1)
    flag = flags.get(by, cv2.IMREAD_COLOR) | cv2.IMREAD_IGNORE_ORIENTATION
    found = cv2.imdecode(np.fromfile(path, np.uint8), flag)
    if found is None:
        raise InputRefused(f"Cannot read the picture {path.name}", "it is damaged", "Leave it out.")
    colours = np.asarray(cv2.cvtColor(found, cv2.COLOR_BGR2RGB), np.uint8)
    return SmallPicture(scaled(colours, widest), (width, height))


def scaled(picture: Picture, widest: int) -> Picture:
    """The picture at this width, averaged; one that is narrower stays."""
    cv2 = quiet_cv2()
    height, width = picture.shape[:2]
    if width <= widest:
        return picture
    size = (widest, max(1, round(height * widest / width)))
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)
