"""Memory and time of a run, told before torch is loaded."""

from __future__ import annotations

from collections.abc import Sequence

from medview.core.errors import MedviewError
from medview.ml.belief import pass_count
from medview.ml.card import read_card
from medview.ml.request import RunRequest
from medview.ml.spec import Forecast
from medview.zoo.segment.t2_vessels.settings import WIDTHS, NetworkSettings

_MACS_PER_S = 3.0e10
_TORCH_BYTES = 450e6
_ACTIVATIONS = 9.0
"""Arrays of the finest width that live at once, with the work space of a convolution."""
_BATCH_BUDGET = 4_000_000


def batch_size(height: int, width: int, channels: int) -> int:
    """How many slices of the network's pixels to run at once, given the finest width in channels.

    Bounded so that one layer stays under about 0.2 s on one core, for the sake of cancelling.
    """
    return max(1, min(8, _BATCH_BUDGET // (height * width * channels)))


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
    scan = request.first
    i_mm, j_mm, _ = scan.geometry.spacing_mm
    rows, columns, slices = scan.array.shape[:3]
    height, width = (n * mm / settings.pixel_spacing_mm for n, mm in ((rows, i_mm), (columns, j_mm)))
    widths = WIDTHS[settings.width]
    pixels = height * width
    branches = 2 if request.params.get("reconstruction") or request.params.get("attention") else 1
    batch = batch_size(int(height), int(width), widths[0])
    passes = pass_count(request.params.get("spread"))
    images = ("probability", "entropy", "attention", "reconstruction")
    outputs = 1 + 4 * (sum(bool(request.params.get(name)) for name in images) + (passes > 1))
    memory = _TORCH_BYTES + 4 * batch * pixels * widths[0] * _ACTIVATIONS + outputs * scan.array.size
    return Forecast(memory, 2.0 + passes * slices * pixels * macs_per_pixel(widths, branches) / _MACS_PER_S)


def _settings(request: RunRequest) -> NetworkSettings:
    if request.weights is None:
        return NetworkSettings()
    try:
        return NetworkSettings.from_card(read_card(request.weights).settings)
    except MedviewError:
        return NetworkSettings()
