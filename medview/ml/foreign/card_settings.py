"""The card of a foreign network: what ONNX files and programs do not say about themselves.

``[settings]`` of ``card.toml``, with the defaults in brackets:

- ``format``: ``"onnx"`` or ``"program"``; ``file``: its name; ``function`` ["run"]: of a Python file.
- ``roles`` [["image"]]: names of the input channels, or tables with role, title, modalities.
- ``orientation`` ["RAS"]: patient directions of the network's axes.
- ``spacing_mm`` [none]: voxels that the network wants, 0 for the scan's own; ``order`` [1] of the spline.
- ``normalise`` [{kind = "none"}]: a table or one per channel: kind "none", "zscore" (within "all" or
  "nonzero"), "given" (mean, std), "range" (from, to, clip), "minmax" (to), "percentiles" (from, to, clip).
- ``dims`` [3], ``slice_axis`` [2], ``patch`` [whole image], ``overlap`` [0.5], ``multiple`` [1],
  ``mirror_axes`` [none may be mirrored].
- ``output`` ["labels"] or "image"; ``activation`` ["softmax"], "sigmoid", "none"; ``threshold`` [0.5].
- ``labels``: names of the classes from 1 on, or tables with value, name, code.
- ``test_tolerance`` [0.001].
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from medview.ml.card import CARD_NAME, ModelCard
from medview.ml.foreign.limits import Fields, read_toml, refused
from medview.ml.foreign.model import MOST_LABELS, label
from medview.ml.foreign.recipe import (
    Answer,
    Channel,
    Normalise,
    Orient,
    Recipe,
    Rescale,
    Respace,
    Step,
    Window,
)
from medview.ml.spec import LabelSpec

UNKNOWN_SHA256 = "0" * 64
"""Stands in a card written by hand, until the model is installed."""
_KINDS = ("none", "zscore", "given", "ct", "range", "minmax", "percentiles")
_CODES = frozenset("RLAPSI")


def read_foreign_card(folder: Path) -> ModelCard:
    """Read a card whose ``sha256`` may be missing still.

    Raises:
        InputRefused: It is missing, or is no card.
    """
    table = read_toml(folder / CARD_NAME)
    table.setdefault("sha256", UNKNOWN_SHA256)
    table.setdefault("version", "1")
    table.setdefault("title", table.get("model_id", folder.name))
    try:
        rows = {name: tuple(table.get(name, ())) for name in ("results", "ordering")}
        return ModelCard(**{**table, **rows})
    except (TypeError, ValueError) as reason:
        raise refused(folder, f"{CARD_NAME}: {reason}") from None


def settings_of(card: ModelCard, folder: Path) -> Fields:
    """The card's settings, to be asked for one value at a time."""
    return Fields(card.settings, f"{CARD_NAME}, settings", folder)


def channels_of(settings: Fields) -> tuple[Channel, ...]:
    """The inputs in the network's order."""
    rows = settings.table.get("roles", ["image"])
    if not isinstance(rows, list) or not 1 <= len(rows) <= 16:
        raise settings.fail("roles is no list of 1 to 16 inputs")
    channels = tuple(_channel(row, settings) for row in rows)
    names = [channel.role for channel in channels]
    if len(set(names)) < len(names):
        raise settings.fail("roles names an input twice")
    return channels


def _channel(row: Any, settings: Fields) -> Channel:
    if isinstance(row, str):
        row = {"role": row}
    if not isinstance(row, Mapping):
        raise settings.fail("roles holds something that is no name")
    fields = Fields(row, f"{settings.where}, roles", settings.folder)
    role = fields.text("role")
    if not role.replace("_", "a").isalnum():
        raise fields.fail(f"the role {role!r} is no word")
    modalities = row.get("modalities", [])
    if not isinstance(modalities, list) or not all(isinstance(name, str) for name in modalities):
        raise fields.fail("modalities is no list of words")
    return Channel(role=role, title=fields.text("title", role.upper()), modalities=tuple(modalities))


def recipe_of(settings: Fields, channels: int) -> Recipe:
    """How scans go in and labels come out.

    Args:
        settings: Of the card.
        channels: Number of inputs.

    Raises:
        InputRefused: A setting is missing or malformed.
    """
    try:
        return Recipe(steps=_steps(settings, channels), window=_window(settings), answer=answer_of(settings))
    except ValueError as reason:
        raise settings.fail(str(reason)) from None


def orientation_of(settings: Fields, default: str = "RAS") -> Orient:
    """Patient directions of the network's axes."""
    codes = settings.text("orientation", default).upper()
    axes = {"".join(sorted(pair)) for pair in ("RL", "AP", "SI") if len(set(codes) & set(pair)) == 1}
    if len(codes) != 3 or not set(codes) <= _CODES or len(axes) != 3:
        raise settings.fail(f"the orientation {codes!r} is none, such as RAS or LPS")
    return Orient(codes)


