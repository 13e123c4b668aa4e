"""Stand-ins for the job target that renders a field: a ball at the scene's origin, level by level."""

from __future__ import annotations

import time

import numpy as np

from medview.core.errors import Cancelled, RunFailed
from medview.core.lens import Lens

RADIUS, RGB = 0.5, (0.0, 1.0, 0.0)
SAMPLES = 40


def render(payload, arrays, link):
    """As `medview.zoo.fields.rendering:render`, of an opaque ball of radius 0.5."""
    started = time.perf_counter()
    pose, lens, samples = np.array(payload["scene_from_camera"]), Lens(**payload["lens"]), 0
    for level in payload["levels"]:
        if link.is_cancelled():
            raise Cancelled
        coarse = lens.resized(-(-lens.width // level), -(-lens.height // level))
        pixels = _ball(pose, coarse, arrays.get("t_max"))
        samples += SAMPLES * coarse.width * coarse.height
        if level != payload["levels"][-1]:
            link.preview("picture", (level, 0, 0), pixels)
    seconds = time.perf_counter() - started
    facts = {"samples": samples, "seconds": seconds, "samples_per_second": samples / seconds}
    return facts, {"picture": pixels}


def slow(payload, arrays, link):
    """As `render`, a tenth of a second for every level."""
    for _ in range(10 * len(payload["levels"])):
        time.sleep(0.01)
        if link.is_cancelled():
            raise Cancelled
    return render(payload, arrays, link)


def broken(_payload, _arrays, _link):
    """Cannot be rendered."""
    raise RunFailed("Cannot render the scene", "its weights are damaged")


def _ball(pose, lens, t_max):
    directions = lens.directions(lens.pixels()) @ pose[:3, :3].T
    along = directions @ pose[:3, 3]
    square = along**2 - (pose[:3, 3] @ pose[:3, 3] - RADIUS**2)
    distance = -along - np.sqrt(np.maximum(square, 0))
    seen = (square > 0) & (distance > 0)
    if t_max is not None:
        rows = ((np.arange(lens.height) + 0.5) * t_max.shape[0] / lens.height).astype(int)
        columns = ((np.arange(lens.width) + 0.5) * t_max.shape[1] / lens.width).astype(int)
        seen &= distance < t_max[rows[:, None], columns]
    pixels = np.zeros((lens.height, lens.width, 5), np.float32)
    pixels[seen, :3], pixels[seen, 3] = RGB, 1
    pixels[..., 4] = np.where(seen, distance, np.nan)
    return pixels
