"""From state to one pane's plan: pure, so that every fallback is a row of a table in the tests."""

from __future__ import annotations

from functools import lru_cache
from weakref import WeakKeyDictionary

import numpy as np

from medview.core.geometry import Geometry
from medview.core.labels import LabelMap
from medview.core.layers import ImageDisplay, LabelsDisplay, Layer, LayerId
from medview.core.plans import (
    ADDED,
    REMOVED,
    BrushPlan,
    DifferencePlan,
    ImagePlan,
    LabelsPlan,
    LayerPlan,
    Shared,
    SlicePlan,
    Vector,
)
from medview.core.state import Orientation, Preview, SessionState, Tool
from medview.core.volume import AnyArray, Volume
from medview.present.hand.paint import tint
from medview.present.hand.tool_table import JUDGING_STAMPS, STAMPS
from medview.present.plane_frame import PlaneFrame, plane_frame, screen_letters, vector_of
from medview.present.slice_stack import extent_mm, slice_stack
from medview.present.slice_texts import EMPTY, corner_texts, mark_text
from medview.session.proposals.offer import open_offer

#: Key of the drawing of a running model's preview; no layer has it.
PREVIEW_ID = LayerId(-1)
BAND_ID = LayerId(-2)
_PREVIEW_OPACITY = 0.5
NO_SLICES = "A scene has no slices; it is shown in 3-D"
_GREY = "gray"

_frames: WeakKeyDictionary[Volume, dict[int, Shared]] = WeakKeyDictionary()


def resolve_slice(
    state: SessionState, orientation: Orientation, hover_ras: Vector | None = None
) -> SlicePlan:
    """Return what a pane shows.

    Args:
        state: The session.
        orientation: Which pane.
        hover_ras: Where the mouse is on this pane, for the brush circle; None where it is not.
    """
    base, view = state.base, state.view
    geometry = base.geometry if base is not None else None
    frame = plane_frame(geometry, orientation, view.convention, view.planes)
    stack = slice_stack(state, orientation)
    right, up, toward = (vector_of(axis) for axis in (frame.right, frame.up, frame.toward))
    if base is None or stack is None:
        return SlicePlan(
            orientation=orientation, right_ras=right, up_ras=up, toward_ras=toward, message=EMPTY
        )
    pane = view.panes[orientation]
    point = _on_plane(base.geometry.center_ras, frame, stack.position_mm(view.cursor_ras))
    pan_right, pan_up = pane.pan_mm
    return SlicePlan(
        orientation=orientation,
        right_ras=right,
        up_ras=up,
        toward_ras=toward,
        point_ras=vector_of(point),
        center_ras=vector_of(point - pan_right * frame.right - pan_up * frame.up),
        fit_mm=_fit(base.geometry, frame),
        zoom=pane.zoom,
        layers=layer_plans(state),
        crosshair_ras=view.cursor_ras if view.crosshair else None,
        letters=screen_letters(frame) if view.overlays else ("", "", "", ""),
        corner_texts=corner_texts(state, orientation, frame, stack),
        scale_bar=view.overlays,
        brush=brush_plan(state, hover_ras),
        mark=mark_text(state),
        message=NO_SLICES if all(layer.is_field for layer in state.layers) else "",
    )


def _on_plane(center: AnyArray, frame: PlaneFrame, position_mm: float) -> AnyArray:
    shifted: AnyArray = center + (position_mm - float(center @ frame.through)) * frame.through
    return shifted


@lru_cache(maxsize=64)
def _fit(geometry: Geometry, frame: PlaneFrame) -> tuple[float, float]:
    spans = [extent_mm(geometry, axis) for axis in (frame.right, frame.up)]
    width, height = (round(high - low, 6) for low, high in spans)
    return width, height


def layer_plans(state: SessionState) -> tuple[LayerPlan, ...]:
    """Return the visible layers of every pane, bottom first; a band and a running model's preview on top.

    A radiance field has no slices.
    """
    shown = [layer for layer in state.layers if layer.visible and layer.opacity > 0 and not layer.is_field]
    plans = [_layer_plan(state, layer) for layer in shown]
    band = _band_plan(state)
    if band is not None:
        plans.append(band)
    return (*plans, *_preview_plans(state))


def _band_plan(state: SessionState) -> ImagePlan | None:
    band = state.view.band
    layer = state.layer(band.layer_id) if band is not None else None
    if band is None or layer is None or not isinstance(layer.data, Volume) or layer.data.is_colour:
        return None
    return ImagePlan(
        layer_id=BAND_ID,
        voxels=frame_voxels(layer.data, state.view.frame),
        geometry=layer.data.geometry,
        low=band.low,
        high=band.high,
        colormap=_GREY,
        opacity=_PREVIEW_OPACITY,
        interpolate=False,
        tint=band.colour,
    )


