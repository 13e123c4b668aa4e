"""Smart clicks in the panes: what a press says, what is drawn of it, and taking it back."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from psygnal import Signal

from medview.core.labels import LabelMap
from medview.core.plans import ClicksPlan, SlicePlan, Vector
from medview.core.state import SessionState, Tool
from medview.edit.click_place import plane_key
from medview.present.plane_frame import vector_of
from medview.session.clicking.talk import ClickAct, ClickTarget, Said
from medview.session.journeys.clicking import Clicking
from medview.session.session import Session


class Clicks:
    """The smart clicks of the whole program, and the scribble or box under way.

    Args:
        session: What is open.
        clicking: Answers them.

    Attributes:
        changed: Emitted when there is something else to draw.
    """

    changed = Signal()

    def __init__(self, session: Session, clicking: Clicking) -> None:
        self._session = session
        self._clicking = clicking
        self._draft: tuple[object, ClickAct] | None = None
        clicking.changed.connect(self.changed.emit)
        session.changed.connect(self._on_changed)

    def _on_changed(self, old: SessionState, new: SessionState) -> None:
        """Load what answers as soon as the tool is taken, or another engine is chosen."""
        facts = [
            (state.view.tool is Tool.CLICK, state.layers != (), _asked_engine(state)) for state in (old, new)
        ]
        if facts[1][0] and facts[1][1] and facts[0] != facts[1]:
            self._clicking.prepare()

    def say(self, pane: SlicePlan, said: Said, points_ras: Sequence[Vector]) -> None:
        """Take what was clicked or drawn in a pane."""
        self._draft = None
        target = self._target(pane)
        if target is not None:
            points = (
                _solid(points_ras, pane) if said is Said.BOX and target.normal_ras is None else points_ras
            )
            self._clicking.say(target, ClickAct(said=said, points_ras=tuple(points)))

    def draw(self, pane: SlicePlan, said: Said, points_ras: Sequence[Vector]) -> None:
        """Show a scribble or a box before it is let go."""
        self._draft = (pane.orientation, ClickAct(said=said, points_ras=tuple(points_ras)))
        self.changed.emit()

    def drop(self) -> None:
        """Take away what is being drawn."""
        self._draft = None
        self.changed.emit()

    def take_back(self) -> bool:
        """Take the newest click back; whether there was one."""
        return self._clicking.take_back()

    def cancel(self) -> bool:
        """Drop the clicks that have no answer yet; whether there were any."""
        return self._clicking.cancel()

    def plan(self, pane: SlicePlan) -> ClicksPlan | None:
        """What a pane draws of the clicks of its slice, while the tool is in the hand."""
        if self._session.state.view.tool is not Tool.CLICK:
            return None
        target = self._target(pane)
        acts = list(self._clicking.acts(target)) if target is not None else []
        if self._draft is not None and self._draft[0] is pane.orientation:
            acts.append(self._draft[1])
        if not acts or target is None:
            return None
        include, exclude = (
            tuple(p for act in acts if act.said is said for p in act.points_ras if self._is_near(p, pane))
            for said in (Said.INCLUDE, Said.EXCLUDE)
        )
        boxes = [act.points_ras for act in acts if act.said is Said.BOX]
        box = boxes[-1][:4] if boxes and target.normal_ras is not None else ()
        if self._draft is not None and self._draft[1].said is Said.BOX:
            box = self._draft[1].points_ras
        return ClicksPlan(include_ras=include, exclude_ras=exclude, box_ras=box)

    def _target(self, pane: SlicePlan) -> ClickTarget | None:
        state = self._session.state
        layer, value = state.active, state.view.label_value
        if layer is None or not isinstance(layer.data, LabelMap):
            return None
        if state.view.hand.click_in_3d:
            key: tuple[object, ...] = (layer.id, value, "region")
            return ClickTarget(
                layer_id=layer.id, value=value, point_ras=pane.point_ras, normal_ras=None, key=key
            )
        return ClickTarget(
            layer_id=layer.id,
            value=value,
            point_ras=pane.point_ras,
            normal_ras=pane.toward_ras,
            key=(layer.id, value, *plane_key(layer.geometry, pane.point_ras, pane.toward_ras)),
        )

    def _is_near(self, point_ras: Vector, pane: SlicePlan) -> bool:
        """Whether a click lies in the slice on show, which is as thick as the mask's voxels."""
        layer = self._session.state.active
        assert layer is not None
        away = abs(float(np.subtract(point_ras, pane.point_ras) @ np.asarray(pane.toward_ras)))
        steps = np.abs(np.asarray(pane.toward_ras) @ layer.geometry.ras_from_ijk[:3, :3])
        return away <= float(steps.max()) / 2 + 1e-6


def _asked_engine(state: SessionState) -> tuple[object, ...]:
    hand = state.view.hand
    return hand.click_engine, hand.click_in_3d


def box_corners(pane: SlicePlan, start_ras: Vector, end_ras: Vector) -> tuple[Vector, ...]:
    """The four corners of a box on the screen between two opposite ones, in order around it."""
    start, end = np.asarray(start_ras, float), np.asarray(end_ras, float)
    across = ((end - start) @ np.asarray(pane.right_ras)) * np.asarray(pane.right_ras)
    return start_ras, vector_of(start + across), end_ras, vector_of(end - across)


def _solid(corners_ras: Sequence[Vector], pane: SlicePlan) -> tuple[Vector, ...]:
    """A box in a volume: as deep to both sides of the slice as half of its mean side."""
    one, two, three, _ = (np.asarray(corner, float) for corner in corners_ras)
    side = (np.linalg.norm(two - one) + np.linalg.norm(three - two)) / 2
    depth = side / 2 * np.asarray(pane.toward_ras)
    return tuple(
        vector_of(np.asarray(corner, float) + sign * depth) for sign in (-1, 1) for corner in corners_ras
    )
