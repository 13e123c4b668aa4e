"""Beginning a training with the weights of another one."""

from __future__ import annotations

from pathlib import Path

from medview.core.errors import InputRefused
from medview.zoo.segment.cardiac_pathology.network import ApuNet
from medview.zoo.segment.cardiac_pathology.pipeline import load_network


def take_over(net: ApuNet, folder: Path) -> None:
    """Fill a network with trained weights.

    Args:
        net: Of the same widths; attention branches of the trained network that it has none of are left out.
        folder: The model folder of the trained network.

    Raises:
        InputRefused: The folder is no good, or its network is of another size or without attention.
    """
    trained, _ = load_network(folder)
    own, given = net.state_dict(), trained.state_dict()
    taken = {name: given[name] for name in own if name in given and given[name].shape == own[name].shape}
    if len(taken) < len(own):
        raise InputRefused(
            f"Cannot begin with the weights in {folder.name}",
            "their network has another width or other attention branches",
            "Set width, attention and attention maps as they were in that training.",
        )
    net.load_state_dict(taken)
