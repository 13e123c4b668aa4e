"""Masks that people draw themselves: new ones, and their labels."""

from __future__ import annotations

from medview.core.errors import InputRefused
from medview.core.labels import Colour, LabelEntry, LabelMap, LabelTable, default_entry
from medview.core.layers import Layer, LayerId
from medview.core.state import SessionState
from medview.session.commands import AddLayers, ChangeLabelTable
from medview.session.files.layers_from import Content, empty_mask, free_name, layer_of
from medview.session.session import Session


def new_mask(session: Session, reference_id: LayerId | None = None) -> LayerId:
    """Lay an empty mask over a scan, on its grid, as one undo step.

    Args:
        session: Where.
        reference_id: The scan; None takes the active one.

    Raises:
        InputRefused: No scan is open.
    """
    state = session.state
    reference = state.layer(reference_id) if reference_id is not None else state.active_image
    if reference is None:
        raise InputRefused("Cannot make a mask", "no scan is open", "Open a scan first.")
    entry = LabelEntry(value=1, name="Mask", colour=_free_colour(state))
    data = empty_mask(reference.geometry, entry)
    content = Content(name="Mask", data=data, source=reference.source)
    name = free_name("Mask", (layer.name for layer in state.layers))
    layer = layer_of(content, session.new_id(), name)
    session.do(AddLayers(title="New mask", layers=(layer,)))
    session.set_view(label_value=1)
    return layer.id


def _free_colour(state: SessionState) -> Colour:
    """The first colour that no label has yet, so that masks can be told apart; else the first of all."""
    maps = (layer.data for layer in state.layers if isinstance(layer.data, LabelMap))
    taken = {entry.colour for labels in maps for entry in labels.table.entries}
    colours = [default_entry(value).colour for value in range(1, len(taken) + 2)]
    return next((colour for colour in colours if colour not in taken), colours[0])


def add_label(session: Session, layer_id: LayerId, name: str = "") -> int:
    """Add a label to a mask and make it the one that is painted; returns its number."""
    labels = label_map(session, layer_id)
    value = labels.table.next_value()
    if value > 255 and labels.array.dtype.itemsize == 1:
        raise InputRefused("Cannot add a label", "this mask holds 255 labels at most", "Make another mask.")
    entry = default_entry(value)
    entry = LabelEntry(value=value, name=name or entry.name, colour=entry.colour)
    _change(session, layer_id, labels.table.with_entry(entry), "Add label")
    session.set_view(label_value=value)
    return value


def change_label(session: Session, layer_id: LayerId, value: int, name: str, colour: Colour) -> None:
    """Give a label another name and colour."""
    old = _entry(session, layer_id, value)
    entry = LabelEntry(value=value, name=name, colour=colour, code=old.code, locked=old.locked)
    if entry != old:
        title = f"Rename {old.name}" if name != old.name else f"Colour of {old.name}"
        _change(session, layer_id, label_map(session, layer_id).table.with_entry(entry), title)


def lock_label(session: Session, layer_id: LayerId, value: int, locked: bool) -> None:
    """Protect a label from brush and eraser, or let them have it."""
    old = _entry(session, layer_id, value)
    entry = LabelEntry(value=value, name=old.name, colour=old.colour, code=old.code, locked=locked)
    if entry != old:
        table = label_map(session, layer_id).table.with_entry(entry)
        _change(session, layer_id, table, f"{'Lock' if locked else 'Unlock'} {old.name}")


def label_map(session: Session, layer_id: LayerId) -> LabelMap:
    """The label map of a layer.

    Raises:
        KeyError: There is no label layer with this id.
    """
    layer: Layer | None = session.state.layer(layer_id)
    if layer is None or not isinstance(layer.data, LabelMap):
        raise KeyError(f"there is no label layer {layer_id}")
    return layer.data


def _entry(session: Session, layer_id: LayerId, value: int) -> LabelEntry:
    return label_map(session, layer_id).table.find(value) or default_entry(value)


def _change(session: Session, layer_id: LayerId, table: LabelTable, title: str) -> None:
    session.do(ChangeLabelTable(layer_id=layer_id, table=table, title=title))
