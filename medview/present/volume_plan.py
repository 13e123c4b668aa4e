"""From state to the plan of the 3-D pane: pure."""

from __future__ import annotations

import numpy as np

from medview.core.labels import LabelMap
from medview.core.layers import ImageDisplay, Layer
from medview.core.plans import FieldPlan, RenderedVolumePlan, Shared, SurfacePlan, Vector, VolumePlan
from medview.core.state import SessionState
from medview.core.volume import Volume
from medview.present.field_plan import (
    Pictures,
    field_mark,
    field_plan,
    field_title,
    no_picture,
)
from medview.present.plane_frame import vector_of
from medview.present.slice_plan import frame_voxels, label_colours
from medview.present.slice_texts import EMPTY, content_warnings, mark_text

#: The 3-D preset that suits a modality best; any other scan is drawn as MR.
_PRESETS = {"CT": "CT bone", "CTA": "CT angiography", "MRA": "MR angiography (MIP)", "PET": "MIP"}
_DEFAULT_PRESET = "MR head"
#: Lets surfaces inside the head be seen.
_GLASS_PRESET = "MR glass"


def resolve_volume(
    state: SessionState, pictures: Pictures = no_picture, keyed_ras: Shared | None = None
) -> VolumePlan:
    """Return what the 3-D pane shows: the lowest visible scan, surfaces of visible masks, a radiance field.

    Args:
        state: The session's.
        pictures: Finds the real picture of a field's view.
        keyed_ras: (m, 4, 4) cameras of a path that is being keyed.
    """
    base = state.base
    if base is None:
        return VolumePlan(message=EMPTY)
    rendered = _rendered(state, base)
    field = field_plan(state, pictures, keyed_ras)
    surfaces = tuple(plan for layer in state.layers if (plan := _surfaces(state, layer)) is not None)
    return VolumePlan(
        volume=rendered,
        surfaces=surfaces,
        field=field,
        crosshair_ras=state.view.cursor_ras if state.view.crosshair else None,
        bounds_ras=_bounds(base, field),
        corner_text=_corner_text(state, rendered),
        banner=field_mark(state),
        mark=picture_mark(state),
        message="" if rendered or surfaces or field else why_not_rendered(state, base),
    )


def preset_of(state: SessionState) -> str:
    """Name of the preset in use: the chosen one, or the one that suits modality and surfaces."""
    if state.view.volume_preset != "auto":
        return state.view.volume_preset
    base = state.base
    modality = base.data.modality if base is not None and isinstance(base.data, Volume) else ""
    has_surfaces = any(_surfaces(state, layer) is not None for layer in state.layers)
    return _PRESETS.get(modality, _GLASS_PRESET if has_surfaces else _DEFAULT_PRESET)


def _rendered(state: SessionState, base: Layer) -> RenderedVolumePlan | None:
    volume = base.data
    if not isinstance(volume, Volume) or why_not_rendered(state, base):
        return None
    assert isinstance(base.display, ImageDisplay)
    return RenderedVolumePlan(
        layer_id=base.id,
        voxels=frame_voxels(volume, state.view.frame),
        geometry=volume.geometry,
        preset=preset_of(state),
        low=base.display.low,
        high=base.display.high,
    )


def why_not_rendered(state: SessionState, base: Layer) -> str:
    """Say why the scan itself is not drawn in 3-D; empty where it is."""
    if not isinstance(base.data, Volume):
        return "There is no scan to draw in 3-D."
    if base.data.is_colour:
        return "Colour pictures are not drawn in 3-D."
    if min(base.geometry.shape) < 2:
        return "A single slice has no depth to draw in 3-D."
    if not (state.view.volume_visible and base.visible):
        return "The scan is hidden in 3-D."
    return ""


def _surfaces(state: SessionState, layer: Layer) -> SurfacePlan | None:
    built = state.surfaces.get(layer.id)
    if built is None or not isinstance(layer.data, LabelMap):
        return None
    if not (layer.visible and getattr(layer.display, "surface", False)) or state.target_of(layer) is not None:
        return None
    # The opacity that suits a slice would leave little of a surface: half in slices is solid in 3-D.
    opacity = min(1.0, 2 * layer.opacity)
    return SurfacePlan(layer_id=layer.id, surfaces=built, colours=label_colours(layer.data), opacity=opacity)


def _bounds(base: Layer, field: FieldPlan | None) -> tuple[Vector, Vector]:
    """The box around scan and field."""
    grids = (base.geometry, *(() if field is None else (field.geometry,)))
    lows, highs = zip(*(grid.bounds_ras for grid in grids), strict=True)
    return vector_of(np.min(lows, axis=0)), vector_of(np.max(highs, axis=0))


def picture_mark(state: SessionState) -> str:
    """What must be read in every picture that holds the 3-D pane."""
    return "\n".join(text for text in (mark_text(state), field_mark(state)) if text)


def _corner_text(state: SessionState, rendered: RenderedVolumePlan | None) -> str:
    """Preset and method by name; warnings of made-up content stay when overlays are off."""
    names = (rendered.preset if rendered is not None else "", field_title(state))
    name = "  ".join(("3-D", *(text for text in names if text)))
    return "\n".join(line for line in (name if state.view.overlays else "", *content_warnings(state)) if line)
