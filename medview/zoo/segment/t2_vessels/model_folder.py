"""The folder that a training writes and a run reads: weights, card, learning curves."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from medview.core.errors import InputRefused
from medview.ml.card import WEIGHTS_NAME, ModelCard, file_sha256, read_card, write_card
from medview.zoo.inference import load_weights, save_weights
from medview.zoo.segment.t2_vessels.network import VesselSynthesisNet
from medview.zoo.segment.t2_vessels.settings import WIDTHS, NetworkSettings, TrainSettings
from medview.zoo.segment.t2_vessels.spec import SPEC
from medview.zoo.training import cpu_copy

CONFIG = "config.json"
HISTORY = "history.json"


def new_network(settings: NetworkSettings) -> VesselSynthesisNet:
    """A network with fresh weights."""
    return VesselSynthesisNet(len(settings.roles), WIDTHS[settings.width])


def load_network(folder: Path) -> tuple[VesselSynthesisNet, NetworkSettings]:
    """A trained network, ready to run, and what it was made for; InputRefused where the folder is no good."""
    settings = NetworkSettings.from_card(read_card(folder).settings)
    net = new_network(settings)
    load_weights(net, folder / WEIGHTS_NAME)
    return net.eval(), settings


def keep_best(out: Path, net: VesselSynthesisNet, settings: TrainSettings, facts: Mapping[str, Any]) -> None:
    """Write weights and their card."""
    save_weights(cpu_copy(net.state_dict()), out / WEIGHTS_NAME)
    row = {name: facts[name] for name in ("data", "dice", "epoch")}
    card = ModelCard(
        model_id=SPEC.id,
        version=SPEC.version,
        title=f"{SPEC.title}, trained on {facts['subjects_learned_from']} subjects",
        sha256=file_sha256(out / WEIGHTS_NAME),
        trained_on=f"{facts['subjects_learned_from']} subjects of the person who trained it",
        intended_use=SPEC.note,
        not_for="Clinical use. Scans unlike those that it was trained on.",
        results=(row,),
        settings=settings.network.as_table(),
        citation=SPEC.citation,
    )
    write_card(out, card)


def write_history(out: Path, history: Sequence[Mapping[str, float]]) -> None:
    """Write the learning curves, one row per epoch."""
    draft = out / f"{HISTORY}.part"
    draft.write_text(json.dumps(list(history), indent=1), encoding="utf-8")
    draft.replace(out / HISTORY)


def write_config(out: Path, settings: TrainSettings, seed: int) -> None:
    """Write what the training was asked for."""
    table = {**asdict(settings), "seed": seed}
    (out / CONFIG).write_text(json.dumps(table, indent=1), encoding="utf-8")


def demand_same_config(out: Path, settings: TrainSettings, seed: int) -> None:
    """Refuse to resume a training that was asked for differently; only its length may change.

    Raises:
        InputRefused: With the first setting that differs.
    """
    try:
        stored = json.loads((out / CONFIG).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        raise InputRefused(
            f"Cannot resume the training in {out.name}", f"{CONFIG} is missing or damaged", "Start anew."
        ) from None
    for name, value in {**asdict(settings), "seed": seed}.items():
        if name not in ("epochs_phase2", "patience") and stored.get(name) != value:
            detail = f"{name} was {stored.get(name)} and is {value} now"
            raise InputRefused(f"Cannot resume the training in {out.name}", detail, "Set it as it was.")
