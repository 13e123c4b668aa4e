"""Where a field has content, and how positions of the scene become positions in its unit cube."""

from __future__ import annotations

from abc import abstractmethod

import numpy as np
import torch
from numpy.typing import ArrayLike
from torch import Tensor, nn

_TINY = 1e-9
_TINIEST_REST = 1e-3


class Space(nn.Module):
    """Maps positions of the scene to the unit cube that a field's grids cover.

    Args:
        box: (2, 3) lower and upper corner of the part of the scene that is of interest.
    """

    box: Tensor

    def __init__(self, box: ArrayLike) -> None:
        super().__init__()
        corners = torch.as_tensor(np.asarray(box, np.float32)).reshape(2, 3)
        # the folder's facts hold the box; weights hold only what was learned
        self.register_buffer("box", corners, persistent=False)

    @abstractmethod
    def unit(self, positions: Tensor) -> Tensor:
        """Positions (N, 3) of the scene in [0, 1]^3."""

    @abstractmethod
    def place(self, unit: Tensor) -> Tensor:
        """The positions (N, 3) of the scene that `unit` maps there; the other way round."""

    @abstractmethod
    def interval(
        self, origins: Tensor, directions: Tensor, near: Tensor, far: Tensor
    ) -> tuple[Tensor, Tensor]:
        """The part (R,), (R,) of [near, far] on each ray where the field has content."""


class BoxSpace(Space):
    """A box with content, nothing outside of it."""

    def unit(self, positions: Tensor) -> Tensor:
        """Positions (N, 3) in [0, 1]^3; outside of the box: on its surface."""
        return ((positions - self.box[0]) / (self.box[1] - self.box[0])).clamp(0, 1)

    def place(self, unit: Tensor) -> Tensor:
        """Positions of the box."""
        return self.box[0] + unit * (self.box[1] - self.box[0])

    def interval(
        self, origins: Tensor, directions: Tensor, near: Tensor, far: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Where rays (R, 3) run through the box; an empty interval where they miss it."""
        slopes = torch.where(directions.abs() < _TINY, torch.full_like(directions, _TINY), directions)
        first, second = (self.box[0] - origins) / slopes, (self.box[1] - origins) / slopes
        enters = torch.maximum(torch.minimum(first, second).amax(-1), near)
        leaves = torch.minimum(torch.maximum(first, second).amin(-1), far)
        return enters, torch.maximum(leaves, enters)


class ContractedSpace(Space):
    """All of space, what lies far away squeezed into a shell (P09, network A, the option of Nerfstudio).

    The box's centre is the origin and half its longest side the unit: x stays where ``|x| <= 1``, else it
    becomes ``(2 - 1/|x|) x/|x|``; the ball of radius 2 lies in the cube [-2, 2]^3.
    """

    def unit(self, positions: Tensor) -> Tensor:
        """Contracted positions (N, 3) in [0, 1]^3."""
        outward = torch.addcmul(-self._centre / self._half, positions, 1 / self._half)
        return torch.addcmul(outward.new_tensor(0.5), outward, _shrinking(outward) / 4)

    def place(self, unit: Tensor) -> Tensor:
        """Positions that are contracted there; beyond the ball of radius 2 those of its surface."""
        squeezed = 4 * unit - 2
        length = squeezed.norm(dim=-1, keepdim=True).clamp(1, 2 - _TINIEST_REST)
        return self._centre + self._half * squeezed / length / (2 - length)

    def interval(
        self,
        origins: Tensor,  # noqa: ARG002 (there is content everywhere)
        directions: Tensor,  # noqa: ARG002
        near: Tensor,
        far: Tensor,
    ) -> tuple[Tensor, Tensor]:
        """All of it."""
        return near, far

    @property
    def _centre(self) -> Tensor:
        return self.box.mean(0)

    @property
    def _half(self) -> Tensor:
        return (self.box[1] - self.box[0]).amax() / 2


def space_of(kind: str, box: ArrayLike) -> Space:
    """The space of that name: ``"box"`` or ``"contracted"``; KeyError for any other."""
    kinds: dict[str, type[Space]] = {"box": BoxSpace, "contracted": ContractedSpace}
    return kinds[kind](box)


def contracted(positions: Tensor) -> Tensor:
    """Positions (N, 3) within radius 1 as they are, all others within radius 2."""
    return positions * _shrinking(positions)


def _shrinking(positions: Tensor) -> Tensor:
    """What contraction multiplies positions (N, 3) with: (N, 1)."""
    x, y, z = positions.unbind(-1)
    # a norm over three neighbours takes as long as the networks; the clamp keeps the root's slope finite
    nearer = (x * x).addcmul_(y, y).addcmul_(z, z).clamp_(min=1).rsqrt_()[:, None]
    return (2 - nearer) * nearer
