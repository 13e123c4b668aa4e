"""Noting who changed the voxels of labels, once per undo step."""

from __future__ import annotations

from collections.abc import Collection, Iterable

import numpy as np

from medview.core.label_counts import count_changes
from medview.core.labels import LabelMap, LabelTable, Patch
from medview.core.origin import Maker


def stamped(
    labels: LabelMap, inverses: Iterable[Patch], held_before: Collection[int], maker: Maker
) -> LabelTable:
    """The table of a map after a change of voxels: every label that lost or won some notes who did it.

    Args:
        labels: The map as it is after the change.
        inverses: What takes the change back.
        held_before: Labels that had voxels before it.
        maker: Who made it.

    Returns:
        The map's own table, the same object, where nothing is new.
    """
    touched = np.zeros(labels.highest_value + 1, bool)
    for patch in inverses:
        lost, won = count_changes(labels.array[patch.box], patch.values, patch.mask)
        touched |= (lost > 0) | (won > 0)
    table = labels.table
    for value in map(int, np.flatnonzero(touched)):
        entry = table.find(value)
        if entry is None:
            continue
        new = entry.touched_by(maker, was_empty=value not in held_before)
        table = table if new == entry else table.with_entry(new)
    return table


def unreviewed_names(before: LabelTable, after: LabelTable) -> tuple[str, ...]:
    """Names of the labels that were marked as reviewed and no longer are."""
    reviewed = (entry for entry in before.entries if entry.is_reviewed)
    now = {entry.value: entry.is_reviewed for entry in after.entries}
    return tuple(entry.name for entry in reviewed if now.get(entry.value) is False)
