"""How random scenes look: tone and texture of each part, then what scanners do to it.

Not one modality but all of them and none: tones, textures, translucent overlays, rims that come and go,
shading, blur, speckle, noise, a field of view, and coarse sampling are drawn anew for every scene.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter, zoom

from medview.zoo.interactive.pe_med.shapes import Floats, Rng, blob_field, places, smooth_noise, tree


def rendered(parts: NDArray[np.uint8], rng: Rng) -> Floats:
    """An image (*S), 0 to 1, of a map of parts (*S)."""
    image = _toned(parts, rng)
    for chance, change in (
        (0.3, _with_rims),
        (0.25, _with_overlays),
        (0.7, _blurred),
        (0.5, _shaded),
        (0.15, _speckled),
        (0.8, _noisy),
        (0.15, _coarse),
        (0.2, _in_view),
        (0.5, _toned_again),
    ):
        if rng.random() < chance:
            image = change(image, rng)
    return unit(image)


def unit(image: Floats, low: float = 0.5, high: float = 99.5) -> Floats:
    """Map two percentiles to 0 and 1, and cut what lies beyond."""
    # every eighth pixel tells the percentiles well enough
    sample = image.ravel()[:: max(1, image.size // 8192)]
    bottom, top = np.percentile(sample, [low, high])
    made: Floats = np.clip((image - bottom) / max(top - bottom, 1e-6), 0, 1).astype(np.float32)
    return made


def _toned(parts: NDArray[np.uint8], rng: Rng) -> Floats:
    count = int(parts.max()) + 1
    contrast = rng.uniform(0.25, 1)
    tones = (0.5 + contrast * rng.uniform(-0.5, 0.5, count)).astype(np.float32)
    if rng.random() < 0.5:
        # organs beside each other are often alike: few tones, told apart by shape and rims only
        few = tones[rng.integers(0, min(count, rng.integers(2, 5)), count)]
        tones = few + rng.normal(0, 0.015, count).astype(np.float32)
    image = tones[parts]
    for cells in rng.integers(3, 40, rng.integers(1, 4)):
        strength = (rng.exponential(0.05, count) * (rng.random(count) < 0.5)).astype(np.float32)
        image = image + strength[parts] * smooth_noise(parts.shape, rng, int(cells))
    grain = (rng.exponential(0.03, count) * (rng.random(count) < 0.4)).astype(np.float32)
    return image + grain[parts] * rng.standard_normal(parts.shape, np.float32)


def _with_rims(image: Floats, rng: Rng) -> Floats:
    """Edges that shine, or are dark, in some places only."""
    smooth = gaussian_filter(image, rng.uniform(0.7, 2.0))
    edge = np.sqrt(sum(part**2 for part in np.gradient(smooth)))
    gate = smooth_noise(image.shape, rng, 4) > rng.uniform(-1, 0.5)
    made: Floats = image + rng.uniform(-6, 6) * edge * gate
    return made


def _with_overlays(image: Floats, rng: Rng) -> Floats:
    """What an X-ray adds up: other bodies in front of it."""
    for _ in range(rng.integers(1, 5)):
        depth = rng.uniform(-0.25, 0.25)
        if rng.random() < 0.3:
            image = image + depth * gaussian_filter(
                tree(image.shape, rng, rng.uniform(3, 10), 3).astype(np.float32), 1
            )
        else:
            field = blob_field(image.shape, rng, rng.uniform(0.2, 0.9), 0.1)
            image = image + depth * np.clip((1 - field) * rng.uniform(1, 8), 0, 1)
    return image


def _blurred(image: Floats, rng: Rng) -> Floats:
    made: Floats = gaussian_filter(image, rng.uniform(0.3, 1.3))
    return made


def _shaded(image: Floats, rng: Rng) -> Floats:
    made: Floats = image * np.exp(rng.uniform(0.05, 0.35) * smooth_noise(image.shape, rng, 2))
    return made


def _speckled(image: Floats, rng: Rng) -> Floats:
    sigma = rng.uniform(0.3, 1.6, image.ndim)
    wave = [gaussian_filter(rng.standard_normal(image.shape, np.float32), sigma) for _ in range(2)]
    grain = np.hypot(*wave)
    power = rng.uniform(0.3, 1)
    made: Floats = np.clip(image, 0, None) * (grain / grain.mean()) ** power
    return made


def _noisy(image: Floats, rng: Rng) -> Floats:
    noise = rng.standard_normal(image.shape, np.float32)
    if rng.random() < 0.3:
        noise = gaussian_filter(noise, rng.uniform(0.4, 1.0))
    made: Floats = image + np.float32(rng.exponential(0.025)) * noise
    return made


def _coarse(image: Floats, rng: Rng) -> Floats:
    """Sampled more coarsely, and enlarged again."""
    factor = rng.uniform(0.4, 0.8)
    small = zoom(image, factor, order=1, grid_mode=True, mode="nearest")
    back = [n / m for n, m in zip(image.shape, small.shape, strict=True)]
    made: Floats = zoom(small, back, order=1, grid_mode=True, mode="nearest")[tuple(map(slice, image.shape))]
    return made


def _in_view(image: Floats, rng: Rng) -> Floats:
    """Black beyond a disc, a fan or a box."""
    place = places(image.shape)
    kind = rng.integers(3)
    if kind == 0:
        seen = np.sqrt((place**2).sum(0)) < rng.uniform(0.85, 1.3)
    elif kind == 1:
        seen = (place[0] + 1.1) * np.tan(rng.uniform(0.5, 0.9)) > np.abs(place[1])
    else:
        seen = np.abs(place).max(0) < rng.uniform(0.8, 1.0)
    made: Floats = np.where(seen, image, image.min())
    return made


def _toned_again(image: Floats, rng: Rng) -> Floats:
    """Another gamma or window, or black for white."""
    image = unit(image, rng.uniform(0, 4), 100 - rng.uniform(0, 6))
    made: Floats = image ** np.exp(rng.uniform(-0.6, 0.6))
    return 1 - made if rng.random() < 0.3 else made
