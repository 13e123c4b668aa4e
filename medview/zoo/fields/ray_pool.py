"""All pixels that may be learned from, as flat tensors (P09, preprocessing 6)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from medview.core.posed_views import PosedViews


@dataclass(frozen=True, eq=False, kw_only=True)
class RayBatch:
    """B pixels.

    Args:
        sights: (B, 3) unit lines of sight in camera axes.
        views: (B,) int64 number among the training views.
        colours: (B, 3) 0 to 1.
        distances: (B,) known distance to the surface, 0 where unknown; None where nothing is known.
        times: (B,) 0 to 1.
    """

    sights: Tensor
    views: Tensor
    colours: Tensor
    distances: Tensor | None
    times: Tensor


class RayPool:
    """Pixels of the training views whose mask is true, none else.

    A pixel is one number; its line of sight comes from its lens's table, so that a pool of a film fits
    into memory. Rays are made of this and of the cameras of the moment, which may be learned, too.

    Args:
        views: The training views.
        distances: (n, H, W) known distances in the scene, 0 where unknown; None where nothing is known.
        device: Where the tensors lie.
        sparse_share: Part of a batch that is drawn, beside it, from pixels of known distance.
    """

    def __init__(
        self,
        views: PosedViews,
        distances: NDArray[np.float32] | None,
        device: str,
        sparse_share: float = 0.0,
    ) -> None:
        distinct = list(dict.fromkeys(views.lenses))
        tables = [lens.directions(lens.pixels()).reshape(-1, 3) for lens in distinct]
        self._sights = torch.tensor(np.stack(tables).astype(np.float32), device=device)
        self._lens = torch.tensor([distinct.index(lens) for lens in views.lenses], device=device)
        self._colours = torch.as_tensor(views.images.reshape(-1, 3)).to(device)
        self._times = torch.tensor(views.times.astype(np.float32), device=device)
        self._size = views.valid[0].size
        self._pixels = torch.tensor(np.flatnonzero(views.valid), device=device)
        self._ends = np.cumsum(views.valid.reshape(len(views), -1).sum(1))
        flat = None if distances is None else torch.tensor(distances.reshape(-1), device=device)
        self._distances, self._share = flat, sparse_share
        known = np.zeros(0) if distances is None else np.flatnonzero(views.valid & (distances > 0))
        self._known = torch.tensor(known.astype(np.int64), device=device)

    def __len__(self) -> int:
        return len(self._pixels)

    @property
    def numbers(self) -> Tensor:
        """(M,) int64 of all pixels in it: view, row and column as one number."""
        return self._pixels

    def draw(self, generator: torch.Generator, count: int, views: int) -> RayBatch:
        """Draw pixels uniformly among those of the first so many views."""
        chosen = _drawn(self._pixels[: int(self._ends[views - 1])], count, generator)
        if self._share and len(self._known):
            extra = _drawn(self._known, max(1, round(count * self._share)), generator)
            chosen = torch.cat([chosen, extra])
        return self.at(chosen)

    def at(self, numbers: Tensor) -> RayBatch:
        """The pixels (B,) of these numbers."""
        view = torch.div(numbers, self._size, rounding_mode="floor")
        return RayBatch(
            sights=self._sights[self._lens[view], numbers - view * self._size],
            views=view,
            colours=self._colours[numbers].float() / 255,
            distances=None if self._distances is None else self._distances[numbers],
            times=self._times[view],
        )


def _drawn(numbers: Tensor, count: int, generator: torch.Generator) -> Tensor:
    return numbers[torch.randint(len(numbers), (count,), generator=generator, device=numbers.device)]
