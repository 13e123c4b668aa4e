"""The layer list: rows from layers, and edits of a row into named undo steps."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from medview.core.labels import LabelMap
from medview.core.layers import ImageDisplay, LabelsDisplay, Layer, LayerId
from medview.core.state import SessionState
from medview.core.volume import Volume
from medview.present.layer_details import layer_details
from medview.present.ports.layers_port import LayerRow, LayersViewPort
from medview.session.commands import ChangeLayer, MoveLayer
from medview.session.session import Session

_TITLES = {
    "name": "Rename {name}",
    "visible": "Show or hide {name}",
    "opacity": "Opacity of {name}",
    "colormap": "Colour map of {name}",
    "outline": "Outline of {name}",
    "surface": "Surface of {name}",
    "smoothing_mm": "Smoothing of {name}",
}
_OWN_FIELDS = ("name", "visible", "opacity")
_MAX_NAME = 80


class LayersPresenter:
    """Presents the layer list.

    Args:
        session: What is open.
        view: The list.
        colormaps: Names that the renderer knows, gray first.
        remove: Removes a layer, after asking where work would be lost.
    """

    def __init__(
        self,
        session: Session,
        view: LayersViewPort,
        colormaps: tuple[str, ...],
        remove: Callable[[LayerId], None],
    ) -> None:
        self._session = session
        self._view = view
        self._details: dict[LayerId, tuple[Layer, str]] = {}
        self._shown: tuple[tuple[LayerRow, ...], LayerId | None] | None = None
        view.show_colormaps(colormaps)
        view.activated.connect(self._on_activated)
        view.changed.connect(self._on_changed)
        view.window_changed.connect(self._on_window_changed)
        view.moved.connect(self.move)
        view.removed.connect(remove)
        session.changed.connect(self._on_session_changed)
        self.refresh()

    def _on_session_changed(self, old: SessionState, new: SessionState) -> None:
        if old.layers is not new.layers or old.active_id != new.active_id:
            self.refresh()

    def refresh(self) -> None:
        """Show the rows, top layer first, if anything in them is new."""
        state = self._session.state
        rows = tuple(self._row(layer) for layer in reversed(state.layers))
        if (rows, state.active_id) != self._shown:
            self._shown = rows, state.active_id
            self._view.show(rows, state.active_id)

    def _row(self, layer: Layer) -> LayerRow:
        image = layer.display if isinstance(layer.display, ImageDisplay) else ImageDisplay(low=0, high=1)
        mask = layer.display if isinstance(layer.display, LabelsDisplay) else LabelsDisplay()
        target = self._session.state.target_of(layer)
        return LayerRow(
            layer_id=layer.id,
            name=layer.name,
            kind=_kind_words(layer, target),
            is_labels=layer.is_labels,
            visible=layer.visible,
            opacity=layer.opacity,
            colormap=image.colormap,
            colour=_first_colour(layer),
            low=image.low,
            high=image.high,
            outline=mask.outline,
            surface=mask.surface,
            smoothing_mm=mask.smoothing_mm,
            is_unsaved=layer.is_unsaved,
            details=self._details_of(layer),
            is_proposal=target is not None,
            is_field=layer.is_field,
            value_step=_value_step(layer),
        )

    def _details_of(self, layer: Layer) -> str:
        known = self._details.get(layer.id)
        if known is not None and _same_facts(known[0], layer):
            return known[1]
        text = layer_details(layer)
        self._details[layer.id] = layer, text
        return text

    def _on_activated(self, layer_id: LayerId) -> None:
        if layer_id != self._session.state.active_id:
            self._session.set_active(layer_id)

    def _on_changed(self, layer_id: LayerId, field: str, value: Any) -> None:
        layer = self._session.state.layer(layer_id)
        if layer is None or field not in _TITLES:
            return
        if field == "name":
            rename(self._session, layer_id, str(value))
            self._shown = None
            self.refresh()
            return
        if field in _OWN_FIELDS:
            changes = {field: value}
        else:
            changes = {"display": replace(layer.display, **{field: value})}
        change_layer(self._session, layer, changes, _TITLES[field])

    def _on_window_changed(self, layer_id: LayerId, low: float, high: float) -> None:
        set_window(self._session, layer_id, low, high)

    def move(self, layer_id: LayerId, steps: int) -> None:
        """Move a layer up (positive) or down the stack, as far as it goes."""
        ids = [layer.id for layer in self._session.state.layers]
        if layer_id not in ids:
            return
        index = min(max(ids.index(layer_id) + steps, 0), len(ids) - 1)
        if index != ids.index(layer_id):
            self._session.do(MoveLayer(layer_id=layer_id, index=index))


def rename(session: Session, layer_id: LayerId, name: str) -> None:
    """Give a layer another name of at most 80 characters; an empty one is not taken."""
    layer, name = session.state.layer(layer_id), name.strip()[:_MAX_NAME]
    if layer is not None and name:
        change_layer(session, layer, {"name": name}, "Rename {name}")


def change_layer(session: Session, layer: Layer, changes: dict[str, Any], title: str) -> None:
    """Change fields of a layer as one step; ``{name}`` in its title stands for the layer's."""
    if any(getattr(layer, field) != value for field, value in changes.items()):
        named = title.format(name=layer.name)
        session.do(ChangeLayer(layer_id=layer.id, changes=changes, title=named))


def set_window(session: Session, layer_id: LayerId, low: float, high: float) -> None:
    """Give a scan another window as a named undo step; bounds in the wrong order are turned round."""
    layer = session.state.layer(layer_id)
    if layer is None or not isinstance(layer.display, ImageDisplay):
        return
    low, high = min(low, high), max(low, high)
    if high <= low:
        high = low + _value_step(layer)
    display = replace(layer.display, low=low, high=high)
    change_layer(session, layer, {"display": display}, "Window of {name}")


def _kind_words(layer: Layer, target: Layer | None) -> str:
    if target is not None:
        return f"proposal for {target.name}"
    return f"{layer.kind.value}, in 3-D only" if layer.is_field else layer.kind.value


def _same_facts(known: Layer, layer: Layer) -> bool:
    same_data = known.data is layer.data and known.provenance is layer.provenance
    return same_data and (known.path, known.is_unsaved) == (layer.path, layer.is_unsaved)


def _first_colour(layer: Layer) -> tuple[int, int, int] | None:
    if isinstance(layer.data, LabelMap) and layer.data.table.entries:
        return layer.data.table.entries[0].colour
    return None


def _value_step(layer: Layer) -> float:
    """A handy step for editing the window: 1 for whole numbers over a wide range, else a part of it."""
    if not isinstance(layer.data, Volume):
        return 1.0
    span = layer.data.values.maximum - layer.data.values.minimum
    return 1.0 if span >= 100 else max(span / 200, 1e-6)
