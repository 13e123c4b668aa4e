"""Memory and time of a run, told before torch is loaded."""

from __future__ import annotations

from collections.abc import Sequence

from medview.core.errors import MedviewError
from medview.ml.belief import BELIEF_OUTPUTS, pass_count
from medview.ml.card import read_card
from medview.ml.request import RunRequest
from medview.ml.spec import Forecast
from medview.zoo.segment.stroke_lesion.settings import WIDTHS, NetworkSettings
from medview.zoo.slicewise.cost import slices_forecast


def macs_per_pixel(widths: Sequence[int], maps: int) -> float:
    """Multiplications per input pixel of a forward pass."""
    total = 0.0
    for level, width in enumerate(widths):
        before = maps if level == 0 else widths[level - 1]
        below = widths[min(level + 1, len(widths) - 1)]
        encoder = 9 * (before * width + width * width)
        decoder = 9 * ((below + width) * width + width * width) + width // 2 * (below + width)
        total += (encoder + decoder) / 4**level
    return total


def forecast(request: RunRequest) -> Forecast:
    """Bytes beyond the inputs and seconds on one core, from the scan's grid and the card's settings."""
    settings, params = _settings(request), request.params
    widths = WIDTHS[settings.width]
    images = sum(params.get(name, False) not in (False, "off") for name in BELIEF_OUTPUTS)
    images += 6 * bool(params.get("attention")) + 5 * bool(params.get("deep_outputs"))
    passes = pass_count(params.get("spread", "off"))
    return slices_forecast(
        request.first.geometry,
        (settings.side_px, settings.side_px),
        macs_per_pixel=passes * macs_per_pixel(widths, len(settings.roles)),
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
