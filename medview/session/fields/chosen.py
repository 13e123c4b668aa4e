"""Which of the open scenes is meant."""

from __future__ import annotations

from medview.core.layers import Layer
from medview.core.radiance import RadianceField
from medview.core.state import SessionState


def chosen_scene(state: SessionState) -> tuple[Layer, RadianceField] | None:
    """The active layer where it is a scene, else the topmost scene; None where none is open."""
    active = [layer for layer in state.layers if layer.id == state.active_id]
    for layer in (*active, *reversed(state.layers)):
        if isinstance(layer.data, RadianceField):
            return layer, layer.data
    return None
