"""What objects of a mask's labels hold, and what is told of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from medview.core.errors import InputRefused
from medview.core.labels import LabelArray, LabelEntry

ENDING = ".dcm"


@dataclass(frozen=True, kw_only=True)
class Written:
    """What was written.

    Args:
        segments: Names of the labels that are in it, in their order.
        empty: Names of those left out, since they have no voxel.
        uncoded: Names of those that nobody has given a code.
    """

    segments: tuple[str, ...]
    empty: tuple[str, ...]
    uncoded: tuple[str, ...]


def listed_labels(
    labels: LabelArray, entries: Sequence[LabelEntry], name: str
) -> tuple[list[LabelEntry], Written]:
    """The labels that have voxels, in their order, and what is told of them.

    Raises:
        InputRefused: None has.
    """
    held = set(np.flatnonzero(np.bincount(labels.ravel(order="K"))).tolist())
    listed = [entry for entry in entries if entry.value in held]
    if not listed:
        raise InputRefused(f"Cannot save {name}", "the mask has no voxels", "Paint it first.")
    return listed, Written(
        segments=tuple(entry.name for entry in listed),
        empty=tuple(entry.name for entry in entries if entry.value not in held),
        uncoded=tuple(entry.name for entry in listed if entry.terms.type is None),
    )
