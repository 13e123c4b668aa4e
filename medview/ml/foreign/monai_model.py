"""A MONAI bundle: metadata.json, inference.json and a state dictionary."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from medview.ml.card import CARD_NAME
from medview.ml.foreign.card_settings import read_foreign_card
from medview.ml.foreign.limits import Fields, read_json, refused
from medview.ml.foreign.model import ForeignModel, id_from, label
from medview.ml.foreign.monai_config import (
    INSTEAD,
    NETWORKS,
    Configuration,
    configuration_file,
    target_of,
)
from medview.ml.foreign.monai_steps import answer_of, preparation_of, window_of
from medview.ml.foreign.recipe import Channel, Orient, Recipe
from medview.ml.foreign.torch_file import demand_tensors_only, is_program
from medview.ml.spec import LabelSpec

WEIGHTS = ("models/model.safetensors", "models/model.pt", "model.safetensors", "model.pt")
_KEYS = {
    "UNet": "spatial_dims in_channels out_channels channels strides kernel_size up_kernel_size "
    "num_res_units act norm dropout bias adn_ordering",
    "BasicUNet": "spatial_dims in_channels out_channels features act norm bias dropout upsample",
    "SegResNet": "spatial_dims init_filters in_channels out_channels dropout_prob act norm "
    "use_conv_final blocks_down blocks_up upsample_mode",
}


def is_monai(folder: Path) -> bool:
    """Whether a folder has the files of a bundle."""
    named = configuration_file(folder, "inference.json").is_file() or (folder / INSTEAD).is_file()
    return named and configuration_file(folder, "metadata.json").is_file()


def read_monai_model(folder: Path) -> ForeignModel:
    """Read a bundle.

    Raises:
        InputRefused: Something in it is an expression, unknown, missing or no plain data.
    """
    metadata = Fields(read_json(configuration_file(folder, "metadata.json")), "metadata.json", folder)
    configuration = Configuration(folder)
    network = _network(configuration)
    channels, made = int(network["in_channels"]), int(network["out_channels"])
    card = read_foreign_card(folder) if (folder / CARD_NAME).is_file() else None
    prepared = preparation_of(configuration, channels)
    title = metadata.text("name", folder.name)
    return ForeignModel(
        id=id_from(card.model_id if card else folder.name if _is_plain(folder.name) else title),
        version=card.version if card else metadata.text("version", "1"),
        title=card.title if card else title,
        format="monai",
        folder=folder,
        weights=(_weights(folder),),
        channels=_channels(metadata, prepared.roles),
        recipe=_recipe(metadata, configuration, network, made, channels),
        network=network,
        summary=(card.intended_use if card else "") or metadata.text("description"),
        licence=(card.licence if card else "") or metadata.text("license", metadata.text("licence")),
        citation=(card.citation if card else "") or _first_reference(metadata),
        card=card,
    )


def _recipe(
    metadata: Fields, configuration: Configuration, network: Mapping[str, Any], made: int, channels: int
) -> Recipe:
    prepared = preparation_of(configuration, channels)
    steps = tuple(prepared.steps)
    if not any(isinstance(step, Orient) for step in steps):
        steps = (Orient("RAS"), *steps)
    try:
        return Recipe(
            steps=steps,
            window=window_of(configuration, int(network["spatial_dims"]), prepared.multiple),
            answer=answer_of(configuration, made, _labels(metadata, configuration, made)),
        )
    except ValueError as reason:
        raise refused(configuration.folder, f"{configuration.where}: {reason}") from None


def _network(configuration: Configuration) -> dict[str, Any]:
    fields = configuration.section("network_def", "network", "net")
    if fields is None:
        raise refused(configuration.folder, f"{configuration.where} has no network_def")
    name = target_of(fields)
    if name not in NETWORKS:
        raise fields.fail(f"the network {name or '(none)'} is unknown; known are {', '.join(NETWORKS)}")
    keys = {key: value for key, value in fields.table.items() if not key.startswith("_")}
    unknown = sorted(set(keys) - set(_KEYS[name].split()))
    if unknown:
        raise fields.fail(f"{unknown[0]} of {name} is not supported")
    defaults = {"spatial_dims": 3, "in_channels": 1, "out_channels": 2}
    for key, default in defaults.items():
        keys[key] = fields.whole(key, default, 1, 3 if key == "spatial_dims" else 4096)
    if keys["spatial_dims"] < 2:
        raise fields.fail("spatial_dims is not 2 or 3")
    return {"name": name, **keys}


def _weights(folder: Path) -> str:
    found = next((name for name in WEIGHTS if (folder / name).is_file()), None)
    if found is None:
        programs = [path.name for path in (folder / "models").glob("*.ts")]
        if programs:
            hint = "Ask for its state dictionary, or install it as a program with a card.toml."
            raise refused(folder, f"its only weights, {programs[0]}, are a TorchScript program", hint)
        raise refused(folder, f"it holds no {WEIGHTS[1]}", "Copy the whole bundle.")
    if found.endswith(".pt"):
        if is_program(folder / found):
            hint = "Ask for its state dictionary, or install it as a program with a card.toml."
            raise refused(folder, f"its weights, {found}, are a program", hint)
        demand_tensors_only(folder / found)
    return found


def _channels(metadata: Fields, roles: tuple[str, ...]) -> tuple[Channel, ...]:
    inputs = (
        metadata.inner("network_data_format").inner("inputs").inner(roles[0] if len(roles) == 1 else "image")
    )
    modality = inputs.text("modality").upper()
    told = (modality,) if modality in ("CT", "T1", "T2", "FLAIR", "PET") else ()
    names = inputs.inner("channel_def").table
    return tuple(
        Channel(role=role, title=str(names.get(str(place), role))[:80], modalities=told)
        for place, role in enumerate(roles)
    )


def _labels(metadata: Fields, configuration: Configuration, made: int) -> tuple[LabelSpec, ...]:
    """A label for every channel; channel 0 is the background where one class wins."""
    outputs = metadata.inner("network_data_format").inner("outputs").inner("pred")
    names = outputs.inner("channel_def").table
    by_argmax = any(
        target_of(fields) == "AsDiscreted" and fields.flag("argmax", False)
        for fields in configuration.steps("postprocessing")
    )
    shift = 0 if by_argmax else 1
    return tuple(
        label(place + shift, str(names.get(str(place), f"Label {place + shift}")))
        for place in range(made)
        if place + shift > 0
    )


def _first_reference(metadata: Fields) -> str:
    rows = metadata.table.get("references")
    return rows[0][:1000] if isinstance(rows, list) and rows and isinstance(rows[0], str) else ""


def _is_plain(name: str) -> bool:
    return name.replace("_", "a").replace("-", "a").isalnum() and not name.isdigit()
