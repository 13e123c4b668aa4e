"""The network for regions begins as the one for slices, thought on along the new axis (ours).

After Carreira & Zisserman (I3D, CVPR 2017): what a kernel did to a slice it does to a volume that is the same
in every slice. Their kernels are spread evenly over the new axis; ours fall off to both sides as a hat, and
evenly only where patches do not overlap. Channels that the slices' network does not have begin small.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from medview.zoo.interactive.pe_med.network import PeMed
from medview.zoo.interactive.pe_med.settings import NetworkSettings

SMALL = 0.1
"""What is left of fresh weights in new channels."""


def inflated(slices: Mapping[str, Tensor], regions: NetworkSettings) -> dict[str, Tensor]:
    """Weights for regions from those for slices.

    Args:
        slices: Tensors of a `PeMed` of two axes with the same stages.
        regions: Settings of the network of three axes.

    Raises:
        KeyError: The stages differ.
    """
    fresh = PeMed(regions).state_dict()
    return {name: _grown(slices[name], tensor) for name, tensor in fresh.items()}


def _grown(known: Tensor, fresh: Tensor) -> Tensor:
    if fresh.ndim == known.ndim + 1:
        known = known[:, :, None] * _spread(known.shape[-1])[:, None, None].to(known)
    if known.shape == fresh.shape:
        return known.clone()
    made = fresh * SMALL
    made[tuple(slice(0, size) for size in known.shape)] = known
    return made


def _spread(kernel: int) -> Tensor:
    """Weights over the new axis, of sum 1: a hat for odd kernels, even for those that tile."""
    if kernel % 2 == 0:
        return torch.full((kernel,), 1 / kernel)
    hat = (kernel + 1) / 2 - (torch.arange(kernel) - kernel // 2).abs()
    return hat / hat.sum()
