"""Which kind of model lies in a folder, and reading it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from medview.ml.card import CARD_NAME
from medview.ml.foreign.card_settings import UNKNOWN_SHA256, read_foreign_card
from medview.ml.foreign.limits import refused
from medview.ml.foreign.model import ForeignModel, content_sha256, weights_sha256
from medview.ml.foreign.monai_model import is_monai, read_monai_model
from medview.ml.foreign.nnunet_model import is_nnunet, read_nnunet_model
from medview.ml.foreign.onnx_model import is_onnx, read_onnx_model
from medview.ml.foreign.program_model import is_program_folder, read_program_model

READERS: dict[str, Callable[[Path], ForeignModel]] = {
    "onnx": read_onnx_model,
    "nnunet": read_nnunet_model,
    "monai": read_monai_model,
    "program": read_program_model,
}


def format_of(folder: Path) -> str:
    """``"native"``, ``"onnx"``, ``"nnunet"``, ``"monai"``, ``"program"``, or empty: no model at all.

    Raises:
        InputRefused: There is a card, and it is malformed or of an unknown format.
    """
    if (folder / CARD_NAME).is_file():
        told = read_foreign_card(folder).settings.get("format")
        if told is None and (folder / "weights.safetensors").is_file():
            return "native"
        if told is not None:
            if told not in READERS:
                raise refused(folder, f"{CARD_NAME}: the format {told!r} is unknown")
            return str(told)
    marks = (("nnunet", is_nnunet), ("monai", is_monai), ("onnx", is_onnx), ("program", is_program_folder))
    return next((name for name, fits in marks if fits(folder)), "")


def read_model(folder: Path) -> ForeignModel:
    """Read a foreign model's folder; nothing of it is executed.

    Raises:
        InputRefused: It is no foreign model, or something in it is not as it should be.
    """
    told = format_of(folder)
    if told not in READERS:
        hint = "Known are ONNX files with a card.toml, nnU-Net results, MONAI bundles and medview weights."
        raise refused(folder, "it holds no model that is known here", hint)
    return READERS[told](folder)


def verified_sha256(folder: Path) -> str:
    """Hash a foreign model's weights and compare with its card.

    Raises:
        InputRefused: The weights are not the ones that the card describes.
    """
    model = read_model(folder)
    found = weights_sha256(folder, model.weights)
    if model.card is not None and model.card.sha256 not in (found, UNKNOWN_SHA256):
        detail = f"its weights are not those that its card describes (sha256 {found[:12]}…)"
        raise refused(folder, detail, "Copy the whole model folder again from its source.")
    # of a program every file counts, whatever its card calls the main one
    return content_sha256(folder) if model.is_program else found
