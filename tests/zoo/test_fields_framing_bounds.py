"""Where a capture states how near and far its scene lies, rays and box reach as far."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from captures_making import views

from medview.core.lens import Lens
from medview.zoo.fields.framing import framed
from medview.zoo.fields.settings import Settings


def test_stated_depths_bound_the_rays_and_the_box() -> None:
    """Three cameras side by side, 4 apart from first to last, depths 30 to 90: a unit of the scene is 2."""
    made = views(np.random.default_rng(0), 3)
    poses = np.tile(np.eye(4), (3, 1, 1))
    poses[:, 0, 3] = (-2, 0, 2)
    lens = Lens(width=16, height=12, fx=10, fy=10, cx=8, cy=6)
    stated = replace(
        made, poses=poses, lenses=(lens,) * 3, depths=None, points=np.zeros((0, 3), np.float32),
        points_rgb=np.zeros((0, 3), np.uint8), bounds=(30.0, 90.0),
    )  # fmt: skip
    frame = framed(stated, Settings(steps=1, rays=1, samples=1))
    assert frame.near == pytest.approx(0.9 * 15)
    assert frame.far == pytest.approx(np.linalg.norm((45 * 0.75, 45 * 0.55, 45)))
    low, high = frame.box
    assert high[0] - low[0] == pytest.approx(1.2 * 2 * (1 + 45 * 0.75), rel=1e-6)
