"""From a bundle's ``network_def`` to the network that it describes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from torch import nn

from medview.core.errors import InputRefused
from medview.zoo.foreign.monai.basic_unet import BasicUNet
from medview.zoo.foreign.monai.seg_res_net import SegResNet
from medview.zoo.foreign.monai.unet import UNet

_NETWORKS = {"UNet": UNet, "BasicUNet": BasicUNet, "SegResNet": SegResNet}


def new_network(facts: Mapping[str, Any]) -> nn.Module:
    """Build the network that a bundle's ``network_def`` describes, with fresh weights.

    Raises:
        InputRefused: Something in it does not fit together.
    """
    try:
        return _NETWORKS[str(facts["name"])](facts)
    except (TypeError, ValueError, KeyError, IndexError, RuntimeError) as reason:
        detail = f"network_def does not fit together ({str(reason).splitlines()[0]})"
        raise InputRefused("Cannot build the network", detail.rstrip("."), "Ask its makers.") from None
