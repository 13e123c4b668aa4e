"""Running the network over the axial slices of a scan, bottom up, batch by batch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from torch import Tensor

from medview.core.geometry import Geometry
from medview.core.volume import AnyArray
from medview.ml.context import RunContext
from medview.zoo.belief import Belief
from medview.zoo.inference import cancellable
from medview.zoo.segment.t2_vessels.forecast import batch_size
from medview.zoo.segment.t2_vessels.grid import SliceGrid, head_box, measure_intensity, slices_of
from medview.zoo.segment.t2_vessels.losses import attention_map
from medview.zoo.segment.t2_vessels.network import FACTOR, VesselSynthesisNet
from medview.zoo.segment.t2_vessels.settings import WIDTHS, NetworkSettings


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What a run shall give: the threshold of ``vessels``, and which images beside it."""

    threshold: float = 0.5
    attention: bool = False
    reconstruction: bool = False
    belief: Belief = field(default_factory=Belief)

    @classmethod
    def from_params(cls, params: Mapping[str, Any], settings: Mapping[str, Any]) -> Wanted:
        """Read the spec's parameters and the card's settings."""
        own = {name: params[name] for name in ("threshold", "attention", "reconstruction") if name in params}
        return cls(**own, belief=Belief.wanted(params, settings))

    @property
    def images(self) -> tuple[str, ...]:
        """Names of the images that were asked for."""
        own = tuple(name for name in ("attention", "reconstruction") if getattr(self, name))
        return (*self.belief.images, *own)


def run_slices(
    net: VesselSynthesisNet,
    settings: NetworkSettings,
    volumes: Sequence[AnyArray],
    geometry: Geometry,
    wanted: Wanted,
    ctx: RunContext,
) -> dict[str, AnyArray]:
    """Run every slice that shows something.

    Args:
        net: Ready to run.
        settings: What the network was made for.
        volumes: One (I, J, K) array per modality on one grid, T2 first.
        geometry: That grid.
        wanted: What to give.
        ctx: Hears of progress and gets finished slabs of ``vessels``.

    Returns:
        ``vessels`` uint8 and the images asked for, float32, each (I, J, K).
    """
    ctx.progress(0.01, "Finding the head")
    intensities = [measure_intensity(volume) for volume in volumes]
    box = head_box(volumes[0], intensities[0].air)
    i, j, count = volumes[0].shape
    grid = SliceGrid.around((i, j), box, geometry.spacing_mm[:2], settings.pixel_spacing_mm, FACTOR)
    outputs = _empty_outputs((i, j, count), wanted)
    net = net.to(ctx.device, memory_format=torch.channels_last)  # type: ignore[call-overload]
    size = batch_size(*grid.padded, WIDTHS[settings.width][0])
    with torch.inference_mode(), cancellable(net, ctx):
        for first in range(0, count, size):
            stop = min(count, first + size)
            ctx.progress(0.02 + 0.97 * first / count, f"Slice {stop} of {count}")
            slices = slices_of(volumes, intensities, first, stop)
            for name, maps in _batch(net, grid, slices.to(ctx.device), settings, wanted).items():
                outputs[name][:, :, first:stop] = maps
            ctx.preview("vessels", (0, 0, first), outputs["vessels"][:, :, first:stop])
    return outputs


def _empty_outputs(shape: tuple[int, int, int], wanted: Wanted) -> dict[str, AnyArray]:
    images = {name: np.zeros(shape, np.float32) for name in wanted.images}
    return {"vessels": np.zeros(shape, np.uint8), **images}


def _batch(
    net: VesselSynthesisNet, grid: SliceGrid, slices: Tensor, settings: NetworkSettings, wanted: Wanted
) -> dict[str, AnyArray]:
    """Outputs (I, J, n) of n slices (n, M, I, J)."""
    seen = grid.to_network(slices).contiguous(memory_format=torch.channels_last)
    if not bool((seen > 0).any()):
        return {}
    is_rebuilt = wanted.attention or wanted.reconstruction
    vessels, rebuilt = net(seen, need_reconstruction=is_rebuilt)
    mean, spread = wanted.belief.passes(
        lambda mirrored: net(mirrored, need_reconstruction=False).vessels, seen, vessels
    )
    probability = wanted.belief.calibrated(grid.from_network(mean))
    maps: dict[str, Tensor] = {"vessels": (probability >= wanted.threshold).to(torch.uint8)}
    maps |= wanted.belief.maps(probability, grid.from_network(spread) if spread is not None else None)
    if is_rebuilt:
        maps |= _images(grid, vessels, rebuilt[:, :1], settings, wanted)
    return {name: _last_axis(tensor) for name, tensor in maps.items()}


def _images(
    grid: SliceGrid, vessels: Tensor, rebuilt: Tensor, settings: NetworkSettings, wanted: Wanted
) -> dict[str, Tensor]:
    maps = {}
    if wanted.reconstruction:
        maps["reconstruction"] = grid.from_network(rebuilt.clamp(0, 1))
    if wanted.attention:
        radius = max(settings.dilation_px, 0)
        maps["attention"] = grid.from_network(attention_map(rebuilt, vessels, radius).clamp(0, 1))
    return maps


def _last_axis(maps: Tensor) -> AnyArray:
    array: AnyArray = np.moveaxis(maps[:, 0].cpu().numpy(), 0, -1)
    return array
