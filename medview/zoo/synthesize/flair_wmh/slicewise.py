"""The networks as the slice engine sees them: which maps they give, and what becomes of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn

from medview.core.geometry import Geometry
from medview.core.volume import AnyArray
from medview.zoo.belief import Belief
from medview.zoo.slicewise.belief_maps import belief_passes, belief_pictures
from medview.zoo.slicewise.grid import SliceGrid
from medview.zoo.slicewise.intensity import Normaliser
from medview.zoo.slicewise.maps import OutputMap, Picture, Thresholded
from medview.zoo.slicewise.model import SliceModel
from medview.zoo.synthesize.flair_wmh.network import FlairLesionNet
from medview.zoo.synthesize.flair_wmh.preparation import Prepared, as_it_is, head_frame
from medview.zoo.synthesize.flair_wmh.settings import WIDTHS, NetworkSettings

LESIONS, FLAIR = "lesions", "flair"


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What a run shall give.

    Args:
        threshold: Probability from which a voxel is a lesion.
        scale: What a standard deviation of the synthetic FLAIR becomes …
        shift: … and what its mean becomes: 1 and 0, or those of a real FLAIR.
        flair: Give the synthetic FLAIR.
        belief: What to tell of the doubt in the lesions.
    """

    threshold: float = 0.5
    scale: float = 1.0
    shift: float = 0.0
    flair: bool = True
    belief: Belief = field(default_factory=Belief)

    @classmethod
    def of(
        cls, params: Mapping[str, Any], settings: Mapping[str, Any], real: Prepared | None, *, flair: bool
    ) -> Wanted:
        """Read the spec's parameters and the card's settings; a real FLAIR, if any, gives its numbers."""
        return cls(
            threshold=float(params.get("threshold", 0.5)),
            scale=real.deviation if real else 1.0,
            shift=real.mean if real else 0.0,
            flair=flair,
            belief=Belief.wanted(params, settings),
        )

    @property
    def outputs(self) -> tuple[OutputMap, ...]:
        """What to make of the networks' maps."""
        lesions = Thresholded(name="wmh", of=LESIONS, level=self.threshold, then=self.belief.calibrated)
        image = Picture(name="flair", of=FLAIR, scale=self.scale, shift=self.shift)
        return (lesions, *belief_pictures(self.belief, LESIONS), *((image,) if self.flair else ()))


class FlairLesionMaps(nn.Module):
    """The maps that a run needs: lesion probability and, where it is made, FLAIR."""

    def __init__(self, net: FlairLesionNet, is_flair_given: bool) -> None:
        super().__init__()
        self.net = net
        self._is_flair_given = is_flair_given

    @property
    def names(self) -> tuple[str, ...]:
        """Of the maps, in order."""
        return (LESIONS, FLAIR) if self._is_flair_given else (LESIONS,)

    def forward(self, t1: Tensor) -> tuple[Tensor, ...]:
        """Map T1 (B, 1, H, W) in standard deviations to maps (B, 1, H, W)."""
        flair, lesions = self.net(t1)
        probability = torch.sigmoid(lesions)
        return (probability, flair) if self._is_flair_given else (probability,)


def slice_model(net: FlairLesionNet, settings: NetworkSettings, scan: Prepared, wanted: Wanted) -> SliceModel:
    """The networks, their grid and the outputs that were asked for."""
    maps = FlairLesionMaps(net, wanted.flair)

    def measured(_scores: AnyArray) -> Normaliser:
        return as_it_is

    def framed(_scores: AnyArray, geometry: Geometry) -> SliceGrid:
        return head_frame(scan.head, geometry, settings.pixel_spacing_mm)

    return SliceModel(
        network=maps,
        maps=maps.names,
        normalise=measured,
        frame=framed,
        outputs=wanted.outputs,
        channels=WIDTHS[settings.width][0],
        passes=belief_passes(wanted.belief, LESIONS),
    )