def _layer_plan(state: SessionState, layer: Layer) -> LayerPlan:
    target = state.target_of(layer)
    if target is not None:
        return _difference_plan(layer, target)
    if isinstance(layer.data, LabelMap):
        return _labels_plan(layer, layer.data)
    assert isinstance(layer.data, Volume)
    return _image_plan(state, layer, layer.data)


def _image_plan(state: SessionState, layer: Layer, volume: Volume) -> ImagePlan:
    assert isinstance(layer.display, ImageDisplay)
    is_overlay = layer is not state.base and layer.display.colormap != _GREY and not volume.is_colour
    return ImagePlan(
        layer_id=layer.id,
        voxels=frame_voxels(volume, state.view.frame),
        geometry=volume.geometry,
        low=layer.display.low,
        high=layer.display.high,
        colormap=layer.display.colormap,
        opacity=layer.opacity,
        interpolate=state.view.interpolate,
        transparent_below=is_overlay,
    )


def frame_voxels(volume: Volume, frame: int) -> Shared:
    """Return one time point; the same object every time, so that unchanged plans compare equal."""
    kept = _frames.setdefault(volume, {})
    index = min(max(frame, 0), volume.frame_count - 1)
    if index not in kept:
        kept[index] = Shared(volume.frame(index))
    return kept[index]


def _labels_plan(layer: Layer, labels: LabelMap) -> LabelsPlan:
    assert isinstance(layer.display, LabelsDisplay)
    return LabelsPlan(
        layer_id=layer.id,
        voxels=Shared(labels.array),
        revision=layer.revision,
        geometry=labels.geometry,
        colours=label_colours(labels),
        opacity=layer.opacity,
        outline=layer.display.outline,
    )


def _difference_plan(layer: Layer, target: Layer) -> DifferencePlan:
    assert isinstance(layer.data, LabelMap) and isinstance(target.data, LabelMap)
    return DifferencePlan(
        layer_id=layer.id,
        proposed=Shared(layer.data.array),
        present=Shared(target.data.array),
        revisions=(layer.revision, target.revision),
        geometry=layer.geometry,
        opacity=layer.opacity,
    )


def _preview_plans(state: SessionState) -> tuple[LayerPlan, ...]:
    """A running model's labels, or its image; what has not come yet shows what lies below."""
    preview = state.preview
    if preview is None:
        return ()
    if preview.image is not None and preview.display is not None:
        return (_preview_image(preview.image, preview.display, state.view.interpolate),)
    return (_preview_labels(preview, preview.labels),) if preview.labels is not None else ()


def _preview_image(image: Volume, display: ImageDisplay, interpolate: bool) -> ImagePlan:
    return ImagePlan(
        layer_id=PREVIEW_ID,
        voxels=Shared(image.data),
        geometry=image.geometry,
        low=display.low,
        high=display.high,
        colormap=display.colormap,
        opacity=1.0,
        interpolate=interpolate,
    )


def _preview_labels(preview: Preview, labels: LabelMap) -> LabelsPlan:
    return LabelsPlan(
        layer_id=PREVIEW_ID,
        voxels=Shared(labels.array),
        revision=preview.revision,
        geometry=labels.geometry,
        colours=label_colours(labels),
        opacity=_PREVIEW_OPACITY,
        outline=False,
    )


def label_colours(labels: LabelMap) -> tuple[tuple[int, int, int, int], ...]:
    """Return label number, red, green, blue of every label that is not hidden."""
    return tuple((entry.value, *entry.colour) for entry in labels.table.entries if entry.visible)


def brush_plan(state: SessionState, hover_ras: Vector | None) -> BrushPlan | None:
    """Return the circle of what a press would paint; None where nothing can be painted here."""
    if hover_ras is None or state.view.tool not in STAMPS:
        return None
    if state.view.tool in JUDGING_STAMPS:
        return _judging_brush(state, hover_ras) if open_offer(state) is not None else None
    if state.active is None or not isinstance(state.active.data, LabelMap):
        return None
    erases = state.view.tool is Tool.ERASER
    return BrushPlan(
        center_ras=vector_of(np.asarray(hover_ras)),
        radius_mm=state.view.brush_radius_mm,
        colour=tint(state, erases=erases),
        erases=erases,
    )


def _judging_brush(state: SessionState, hover_ras: Vector) -> BrushPlan:
    accepts = state.view.tool is Tool.ACCEPT
    return BrushPlan(
        center_ras=vector_of(np.asarray(hover_ras)),
        radius_mm=state.view.brush_radius_mm,
        colour=ADDED if accepts else REMOVED,
        erases=not accepts,
    )
