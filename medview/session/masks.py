"""Masks that people draw themselves: new ones."""

from __future__ import annotations

from medview.core.errors import InputRefused
from medview.core.labels import Colour, LabelEntry, LabelMap, default_entry
from medview.core.layers import LayerId
from medview.core.state import SessionState
from medview.session.commands import AddLayers
from medview.session.files.layers_from import Content, empty_mask, free_name, layer_of
from medview.session.session import Session

#: What the label of a new mask is called until somebody says what it is.
FIRST_LABEL = "Mask"


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
    entry = LabelEntry(value=1, name=FIRST_LABEL, colour=_free_colour(state))
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
