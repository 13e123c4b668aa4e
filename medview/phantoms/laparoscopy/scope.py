"""What lies between a scene and a laparoscope's film: smoke, the camera's noise, the round rim."""

from __future__ import annotations

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from scipy import ndimage

from medview.phantoms.laparoscopy.noise import tile_noise

Bytes = NDArray[np.uint8]
Depths = NDArray[np.float32]

CIRCLE_SHARE = 0.46
"""Radius in which a picture can be used, of its height."""
_RIM_SHARE, _RIM_PX = 0.474, 0.004
_SMOKE = np.array((0.80, 0.81, 0.84), np.float32)
_NOISE = (0.0035, 0.008)
"""Deviation of the camera's noise in the dark, and what light adds to it."""


class Smoke:
    """Smoke of a cautery: clouds that drift and rise, denser the deeper one looks.

    Args:
        random: Draws the clouds.
        side: Pixels of a cloud's tile.
    """

    def __init__(self, random: Generator, side: int = 512) -> None:
        self._clouds = [tile_noise(random, side, 1.0, grain, 2.2) for grain in (0.5, 0.28)]

    def over(self, picture: Bytes, depth_mm: Depths, time: float, amount: float) -> Bytes:
        """The picture (H, W, 3) behind smoke; `amount` 1 hides what is 10 cm away by about two thirds."""
        if amount <= 0:
            return picture
        height, width = depth_mm.shape
        cloud = sum(self._cloud(n, height, width, time) for n in range(len(self._clouds)))
        thick = amount * depth_mm / 100 * np.clip(0.75 + 0.35 * cloud, 0.1, 2.2)
        clear = np.exp(-thick)[..., None]
        glow = _SMOKE * (0.55 + 0.25 * np.exp(-depth_mm / 120))[..., None]
        mixed = picture / 255 * clear + glow * (1 - clear)
        return np.asarray(np.rint(255 * mixed.clip(0, 1)), np.uint8)

    def _cloud(self, number: int, height: int, width: int, time: float) -> NDArray[np.float32]:
        tile = self._clouds[number]
        scale = len(tile) / max(height, width) * (0.8 + 0.5 * number)
        drift = time * len(tile) * (0.9 + 0.7 * number)
        rows = (np.arange(height) * scale + drift) % len(tile)
        columns = (np.arange(width) * scale + 0.4 * drift) % len(tile)
        at = np.meshgrid(rows, columns, indexing="ij")
        return np.asarray(ndimage.map_coordinates(tile, at, order=1, mode="grid-wrap"), np.float32)


def noisy(picture: Bytes, random: Generator) -> Bytes:
    """The picture with the noise of a camera: more where it is brighter."""
    light = picture.astype(np.float32) / 255
    deviation = _NOISE[0] + _NOISE[1] * np.sqrt(light)
    seen = light + deviation * random.standard_normal(light.shape, np.float32)
    return np.asarray(np.rint(255 * seen.clip(0, 1)), np.uint8)


def rimmed(picture: Bytes) -> Bytes:
    """The picture inside the round view of a laparoscope; the rim is black and hardly soft."""
    height, width = picture.shape[:2]
    y, x = np.mgrid[:height, :width] + 0.5
    away = np.hypot(x - width / 2, y - height / 2) / height
    share = np.clip((_RIM_SHARE - away) / _RIM_PX, 0, 1)
    return np.asarray(np.rint(picture * share[..., None]), np.uint8)
