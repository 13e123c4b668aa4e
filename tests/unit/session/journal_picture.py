"""Everything of a session that a journal promises to bring back, as values that can be compared."""

from __future__ import annotations

from medview.core.labels import LabelMap
from medview.core.radiance import RadianceField
from medview.session.session import Session


def layer_picture(layer):
    data = layer.data
    if isinstance(data, RadianceField):
        return field_picture(layer, data)
    is_map = isinstance(data, LabelMap)
    array = data.array if is_map else data.data
    facts = (layer.id, layer.name, layer.kind, layer.visible, layer.opacity, layer.display)
    saved = (layer.revision, layer.saved_revision, layer.path, layer.is_unsaved, layer.provenance)
    grid = (data.geometry.shape, data.geometry.ras_from_ijk.tobytes())
    table = data.table if is_map else (data.name, data.modality, data.values, data.source.format)
    return (*facts, *saved, *grid, array.dtype.str, array.tobytes(), table)


def field_picture(layer, data):
    facts = (layer.id, layer.name, layer.kind, layer.visible, layer.opacity, layer.display)
    saved = (layer.revision, layer.saved_revision, layer.path, layer.is_unsaved, layer.provenance)
    place = (data.placement.scale_source, data.placement.ras_from_scene.tobytes())
    return (*facts, *saved, *place, data.folder, data.baked.tobytes(), data.poses.tobytes(), data.method)


def session_picture(session: Session):
    """Layers bit for bit, active layer, and the history with its position."""
    state, stack = session.state, session.undo_stack
    layers = tuple(layer_picture(layer) for layer in state.layers)
    history = tuple(step.title for step in stack.history)
    return layers, state.active_id, history, stack.position, stack.dropped


def walked(session: Session):
    """What a session shows at each place of its history, newest first, and at the end again."""
    stack = session.undo_stack
    place, shown = stack.position, []
    for position in range(stack.count, -1, -1):
        session.go_to(position)
        shown.append(session_picture(session)[:1])
    session.go_to(place)
    return shown
