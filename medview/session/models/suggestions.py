"""Which open layers fit the inputs of a model, the best first."""

from __future__ import annotations

from medview.core.layers import Layer, LayerId, LayerKind
from medview.core.state import SessionState
from medview.io.naming import modality_in, words_of
from medview.ml.spec import InputSpec, ModelSpec


def suggest_layers(spec: ModelSpec, state: SessionState) -> dict[str, tuple[LayerId, ...]]:
    """Rank the layers of the right kind for every role.

    Modality counts most, then a name that states it, then being measured, visible and active.
    Layers that state another modality come last, but are offered: names can be wrong.
    """
    return {item.role: _ranked(item, state) for item in spec.inputs}


def first_choices(spec: ModelSpec, state: SessionState) -> dict[str, LayerId]:
    """A layer for every role that one fits well; a required role takes the best there is.

    No layer is given to two roles.
    """
    chosen: dict[str, LayerId] = {}
    for item in sorted(spec.inputs, key=lambda item: not item.required):
        free = [layer_id for layer_id in _ranked(item, state) if layer_id not in chosen.values()]
        layer = state.layer(free[0]) if free else None
        if layer is not None and (item.required or _fit(item, layer) > 0):
            chosen[item.role] = layer.id
    return {item.role: chosen[item.role] for item in spec.inputs if item.role in chosen}


def _ranked(item: InputSpec, state: SessionState) -> tuple[LayerId, ...]:
    of_kind = [layer for layer in state.layers if layer.is_labels == (item.kind == "labels")]
    suitable = [layer for layer in of_kind if not layer.is_field]
    scores = {layer.id: _score(item, layer, state) for layer in suitable}
    return tuple(sorted(scores, key=lambda layer_id: scores[layer_id], reverse=True))


def _score(item: InputSpec, layer: Layer, state: SessionState) -> tuple[int, bool, bool, bool]:
    is_measured = layer.provenance is None or layer.kind is not LayerKind.SYNTHESIZED
    return _fit(item, layer), layer.id == state.active_id, is_measured, layer.visible


def _fit(item: InputSpec, layer: Layer) -> int:
    """2: the modality or role is stated, 1: anything fits, 0: nothing is known, -1: another one is stated."""
    stated = {getattr(layer.data, "modality", ""), modality_in(layer.name)} - {""}
    if item.role in words_of(layer.name) or stated & set(item.modalities):
        return 2
    if not item.modalities:
        return 1
    return -1 if stated else 0
