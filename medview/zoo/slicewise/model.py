"""A method as the engine sees it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from torch import Tensor, nn

from medview.zoo.slicewise.frames import Frame
from medview.zoo.slicewise.intensity import Normalisation
from medview.zoo.slicewise.maps import Maps, OutputMap

Forward = Callable[[Tensor], Maps]
"""Slices (N, M, H, W) to the network's maps by name."""


def once(forward: Forward, slices: Tensor) -> Maps:
    """One pass, and nothing else."""
    return forward(slices)


@dataclass(frozen=True, kw_only=True)
class SliceModel:
    """A 2-D network and all that must be known to run it over the slices of a scan.

    Args:
        network: Its ``forward`` takes slices (N, M, H, W), float32, M volumes in the order of the run, and
            returns one tensor (N, C, h, w) per name in `maps`, as a tensor or a tuple. Probabilities come
            out as such: sigmoid or softmax belong to the network. Two networks in a row are one module
            that calls both. Nothing in ``forward`` may depend on the values of tensors.
        maps: The names of what the network returns, in its order.
        normalise: Measures a volume, one for all or one per volume.
        frame: Which part of a slice the network sees; see `frames`.
        outputs: What to make of the maps.
        channels: Of the network's finest level: decides how many slices run at once.
        passes: What is done with a batch: `once`, or a function that calls ``forward`` several times (as on
            mirrored slices), or adds maps of its own making, such as an entropy; outputs may use these too.
    """

    network: nn.Module
    maps: Sequence[str]
    normalise: Normalisation | Sequence[Normalisation]
    frame: Frame
    outputs: Sequence[OutputMap]
    channels: int
    passes: Callable[[Forward, Tensor], Maps] = once

    def normalisations(self, count: int) -> list[Normalisation]:
        """One per volume; ValueError where their number does not fit."""
        if callable(self.normalise):
            return [self.normalise] * count
        if len(self.normalise) != count:
            raise ValueError(f"{len(self.normalise)} normalisations for {count} volumes")
        return list(self.normalise)
