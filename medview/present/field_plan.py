"""From state to what the 3-D pane draws of a radiance field, and what must be said of it: pure."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from weakref import WeakKeyDictionary

import numpy as np

from medview.core.layers import Layer
from medview.core.plans import FieldPlan, RealFramePlan, Shared
from medview.core.radiance import FieldDisplay, FieldMode, RadianceField
from medview.core.scale_words import scale_banner
from medview.core.state import SessionState
from medview.session.fields.rendering import ras_pose

#: The real picture of a view, by folder and number; None while there is none.
Pictures = Callable[[Path, int], Shared | None]

INFERRED_VIEW = "Synthetic view – inferred, not filmed"


def no_picture(_folder: Path, _number: int) -> Shared | None:
    """Finds no real pictures."""
    return None


def shown_field(state: SessionState) -> Layer | None:
    """The field on show: the topmost visible one."""
    shown = [layer for layer in state.layers if layer.is_field and layer.visible and layer.opacity > 0]
    return shown[-1] if shown else None


def field_warnings(state: SessionState) -> tuple[str, ...]:
    """What must be said of the field on show; never switched off."""
    layer = shown_field(state)
    if layer is None or not isinstance(layer.data, RadianceField):
        return ()
    return tuple(filter(None, (INFERRED_VIEW, scale_banner(layer.data.placement))))


def field_mark(state: SessionState) -> str:
    """The same as one text, for every picture that holds the 3-D pane."""
    return "\n".join(field_warnings(state))


def field_title(state: SessionState) -> str:
    """Such as ``"Instant-NGP"`` or ``"K-planes, depth"``; names the fields that another one covers."""
    layer = shown_field(state)
    if layer is None or not isinstance(layer.data, RadianceField):
        return ""
    mode = display_of(layer).mode
    others = [other for other in state.layers if other.is_field and other.visible and other is not layer]
    hidden = f" (not drawn: {', '.join(other.name for other in others)})" if others else ""
    return layer.data.method + ("" if mode is FieldMode.COLOUR else f", {mode.value}") + hidden


def display_of(layer: Layer) -> FieldDisplay:
    """How a field is shown."""
    assert isinstance(layer.display, FieldDisplay)
    return layer.display


def field_plan(state: SessionState, pictures: Pictures, keyed_ras: Shared | None = None) -> FieldPlan | None:
    """What is drawn of the field on show.

    Args:
        state: The session's.
        pictures: Finds the real picture of a view.
        keyed_ras: (m, 4, 4) cameras of a path that is being keyed.
    """
    layer = shown_field(state)
    if layer is None or not isinstance(layer.data, RadianceField):
        return None
    field, display = layer.data, display_of(layer)
    placed = _placed(field)
    return FieldPlan(
        layer_id=layer.id,
        content=(field.folder, field.placement, display.mode, display.time),
        baked=placed.baked,
        geometry=field.geometry,
        floor=display.floor,
        opacity=layer.opacity,
        poses_ras=placed.poses_ras if display.cameras and len(field.poses) else None,
        lenses=field.lenses if display.cameras else (),
        held_out=field.held_out if display.cameras else (),
        path_ras=placed.path_ras if display.path and len(field.poses) else None,
        points_ras=placed.points_ras if display.points and len(field.points) else None,
        points_rgb=placed.points_rgb if display.points and len(field.points) else None,
        keyed_ras=keyed_ras,
        frame=_frame(field, display, placed, pictures),
    )


def _frame(
    field: RadianceField, display: FieldDisplay, placed: _Placed, pictures: Pictures
) -> RealFramePlan | None:
    number = display.frame
    if number is None or not 0 <= number < len(field.poses):
        return None
    picture = pictures(field.folder, number)
    if picture is None:
        return None
    return RealFramePlan(
        pixels=picture,
        ras_from_camera=placed.cameras[number],
        lens=field.lenses[number],
        share=display.frame_share,
        is_swipe=display.is_swipe,
    )


class _Placed:
    """A field's arrays in the patient; made once for each, so that plans can be compared."""

    def __init__(self, field: RadianceField) -> None:
        matrix = field.placement.ras_from_scene
        poses = np.array([ras_pose(matrix, pose) for pose in field.poses]).reshape(-1, 4, 4)
        points = field.points.astype(np.float64) @ matrix[:3, :3].T + matrix[:3, 3]
        self.baked = Shared(field.baked)
        self.poses_ras = Shared(poses)
        self.path_ras = Shared(poses[np.argsort(field.times, kind="stable"), :3, 3])
        self.cameras = tuple(Shared(pose) for pose in poses)
        self.points_ras = Shared(points.astype(np.float32))
        self.points_rgb = Shared(field.points_rgb)


_known: WeakKeyDictionary[RadianceField, _Placed] = WeakKeyDictionary()


def _placed(field: RadianceField) -> _Placed:
    """Of a field that is open; gone with it."""
    if field not in _known:
        _known[field] = _Placed(field)
    return _known[field]
