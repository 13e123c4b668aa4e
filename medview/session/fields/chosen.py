"""Which of the open scenes is meant."""

from __future__ import annotations

from medview.core.layers import Layer
from medview.core.radiance import RadianceField
from medview.core.state import SessionState


def chosen_scene(state: SessionState) -> tuple[Layer, RadianceField] | None:
    """The scene on show: the topmost that is not hidden, else the topmost; None where none is open."""
    scenes = [(layer, layer.data) for layer in state.layers if isinstance(layer.data, RadianceField)]
    shown = [(layer, data) for layer, data in scenes if layer.visible and layer.opacity > 0]
    return next(reversed(shown or scenes), None)
