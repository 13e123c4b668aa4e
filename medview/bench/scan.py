"""The scan that everything is measured on: 512×512×300 int16, compressed as scanners' data compress."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from medview.core.geometry import Geometry
from medview.core.volume import Source, Volume, value_range
from medview.io.writers import write_volume

SHAPE = (512, 512, 300)
SPACING_MM = (0.7, 0.7, 1.0)
_BODY_HU, _AIR_HU, _BONE_HU, _NOISE_HU = 40, -1000, 700, 12


def make_scan(folder: Path) -> Path:
    """Write a noisy ellipsoid with a shell and a few spheres, in Hounsfield units; returns its path."""
    rng = np.random.default_rng(512)
    geometry = Geometry.from_spacing(SHAPE, SPACING_MM)
    axes = np.ogrid[tuple(slice(-1, 1, n * 1j) for n in SHAPE)]
    radius = np.sqrt(sum((axis / 0.8) ** 2 for axis in axes)).astype(np.float32)
    data = np.full(SHAPE, _AIR_HU, np.int16, order="F")
    data[radius < 1] = _BODY_HU
    data[(radius > 0.9) & (radius < 1)] = _BONE_HU
    for _ in range(12):
        center = rng.uniform(-0.4, 0.4, 3)
        inside = sum((axis - place) ** 2 for axis, place in zip(axes, center, strict=True)) < 0.01
        data[inside] = rng.integers(-100, 400)
    for k in range(SHAPE[2]):
        data[:, :, k] += rng.normal(0, _NOISE_HU, SHAPE[:2]).astype(np.int16)
    source = Source(path=None, format="synthetic", stored=geometry, dtype="int16")
    volume = Volume(
        name="bench", data=data, geometry=geometry, source=source, values=value_range(data), modality="CT"
    )
    path = folder / "bench.nii.gz"
    write_volume(volume, path)
    return path
