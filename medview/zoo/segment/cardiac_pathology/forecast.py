"""Memory and time of a run, told before torch is loaded."""

from __future__ import annotations

from collections.abc import Sequence

from medview.core.errors import MedviewError
from medview.core.geometry import Geometry
from medview.ml.belief import pass_count
from medview.ml.card import read_card
from medview.ml.request import RunRequest
from medview.ml.spec import Forecast
from medview.zoo.segment.cardiac_pathology.settings import WIDTHS, NetworkSettings
from medview.zoo.segment.cardiac_pathology.view import ShortAxisView
from medview.zoo.slicewise.cost import slices_forecast


def macs_per_pixel(widths: Sequence[int], maps: str) -> float:
    """Multiplications per input pixel of a forward pass; attention branches cost as much as their blocks."""
    finer = widths[:-1]
    encoder = sum(
        _block(i, o, maps) / 4**level for level, (i, o) in enumerate(zip([1, *finer], widths, strict=True))
    )
    decoder = sum(
        (_block(2 * o, o, maps) + deeper * o) / 4**level
        for level, (deeper, o) in enumerate(zip(widths[1:], finer, strict=True))
    )
    return encoder + decoder + 5.0 * widths[0]


def _block(channels_in: int, channels_out: int, maps: str) -> float:
    main = 9.0 * channels_out * (channels_in + channels_out)
    attention = {"": 0.0, "single": 4.5 * channels_out * (channels_in + 1), "full": main}
    return main + attention[maps]


def forecast(request: RunRequest) -> Forecast:
    """Bytes beyond the inputs and seconds on one core, from the scan's grid and the card's settings."""
    settings, params = _settings(request), request.params
    widths = WIDTHS[settings.width]
    maps = settings.attention_maps if settings.attention else ""
    passes = pass_count(params.get("spread"))
    geometry = request.first.geometry
    turned: Geometry = ShortAxisView.of(geometry).grid(geometry)
    return slices_forecast(
        turned,
        (settings.crop_px, settings.crop_px),
        macs_per_pixel=passes * macs_per_pixel(widths, maps),
        channels=widths[0],
        output_bytes_per_voxel=1 + 4 * _images(request) + 4 * (passes > 1),
    )


def _images(request: RunRequest) -> int:
    params = request.params
    own = 2 * bool(params.get("class_probability")) + sum(
        bool(params.get(n)) for n in ("probability", "entropy")
    )
    levels = {"off": 0, "all": 4}.get(str(params.get("attention", "off")), 1)
    return own + levels


def _settings(request: RunRequest) -> NetworkSettings:
    if request.weights is None:
        return NetworkSettings()
    try:
        return NetworkSettings.from_card(read_card(request.weights).settings)
    except MedviewError:
        return NetworkSettings()
