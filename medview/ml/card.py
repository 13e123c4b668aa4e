"""Model cards: what is known about a file of trained numbers, kept beside it as ``card.toml``."""

from __future__ import annotations

import functools
import hashlib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from medview.core.errors import InputRefused
from medview.ml.toml_text import toml_text

CARD_NAME = "card.toml"
WEIGHTS_NAME = "weights.safetensors"

_TEXTS = (
    "model_id",
    "version",
    "title",
    "sha256",
    "licence",
    "trained_on",
    "intended_use",
    "not_for",
    "citation",
)
_TABLES = ("settings", "calibration", "range", "self_test")
_ROWS = ("results", "ordering")


@dataclass(frozen=True, kw_only=True)
class ModelCard:
    """The facts about one set of weights.

    Args:
        model_id: The spec that these weights belong to.
        version: The spec's version that they were trained with.
        title: What people call this set.
        sha256: Of the weights file, lower case hexadecimal.
        licence: Under which the weights may be used.
        trained_on: Data, their number and source.
        intended_use: What the model is for.
        not_for: Where it is known or likely to fail.
        results: Rows of the results table, such as ``{"data": "test", "n": 9, "dice": 0.87}``: Dice over the
            ``n`` subjects whose reference shows the structure; of those ``without`` it, in how many it was
            found are ``false_findings`` of ``false_finding_ml`` on average.
        settings: What the code needs to know, such as ``pixel_spacing_mm`` and ``width``.
        citation: The paper.
        ordering: Variants of the method as in the paper's table and as measured here, a row each:
            ``variant``, ``metric``, ``paper`` (a number, or text where the paper gives none),
            ``ours``, ``spread`` and ``n``.
        calibration: What `medview.measure.calibration.calibration_table` made of validation subjects.
        range: What the inputs looked like that it was trained on, see `medview.ml.input_range`.
        self_test: A stored input and output, see `medview.ml.self_test`.
    """

    model_id: str
    version: str
    title: str
    sha256: str
    licence: str = ""
    trained_on: str = ""
    intended_use: str = ""
    not_for: str = ""
    results: tuple[Mapping[str, Any], ...] = ()
    settings: Mapping[str, Any] = field(default_factory=dict)
    citation: str = ""
    ordering: tuple[Mapping[str, Any], ...] = ()
    calibration: Mapping[str, Any] = field(default_factory=dict)
    range: Mapping[str, Any] = field(default_factory=dict)
    self_test: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._demand_kinds()
        if not self.model_id or not self.version:
            raise ValueError("model_id and version must not be empty")
        if len(self.sha256) != 64 or set(self.sha256) - set("0123456789abcdef"):
            raise ValueError("sha256 must be 64 lower case hexadecimal digits")

    def _demand_kinds(self) -> None:
        for name in _TEXTS:
            if not isinstance(getattr(self, name), str):
                raise ValueError(f"{name} must be text")
        for name in _TABLES:
            if not isinstance(getattr(self, name), Mapping):
                raise ValueError(f"{name} must be a table")
        for name in _ROWS:
            if not all(isinstance(row, Mapping) for row in getattr(self, name)):
                raise ValueError(f"{name} must be a list of tables")


def read_card(folder: Path) -> ModelCard:
    """Read and check ``card.toml`` in a model folder.

    Raises:
        InputRefused: The card is missing, is not TOML, lacks a field or has an unknown or malformed one.
    """
    path = folder / CARD_NAME
    try:
        stamp = path.stat()
        return _parsed(path, stamp.st_mtime_ns, stamp.st_size, stamp.st_ino)
    except OSError:
        raise _refusal(path, "it is missing or cannot be read") from None
    except (ValueError, TypeError) as reason:
        raise _refusal(path, str(reason)) from None


@functools.lru_cache(maxsize=128)
def _parsed(path: Path, *_stamp: int) -> ModelCard:
    """A card's content; forms ask for it many times a second, files change once in a while."""
    return _card_of(tomllib.loads(path.read_text(encoding="utf-8")))


def _card_of(table: dict[str, Any]) -> ModelCard:
    known = {item.name for item in fields(ModelCard)}
    unknown = sorted(set(table) - known)
    if unknown:
        raise ValueError(f"{unknown[0]} is not a field of a card")
    missing = [name for name in ("model_id", "version", "title", "sha256") if name not in table]
    if missing:
        raise ValueError(f"{missing[0]} is missing")
    return ModelCard(**{**table, **{name: tuple(table.get(name, ())) for name in _ROWS}})


def _refusal(path: Path, reason: str) -> InputRefused:
    hint = "Copy the whole model folder again from its source."
    return InputRefused(f"Cannot use the model card {path}", reason, hint)


def unusable_settings(reason: str) -> InputRefused:
    """What a method raises where a card's ``settings`` are none that it knows."""
    hint = "Copy the whole model folder again from its source."
    return InputRefused("Cannot use the model card", reason, hint)


def file_sha256(path: Path) -> str:
    """Hash of a file's content, read in pieces."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def verified_sha256(folder: Path, card: ModelCard) -> str:
    """Hash the weights file and compare it with the card.

    Raises:
        InputRefused: The file is missing or is not the one that the card describes.
    """
    path = folder / WEIGHTS_NAME
    if not path.is_file():
        raise InputRefused(
            f"Cannot use the model in {folder}", f"{WEIGHTS_NAME} is missing", "Copy it there."
        )
    found = file_sha256(path)
    if found != card.sha256:
        detail = f"{WEIGHTS_NAME} is not the file that its card describes (sha256 {found[:12]}…)"
        hint = "Copy the whole model folder again from its source."
        raise InputRefused(f"Cannot use the model in {folder}", detail, hint)
    return found


def write_card(folder: Path, card: ModelCard) -> Path:
    """Write ``card.toml`` in a model folder; an existing one is replaced in one step."""
    table = {item.name: getattr(card, item.name) for item in fields(card)}
    # a section with nothing in it tells nobody anything
    table = {name: value for name, value in table.items() if value or name not in (*_TABLES, *_ROWS)}
    path = folder / CARD_NAME
    draft = path.with_suffix(".toml.part")
    try:
        draft.write_text(toml_text(table), encoding="utf-8")
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
    return path
