"""Arrays of colours as pictures of the toolkit."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QImage, QPixmap


def pixmap_of(colours: NDArray[np.uint8]) -> QPixmap:
    """(H, W, 3) of red, green, blue as a picture of its own."""
    plain = np.ascontiguousarray(colours)
    height, width = plain.shape[:2]
    return QPixmap.fromImage(QImage(plain.data, width, height, 3 * width, QImage.Format.Format_RGB888).copy())
