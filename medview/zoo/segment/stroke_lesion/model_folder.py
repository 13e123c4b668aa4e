"""Networks: fresh ones, and trained ones from a model folder."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from medview.ml.card import WEIGHTS_NAME, read_card
from medview.zoo.inference import trained
from medview.zoo.segment.stroke_lesion.network import StrokeNet
from medview.zoo.segment.stroke_lesion.settings import WIDTHS, NetworkSettings


def new_network(settings: NetworkSettings) -> StrokeNet:
    """A network with fresh weights."""
    return StrokeNet(
        len(settings.roles),
        settings.classes,
        WIDTHS[settings.width],
        with_attention=settings.has_attention,
    )


def load_network(folder: Path) -> tuple[StrokeNet, NetworkSettings, dict[str, Any]]:
    """A trained network, ready to run, what it was made for, and all that its card sets.

    Raises:
        InputRefused: The folder is no good.
    """
    table = dict(read_card(folder).settings)
    settings = NetworkSettings.from_card(table)
    net = trained(lambda: new_network(settings), folder / WEIGHTS_NAME)
    return net, settings, table
