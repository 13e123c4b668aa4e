"""Memory and time of a run over slices, told before torch is loaded."""

from __future__ import annotations

from medview.core.geometry import Geometry
from medview.ml.spec import Forecast

MACS_PER_S = 3.0e10
"""Multiplications and additions of a convolution that one core does; runs on this machine correct it."""
TORCH_BYTES = 450e6
ACTIVATIONS = 9.0
"""Arrays of the finest width that live at once, with the work space of a convolution."""
START_S = 2.0
_BATCH_BUDGET = 4_000_000


def batch_size(height: int, width: int, channels: int) -> int:
    """How many slices of the network's pixels to run at once, given the finest width in channels.

    Bounded so that one layer stays under about 0.2 s on one core, for the sake of cancelling.
    """
    return max(1, min(8, _BATCH_BUDGET // (height * width * channels)))


def network_pixels(geometry: Geometry, pixel_mm: float) -> tuple[int, int]:
    """Rows and columns of a whole slice in pixels of `pixel_mm`."""
    rows, columns = (
        max(1, round(count * mm / pixel_mm))
        for count, mm in zip(geometry.shape[:2], geometry.spacing_mm[:2], strict=True)
    )
    return rows, columns


def slices_forecast(
    geometry: Geometry,
    pixels: tuple[int, int],
    *,
    macs_per_pixel: float,
    channels: int,
    output_bytes_per_voxel: float,
) -> Forecast:
    """Bytes beyond the inputs, and seconds on one core, of a run over all slices.

    Args:
        geometry: Of the scan.
        pixels: Rows and columns that the network sees of a slice.
        macs_per_pixel: Multiplications of a forward pass per pixel.
        channels: Of the finest level.
        output_bytes_per_voxel: Of all outputs together: 1 for each label map, 4 for each image.
    """
    rows, columns = pixels
    batch = batch_size(rows, columns, channels)
    memory = TORCH_BYTES + 4 * batch * rows * columns * channels * ACTIVATIONS
    memory += output_bytes_per_voxel * float(geometry.shape[0] * geometry.shape[1] * geometry.shape[2])
    seconds = START_S + geometry.shape[2] * rows * columns * macs_per_pixel / MACS_PER_S
    return Forecast(memory, seconds)
