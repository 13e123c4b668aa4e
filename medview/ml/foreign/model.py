"""A model of a user as read from its folder, whatever program made it."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from medview.core.labels import PALETTE
from medview.ml.card import ModelCard, file_sha256
from medview.ml.foreign.recipe import Channel, Recipe
from medview.ml.spec import LabelSpec

Format = Literal["onnx", "nnunet", "monai", "program"]
FORMAT_WORDS: dict[str, str] = {
    "native": "medview weights (safetensors)",
    "onnx": "ONNX network",
    "nnunet": "nnU-Net v2 results",
    "monai": "MONAI bundle",
    "program": "program",
}
MOST_LABELS = 1000
TEST_INPUT, TEST_OUTPUT = "test_input.npy", "test_output.npy"
_NOT_ID = re.compile(r"[^a-z0-9_-]+")


@dataclass(frozen=True, kw_only=True)
class ForeignModel:
    """What a folder says about itself, checked, with nothing of it executed.

    Args:
        id: Under which the registry lists it.
        version: Of the model.
        title: What people call it.
        format: Which program made it.
        folder: Where it lies.
        weights: Files with the trained numbers, relative to the folder, most important first.
        channels: Its inputs in the network's order.
        recipe: How scans go in and labels come out.
        network: What builds the network, as plain data; its keys depend on the format.
        summary: One or two sentences.
        licence: Empty where none was found.
        citation: Empty where none was found.
        card: The card beside it; None where there is none.
        test_tolerance: Largest difference from ``test_output.npy`` that counts as the same.
        notes: Sentences that a person should read before installing.
    """

    id: str
    version: str
    title: str
    format: Format
    folder: Path
    weights: tuple[str, ...]
    channels: tuple[Channel, ...]
    recipe: Recipe
    network: Mapping[str, Any] = field(default_factory=dict)
    summary: str = ""
    licence: str = ""
    citation: str = ""
    card: ModelCard | None = None
    test_tolerance: float = 1e-3
    notes: tuple[str, ...] = ()

    @property
    def is_program(self) -> bool:
        """Whether running it means running code that came with it."""
        return self.format == "program"

    @property
    def has_test(self) -> bool:
        """Whether the folder holds a stored answer to compare with."""
        return all((self.folder / name).is_file() for name in (TEST_INPUT, TEST_OUTPUT))


def weights_sha256(folder: Path, files: tuple[str, ...]) -> str:
    """Hash of the weights: of the one file, or of the list of hashes and names of several."""
    if len(files) == 1:
        return file_sha256(folder / files[0])
    lines = "".join(f"{file_sha256(folder / name)}  {name}\n" for name in sorted(files))
    return hashlib.sha256(lines.encode()).hexdigest()


def content_sha256(folder: Path) -> str:
    """Hash of every file in a folder with its name: what trust in a program is tied to.

    The card is left out: it is rewritten when a model is installed, and holds no code.
    """
    names = sorted(
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.is_file() and path.relative_to(folder).as_posix() != "card.toml"
    )
    lines = "".join(f"{file_sha256(folder / name)}  {name}\n" for name in names)
    return hashlib.sha256(lines.encode()).hexdigest()


def recipe_digest(model: ForeignModel) -> str:
    """Eight letters that change with everything but the weights that a result depends on."""
    told = repr((model.recipe, sorted(model.network.items()), model.channels))
    return hashlib.sha256(told.encode()).hexdigest()[:8]


def id_from(words: str, fallback: str = "model") -> str:
    """A model id made of what a folder or a file calls itself."""
    name = _NOT_ID.sub("-", words.lower()).strip("-_")[:60].strip("-_")
    if not name:
        return fallback
    return name if name[0].isalpha() else f"m-{name}"


def label(value: int, name: str, code: str = "") -> LabelSpec:
    """A label in the program's own colours."""
    return LabelSpec(value=value, name=name[:80], colour=PALETTE[(value - 1) % len(PALETTE)], code=code)
