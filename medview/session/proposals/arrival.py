"""A model's labels become a proposal for a mask: in the mask's numbers, and laid out as the mask is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from medview.core.boxes import slabs
from medview.core.labels import PALETTE, LabelEntry, LabelMap, LabelTable
from medview.core.layers import LayerId, Match, Proposal
from medview.core.origin import NOT_STATED, Origin
from medview.session.files.layers_from import Content
from medview.session.proposals.matching import matches_of


@dataclass(frozen=True, eq=False, kw_only=True)
class Aim:
    """The mask that a result is meant for.

    Args:
        layer_id: Its layer.
        name: What people call it.
        labels: Its map; only its table, type and layout are read here.
    """

    layer_id: LayerId
    name: str
    labels: LabelMap


def aimed(contents: Sequence[Content], aim: Aim | None) -> tuple[Content, ...]:
    """The same contents, where the first label map on the mask's grid has become a proposal for the mask.

    Raises:
        InputRefused: The mask has no number left for a new label.
    """
    made = list(contents)
    for place, content in enumerate(made):
        if aim is not None and isinstance(content.data, LabelMap):
            if content.data.geometry.matches(aim.labels.geometry):
                made[place] = as_proposal(content, content.data, aim)
            break
    return tuple(made)


def aim_words(contents: Sequence[Content], aim: Aim | None) -> str:
    """What a person is told of where the labels went; empty where no mask was aimed at."""
    if aim is None:
        return ""
    if any(content.proposal is not None for content in contents):
        return f"Laid over {aim.name} as a proposal: see Review."
    return f"Not laid over {aim.name}, which lies on another grid: it is a layer of its own."


def as_proposal(content: Content, found: LabelMap, aim: Aim) -> Content:
    """A content whose labels have the numbers of the mask; neither codes nor colours of the mask change."""
    matches = matches_of(found.table, aim.labels.table, aim.labels.highest_value)
    array = np.empty_like(aim.labels.array)
    new_of = np.zeros(found.highest_value + 1, array.dtype)
    new_of[list(found.table.values)] = [match.value for match in matches]
    for part in slabs(array):
        array[part] = new_of[found.array[part]]
    table = proposed_table(aim.labels.table, found.table, matches)
    return replace(
        content,
        name=f"{content.name} for {aim.name}",
        data=LabelMap(array, aim.labels.geometry, table),
        proposal=Proposal(target_id=aim.layer_id, matches=matches),
    )


def proposed_table(mask: LabelTable, found: LabelTable, matches: Sequence[Match]) -> LabelTable:
    """The labels of the mask, open to change and made by whoever made the result; after them the new ones."""
    origin = next((entry.origin for entry in found.entries), NOT_STATED)
    known = tuple(as_proposed(entry, origin) for entry in mask.entries)
    new = tuple(
        _new_entry(entry, match, mask)
        for entry, match in zip(found.entries, matches, strict=True)
        if match.is_new
    )
    return LabelTable((*known, *new))


def as_proposed(entry: LabelEntry, origin: Origin) -> LabelEntry:
    """A label of the mask as a proposal has it: open to change, on show, and nobody has reviewed it."""
    return replace(entry, locked=False, visible=True, note="", origin=origin, is_reviewed=False)


def _new_entry(entry: LabelEntry, match: Match, mask: LabelTable) -> LabelEntry:
    """A label under its new number, in a colour that the mask does not use yet where that is possible."""
    used = {other.colour for other in mask.entries}
    colour = entry.colour
    if colour in used:
        colour = next((free for free in PALETTE if free not in used), colour)
    return replace(entry, value=match.value, colour=colour)
