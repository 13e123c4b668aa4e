"""The networks of a model folder: one for slices, one for regions of a volume, in one file.

The card's settings hold tables ``slices`` and ``regions`` (`NetworkSettings`), or one of them; tensors
in ``weights.safetensors`` bear the same word as a prefix, and may have half the precision.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from torch import Tensor, nn

from medview.core.errors import InputRefused
from medview.ml.card import WEIGHTS_NAME, ModelCard, read_card
from medview.zoo.inference import kept, trained
from medview.zoo.interactive.pe_med.network import PeMed
from medview.zoo.interactive.pe_med.settings import NetworkSettings
from medview.zoo.learning.run_folder import keep_weights

KINDS = {2: "slices", 3: "regions"}
_TITLES = {2: "slices", 3: "regions of a volume"}
Networks = Mapping[str, tuple[NetworkSettings, Mapping[str, Tensor]]]
"""Settings and tensors by kind."""


def network_for(folder: Path, dims: int) -> PeMed:
    """The network for slices (2) or regions (3), ready to run; it stays loaded.

    Raises:
        InputRefused: The folder has none for these, or is no good.
    """
    nets = kept(_loaded, folder)
    if KINDS[dims] not in nets:
        detail = f"the weights in {folder.name} are not for {_TITLES[dims]}"
        raise InputRefused("Cannot follow the click", detail, "Choose other weights.")
    found = nets[KINDS[dims]]
    assert isinstance(found, PeMed)
    return found


def _loaded(folder: Path) -> nn.ModuleDict:
    settings = settings_of(folder)
    if not settings:
        raise InputRefused("Cannot use these weights", f"the card in {folder.name} names no network")

    def fresh() -> nn.ModuleDict:
        return nn.ModuleDict({kind: PeMed(each) for kind, each in settings.items()})

    return trained(fresh, folder / WEIGHTS_NAME).float()


def settings_of(folder: Path) -> dict[str, NetworkSettings]:
    """Settings of the networks in a folder, by kind."""
    tables = read_card(folder).settings
    return {kind: NetworkSettings.from_card(tables[kind]) for kind in KINDS.values() if kind in tables}


def write_folder(folder: Path, networks: Networks, card: ModelCard) -> None:
    """Write networks into one model folder; the card's settings and hash are filled in."""
    settings: dict[str, Any] = {kind: made.as_card() for kind, (made, _) in networks.items()}
    state = {
        f"{kind}.{name}": tensor for kind, (_, part) in networks.items() for name, tensor in part.items()
    }
    folder.mkdir(parents=True, exist_ok=True)
    keep_weights(folder, state, replace(card, settings=settings))


def networks_in(folder: Path) -> dict[str, tuple[NetworkSettings, Mapping[str, Tensor]]]:
    """What `write_folder` wrote, to be put together with that of other folders."""
    nets = _loaded(folder)
    return {kind: (net.settings, net.state_dict()) for kind, net in nets.items() if isinstance(net, PeMed)}
