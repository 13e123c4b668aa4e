"""The journey of a scene to its place in the patient; every change is one named step and is kept on disk."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from medview.core.errors import InputRefused
from medview.core.layers import Layer, LayerId
from medview.core.radiance import Placement, RadianceField
from medview.core.state import SessionState
from medview.core.volume import AnyArray
from medview.jobs.execution import Link
from medview.jobs.job import Job
from medview.jobs.lanes import Lane
from medview.session.commands import ChangeLayer
from medview.session.fields.placing import (
    Point,
    placed_by_landmarks,
    scaled_by_length,
    scene_point,
    with_pair,
    without_pair,
    write_placement,
)
from medview.session.job_desk import JobDesk, Reactions
from medview.session.notices import Notices
from medview.session.session import Session


class Placing:
    """Places scenes, and keeps each one's place in its folder, also when a step is undone.

    Args:
        session: Whose scenes.
        desk: Where writing is started.
        notices: Told what came of it.
        lane: A lane of this process.
    """

    def __init__(self, session: Session, desk: JobDesk, notices: Notices, lane: Lane) -> None:
        self._session = session
        self._desk = desk
        self._notices = notices
        self._lane = lane
        session.changed.connect(self._keep_places)

    def scene_point(self, layer_id: LayerId, position_ras: Point) -> Point:
        """Where a position in the patient lies in a scene as it is placed now."""
        return scene_point(self._field(layer_id).placement, position_ras)

    def add_pair(self, layer_id: LayerId, scene: Point, patient: Point) -> None:
        """One more pair of landmarks; the scene stays where it is until `apply`."""
        placement = self._field(layer_id).placement
        title = f"Landmark pair {len(placement.landmarks) + 1}"
        self._place(layer_id, with_pair(placement, scene, patient), title)

    def remove_pair(self, layer_id: LayerId, number: int) -> None:
        """Take one pair away, counted from 0."""
        placement = self._field(layer_id).placement
        if 0 <= number < len(placement.landmarks):
            title = f"Remove landmark pair {number + 1} of {len(placement.landmarks)}"
            self._place(layer_id, without_pair(placement, number), title)

    def apply(self, layer_id: LayerId) -> Placement:
        """Lay the scene upon the patient by its pairs.

        Raises:
            InputRefused: There are too few, or they lie on one line.
        """
        found = placed_by_landmarks(self._field(layer_id).placement)
        self._place(layer_id, found, f"Place the scene by {len(found.landmarks)} pairs")
        self._notices.told.emit(
            f"The scene is placed: {found.mm_per_unit:.4g} mm per unit, "
            f"residual {found.residual_mm or 0:.3g} mm (root mean square of {len(found.landmarks)} pairs)."
        )
        return found

    def scale(self, layer_id: LayerId, start: Point, end: Point, length_mm: float) -> Placement:
        """Scale the scene so that two of its points are so far apart.

        Raises:
            InputRefused: They are one point, or the length is none.
        """
        found = scaled_by_length(self._field(layer_id).placement, start, end, length_mm)
        self._place(layer_id, found, f"Scale the scene by {length_mm:g} mm")
        self._notices.told.emit(f"The scene is scaled: {found.mm_per_unit:.4g} mm per unit.")
        return found

    def _place(self, layer_id: LayerId, placement: Placement, title: str) -> None:
        field = replace(self._field(layer_id), placement=placement)
        self._session.do(ChangeLayer(layer_id=layer_id, changes={"data": field}, title=title))

    def _field(self, layer_id: LayerId) -> RadianceField:
        layer = self._session.state.layer(layer_id)
        if layer is None or not isinstance(layer.data, RadianceField):
            raise InputRefused("Cannot place the scene", "it is not open any more", "Open it again.")
        return layer.data

    def _keep_places(self, old: SessionState, new: SessionState) -> None:
        if old.layers is new.layers:
            return
        for layer in new.layers:
            before = old.layer(layer.id)
            if before is not None and _moved(before, layer):
                self._keep(layer)

    def _keep(self, layer: Layer) -> None:
        assert isinstance(layer.data, RadianceField)
        payload = {"folder": layer.data.folder, "placement": layer.data.placement}
        job = Job(title=f"Keeping the place of {layer.name}", target=_write, payload=payload)
        self._desk.start(self._lane, job, Reactions(done=lambda _event: None), is_shown=False)


def _moved(before: Layer, after: Layer) -> bool:
    return (
        isinstance(before.data, RadianceField)
        and isinstance(after.data, RadianceField)
        and before.data.placement is not after.data.placement
    )


def _write(
    payload: Mapping[str, Any], _arrays: Mapping[str, AnyArray], _link: Link
) -> tuple[None, Mapping[str, AnyArray]]:
    """Job target: write the place."""
    write_placement(payload["folder"], payload["placement"])
    return None, {}
