"""A stand-in for the job target that tells a field's density: a ball in the box that thins out outwards.

At radius 0.5 a cell stops half of the light.
"""

from __future__ import annotations

import numpy as np

CELLS = 24
HALF = np.log(2) * CELLS / 2
"""Of a cell of 2 / CELLS units."""


def density(payload, _arrays, _link):
    low, high = np.array([-1.0, -1, -1]), np.array([1.0, 1, 2])
    shape = (CELLS, CELLS, CELLS * 3 // 2)
    edge = (high - low) / shape
    matrix = np.diag([*edge, 1.0])
    matrix[:3, 3] = low + edge / 2
    centres = np.stack(np.meshgrid(*(np.arange(n) for n in shape), indexing="ij"), -1) * edge + matrix[:3, 3]
    depth = 0.5 - np.linalg.norm(centres, axis=-1)
    sigma = HALF * np.clip(1 + depth * CELLS / 2, 0, 2)
    return {"scene_from_ijk": matrix.tolist()}, {"density": sigma.astype(np.float32)}
