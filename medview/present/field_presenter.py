"""A radiance field in the 3-D pane: what it asks to be rendered, the bar over it, jumps to real views."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from medview.core.field_view import FieldView
from medview.core.layers import Layer, LayerId
from medview.core.radiance import RadianceField
from medview.core.state import SessionState
from medview.present.field_plan import display_of, shown_field
from medview.present.layers_presenter import change_layer
from medview.present.ports.field_port import FieldBarPlan, FieldBarPort
from medview.present.ports.volume_port import VolumeViewPort
from medview.session.fields.rendering import FieldQuestion, FieldRendering, ras_pose
from medview.session.session import Session

_TITLES = {
    "mode": "View mode of {name}",
    "time": "Time of {name}",
    "cameras": "Cameras of {name}",
    "path": "Camera path of {name}",
    "points": "Surface points of {name}",
    "frame": "Real picture over {name}",
    "frame_share": "Real picture over {name}",
    "is_swipe": "Real picture over {name}",
}


class FieldPresenter:
    """Presents the field on show.

    Args:
        session: What is open.
        rendering: Renders the true field.
        pane: The 3-D pane.
        bar: The bar over it.
    """

    def __init__(
        self, session: Session, rendering: FieldRendering, pane: VolumeViewPort, bar: FieldBarPort
    ) -> None:
        self._session = session
        self._rendering = rendering
        self._pane = pane
        self._bar = bar
        self._is_flying = False
        self._view: int | None = None
        self._shown: FieldBarPlan | None = None
        pane.field_asked.connect(self._on_asked)
        pane.field_moved.connect(self._on_moved)
        pane.flight_ended.connect(self._on_landed)
        rendering.arrived.connect(pane.show_field)
        bar.changed.connect(self._on_changed)
        bar.stepped.connect(self._on_stepped)
        bar.jumped.connect(self.jump)
        bar.framed.connect(self._on_framed)
        bar.flown.connect(self.fly)
        session.changed.connect(self._on_state)
        self._show()

    def begin_inside(self, opened: tuple[LayerId, ...]) -> None:
        """A scene that was opened alone is looked at from its first view: from outside, a cavity is a fog."""
        layer = shown_field(self._session.state)
        if layer is not None and layer.id in opened and layer is self._session.state.base:
            self.jump(0)

    def jump(self, number: int) -> None:
        """Stand where the picture of a view was taken, and fly from there."""
        layer = shown_field(self._session.state)
        if layer is None or not isinstance(layer.data, RadianceField) or not len(layer.data.poses):
            return
        field = layer.data
        self._stand_at(field, number % len(field.poses))
        display = display_of(layer)
        changes: dict[str, Any] = {} if display.frame is None else {"frame": self._view}
        if field.is_moving:
            changes["time"] = float(field.times[self._view])
        self._change(layer, changes)
        self._show()

    def _stand_at(self, field: RadianceField, view: int) -> None:
        self._view = view
        self.fly(True)
        pose = ras_pose(field.placement.ras_from_scene, field.poses[view])
        self._pane.look_through(pose, field.lenses[view])

    def fly(self, is_flying: bool) -> None:
        """Let the hand fly the camera, or turn the patient again."""
        self._is_flying = is_flying
        self._pane.set_flying(is_flying)
        self._show()

    def _on_landed(self) -> None:
        self._is_flying = False
        self._show()

    def _on_asked(self, view: FieldView) -> None:
        layer = shown_field(self._session.state)
        if layer is None or not isinstance(layer.data, RadianceField):
            return
        display = display_of(layer)
        question = FieldQuestion(field=layer.data, view=view, mode=display.mode, time=display.time)
        self._rendering.rest(question)

    def _on_moved(self) -> None:
        if shown_field(self._session.state) is not None:
            self._rendering.move()

    def _on_stepped(self, steps: int) -> None:
        self.jump(0 if self._view is None else self._view + steps)

    def _on_changed(self, name: str, value: object) -> None:
        layer = shown_field(self._session.state)
        if layer is not None:
            self._change(layer, {name: value})

    def _on_framed(self, is_framed: bool) -> None:
        """The real picture belongs to a place: without a jump so far, to the first view's."""
        layer = shown_field(self._session.state)
        if layer is None:
            return
        if is_framed and self._view is None:
            self.jump(0)
            layer = shown_field(self._session.state) or layer
        self._change(layer, {"frame": self._view if is_framed else None})

    def _change(self, layer: Layer, changes: dict[str, Any]) -> None:
        display = display_of(layer)
        new = replace(display, **changes)
        if new != display:
            title = _TITLES[next(iter(changes))]
            change_layer(self._session, layer, {"display": new}, title)

    def _on_state(self, old: SessionState, new: SessionState) -> None:
        before, now = shown_field(old), shown_field(new)
        if before is now:
            return
        if now is None or before is None or now.id != before.id:
            self._view = None
            self._rendering.leave()
            if now is None and self._is_flying:
                self.fly(False)
        else:
            self._follow_frame(before, now)
        self._show()

    def _follow_frame(self, before: Layer, now: Layer) -> None:
        """A frame that was chosen elsewhere is looked at from its place."""
        frame, field = display_of(now).frame, now.data
        if frame is None or frame in (display_of(before).frame, self._view):
            return
        if isinstance(field, RadianceField) and 0 <= frame < len(field.poses):
            self._stand_at(field, frame)

    def _show(self) -> None:
        layer = shown_field(self._session.state)
        plan = None if layer is None else self._bar_plan(layer)
        if plan != self._shown or plan is None:
            self._shown = plan
            self._bar.show(plan)

    def _bar_plan(self, layer: Layer) -> FieldBarPlan:
        field, display = layer.data, display_of(layer)
        assert isinstance(field, RadianceField)
        return FieldBarPlan(
            mode=display.mode,
            is_flying=self._is_flying,
            view_count=len(field.poses),
            view=self._view,
            view_text=_view_text(field, self._view),
            is_held_out=self._view in field.held_out,
            is_framed=display.frame is not None,
            share=display.frame_share,
            is_swipe=display.is_swipe,
            cameras=display.cameras,
            path=display.path,
            points=display.points if len(field.points) else None,
            time=display.time if field.is_moving else None,
        )


def _view_text(field: RadianceField, view: int | None) -> str:
    if view is None:
        return f"{len(field.poses)} views"
    return f"{view + 1} / {len(field.poses)}"
