"""Sessions of clicks with the network, many at once: what was said, what was answered, what is remembered."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from medview.measure.clicks import Click, Mask
from medview.zoo.interactive.pe_med.guidance import Floats, guidance
from medview.zoo.interactive.pe_med.settings import NetworkSettings

MEAN, SPREAD = 0.5, 0.25
"""Images in [0, 1] are shifted and divided by these for the network."""
SURE = 0.02
"""A mask that is given counts as this, and 1 less this: O = logit(clip(mask, 0.02, 0.98))."""
Network = Callable[..., Tensor]


def logits_of(probability: Floats) -> Floats:
    """logit(clip(p, 0.02, 0.98))."""
    p = np.clip(probability, SURE, 1 - SURE)
    made: Floats = np.log(p / (1 - p)).astype(np.float32)
    return made


@dataclass(eq=False)
class Dialogue:
    """Sessions that run side by side, one object each.

    Args:
        settings: Of the network.
        images: (B, *S), 0 to 1.
        start: (B, *S) probability to start from, such as an existing mask; None: nothing is known.
        device: Where the network computes.
    """

    settings: NetworkSettings
    images: NDArray[np.float32]
    start: NDArray[np.float32] | None = None
    device: torch.device = field(default_factory=lambda: torch.device("cpu"))

    def __post_init__(self) -> None:
        self.clicks: list[list[Click]] = [[] for _ in self.images]
        self.image = self._tensor((self.images - MEAN) / SPREAD)[..., None]
        blank = torch.zeros_like(self.image)
        self.last = blank if self.start is None else self._tensor(logits_of(self.start))[..., None]
        self.prev = blank if self.start is None else self._tensor(self.start)[..., None]

    def say(self, clicks: Sequence[Sequence[Click]]) -> None:
        """Add clicks to each session."""
        for said, new in zip(self.clicks, clicks, strict=True):
            said += new

    def answer(self, net: Network, *, has_memory: bool = True) -> Tensor:
        """One pass: logits (B, *S, 1); without memory, TSIP adds nothing."""
        pos, neg = (self._maps(is_include) for is_include in (True, False))
        return net(self.image, pos, neg, self.last if has_memory else None, self.prev)

    def recall(self, last: NDArray[np.float32], prev: NDArray[np.float32]) -> None:
        """Go on from O_{t-1} and I_prev (B, *S)."""
        self.last, self.prev = self._tensor(last)[..., None], self._tensor(prev)[..., None]

    def remember(self, logits: Tensor) -> None:
        """Take an answer as O_{t-1} and I_prev of the next; no gradient passes through it."""
        self.last = logits.detach().float()
        self.prev = torch.sigmoid(self.last)

    def masks(self, threshold: float = 0.5) -> NDArray[np.bool_]:
        """What the last answer holds (B, *S)."""
        found: NDArray[np.bool_] = (self.prev[..., 0] > threshold).cpu().numpy()
        return found

    def _maps(self, is_include: bool) -> Tensor:
        dims = self.settings.dims
        made = []
        for image, said in zip(self.images, self.clicks, strict=True):
            places = [click.place for click in said if click.is_include == is_include]
            made.append(guidance(self.settings, image, np.array(places, float).reshape(-1, dims)))
        return self._tensor(np.stack(made))

    def _tensor(self, array: NDArray[np.float32]) -> Tensor:
        return torch.from_numpy(np.ascontiguousarray(array, np.float32)).to(self.device)


def places_of(clicks: Sequence[Click]) -> list[tuple[int, ...]]:
    """Where was clicked already."""
    return [click.place for click in clicks]


def as_masks(targets: Tensor) -> NDArray[np.bool_]:
    """(B, 1, *S) of 0 and 1 to (B, *S)."""
    found: Mask = (targets[:, 0] > 0.5).cpu().numpy()
    return found
