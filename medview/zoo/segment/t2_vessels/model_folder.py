"""A trained network from its folder of weights and card."""

from __future__ import annotations

from pathlib import Path

from medview.ml.card import WEIGHTS_NAME, read_card
from medview.zoo.inference import trained
from medview.zoo.segment.t2_vessels.network import VesselSynthesisNet
from medview.zoo.segment.t2_vessels.settings import WIDTHS, NetworkSettings


def new_network(settings: NetworkSettings) -> VesselSynthesisNet:
    """A network with fresh weights."""
    return VesselSynthesisNet(len(settings.roles), WIDTHS[settings.width])


def load_network(folder: Path) -> tuple[VesselSynthesisNet, NetworkSettings]:
    """A trained network, ready to run, and what it was made for; InputRefused where the folder is no good."""
    settings = NetworkSettings.from_card(read_card(folder).settings)
    net = trained(lambda: new_network(settings), folder / WEIGHTS_NAME)
    return net, settings
