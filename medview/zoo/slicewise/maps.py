"""What becomes of a network's maps: labels by threshold or by class, and images, on the scan's own grid."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import torch
from torch import Tensor

from medview.core.volume import AnyArray
from medview.zoo.slicewise.grid import SliceGrid

Maps = Mapping[str, Tensor]
"""The network's maps (N, C, h, w) by name."""


class OutputMap(Protocol):
    """One output of a run."""

    @property
    def name(self) -> str:
        """As in the spec."""

    @property
    def dtype(self) -> Any:
        """Of the output's numbers."""

    @property
    def is_labels(self) -> bool:
        """Whether it is shown while the run goes on."""

    def rendered(self, maps: Maps, grid: SliceGrid) -> AnyArray:
        """The output (N, I, J) of N slices."""


@dataclass(frozen=True, kw_only=True)
class Thresholded:
    """Label 1 where a probability, taken to the scan's grid, is not below a level.

    Args:
        name: Of the output.
        of: The map that it is made from.
        level: In the map's own numbers.
        channel: Of the map.
        then: Done to (N, 1, I, J) on the scan's grid before the level is asked for.
    """

    name: str
    of: str
    level: float = 0.5
    channel: int = 0
    then: Callable[[Tensor], Tensor] | None = None
    dtype: Any = np.uint8
    is_labels: bool = True

    def rendered(self, maps: Maps, grid: SliceGrid) -> AnyArray:
        """Labels (N, I, J), uint8."""
        probability = grid.from_network(maps[self.of][:, self.channel : self.channel + 1])
        probability = self.then(probability) if self.then else probability
        found: AnyArray = (probability >= self.level).to(torch.uint8)[:, 0].cpu().numpy()
        return found


@dataclass(frozen=True, kw_only=True)
class MostLikely:
    """The label of the likeliest class.

    Args:
        name: Of the output.
        of: The map of class probabilities (N, C, h, w); class 0 is the background.
        values: Label value of every class, such as ``(0, 1, 1)`` where the third class is part of
            the second one's structure; empty: its number.
    """

    name: str
    of: str
    values: Sequence[int] = ()
    dtype: Any = np.uint8
    is_labels: bool = True

    def rendered(self, maps: Maps, grid: SliceGrid) -> AnyArray:
        """Labels (N, I, J), uint8."""
        classes = grid.labels_from_network(maps[self.of])
        return np.asarray(self.values, np.uint8)[classes] if self.values else classes


@dataclass(frozen=True, kw_only=True)
class Picture:
    """An image, linearly interpolated; 0 outside the part that the network saw.

    Args:
        name: Of the output.
        of: The map that it is made from; one of a deeper level has fewer pixels.
        channel: Of the map.
        low: Smaller values become this.
        high: Larger values become this.
        scale: The clamped values are multiplied by this …
        shift: … and then this is added, as where z-scores become a scan's numbers again.
        then: Makes the image (N, 1, I, J) of all channels (N, C, I, J) of the map on the scan's grid, as an
            entropy; the channel and what follows it are not looked at.
    """

    name: str
    of: str
    channel: int = 0
    low: float = -np.inf
    high: float = np.inf
    scale: float = 1.0
    shift: float = 0.0
    then: Callable[[Tensor], Tensor] | None = None
    dtype: Any = np.float32
    is_labels: bool = False

    def rendered(self, maps: Maps, grid: SliceGrid) -> AnyArray:
        """Values (N, I, J), float32."""
        if self.then:
            derived: AnyArray = self.then(grid.from_network(maps[self.of].float()))[:, 0].cpu().numpy()
            return derived
        seen = maps[self.of][:, self.channel : self.channel + 1].float().clamp(self.low, self.high)
        image: AnyArray = grid.from_network(seen * self.scale + self.shift)[:, 0].cpu().numpy()
        return image
