"""How sure a network is: calibrated probabilities, entropy, and the spread over mirrored passes.

The other half of `medview.ml.belief`. A run does, per batch:

    belief = Belief.wanted(request.params, card.settings)
    mean, spread = belief.passes(forward, x)          # forward: (N, C, I, J[, K]) -> probabilities
    ...                                               # back to the scan's own grid
    calibrated = belief.calibrated(mean)              # labels come from this: argmax, or a threshold
    maps = belief.maps(calibrated, spread)            # probability, entropy, spread

Probabilities have one channel (sigmoid: one structure against the rest) or a channel for every class,
background first (softmax). Temperature scaling (Guo et al., On Calibration of Modern Neural Networks, ICML
2017, eq. 9) divides logits by T; here it is done on probabilities, which comes to the same:
softmax(z / T) = p^(1/T) / sum p^(1/T), so that it may follow the resampling to the scan's grid. It never
changes which class is the most probable one.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

TINY = 1e-7
"""Probabilities are kept this far from 0 and 1 where a logarithm is taken."""
TEMPERATURE = "temperature"
"""Key of the fitted temperature in a card's ``settings``."""
_MIRRORS: Mapping[str, tuple[tuple[int, ...], ...]] = {
    "off": (),
    "flip": ((2,),),
    "flips": ((2,), (3,), (2, 3)),
}

Forward = Callable[[Tensor], Tensor]


def scaled(probability: Tensor, temperature: float) -> Tensor:
    """Probabilities (N, C, …) as the network would give them with its logits divided by a temperature."""
    if temperature == 1.0:
        return probability
    kept = probability.float().clamp(TINY, 1 - TINY)
    if probability.shape[1] == 1:
        return torch.sigmoid(torch.logit(kept) / temperature)
    return torch.softmax(kept.log() / temperature, dim=1)


def normalised_entropy(probability: Tensor) -> Tensor:
    """Entropy of (N, C, …), as a part of the largest there can be: (N, 1, …) in [0, 1].

    One channel: -(p ln p + (1 - p) ln(1 - p)) / ln 2. Several: -sum p ln p / ln C.
    """
    if probability.shape[1] == 1:
        probability = torch.cat([1 - probability, probability], dim=1)
    kept = probability.float().clamp(TINY, 1)
    entropy = -(kept * kept.log()).sum(dim=1, keepdim=True) / math.log(kept.shape[1])
    return entropy.clamp(0, 1)


def foreground(probability: Tensor) -> Tensor:
    """Probability (N, 1, …) of any structure: the only channel, or all that is not background."""
    return probability if probability.shape[1] == 1 else 1 - probability[:, :1]


def temperature_in(settings: Mapping[str, Any]) -> float:
    """The temperature that a card's settings name; 1 where they name none that makes sense."""
    value = settings.get(TEMPERATURE, 1.0)
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if is_number and 0.05 <= value <= 20 else 1.0


@dataclass(frozen=True, kw_only=True)
class Belief:
    """What a run shall tell of its doubt.

    Args:
        probability: Give the calibrated probability of any structure.
        entropy: Give the normalised entropy of the calibrated probabilities.
        mirrors: Axes (of the batch tensor) that each further pass is mirrored along.
        temperature: Divides the logits.
    """

    probability: bool = False
    entropy: bool = False
    mirrors: tuple[tuple[int, ...], ...] = ()
    temperature: float = 1.0

    @classmethod
    def wanted(cls, params: Mapping[str, Any], settings: Mapping[str, Any]) -> Belief:
        """Read the parameters of `medview.ml.belief.BELIEF_PARAMS` and a card's settings."""
        return cls(
            probability=bool(params.get("probability", False)),
            entropy=bool(params.get("entropy", False)),
            mirrors=_MIRRORS[str(params.get("spread", "off"))],
            temperature=temperature_in(settings),
        )

    @property
    def images(self) -> tuple[str, ...]:
        """Names of the outputs that `maps` will hold."""
        asked = {"probability": self.probability, "entropy": self.entropy, "spread": bool(self.mirrors)}
        return tuple(name for name, is_asked in asked.items() if is_asked)

    def passes(
        self, forward: Forward, x: Tensor, first: Tensor | None = None
    ) -> tuple[Tensor, Tensor | None]:
        """Run a network on a batch and on its mirrored copies.

        Args:
            forward: Takes (N, M, I, J[, K]) to probabilities (N, C, I, J[, K]).
            x: The batch; axis 2 runs left to right, axis 3 back to front.
            first: Probabilities of the unmirrored batch, where they are known already.

        Returns:
            Mean (N, C, …), and standard deviation of the probability of any structure (N, 1, …) with the
            number of passes as divisor; None for a single pass.
        """
        total = forward(x) if first is None else first
        if not self.mirrors:
            return total, None
        seen, total = [foreground(total).float()], total.clone()
        for axes in self.mirrors:
            answer = torch.flip(forward(torch.flip(x, axes)), axes)
            total += answer
            seen.append(foreground(answer).float())
        return total / len(seen), torch.stack(seen).std(dim=0, correction=0)

    def calibrated(self, probability: Tensor) -> Tensor:
        """Probabilities (N, C, …) after temperature scaling."""
        return scaled(probability, self.temperature)

    def maps(self, calibrated: Tensor, spread: Tensor | None) -> dict[str, Tensor]:
        """The images that were asked for.

        Args:
            calibrated: What `calibrated` made of the mean, (N, C, …).
            spread: (N, 1, …), from `passes`.

        Returns:
            By output name, each (N, 1, …).
        """
        made: dict[str, Tensor] = {}
        if self.probability:
            made["probability"] = foreground(calibrated)
        if self.entropy:
            made["entropy"] = normalised_entropy(calibrated)
        if spread is not None:
            made["spread"] = spread
        return made
