"""What a held mouse button does in a slice: move the crosshair, the window, the picture, or the zoom."""

from __future__ import annotations

from dataclasses import replace
from typing import Protocol

import numpy as np

from medview.core.layers import ImageDisplay, Layer
from medview.core.plans import Vector
from medview.core.state import Orientation, PaneView, SessionState
from medview.core.volume import Volume
from medview.present.plane_frame import plane_frame, vector_of
from medview.present.ports.slice_port import Pointer
from medview.present.slice_stack import extent_mm
from medview.present.window_level import dragged_window
from medview.session.commands import ChangeLayer
from medview.session.session import Session

_ZOOM_LIMITS = (0.1, 100.0)
_ZOOM_PER_PIXEL = 1.01


class Drag(Protocol):
    """A held button, from press to release."""

    def move(self, pointer: Pointer) -> None:
        """Follow the mouse."""

    def finish(self) -> None:
        """The button was let go."""

    def cancel(self) -> None:
        """The person pressed Escape: everything as at the press."""


class CrosshairDrag:
    """Carries the crosshair with the mouse."""

    def __init__(self, session: Session, orientation: Orientation, pointer: Pointer) -> None:
        self._session = session
        self._orientation = orientation
        self._start = session.state.view.cursor_ras
        self.move(pointer)

    def move(self, pointer: Pointer) -> None:
        """Set the crosshair under the mouse, at most to the scan's border."""
        cursor = _within_scan(self._session.state, self._orientation, pointer.position_ras)
        if cursor != self._session.state.view.cursor_ras:
            self._session.set_view(cursor_ras=cursor)

    def finish(self) -> None:
        """Nothing is left to do."""

    def cancel(self) -> None:
        """Bring the crosshair back."""
        self._session.set_view(cursor_ras=self._start)


def _within_scan(state: SessionState, orientation: Orientation, ras: Vector) -> Vector:
    """The position carried within its plane to the nearest one that the scan's outer voxels reach."""
    base, view = state.base, state.view
    if base is None:
        return ras
    frame = plane_frame(base.geometry, orientation, view.convention, view.planes)
    position, margin = np.asarray(ras, float), min(base.geometry.spacing_mm) / 2
    for axis in (frame.right, frame.up):
        low, high = extent_mm(base.geometry, axis)
        along = float(position @ axis)
        position = position + (min(max(along, low + margin), high - margin) - along) * axis
    return vector_of(position)


class WindowDrag:
    """Widens the window to the right and brightens it upwards; one undo step for the whole drag."""

    def __init__(self, session: Session, layer: Layer, pointer: Pointer) -> None:
        assert isinstance(layer.display, ImageDisplay)
        self._session = session
        self._layer_id = layer.id
        self._title = f"Window of {layer.name}"
        self._start = layer.display
        self._press_px = pointer.position_px

    def move(self, pointer: Pointer) -> None:
        """Set the window by the distance from the press."""
        layer = self._session.state.layer(self._layer_id)
        if layer is None or not isinstance(layer.data, Volume):
            return
        right = pointer.position_px[0] - self._press_px[0]
        up = self._press_px[1] - pointer.position_px[1]
        self._set(*dragged_window(self._start, layer.data.values, right, up))

    def finish(self) -> None:
        """Nothing is left to do."""

    def cancel(self) -> None:
        """Bring the old window back."""
        if self._session.state.layer(self._layer_id) is not None:
            self._set(self._start.low, self._start.high)

    def _set(self, low: float, high: float) -> None:
        changes = {"display": replace(self._start, low=low, high=high)}
        self._session.do(ChangeLayer(layer_id=self._layer_id, changes=changes, title=self._title))


class PanDrag:
    """Moves the picture with the mouse."""

    def __init__(self, session: Session, orientation: Orientation, pointer: Pointer) -> None:
        self._session = session
        self._orientation = orientation
        self._start = session.state.view.panes[orientation]
        self._press_px = pointer.position_px

    def move(self, pointer: Pointer) -> None:
        """Shift the picture by the distance from the press."""
        right = (pointer.position_px[0] - self._press_px[0]) * pointer.mm_per_pixel
        up = (self._press_px[1] - pointer.position_px[1]) * pointer.mm_per_pixel
        pan = self._start.pan_mm[0] + right, self._start.pan_mm[1] + up
        set_pane(self._session, self._orientation, replace(self._start, pan_mm=pan))

    def finish(self) -> None:
        """Nothing is left to do."""

    def cancel(self) -> None:
        """Bring the picture back."""
        set_pane(self._session, self._orientation, self._start)


class ZoomDrag:
    """Enlarges upwards around the point of the press."""

    def __init__(self, session: Session, orientation: Orientation, pointer: Pointer) -> None:
        self._session = session
        self._orientation = orientation
        self._start = session.state.view.panes[orientation]
        self._press = pointer

    def move(self, pointer: Pointer) -> None:
        """Zoom by the height above the press."""
        up = self._press.position_px[1] - pointer.position_px[1]
        pane = zoomed(self._session, self._orientation, self._start, _ZOOM_PER_PIXEL**up, self._press)
        set_pane(self._session, self._orientation, pane)

    def finish(self) -> None:
        """Nothing is left to do."""

    def cancel(self) -> None:
        """Bring the zoom back."""
        set_pane(self._session, self._orientation, self._start)


def set_pane(session: Session, orientation: Orientation, pane: PaneView) -> None:
    """Change zoom and pan of one pane."""
    session.set_view(panes={**session.state.view.panes, orientation: pane})


def zoomed(
    session: Session, orientation: Orientation, pane: PaneView, factor: float, pointer: Pointer | None
) -> PaneView:
    """Return a pane's view enlarged by a factor, with what is under the pointer staying there.

    Args:
        session: Gives the plane and the middle of the scan.
        orientation: Which pane.
        pane: The view to start from.
        factor: Above 1 enlarges; the zoom stays within 0.1 to 100.
        pointer: Where to hold the picture; None: in the middle of the pane.
    """
    zoom = min(max(pane.zoom * factor, _ZOOM_LIMITS[0]), _ZOOM_LIMITS[1])
    if pointer is None:
        return replace(pane, zoom=zoom)
    shrink = pane.zoom / zoom
    right, up = (
        (at + pan) * shrink - at
        for at, pan in zip(_in_plane(session, orientation, pointer), pane.pan_mm, strict=True)
    )
    return PaneView(zoom=zoom, pan_mm=(right, up))


def _in_plane(session: Session, orientation: Orientation, pointer: Pointer) -> tuple[float, float]:
    """Millimetres to screen right and up from the middle of the scan to the pointer."""
    base, view = session.state.base, session.state.view
    geometry = base.geometry if base is not None else None
    frame = plane_frame(geometry, orientation, view.convention, view.planes)
    middle = geometry.center_ras if geometry is not None else np.zeros(3)
    offset = np.asarray(pointer.position_ras) - middle
    return float(offset @ frame.right), float(offset @ frame.up)
