"""One slice pane: turns wheel, clicks and drags into changes, and changes into plans."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from medview.core.plans import SlicePlan, Vector
from medview.core.state import Layout, Orientation, SessionState, Tool
from medview.present.hand.click_drag import ExcludeDrag
from medview.present.hand.grip import Grip, Hand, Reach
from medview.present.hand.start import started
from medview.present.hand.tool_table import BY_TOOL, STAMPS
from medview.present.plane_frame import plane_frame, vector_of
from medview.present.ports.slice_port import Pointer, SliceViewPort
from medview.present.slice_drags import Drag, PanDrag, ZoomDrag, set_pane, zoomed
from medview.present.slice_plan import brush_plan, resolve_slice
from medview.present.slice_stack import slice_stack
from medview.session.session import Session

_WHEEL_ZOOM = 1.15
_WHEEL_RADIUS = 1.2
_RADIUS_LIMITS_MM = (0.1, 100.0)
_LAYOUTS = {
    Orientation.AXIAL: Layout.AXIAL,
    Orientation.CORONAL: Layout.CORONAL,
    Orientation.SAGITTAL: Layout.SAGITTAL,
}


class SlicePresenter:
    """Presents one orientation.

    Args:
        session: What is open.
        view: The pane.
        orientation: Which one.
        hand: Shared by the three panes: one stroke, one outline at a time.
        reach: What the tools can set going.
        hovered: Told the position under the mouse, or None when it left.
        told: Told a sentence when a press could do nothing.
    """

    def __init__(
        self,
        session: Session,
        view: SliceViewPort,
        orientation: Orientation,
        hand: Hand,
        reach: Reach,
        hovered: Callable[[Orientation, Vector | None], None],
        told: Callable[[str], None],
    ) -> None:
        self._session = session
        self._view = view
        self._orientation = orientation
        self._hand, self._reach = hand, reach
        self._strokes, self._outlines, self._clicks = hand.strokes, hand.outlines, hand.clicks
        self._hovered = hovered
        self._told = told
        self._drag: Drag | None = None
        self._pointer: Pointer | None = None
        self._plan: SlicePlan | None = None
        self._shape = ""
        self._connect()
        self.refresh()

    def _connect(self) -> None:
        self._view.scrolled.connect(self._on_scrolled)
        self._view.pressed.connect(self._on_pressed)
        self._view.moved.connect(self._on_moved)
        self._view.released.connect(self._on_released)
        self._view.double_clicked.connect(self._on_double_clicked)
        self._view.left.connect(self._on_left)
        self._session.changed.connect(self._on_changed)
        self._outlines.changed.connect(self.refresh)
        self._clicks.changed.connect(self.refresh)

    @property
    def orientation(self) -> Orientation:
        """Which pane this is."""
        return self._orientation

    # what is shown

    def _on_changed(self, old: SessionState, new: SessionState) -> None:
        same = old.layers is new.layers and old.view is new.view and old.preview is new.preview
        if not (same and old.active_id == new.active_id):
            self.refresh()

    def refresh(self) -> None:
        """Resolve the plan and show it if anything in it is new; hidden panes wait."""
        state = self._session.state
        if state.view.layout not in (Layout.FOUR_UP, _LAYOUTS[self._orientation]):
            return
        plan = resolve_slice(state, self._orientation, self._hover())
        plan = replace(plan, outline=self._outlines.plan(self._orientation), clicks=self._clicks.plan(plan))
        if plan != self._plan:
            self._plan = plan
            self._view.show(plan)
        self._show_shape("move" if isinstance(self._drag, PanDrag) else self._tool_shape())

    def _hover(self) -> Vector | None:
        return self._pointer.position_ras if self._pointer is not None else None

    def _tool_shape(self) -> str:
        state = self._session.state
        if state.base is None:
            return "arrow"
        has_brush = brush_plan(state, state.view.cursor_ras) is not None
        shape = BY_TOOL[state.view.tool].shape
        return "arrow" if shape == "none" and not has_brush else shape

    def _show_shape(self, shape: str) -> None:
        if shape != self._shape:
            self._shape = shape
            self._view.set_cursor_shape(shape)

    # what the mouse does

    def _on_scrolled(self, steps: int, ctrl: bool, shift: bool | None = None) -> None:
        pointer = self._pointer
        if ctrl:
            self.zoom(_WHEEL_ZOOM**steps, pointer)
        elif shift or (shift is None and pointer is not None and pointer.shift):
            self._resize_brush(_WHEEL_RADIUS**steps)
        else:
            self.step(steps)

    def step(self, steps: int) -> None:
        """Go some slices towards the patient's right, front or head; kept within the scan."""
        stack = slice_stack(self._session.state, self._orientation)
        if stack is not None and self._may_move():
            self._move_to(stack.stepped(self._session.state.view.cursor_ras, steps))

    def go_to_end(self, is_last: bool) -> None:
        """Go to the first or the last slice."""
        stack = slice_stack(self._session.state, self._orientation)
        if stack is not None and self._may_move():
            index = stack.count - 1 if is_last else 0
            self._move_to(stack.moved(self._session.state.view.cursor_ras, index))

    def _may_move(self) -> bool:
        """A stroke and an outline stay in the slice that they were begun in."""
        if self._outlines.pane is self._orientation:
            self._told("Close the outline with Enter, or drop it with Esc, before going to another slice.")
            return False
        return not self._strokes.is_open

    def _move_to(self, cursor: Vector) -> None:
        if cursor == self._session.state.view.cursor_ras:
            return
        self._carry_pointer(cursor)
        self._session.set_view(cursor_ras=cursor)
        if self._pointer is not None:
            self._hovered(self._orientation, self._pointer.position_ras)

    def _carry_pointer(self, cursor: Vector) -> None:
        """The mouse rests while the plane moves: what it points at moves with the plane."""
        if self._pointer is None:
            return
        state = self._session.state
        geometry = state.base.geometry if state.base is not None else None
        through = plane_frame(geometry, self._orientation, state.view.convention, state.view.planes).through
        shift = (np.asarray(cursor) - self._pointer.position_ras) @ through
        carried = vector_of(np.asarray(self._pointer.position_ras) + shift * through)
        self._pointer = replace(self._pointer, position_ras=carried)

    def zoom(self, factor: float, pointer: Pointer | None = None) -> None:
        """Enlarge (above 1) around the pointer, or around the middle of the pane."""
        pane = self._session.state.view.panes[self._orientation]
        set_pane(
            self._session,
            self._orientation,
            zoomed(self._session, self._orientation, pane, factor, pointer),
        )

    def _resize_brush(self, factor: float) -> None:
        low, high = _RADIUS_LIMITS_MM
        radius = self._session.state.view.brush_radius_mm * factor
        self._session.set_view(brush_radius_mm=round(min(max(radius, low), high), 2))

    def _on_pressed(self, pointer: Pointer) -> None:
        if self._session.state.base is None or self._drag is not None:
            return
        self._pointer = pointer
        self._drag = self._started(pointer)
        self.refresh()

    def _started(self, pointer: Pointer) -> Drag | None:
        if pointer.button == "middle":
            return PanDrag(self._session, self._orientation, pointer)
        zoom = ZoomDrag(self._session, self._orientation, pointer)
        if pointer.button == "left":
            return started(self._grip(), pointer) if self._plan is not None else None
        if self._session.state.view.tool is Tool.CLICK and self._plan is not None:
            return ExcludeDrag(self._grip(), pointer, zoom)
        return zoom

    def _grip(self) -> Grip:
        assert self._plan is not None
        return Grip(
            session=self._session,
            hand=self._hand,
            pane=self._orientation,
            plan=self._plan,
            reach=self._reach,
            told=self._told,
        )

    def _on_moved(self, pointer: Pointer) -> None:
        self._pointer = pointer
        if self._drag is not None:
            self._drag.move(pointer)
        self._hovered(self._orientation, pointer.position_ras)
        if self._outlines.pane is self._orientation and self._drag is None:
            self._outlines.hover(pointer.position_ras)
        elif self._session.state.view.tool in STAMPS:
            self.refresh()

    def _on_released(self, pointer: Pointer) -> None:
        self._pointer = pointer
        drag, self._drag = self._drag, None
        if drag is not None:
            drag.finish()
        self.refresh()

    def cancel(self) -> bool:
        """Escape: take back the drag or the outline under way; whether there was one."""
        drag, self._drag = self._drag, None
        if drag is not None:
            drag.cancel()
            self.refresh()
            return True
        return self._outlines.cancel()

    def _on_left(self) -> None:
        self._pointer = None
        self._hovered(self._orientation, None)
        self.refresh()

    def _on_double_clicked(self, pointer: Pointer) -> None:
        if pointer.button != "left":
            # two quick right clicks are two of them
            self._on_pressed(pointer)
            return
        if self._outlines.pane is self._orientation:
            self._outlines.close()
        elif BY_TOOL[self._session.state.view.tool].paints:
            # two quick dabs are two dabs
            self._on_pressed(pointer)
        else:
            self.cancel()
            self.toggle_maximised()

    def toggle_maximised(self) -> None:
        """Fill the window with this pane, or come back to all four."""
        alone = _LAYOUTS[self._orientation]
        is_alone = self._session.state.view.layout is alone
        self._session.set_view(layout=Layout.FOUR_UP if is_alone else alone)
