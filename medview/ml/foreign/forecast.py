"""Memory and time of a foreign model's run, told from its recipe before any runtime is loaded."""

from __future__ import annotations

import math
from collections.abc import Sequence

from medview.core.errors import MedviewError
from medview.ml.belief import pass_count
from medview.ml.foreign.model import ForeignModel
from medview.ml.foreign.shelf import known_model
from medview.ml.request import RunRequest
from medview.ml.spec import Forecast

_RUNTIME_BYTES = 500e6
_ACTIVATION_BYTES = 4 * 32 * 6
"""Per voxel of a patch: some six arrays of 32 channels live at once."""
_SECONDS_PER_VOXEL = 2.5e-6
"""One core, a 3-D U-Net of some six million weights."""


def forecast(request: RunRequest) -> Forecast:
    """Bytes beyond the inputs and seconds on one core; rough until a first run has been timed."""
    if request.weights is None:
        return Forecast(_RUNTIME_BYTES, 5.0)
    try:
        model = known_model(request.weights)
    except MedviewError:
        return Forecast(_RUNTIME_BYTES, 5.0)
    shape = request.first.array.shape[:3]
    voxels = math.prod(network_shape(model, shape, request.first.geometry.spacing_mm))
    patch = math.prod(model.recipe.window.patch) if model.recipe.window.patch else voxels
    overlap = min(float(request.params.get("overlap", model.recipe.window.overlap)), 0.9)
    axes = 2 if model.recipe.window.slice_axis is not None else 3
    seen = max(voxels, patch) / (1 - overlap) ** axes
    times = 2 ** len(model.recipe.window.mirror_axes) if request.params.get("mirroring") else 1
    times *= pass_count(request.params.get("spread", "off"))
    weights = sum((model.folder / name).stat().st_size for name in model.weights[:1])
    arrays = 4 * voxels * (len(model.channels) + model.recipe.answer.channels + 2)
    memory = _RUNTIME_BYTES + 3 * weights + arrays + _ACTIVATION_BYTES * patch + 8 * math.prod(shape)
    return Forecast(memory, 3.0 + _SECONDS_PER_VOXEL * seen * times)


def network_shape(model: ForeignModel, shape: Sequence[int], spacing_mm: Sequence[float]) -> tuple[int, ...]:
    """About how many voxels the network's grid has along the axes; their order does not matter here."""
    wanted = model.recipe.spacing_mm
    if wanted is None:
        return tuple(shape)
    volume = math.prod(size * step for size, step in zip(shape, spacing_mm, strict=True))
    finest = sorted(spacing_mm)
    steps = [size if size > 0 else finest[-1] for size in wanted]
    return (max(1, round(volume / math.prod(steps))),)
