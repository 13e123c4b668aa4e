"""An ONNX network with the card that tells what it is for."""

from __future__ import annotations

from pathlib import Path

from medview.ml.card import CARD_NAME
from medview.ml.foreign.card_settings import (
    channels_of,
    named_file,
    read_foreign_card,
    recipe_of,
    settings_of,
)
from medview.ml.foreign.limits import Fields, refused
from medview.ml.foreign.model import ForeignModel, id_from
from medview.ml.foreign.onnx_file import OnnxFile, Port, read_onnx
from medview.ml.foreign.recipe import Recipe

_EXAMPLE = (
    "Write a card.toml beside it: model_id, title and, under [settings], format, file, labels and patch."
)


def is_onnx(folder: Path) -> bool:
    """Whether a folder without other marks holds an ONNX file."""
    return any(folder.glob("*.onnx"))


def read_onnx_model(folder: Path) -> ForeignModel:
    """Read card and network, and see that they fit each other.

    Raises:
        InputRefused: The card is missing, or network and card do not fit.
    """
    if not (folder / CARD_NAME).is_file():
        raise refused(
            folder, f"an ONNX network does not say what it is for, and {CARD_NAME} is missing", _EXAMPLE
        )
    card = read_foreign_card(folder)
    settings = settings_of(card, folder)
    found = sorted(path.name for path in folder.glob("*.onnx"))
    file = named_file(settings, default=found[0] if found else "")
    channels = channels_of(settings)
    recipe = recipe_of(settings, len(channels))
    network = read_onnx(folder / file)
    _demand_fit(network, recipe, len(channels), settings)
    return ForeignModel(
        id=id_from(card.model_id),
        version=card.version,
        title=card.title,
        format="onnx",
        folder=folder,
        weights=(file, *sorted(network.outside)),
        channels=channels,
        recipe=recipe,
        network={"input": network.inputs[0].name, "output": network.outputs[0].name},
        summary=card.intended_use,
        licence=card.licence,
        citation=card.citation,
        card=card,
        test_tolerance=settings.number("test_tolerance", 1e-3),
    )


def _demand_fit(network: OnnxFile, recipe: Recipe, channels: int, settings: Fields) -> None:
    if len(network.inputs) != 1:
        names = ", ".join(port.name for port in network.inputs[:5]) or "none"
        raise settings.fail(f"the network must have one input, and it has {len(network.inputs)} ({names})")
    is_flat = recipe.window.slice_axis is not None
    axes = 4 if is_flat else 5
    given, made = network.inputs[0].shape, network.outputs[0].shape
    if len(given) != axes or len(made) != axes:
        words = f"{_words(network.inputs[0])} and {_words(network.outputs[0])}"
        raise settings.fail(f"a {axes - 2}-D network has tensors of {axes} axes; these have {words}")
    if given[1] not in (None, channels):
        raise settings.fail(f"the network reads {given[1]} channels, and roles names {channels}")
    if made[1] not in (None, recipe.answer.channels):
        raise settings.fail(
            f"the network has {made[1]} output channels, and labels ask for {recipe.answer.channels}"
        )
    _demand_patch(given[2:], recipe, settings)


def _demand_patch(sizes: tuple[int | None, ...], recipe: Recipe, settings: Fields) -> None:
    axis = recipe.window.slice_axis
    patch = [size for place, size in enumerate(recipe.window.patch) if place != axis]
    if all(size is None for size in sizes):
        return
    if not patch or any(size not in (None, chosen) for size, chosen in zip(sizes, patch, strict=True)):
        wanted = ", ".join("any" if size is None else str(size) for size in sizes)
        raise settings.fail(f"the network reads pieces of {wanted}: set patch so")


def _words(port: Port) -> str:
    return f"{port.name}{list(port.shape)}"
