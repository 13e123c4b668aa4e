"""What a file of a data folder holds, told by its name: plain names, and the names of BIDS.

BIDS: Gorgolewski et al. 2016, and the derivatives part of the specification (``label-``, ``desc-``,
``_mask``, ``_dseg``).
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path

from medview.io.naming import stem_of, words_of

_ENDINGS = (".nii", ".nii.gz", ".nrrd", ".mha", ".hdr")
_MASKS = ("mask", "msk", "seg", "dseg")
_ENTITY = re.compile(r"([a-zA-Z]+)-([a-zA-Z0-9+]+)")
_SPARE = ("label", "desc", "space", "sub", "ses")
"""Entities that say what a mask holds or whose it is, rather than which of several scans it is."""


@dataclass(frozen=True)
class BidsName:
    """A file name of BIDS: entities by key, and the suffix, as ``sub-01_label-lesion_mask``."""

    entities: dict[str, str]
    suffix: str


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What a model needs to learn.

    Args:
        roles: Input roles, and outputs that are images.
        labels: Outputs that are labels.
        required: Names without which a subject is not complete.
    """

    roles: tuple[str, ...]
    labels: tuple[str, ...]
    required: frozenset[str] = field(default_factory=frozenset)


def is_scan(path: Path) -> bool:
    """Whether a file may hold a volume."""
    return path.name.lower().endswith(_ENDINGS)


def bids_name(path: Path) -> BidsName | None:
    """The parts of a BIDS name; None where it is none."""
    *parts, suffix = stem_of(path).split("_")
    matches = [_ENTITY.fullmatch(part) for part in parts]
    if not parts or not all(matches):
        return None
    entities = {match[1].lower(): match[2] for match in matches if match is not None}
    return BidsName(entities, suffix) if "sub" in entities else None


def name_in(path: Path, wanted: Wanted) -> str | None:
    """The role or output that a file holds; None where its name tells none."""
    if not is_scan(path):
        return None
    bids = bids_name(path)
    if bids is not None and bids.suffix.lower() in _MASKS:
        return _mask_name(bids, wanted.labels)
    names = (*wanted.roles, *wanted.labels)
    words = words_of(stem_of(path).replace("_", " "))
    last = words[-1] if words else ""
    by_suffix = {f"{name}w": name for name in names} | {name: name for name in names}
    return by_suffix.get(last) or next((name for name in names if f"label {name}" in " ".join(words)), None)


def _mask_name(bids: BidsName, labels: tuple[str, ...]) -> str | None:
    """A mask is what its label says, or else its description; one without either is the only output."""
    by_word = {_plain(name): name for name in labels}
    stated = [bids.entities[key] for key in ("label", "desc") if key in bids.entities]
    if not stated:
        return labels[0] if len(labels) == 1 else None
    return next((by_word[word.lower()] for word in stated if word.lower() in by_word), None)


def _plain(name: str) -> str:
    return "".join(words_of(name))


def preference(path: Path) -> tuple[int, int, str]:
    """Sorts files of one role: fewest further entities (``acq-``, ``run-``) first, then the shorter name."""
    bids = bids_name(path)
    further = 0 if bids is None else len([key for key in bids.entities if key not in _SPARE])
    return further, len(path.name), path.name


def best_of(paths: Collection[Path]) -> Path:
    """The file to take where several hold the same role."""
    return min(paths, key=preference)
