"""What a run tells of its doubt, in the slice engine's terms: passes, and images made on the scan's grid."""

from __future__ import annotations

from collections.abc import Callable

from torch import Tensor

from medview.zoo.belief import Belief, foreground, normalised_entropy
from medview.zoo.slicewise.maps import Maps, Picture
from medview.zoo.slicewise.model import Forward

SPREAD = "spread"
"""The map that `belief_passes` adds where mirrored copies are run."""


def belief_passes(belief: Belief, of: str) -> Callable[[Forward, Tensor], Maps]:
    """Run a batch and its mirrored copies: map `of` becomes the mean, and ``spread`` is added.

    Args:
        belief: What was asked for.
        of: The network's map of probabilities.
    """

    def passes(forward: Forward, slices: Tensor) -> Maps:
        maps = forward(slices)
        mean, spread = belief.passes(lambda mirrored: forward(mirrored)[of], slices, maps[of])
        return {**maps, of: mean, **({} if spread is None else {SPREAD: spread})}

    return passes


def belief_pictures(belief: Belief, of: str) -> tuple[Picture, ...]:
    """The images ``probability``, ``entropy`` and ``spread`` that were asked for.

    The probabilities are calibrated after they are taken to the scan's grid, as the labels' must be: give
    ``then=belief.calibrated`` to `Thresholded`.
    """

    def probability(raw: Tensor) -> Tensor:
        return foreground(belief.calibrated(raw))

    def entropy(raw: Tensor) -> Tensor:
        return normalised_entropy(belief.calibrated(raw))

    pictures = {
        "probability": Picture(name="probability", of=of, then=probability),
        "entropy": Picture(name="entropy", of=of, then=entropy),
        "spread": Picture(name="spread", of=SPREAD),
    }
    return tuple(pictures[name] for name in belief.images)