def _steps(settings: Fields, channels: int) -> tuple[Step, ...]:
    steps: list[Step] = [orientation_of(settings)]
    spacing = settings.numbers("spacing_mm")
    if spacing:
        i, j, k = settings.numbers("spacing_mm", 3)
        if not all(0 <= size <= 50 for size in spacing):
            raise settings.fail("spacing_mm is out of range")
        steps.append(Respace(spacing_mm=(i, j, k), order=settings.whole("order", 1, 0, 3)))
    rules = settings.table.get("normalise", {"kind": "none"})
    rows = rules if isinstance(rules, list) else [rules]
    if len(rows) not in (1, channels):
        raise settings.fail("normalise needs one rule, or one per input")
    steps.append(Normalise(tuple(_rule(row, settings) for row in rows)))
    return tuple(steps)


def _rule(row: Any, settings: Fields) -> Rescale:
    if not isinstance(row, Mapping):
        raise settings.fail("normalise holds something that is no table")
    fields = Fields(row, f"{settings.where}, normalise", settings.folder)
    kind, within = fields.text("kind", "none"), fields.text("within", "all")
    if kind not in _KINDS or within not in ("all", "nonzero"):
        raise fields.fail(f"the kind {kind!r} or within {within!r} is unknown")
    low, high = fields.numbers("from", 2) if "from" in row else (0.0, 1.0)
    new_low, new_high = fields.numbers("to", 2) if "to" in row else (0.0, 1.0)
    if high <= low or fields.number("std", 1.0) <= 0:
        raise fields.fail("from or std is out of range")
    return Rescale(
        kind=kind,  # type: ignore[arg-type]
        within=within,  # type: ignore[arg-type]
        low=low,
        high=high,
        new_low=new_low,
        new_high=new_high,
        mean=fields.number("mean", 0.0),
        std=fields.number("std", 1.0),
        is_clipped=fields.flag("clip", False),
    )


def _window(settings: Fields) -> Window:
    is_flat = settings.whole("dims", 3, 2, 3) == 2
    axis = settings.whole("slice_axis", 2, 0, 2) if is_flat else None
    patch = list(settings.wholes("patch", 2 if is_flat else 3)) if "patch" in settings.table else []
    if axis is not None and patch:
        patch.insert(axis, 1)
    if any(not 1 <= size <= 4096 for size in patch):
        raise settings.fail("patch is out of range")
    overlap = settings.number("overlap", 0.5)
    if not 0 <= overlap <= 0.9:
        raise settings.fail("overlap is not from 0 to 0.9")
    mirror = settings.wholes("mirror_axes")
    if any(place > 2 for place in mirror):
        raise settings.fail("mirror_axes are 0, 1 or 2")
    multiple = settings.whole("multiple", 1, 1, 1024)
    return Window(patch=tuple(patch), slice_axis=axis, overlap=overlap, multiple=multiple, mirror_axes=mirror)


def answer_of(settings: Fields) -> Answer:
    """What the output channels mean."""
    kind = settings.text("output", "labels")
    activation = settings.text("activation", "softmax" if kind == "labels" else "none")
    if kind not in ("labels", "image") or activation not in ("softmax", "sigmoid", "none"):
        raise settings.fail(f"the output {kind!r} or the activation {activation!r} is unknown")
    if kind == "image":
        made = settings.flag("synthesized", True)
        return Answer(kind="image", activation=activation, channels=1, is_synthesized=made)  # type: ignore[arg-type]
    labels = labels_of(settings)
    by_threshold = activation == "sigmoid"
    values = tuple(item.value for item in labels)
    return Answer(
        decide="threshold" if by_threshold else "argmax",
        activation=activation,  # type: ignore[arg-type]
        channels=len(labels) + (not by_threshold),
        values=values if by_threshold else (0, *values),
        labels=labels,
        threshold=settings.number("threshold", 0.5),
    )


def labels_of(settings: Fields) -> tuple[LabelSpec, ...]:
    """Names of the classes from 1 on; the background is not among them."""
    rows = settings.table.get("labels")
    if not isinstance(rows, list) or not 1 <= len(rows) <= MOST_LABELS:
        raise settings.fail(f"labels is no list of 1 to {MOST_LABELS} names")
    found = []
    for value, row in enumerate(rows, 1):
        table = {"name": row} if isinstance(row, str) else row
        if not isinstance(table, Mapping):
            raise settings.fail("labels holds something that is no name")
        fields = Fields(table, f"{settings.where}, labels", settings.folder)
        chosen = fields.whole("value", value, 1, 65535)
        found.append(label(chosen, fields.text("name", f"Label {chosen}"), fields.text("code")))
    if len({item.value for item in found}) < len(found):
        raise settings.fail("labels gives a value twice")
    return tuple(found)


def named_file(settings: Fields, name: str = "file", default: str = "") -> str:
    """A file of the folder that the card names.

    Raises:
        InputRefused: It is missing, is a link, or lies elsewhere.
    """
    text = settings.text(name, default)
    path = settings.folder / text
    if not text or Path(text).name != text or path.is_symlink() or not path.is_file():
        raise settings.fail(f"{name} = {text!r} is no file of the folder")
    return text
