"""The table of a mask's labels, changed in named undo steps. No voxel changes here."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Any

from medview.core.errors import InputRefused, LabelLocked
from medview.core.labels import Colour, LabelEntry, LabelMap, LabelTable, default_entry
from medview.core.layers import Layer, LayerId
from medview.core.origin import NOT_STATED
from medview.session.commands import ChangeLabelTable
from medview.session.session import Session

_WORDS = {"terms": "Code", "note": "Note", "colour": "Colour"}
#: What was found right in a review; another name or code is another claim about the voxels.
_MEANING = {"name", "terms"}


def label_map(session: Session, layer_id: LayerId) -> LabelMap:
    """The label map of a layer.

    Raises:
        KeyError: There is no label layer with this id.
    """
    layer: Layer | None = session.state.layer(layer_id)
    if layer is None or not isinstance(layer.data, LabelMap):
        raise KeyError(f"there is no label layer {layer_id}")
    return layer.data


def entry_of(labels: LabelMap, value: int) -> LabelEntry:
    """The entry of a label; one that the table does not list is known by its number."""
    return labels.table.find(value) or default_entry(value)


def refuse_locked(labels: LabelMap, values: Collection[int]) -> None:
    """Refuse what would change locked labels before anything is asked or computed.

    Raises:
        LabelLocked: One of them is locked.
    """
    for value in values:
        entry = entry_of(labels, value)
        if entry.locked:
            raise LabelLocked(entry.name)


def add_label(session: Session, layer_id: LayerId, name: str = "") -> int:
    """Add a label to a mask and make it the one that is painted; returns its number.

    Raises:
        InputRefused: The mask can hold no more.
    """
    labels = label_map(session, layer_id)
    value = next(iter(free_values(labels)), None)
    if value is None:
        detail = f"this mask holds {labels.highest_value} labels at most"
        raise InputRefused("Cannot add a label", detail, "Remove one, or make another mask.")
    entry = default_entry(value)
    entry = replace(entry, name=name or entry.name)
    set_table(session, layer_id, labels.table.with_entry(entry), f"Add {entry.name}")
    session.set_view(label_value=value)
    return value


def free_values(labels: LabelMap) -> tuple[int, ...]:
    """Numbers that a mask has for new labels: in no line of its table, and in no voxel."""
    held = set(labels.held_values())
    return tuple(value for value in labels.table.free_values(labels.highest_value) if value not in held)


def change_labels(session: Session, layer_id: LayerId, values: Collection[int], **changes: Any) -> None:
    """Give labels other properties: fields of `LabelEntry` except the number. Nothing where none changes."""
    labels = label_map(session, layer_id)
    table = labels.table
    changed: list[LabelEntry] = []
    for value in values:
        old = entry_of(labels, value)
        new = _meaning_checked(old, replace(old, **changes), changes)
        if new != old or labels.table.find(value) is None:
            table, changed = table.with_entry(new), [*changed, old]
    if changed:
        before = labels.table
        set_table(session, layer_id, table, _title(changed, changes))
        if "is_reviewed" not in changes:
            session.tell_unreviewed(before, table)


def _meaning_checked(old: LabelEntry, new: LabelEntry, changes: dict[str, Any]) -> LabelEntry:
    is_other = any(getattr(old, name) != getattr(new, name) for name in _MEANING)
    return replace(new, is_reviewed=False) if is_other and "is_reviewed" not in changes else new


def change_label(session: Session, layer_id: LayerId, value: int, name: str, colour: Colour) -> None:
    """Give a label another name and colour."""
    change_labels(session, layer_id, (value,), name=name, colour=colour)


def move_labels(session: Session, layer_id: LayerId, values: Collection[int], steps: int) -> None:
    """Move labels up (-1) or down (1) in the table, together; at an end they stay."""
    labels = label_map(session, layer_id)
    chosen = [value for value in labels.table.values if value in values]
    rest = [value for value in labels.table.values if value not in values]
    table = labels.table
    for value in chosen if steps < 0 else reversed(chosen):
        place = table.values.index(value) + steps
        if not 0 <= place < len(table.values) or table.values[place] in chosen:
            continue
        table = table.moved(value, steps)
    if rest and table != labels.table:
        names = _names([entry_of(labels, value) for value in chosen])
        set_table(session, layer_id, table, f"Move {names} {'up' if steps < 0 else 'down'}")


def take_entries(session: Session, layer_id: LayerId, entries: Sequence[LabelEntry], title: str) -> None:
    """Take labels from a file or a list: those of the same number get new words, the others come last.

    What the file does not say stays: codes, notes, and locks, so that no file can open a locked label.
    Who made the voxels here, and whether they were reviewed, is nothing that such a file can know.

    Raises:
        InputRefused: A number is too large for this mask.
    """
    labels = label_map(session, layer_id)
    highest = max((entry.value for entry in entries), default=0)
    if highest > labels.highest_value:
        detail = f"it has label {highest}, and this mask holds numbers up to {labels.highest_value}"
        raise InputRefused("Cannot take these labels", detail, "Give them smaller numbers.")
    known = {entry.value: entry for entry in labels.table.entries}
    known.update({entry.value: _over(known.get(entry.value), entry) for entry in entries})
    table = LabelTable(tuple(known.values()))
    if table != labels.table:
        before = labels.table
        set_table(session, layer_id, table, title)
        session.tell_unreviewed(before, table)


def set_table(session: Session, layer_id: LayerId, table: LabelTable, title: str) -> None:
    """Give a mask another table as one undo step."""
    session.do(ChangeLabelTable(layer_id=layer_id, table=table, title=title))


def _over(old: LabelEntry | None, new: LabelEntry) -> LabelEntry:
    if old is None:
        return replace(new, origin=NOT_STATED, is_reviewed=False)
    taken = replace(
        new,
        terms=new.terms or old.terms,
        note=new.note or old.note,
        locked=new.locked or old.locked,
        origin=old.origin,
        is_reviewed=old.is_reviewed,
    )
    return _meaning_checked(old, taken, {})


def _title(changed: Sequence[LabelEntry], changes: dict[str, Any]) -> str:
    names = _names(changed)
    if "locked" in changes:
        return f"{'Lock' if changes['locked'] else 'Unlock'} {names}"
    if "is_reviewed" in changes:
        return f"{names} {'reviewed' if changes['is_reviewed'] else 'to be reviewed again'}"
    if "visible" in changes:
        return f"{'Show' if changes['visible'] else 'Hide'} {names}"
    if changes.get("name", changed[0].name) != changed[0].name:
        return f"Rename {names}"
    word = next((word for field, word in _WORDS.items() if field in changes), "Name")
    return f"{word} of {names}"


def _names(entries: Sequence[LabelEntry]) -> str:
    return entries[0].name if len(entries) == 1 else f"{len(entries)} labels"
