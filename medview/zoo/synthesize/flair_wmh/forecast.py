"""Memory and time of a run, told before torch is loaded."""

from __future__ import annotations

from collections.abc import Sequence

from medview.core.errors import MedviewError
from medview.ml.belief import pass_count
from medview.ml.card import read_card
from medview.ml.request import RunRequest
from medview.ml.spec import Forecast
from medview.zoo.slicewise.cost import network_pixels, slices_forecast
from medview.zoo.synthesize.flair_wmh.settings import WIDTHS, NetworkSettings, has_flair

_N4_S = 5.0
"""Correcting the shading of one scan on one core."""


def macs_per_pixel(widths: Sequence[int]) -> float:
    """Multiplications per input pixel of one U-Net with one input channel."""
    *levels, bottom = widths
    down = sum(
        (25 if level == 0 else 9) * (before * width + width * width) / 4**level
        for level, (before, width) in enumerate(zip([1, *levels[:-1]], levels, strict=True))
    )
    up = sum(
        9 * ((below + width) * width + width * width) / 4**level
        for level, (below, width) in enumerate(zip([*levels[1:], bottom], levels, strict=True))
    )
    return down + 9 * (levels[-1] * bottom + bottom * bottom) / 4 ** len(levels) + up


def forecast(request: RunRequest) -> Forecast:
    """Bytes beyond the inputs and seconds on one core, from the scan's grid and the card's settings."""
    settings = _settings(request)
    widths = WIDTHS[settings.width]
    networks = 2 if has_flair(settings.ablation) else 1
    passes = pass_count(request.params.get("spread"))
    names = ("flair", "difference", "probability", "entropy")
    images = sum(bool(request.params.get(name)) for name in names) + (passes > 1)
    geometry = request.first.geometry
    found = slices_forecast(
        geometry,
        network_pixels(geometry, settings.pixel_spacing_mm),
        macs_per_pixel=passes * networks * macs_per_pixel(widths),
        channels=widths[0],
        # the corrected scans, too
        output_bytes_per_voxel=1 + 4 * (images + 2 * len(request.inputs)),
    )
    shading_s = _N4_S * len(request.inputs) if request.params.get("n4") else 0.0
    return Forecast(found.memory_bytes, found.seconds + shading_s)


def _settings(request: RunRequest) -> NetworkSettings:
    if request.weights is None:
        return NetworkSettings()
    try:
        return NetworkSettings.from_card(read_card(request.weights).settings)
    except MedviewError:
        return NetworkSettings()
