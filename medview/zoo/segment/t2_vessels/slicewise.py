"""The network as the slice engine sees it: which maps it gives, and what becomes of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from torch import Tensor, nn

from medview.zoo.belief import Belief
from medview.zoo.segment.t2_vessels.losses import attention_map
from medview.zoo.segment.t2_vessels.network import FACTOR, VesselSynthesisNet
from medview.zoo.segment.t2_vessels.settings import WIDTHS, NetworkSettings
from medview.zoo.slicewise.belief_maps import belief_passes, belief_pictures
from medview.zoo.slicewise.frames import head_frame
from medview.zoo.slicewise.intensity import head_quantiles
from medview.zoo.slicewise.maps import OutputMap, Picture, Thresholded
from medview.zoo.slicewise.model import SliceModel


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What a run shall give: the threshold of ``vessels``, and which images beside it."""

    threshold: float = 0.5
    attention: bool = False
    reconstruction: bool = False
    belief: Belief = field(default_factory=Belief)

    @classmethod
    def from_params(cls, params: Mapping[str, Any], settings: Mapping[str, Any]) -> Wanted:
        """Read the spec's parameters and the card's settings."""
        own = {name: params[name] for name in ("threshold", "attention", "reconstruction") if name in params}
        return cls(**own, belief=Belief.wanted(params, settings))

    @property
    def is_rebuilt(self) -> bool:
        """Whether the decoding branch is needed beyond its deepest block."""
        return self.attention or self.reconstruction

    @property
    def outputs(self) -> tuple[OutputMap, ...]:
        """What to make of the network's maps."""
        vessels = Thresholded(name="vessels", of="vessels", level=self.threshold, then=self.belief.calibrated)
        own = [Picture(name=name, of=name) for name in ("attention", "reconstruction") if getattr(self, name)]
        return (vessels, *belief_pictures(self.belief, "vessels"), *own)


class VesselMaps(nn.Module):
    """The maps that a run needs, and no more.

    Args:
        net: Trained.
        radius_px: Dilation of the local attention mask.
        is_rebuilt: Also give the attention map and the rebuilt slice.
    """

    def __init__(self, net: VesselSynthesisNet, radius_px: int, is_rebuilt: bool) -> None:
        super().__init__()
        self.net = net
        self._radius_px = radius_px
        self._is_rebuilt = is_rebuilt

    @property
    def names(self) -> tuple[str, ...]:
        """Of the maps, in order."""
        return ("vessels", "attention", "reconstruction") if self._is_rebuilt else ("vessels",)

    def forward(self, x: Tensor) -> tuple[Tensor, ...]:
        """Map (B, M, H, W) in [0, 1] to the maps, each (B, 1, H, W) in [0, 1]."""
        vessels, rebuilt = self.net(x, need_reconstruction=self._is_rebuilt)
        if not self._is_rebuilt:
            return (vessels,)
        rebuilt = rebuilt[:, :1]
        attention = attention_map(rebuilt, vessels, self._radius_px).clamp(0, 1)
        return vessels, attention, rebuilt.clamp(0, 1)


def slice_model(net: VesselSynthesisNet, settings: NetworkSettings, wanted: Wanted) -> SliceModel:
    """The network, its grid and the outputs that were asked for."""
    maps = VesselMaps(net, max(settings.dilation_px, 0), wanted.is_rebuilt)
    return SliceModel(
        network=maps,
        maps=maps.names,
        normalise=head_quantiles,
        frame=head_frame(settings.pixel_spacing_mm, FACTOR),
        outputs=wanted.outputs,
        channels=WIDTHS[settings.width][0],
        passes=belief_passes(wanted.belief, "vessels"),
    )
