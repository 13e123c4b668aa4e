"""The proposal that is judged now, and the mask that it is for."""

from __future__ import annotations

from dataclasses import dataclass

from medview.core.labels import LabelMap
from medview.core.layers import Layer, LayerId
from medview.core.state import SessionState

#: Why there is nothing to judge.
NOTHING_PROPOSED = "Run a model with its result as a proposal for a mask first."
#: Layers and voxels of a proposal and of its mask.
OfferKey = tuple[LayerId, int, LayerId, int]


@dataclass(frozen=True, eq=False, kw_only=True)
class Offer:
    """A proposal and the mask that it is for."""

    layer: Layer
    target: Layer

    @property
    def labels(self) -> LabelMap:
        """The labels of the proposal."""
        assert isinstance(self.layer.data, LabelMap)
        return self.layer.data

    @property
    def mask(self) -> LabelMap:
        """The labels of the mask."""
        assert isinstance(self.target.data, LabelMap)
        return self.target.data

    @property
    def key(self) -> OfferKey:
        """Stands for the voxels of both."""
        return self.layer.id, self.labels.voxel_changes, self.target.id, self.mask.voxel_changes


def open_offer(state: SessionState) -> Offer | None:
    """The proposal that is judged: the active one, else the topmost for the active mask, else the topmost."""
    offers = [
        Offer(layer=layer, target=target)
        for layer in reversed(state.layers)
        if (target := state.target_of(layer)) is not None
    ]
    offers.sort(key=lambda offer: (offer.layer is not state.active, offer.target is not state.active))
    return next(iter(offers), None)


def why_not_judge(state: SessionState) -> str:
    """Why there is nothing to accept or reject; empty where there is."""
    offer = open_offer(state)
    if offer is None:
        return NOTHING_PROPOSED
    return "" if offer.layer.visible else f"{offer.layer.name} is hidden; show it before judging it."
