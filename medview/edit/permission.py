"""What a tool may change: every patch of every tool goes through here before it is applied."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from medview.core.boxes import offset_of, tight_box, within
from medview.core.labels import LabelMap, Patch
from medview.core.overwrite import UNLOCKED, OverwriteRule


@dataclass(frozen=True, kw_only=True)
class Permission:
    """A rule, in the hand of somebody who works on one label.

    Args:
        rule: What may be overwritten.
        own: Label in the hand: the rule protects the others from it, never itself, so that what was
            painted amiss under "background only" can be erased under the same rule. None: no label.
    """

    rule: OverwriteRule = UNLOCKED
    own: int | None = None


EVERYTHING_UNLOCKED = Permission()


def permitted(labels: LabelMap, patch: Patch, permission: Permission = EVERYTHING_UNLOCKED) -> Patch | None:
    """Trim a patch to what may change: pure.

    Left are the voxels whose number the patch changes, whose present number may be overwritten, and
    whose present and new labels are not locked: `LabelMap.apply` takes what is returned.

    Args:
        labels: The map; it is not changed.
        patch: What a tool would like to change.
        permission: The rule, and the label in the hand.

    Returns:
        The smallest box that holds all permitted changes, or None where nothing would change.
    """
    present = labels.array[patch.box]
    mask = patch.values != present
    if patch.mask is not None:
        mask &= patch.mask
    open_to = _open_to(labels, permission)
    if open_to is not None:
        mask &= open_to[present]
    if labels.table.locked_values:
        mask &= ~_locked(labels)[patch.values]
    box = tight_box(mask)
    if box is None:
        return None
    return Patch(offset_of(within(patch.box, box)), patch.values[box], mask[box])


def _open_to(labels: LabelMap, permission: Permission) -> NDArray[np.bool_] | None:
    """Whether each present number may be overwritten; None where each may."""
    numbers = permission.rule.numbers()
    if numbers is None:
        return ~_locked(labels) if labels.table.locked_values else None
    table = np.zeros(labels.highest_value + 1, bool)
    own = () if permission.own is None else (permission.own,)
    table[[value for value in (*numbers, *own) if value <= labels.highest_value]] = True
    return table & ~_locked(labels)


def _locked(labels: LabelMap) -> NDArray[np.bool_]:
    table = np.zeros(labels.highest_value + 1, bool)
    table[[value for value in labels.table.locked_values if value <= labels.highest_value]] = True
    return table
