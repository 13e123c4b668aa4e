"""Multi-resolution hash encoding (P09, network A; Instant-NGP, equations 2 to 4).

Level l has ``N_l = floor(N_min b^l)`` cells a side, ``b = exp((ln N_max - ln N_min) / (L - 1))``. A position
in [0, 1]^3 times N_l lies in a cell whose eight corners have entries of F numbers; they are mixed with
trilinear weights. Corners are numbered densely where the table has room for all, else they are hashed.

Deviation: none in the numbers. Gathering is an autograd function of its own whose way back adds up with
`torch.bincount`, column by column, which on a CPU is several times faster than scattering rows.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

PRIMES = (1, 2654435761, 805459861)
_START = 1e-4


@dataclass(frozen=True, kw_only=True)
class GridSize:
    """How large an encoding is.

    Args:
        levels: L.
        features: F, numbers of an entry.
        table: T, most entries of a level; a power of two.
        coarsest: N_min, cells a side.
        finest: N_max.
    """

    levels: int = 8
    features: int = 2
    table: int = 2**14
    coarsest: int = 16
    finest: int = 256

    def __post_init__(self) -> None:
        if self.table < 1 or self.table & (self.table - 1):
            raise ValueError(f"a table of {self.table} entries is no power of two")

    @property
    def resolutions(self) -> tuple[int, ...]:
        """N_l of each level."""
        spread = math.log(self.finest) - math.log(self.coarsest)
        growth = math.exp(spread / max(1, self.levels - 1))
        # the last level is N_max itself, not what rounding leaves of it
        return tuple(math.floor(self.coarsest * growth**level + 1e-6) for level in range(self.levels))

    @property
    def entries(self) -> tuple[int, ...]:
        """Entries of each level's table."""
        return tuple(min(self.table, (cells + 1) ** 3) for cells in self.resolutions)


class HashGrid(nn.Module):
    """The encoding of positions; first entries are uniform in [-1e-4, 1e-4].

    Args:
        size: How large.
    """

    share: Tensor

    def __init__(self, size: GridSize) -> None:
        super().__init__()
        self.size = size
        self.table = nn.Parameter(torch.empty(size.features, sum(size.entries)).uniform_(-_START, _START))
        self.register_buffer("share", torch.ones(size.levels), persistent=False)
        self._is_whole = True

    @property
    def width(self) -> int:
        """Numbers of an encoded position."""
        return self.size.levels * self.size.features

    def open_up(self, alpha: float) -> None:
        """Let level k (from 0) count with ``clamp(alpha - k, 0, 1)``: coarse to fine."""
        self.share.copy_((alpha - torch.arange(self.size.levels)).clamp(0, 1))
        self._is_whole = alpha >= self.size.levels

    def forward(self, unit: Tensor) -> Tensor:
        """Encode positions (N, 3) in [0, 1]^3 as (N, L F), level by level."""
        corners = [self._corners(unit, level) for level in range(self.size.levels)]
        indices, weights = [index for index, _ in corners], [weight for _, weight in corners]
        mixed: Tensor = _Mixture.apply(self.table, self.size.entries, *indices, *weights)
        if not self._is_whole:
            mixed = mixed * self.share.repeat_interleave(self.size.features)[:, None]
        return mixed.T

    def _corners(self, unit: Tensor, level: int) -> tuple[Tensor, Tensor]:
        """Places (8, N) int32 in the level's table and trilinear weights (8, N) of a cell's corners."""
        cells, entries = self.size.resolutions[level], self.size.entries[level]
        scaled = unit.T * cells
        lowest = scaled.detach().floor().clamp(max=cells - 1)
        upper = scaled - lowest
        weights = torch.stack([1 - upper, upper])
        index = corner_index(lowest.int(), cells, entries)
        mixed = weights[:, None, None, 0] * weights[None, :, None, 1] * weights[None, None, :, 2]
        return index.view(8, -1), mixed.view(8, -1)


def corner_index(lowest: Tensor, cells: int, entries: int) -> Tensor:
    """Places (2, 2, 2, N) of the corners of cells, x first, in a table of so many entries.

    Args:
        lowest: (3, N) int32 lowest corner of each cell.
        cells: N_l, cells a side.
        entries: Of the table: all corners, or a power of two.
    """
    is_dense = entries == (cells + 1) ** 3
    steps = (1, cells + 1, (cells + 1) ** 2) if is_dense else tuple(_wrapped(prime) for prime in PRIMES)
    first = [lowest[axis] * steps[axis] for axis in range(3)]
    x, y, z = (torch.stack([at, at + step]) for at, step in zip(first, steps, strict=True))
    x, y, z = x[:, None, None], y[None, :, None], z[None, None]
    return x + y + z if is_dense else (x ^ y ^ z) & (entries - 1)


def _wrapped(number: int) -> int:
    """The same 32 bits as a signed number: products keep their low bits, all that a table asks for."""
    return number - 2**32 if number >= 2**31 else number


class _Mixture(torch.autograd.Function):
    """Weighted sums of table entries, all levels at once: (L F, N)."""

    @staticmethod
    def forward(ctx: Any, table: Tensor, entries: tuple[int, ...], *corners: Tensor) -> Tensor:
        levels = len(entries)
        indices, weights = corners[:levels], corners[levels:]
        ctx.save_for_backward(table, *corners)
        ctx.entries = entries
        rows = []
        for part, index, weight in zip(table.split(entries, 1), indices, weights, strict=True):
            flat = index.view(-1)
            rows += [(row.index_select(0, flat).view_as(weight) * weight).sum(0) for row in part]
        return torch.stack(rows)

    @staticmethod
    def backward(ctx: Any, *slopes: Tensor) -> tuple[Tensor | None, ...]:
        table, *corners = ctx.saved_tensors
        levels, features = len(ctx.entries), table.shape[0]
        indices, weights = corners[:levels], corners[levels:]
        by_level = slopes[0].view(levels, features, -1)
        of_table = torch.cat(
            [
                _scattered(index, weight, slope, entries)
                for index, weight, slope, entries in zip(indices, weights, by_level, ctx.entries, strict=True)
            ],
            1,
        )
        of_weights: list[Tensor | None] = [None] * levels
        if any(ctx.needs_input_grad[2 + levels :]):
            parts = table.split(ctx.entries, 1)
            of_weights = [
                _pulled(part, index, slope)
                for part, index, slope in zip(parts, indices, by_level, strict=True)
            ]
        return of_table, None, *[None] * levels, *of_weights


def _scattered(index: Tensor, weights: Tensor, slope: Tensor, entries: int) -> Tensor:
    """What entries (F, T) of a level get from the slopes (F, N) of its output."""
    flat = index.view(-1)
    sums = [torch.bincount(flat, (weights * row).view(-1), minlength=entries) for row in slope]
    return torch.stack(sums).to(slope.dtype)


def _pulled(part: Tensor, index: Tensor, slope: Tensor) -> Tensor:
    """What weights (8, N) of a level get; only asked for where positions move."""
    flat = index.view(-1)
    return torch.stack(
        [row.index_select(0, flat).view_as(index) * pull for row, pull in zip(part, slope, strict=True)]
    ).sum(0)
