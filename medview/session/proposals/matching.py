"""Which label of a mask a label of a proposal stands for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from medview.core.codes import NOT_CODED, Terminology
from medview.core.errors import InputRefused
from medview.core.labels import PALETTE, LabelEntry, LabelTable, default_entry
from medview.core.layers import Match
from medview.session.masks import FIRST_LABEL
from medview.session.proposals.offer import Offer


def matches_of(found: LabelTable, mask: LabelTable, highest: int) -> tuple[Match, ...]:
    """Match every found label: by code of its type, then by name, else as a label that the mask gets.

    No label of the mask is taken twice. Labels that only share a number are not taken for the same; but the
    only label of a result is taken for the only one of a mask where nobody has said yet what that one is.

    Args:
        found: The labels of a result.
        mask: The labels of the mask.
        highest: The highest number that the mask can hold.

    Returns:
        A match for every found label, in its order.

    Raises:
        InputRefused: The mask has no number left for a new label.
    """
    free = mask.free_values(highest)
    pairs: dict[int, int] = {}
    are_alone = len(found.entries) == len(mask.entries) == 1
    for is_same in (_same_code, _same_name, *((_is_nameless,) if are_alone else ())):
        for entry in found.entries:
            left = [other for other in mask.entries if other.value not in pairs.values()]
            same = next((other for other in left if is_same(entry, other)), None)
            if entry.value not in pairs and same is not None:
                pairs[entry.value] = same.value
    return tuple(_match(entry, pairs.get(entry.value), free) for entry in found.entries)


def _match(entry: LabelEntry, value: int | None, free: Iterator[int]) -> Match:
    if value is not None:
        return Match(name=entry.name, value=value)
    new = next(free, None)
    if new is None:
        raise _no_number(entry.name)
    return Match(name=entry.name, value=new, is_new=True)


def rematched_entry(offer: Offer, match: Match, value: int | None) -> LabelEntry:
    """The label that a match is to stand for: one of the mask, open to change, or (None) a new one.

    Raises:
        InputRefused: The mask has no number left.
    """
    mask = offer.mask.table
    if value is not None:
        known = mask.find(value) or default_entry(value)
        return replace(known, locked=False, visible=True, note="", is_reviewed=False)
    taken = {*mask.values, *offer.labels.table.values}
    free = (number for number in mask.free_values(offer.mask.highest_value) if number not in taken)
    number = next(free, None)
    if number is None:
        raise _no_number(match.name)
    colours = {entry.colour for entry in offer.labels.table.entries}
    colour = next((free for free in PALETTE if free not in colours), PALETTE[(number - 1) % len(PALETTE)])
    return LabelEntry(value=number, name=match.name, colour=colour, terms=_terms_of(offer, match))


def _terms_of(offer: Offer, match: Match) -> Terminology:
    """The code of a label that was new until now; one that stood for a label of the mask has lost its own."""
    entry = offer.labels.table.find(match.value)
    return entry.terms if match.is_new and entry is not None else NOT_CODED


def _no_number(name: str) -> InputRefused:
    detail = f"the mask has no number left for {name}"
    return InputRefused("Cannot propose labels", detail, "Merge or remove labels of the mask first.")


def _same_code(one: LabelEntry, other: LabelEntry) -> bool:
    """The same type of thing on the same side."""
    if one.terms.type is None or other.terms.type is None:
        return False
    types = {(code.value, code.scheme) for code in (one.terms.type, other.terms.type)}
    return len(types) == 1 and _side(one) == _side(other)


def _side(entry: LabelEntry) -> str:
    modifier = entry.terms.type_modifier
    return modifier.value if modifier is not None else ""


def _same_name(one: LabelEntry, other: LabelEntry) -> bool:
    return _plain(one.name) == _plain(other.name)


def _is_nameless(_found: LabelEntry, mask: LabelEntry) -> bool:
    return not mask.terms and mask.name in (FIRST_LABEL, default_entry(mask.value).name)


def _plain(name: str) -> str:
    return " ".join(name.replace("_", " ").replace("-", " ").lower().split())
