"""A trained model from its folder of weights and card."""

from __future__ import annotations

from pathlib import Path

from medview.ml.card import WEIGHTS_NAME, read_card
from medview.zoo.inference import trained
from medview.zoo.synthesize.flair_wmh.network import FlairLesionNet
from medview.zoo.synthesize.flair_wmh.settings import WIDTHS, NetworkSettings


def load_network(folder: Path) -> tuple[FlairLesionNet, NetworkSettings]:
    """Trained networks, ready to run, and what they were made for.

    Raises:
        InputRefused: The folder is no good.
    """
    settings = NetworkSettings.from_card(read_card(folder).settings)
    net = trained(lambda: FlairLesionNet(settings.ablation, WIDTHS[settings.width]), folder / WEIGHTS_NAME)
    return net, settings
