"""Small scans for the tests of this room."""

from __future__ import annotations

import numpy as np

from medview.core.geometry import Geometry
from medview.core.volume import Source, Volume, value_range


def make_volume(name="scan", modality="T2", shape=(12, 10, 8), spacing=(1.0, 1.0, 2.0), seed=0) -> Volume:
    data = np.random.default_rng(seed).integers(0, 900, shape).astype(np.int16)
    geometry = Geometry.from_spacing(shape, spacing)
    source = Source(path=None, format="synthetic", stored=geometry, dtype="int16")
    return Volume(
        name=name, data=data, geometry=geometry, source=source, values=value_range(data), modality=modality
    )
