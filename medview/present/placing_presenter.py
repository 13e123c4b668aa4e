"""Lays a scene upon a patient: landmarks in pairs, a known length, and what is left between them."""

from __future__ import annotations

import math
from collections.abc import Mapping

from medview.core.errors import InputRefused
from medview.core.layers import LayerId
from medview.core.radiance import Placement
from medview.core.scale_words import scale_banner, scale_words
from medview.core.state import SessionState
from medview.measure.similarity import FEWEST
from medview.present.actions import ActionTable
from medview.present.desk import NO_SCENE
from medview.present.ports.placing_port import PairRow, PlacingPlan, PlacingViewPort
from medview.present.slice_texts import signed_text
from medview.session.fields.chosen import chosen_scene
from medview.session.fields.placing import Point, pair_distances, placed_by_landmarks, ras_point
from medview.session.journeys.placing import Placing
from medview.session.session import Session

Marks = Mapping[str, Point]


def resolve_placing(state: SessionState, marks: Marks) -> PlacingPlan:
    """Return what the group shows: pure.

    Args:
        state: What is open.
        marks: Points of the scene by name: ``"scene"`` waits for its partner, ``"start"`` and ``"end"`` are
            those of the known length.
    """
    found = chosen_scene(state)
    if found is None:
        return PlacingPlan(
            why_not_mark=NO_SCENE, why_not_pair=NO_SCENE, why_not_apply=NO_SCENE, why_not_scale=NO_SCENE
        )
    layer, field = found
    placement = field.placement
    rows, residual, why_not_apply = _pairs(placement)
    ends = [marks[name] for name in ("start", "end") if name in marks]
    return PlacingPlan(
        title=layer.name,
        warning=scale_banner(placement),
        size=scale_words(placement),
        scene_point=scene_text(marks["scene"]) if "scene" in marks else "",
        why_not_pair="" if "scene" in marks else "Mark the landmark in the scene first.",
        rows=rows,
        residual=residual,
        why_not_apply=why_not_apply,
        start=scene_text(marks["start"]) if "start" in marks else "",
        end=scene_text(marks["end"]) if "end" in marks else "",
        distance=_distance(placement, ends),
        why_not_scale="" if len(ends) == 2 else "Mark both ends in the scene first.",
    )


def scene_text(point: Point) -> str:
    """A place in a scene, in its own unit: ``"0.10, -0.52, 0.30"``."""
    return ", ".join(f"{value + 0.0:.2f}" for value in point)


def _pairs(placement: Placement) -> tuple[tuple[PairRow, ...], str, str]:
    """Rows, the residual in words, and why the scene cannot be placed by them."""
    try:
        after = placed_by_landmarks(placement)
    except InputRefused as refusal:
        lefts, residual = ["–"] * len(placement.landmarks), ""
        needed = f"Add {FEWEST} pairs or more" if len(placement.landmarks) < FEWEST else refusal.detail
        why_not = f"{needed[:1].upper()}{needed[1:]}."
    else:
        lefts = [f"{left:.2f} mm" for left in pair_distances(after)]
        residual = f"Residual {after.residual_mm or 0:.2f} mm (root mean square)"
        why_not = ""
    rows = tuple(
        PairRow(scene=scene_text(scene), patient=signed_text(patient).removesuffix(" mm"), residual=left)
        for (scene, patient), left in zip(placement.landmarks, lefts, strict=True)
    )
    return rows, residual, why_not


def _distance(placement: Placement, ends: list[Point]) -> str:
    if len(ends) < 2:
        return ""
    units = math.dist(*ends)
    if not placement.is_measurable:
        return f"{units:.3f} units apart"
    apart_mm = math.dist(*(ras_point(placement, end) for end in ends))
    return f"{units:.3f} units, {apart_mm:.2f} mm apart"


class PlacingPresenter:
    """Presents the group.

    Args:
        session: What is open; its crosshair marks the points.
        placing: Places scenes.
        view: The group.
        actions: Runs the deeds, so that failures are told in one place.
    """

    def __init__(
        self, session: Session, placing: Placing, view: PlacingViewPort, actions: ActionTable
    ) -> None:
        self._session = session
        self._placing = placing
        self._view = view
        self._actions = actions
        self._marks: dict[LayerId, dict[str, Point]] = {}
        self._plan: PlacingPlan | None = None
        view.mark_asked.connect(self.mark)
        view.pair_asked.connect(self._add_pair)
        view.pair_chosen.connect(self._look_at)
        view.pair_removed.connect(self._remove_pair)
        view.apply_asked.connect(self._apply)
        view.scale_asked.connect(self._scale)
        session.changed.connect(self._on_changed)
        self.refresh()

    def mark(self, which: str) -> None:
        """Take the crosshair's place as a point of the scene: ``"scene"``, ``"start"`` or ``"end"``."""
        found = chosen_scene(self._session.state)
        if found is not None:
            layer, _ = found
            point = self._placing.scene_point(layer.id, self._session.state.view.cursor_ras)
            self._marks.setdefault(layer.id, {})[which] = point
            self.refresh()

    def refresh(self) -> None:
        """Show the group if anything about it is new."""
        plan = resolve_placing(self._session.state, self._present_marks())
        if plan != self._plan:
            self._plan = plan
            self._view.show(plan)

    def _on_changed(self, old: SessionState, new: SessionState) -> None:
        if old.layers is not new.layers or old.active_id != new.active_id:
            self.refresh()

    def _present_marks(self) -> dict[str, Point]:
        found = chosen_scene(self._session.state)
        return self._marks.get(found[0].id, {}) if found is not None else {}

    def _add_pair(self) -> None:
        found, marks = chosen_scene(self._session.state), self._present_marks()
        if found is not None and "scene" in marks:
            patient = self._session.state.view.cursor_ras
            self._placing.add_pair(found[0].id, marks.pop("scene"), patient)
            self.refresh()

    def _look_at(self, number: int) -> None:
        pair = self._pair(number)
        if pair is not None:
            self._session.set_view(cursor_ras=pair[1])

    def _pair(self, number: int) -> tuple[Point, Point] | None:
        found = chosen_scene(self._session.state)
        pairs = found[1].placement.landmarks if found is not None else ()
        return pairs[number] if 0 <= number < len(pairs) else None

    def _remove_pair(self, number: int) -> None:
        found = chosen_scene(self._session.state)
        if found is not None:
            self._placing.remove_pair(found[0].id, number)

    def _apply(self) -> None:
        found = chosen_scene(self._session.state)
        if found is not None:
            self._actions.guarded("Place the scene", lambda: self._placing.apply(found[0].id))

    def _scale(self, length_mm: float) -> None:
        found, marks = chosen_scene(self._session.state), self._present_marks()
        if found is not None and {"start", "end"} <= marks.keys():
            ends = marks["start"], marks["end"]
            deed = lambda: self._placing.scale(found[0].id, *ends, length_mm)  # noqa: E731
            self._actions.guarded("Scale the scene", deed)
