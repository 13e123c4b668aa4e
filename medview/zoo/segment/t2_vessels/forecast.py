"""Memory and time of a run, told before torch is loaded."""

from __future__ import annotations

from collections.abc import Sequence

from medview.core.errors import MedviewError
from medview.ml.belief import pass_count
from medview.ml.card import read_card
from medview.ml.request import RunRequest
from medview.ml.spec import Forecast
from medview.zoo.segment.t2_vessels.settings import WIDTHS, NetworkSettings
from medview.zoo.slicewise.cost import network_pixels, slices_forecast


def macs_per_pixel(widths: Sequence[int], branches: int) -> float:
    """Multiplications per input pixel of a forward pass with whole output branches."""
    w1, w2, w3, w4 = widths
    encoder = sum(
        9 * (i * o + 2 * o * o) / 4**level
        for level, (i, o) in enumerate([(1, w1), (w1, w2), (w2, w3), (w3, w4)])
    )
    branch = sum(
        9 * (i * i + (i + skip) * o + 2 * o * o) / 4**level
        for level, (i, skip, o) in zip(
            (3, 2, 1, 0), ((w4, w4, w3), (w3, w3, w2), (w2, w2, w1), (w1, w1, w1)), strict=True
        )
    )
    return encoder + 6 * 9 * w4 * w4 / 256 + branches * branch


def forecast(request: RunRequest) -> Forecast:
    """Bytes beyond the inputs and seconds on one core, from the scan's grid and the card's settings."""
    settings = _settings(request)
    widths = WIDTHS[settings.width]
    branches = 2 if request.params.get("reconstruction") or request.params.get("attention") else 1
    passes = pass_count(request.params.get("spread"))
    asked = ("probability", "entropy", "attention", "reconstruction")
    images = sum(bool(request.params.get(name)) for name in asked) + (passes > 1)
    geometry = request.first.geometry
    return slices_forecast(
        geometry,
        network_pixels(geometry, settings.pixel_spacing_mm),
        macs_per_pixel=passes * macs_per_pixel(widths, branches),
        channels=widths[0],
        output_bytes_per_voxel=1 + 4 * images,
    )


def _settings(request: RunRequest) -> NetworkSettings:
    if request.weights is None:
        return NetworkSettings()
    try:
        return NetworkSettings.from_card(read_card(request.weights).settings)
    except MedviewError:
        return NetworkSettings()
