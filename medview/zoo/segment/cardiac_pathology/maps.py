"""The network as the slice engine sees it: which maps it gives, and what becomes of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from medview.zoo.belief import Belief
from medview.zoo.segment.cardiac_pathology.findings import CORE, INFARCT
from medview.zoo.segment.cardiac_pathology.network import ApuNet
from medview.zoo.segment.cardiac_pathology.preparation import square_scores
from medview.zoo.segment.cardiac_pathology.settings import WIDTHS, NetworkSettings
from medview.zoo.segment.cardiac_pathology.spec import LEVELS, MOST_LIKE
from medview.zoo.slicewise.belief_maps import belief_passes, belief_pictures
from medview.zoo.slicewise.grid import SliceGrid
from medview.zoo.slicewise.maps import MostLikely, OutputMap, Picture
from medview.zoo.slicewise.model import SliceModel

CLASSES_MAP = "classes"


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What a run shall give beside the labels.

    Args:
        belief: Probability, entropy and spread of any structure.
        class_probability: Infarct and no-reflow on their own.
        levels: Levels whose attention is told.
    """

    belief: Belief
    class_probability: bool = False
    levels: tuple[int, ...] = ()

    @classmethod
    def from_params(
        cls, params: Mapping[str, Any], settings: Mapping[str, Any], *, has_attention: bool
    ) -> Wanted:
        """Read the spec's parameters and the card's settings."""
        asked = str(params.get("attention", "off"))
        levels = LEVELS if asked == "all" else () if asked == "off" else (int(asked),)
        return cls(
            belief=Belief.wanted(params, settings),
            class_probability=bool(params.get("class_probability", False)),
            levels=levels if has_attention else (),
        )

    @property
    def outputs(self) -> tuple[OutputMap, ...]:
        """What to make of the maps; temperature scaling changes no arg-max, so labels do without it."""
        images = list(belief_pictures(self.belief, CLASSES_MAP))
        if self.class_probability:
            firsts = zip(MOST_LIKE, (INFARCT, CORE), strict=True)
            images += [Picture(name=name, of=CLASSES_MAP, then=self._from_class(n)) for name, n in firsts]
        images += [Picture(name=f"attention_{level}", of=f"attention_{level}") for level in self.levels]
        return (MostLikely(name="pathology", of=CLASSES_MAP), *images)

    def _from_class(self, first: int) -> Callable[[Tensor], Tensor]:
        """The calibrated probability of a class and of those after it, which lie inside it."""
        return lambda raw: self.belief.calibrated(raw)[:, first:].sum(dim=1, keepdim=True)


class PathologyMaps(nn.Module):
    """Class probabilities, and the attention of the levels that are wanted.

    Args:
        net: Trained.
        levels: 1 is the finest.
    """

    def __init__(self, net: ApuNet, levels: tuple[int, ...]) -> None:
        super().__init__()
        self.net, self._levels = net, levels

    @property
    def names(self) -> tuple[str, ...]:
        """Of the maps, in order."""
        return (CLASSES_MAP, *(f"attention_{level}" for level in self._levels))

    def forward(self, x: Tensor) -> tuple[Tensor, ...]:
        """Map (B, 1, H, W) to probabilities (B, 5, H, W) and attention (B, 1, H/2^n, W/2^n), in [0, 1]."""
        logits, attention = self.net.with_attention(x)
        return torch.softmax(logits.float(), dim=1), *(attention[level - 1].float() for level in self._levels)


def slice_model(net: ApuNet, settings: NetworkSettings, wanted: Wanted, grid: SliceGrid) -> SliceModel:
    """The network, the square that it sees, and the outputs that were asked for."""
    maps = PathologyMaps(net, wanted.levels)
    return SliceModel(
        network=maps,
        maps=maps.names,
        normalise=square_scores(grid),
        frame=lambda _volume, _geometry: grid,
        outputs=wanted.outputs,
        channels=WIDTHS[settings.width][0],
        passes=belief_passes(wanted.belief, CLASSES_MAP),
    )
