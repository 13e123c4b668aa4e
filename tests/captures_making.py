"""Small captures for tests: random lenses, poses and pictures."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from medview.core.lens import Lens
from medview.core.pose_frame import rotation_of
from medview.core.posed_views import PosedViews


def picture(path: Path, size: tuple[int, int], seed: int = 0) -> np.ndarray:
    """Write random colours of a width and a height; returns them as red, green, blue."""
    image = np.random.default_rng(seed).integers(0, 256, (size[1], size[0], 3), np.uint8)
    path.write_bytes(cv2.imencode(path.suffix, image[..., ::-1])[1].tobytes())
    return image


def lens(draws: np.random.Generator, width: int = 16, height: int = 12) -> Lens:
    """A lens with mild distortion."""
    fx, fy = draws.uniform(0.6, 2, 2) * width
    cx, cy = draws.uniform(0.4, 0.6, 2) * (width, height)
    k1, k2, p1, p2 = draws.uniform(-0.02, 0.02, 4)
    return Lens(width=width, height=height, fx=fx, fy=fy, cx=cx, cy=cy, k1=k1, k2=k2, p1=p1, p2=p2)


def poses(draws: np.random.Generator, count: int) -> np.ndarray:
    """Cameras anywhere, looking anywhere."""
    found = np.tile(np.eye(4), (count, 1, 1))
    found[:, :3, :3] = rotation_of(draws.normal(size=(count, 4)))
    found[:, :3, 3] = draws.normal(size=(count, 3)) * 10
    return found


def views(draws: np.random.Generator, count: int = 3, width: int = 16, height: int = 12) -> PosedViews:
    """Random views with masks, depth, times and points."""
    shape = (count, height, width)
    return PosedViews(
        names=tuple(f"{n:05d}" for n in range(count)),
        images=draws.integers(0, 256, (*shape, 3), np.uint8),
        valid=draws.random(shape) < 0.7,
        lenses=(lens(draws, width, height),) * count,
        poses=poses(draws, count),
        times=np.linspace(0, 1, count),
        depths=draws.uniform(10, 200, shape).astype(np.float32) * (draws.random(shape) < 0.8),
        points=draws.normal(size=(5, 3)).astype(np.float32),
        points_rgb=draws.integers(0, 256, (5, 3), np.uint8),
        is_metric=bool(draws.random() < 0.5),
        is_synthetic=bool(draws.random() < 0.5),
    )
