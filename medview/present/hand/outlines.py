"""The outline under way: lasso, polygon and livewire, from the first corner to closing or Escape."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from psygnal import Signal

from medview.core.plans import OutlinePlan, Vector
from medview.core.state import Orientation, SessionState
from medview.edit.outline import enclosed
from medview.present.hand.paint import Paint, step_name, tint
from medview.present.stroke import Strokes
from medview.session.session import Session

Way = Callable[[Vector], tuple[Vector, ...]]
"""From the last corner to a position: the positions between, the end included."""
_LEAST_CORNERS = 3


def straight(position_ras: Vector) -> tuple[Vector, ...]:
    """The way of polygons."""
    return (position_ras,)


class Outlines:
    """At most one outline in the whole program. Painted when it is closed, as one undo step.

    Args:
        session: Where it is painted.
        strokes: How.

    Attributes:
        changed: Emitted when there is something else to draw.
        turned: Emitted when one is begun, closed or dropped.
    """

    changed = Signal()
    turned = Signal()

    def __init__(self, session: Session, strokes: Strokes) -> None:
        self._session = session
        self._strokes = strokes
        self._clear()
        session.changed.connect(self._on_changed)

    def _clear(self) -> None:
        self._pane: Orientation | None = None
        self._name = ""
        self._normal: Vector = (0.0, 0.0, 1.0)
        self._erases = False
        self._by_hand = False
        self._pieces: list[tuple[Vector, ...]] = []
        self._rubber: tuple[Vector, ...] = ()
        self._way: Way = straight

    @property
    def is_open(self) -> bool:
        """Whether one is under way."""
        return self._pane is not None

    @property
    def pane(self) -> Orientation | None:
        """The pane that it is drawn in."""
        return self._pane

    @property
    def corners(self) -> tuple[Vector, ...]:
        """Where it was clicked."""
        return tuple(piece[-1] for piece in self._pieces)

    def begin(
        self,
        pane: Orientation,
        name: str,
        normal_ras: Vector,
        start_ras: Vector,
        *,
        erases: bool,
        by_hand: bool = False,
    ) -> None:
        """Open an outline at its first corner; one that is open is dropped. Lines by hand show no corners."""
        self._clear()
        self._pane, self._name, self._normal, self._erases = pane, name, normal_ras, erases
        self._by_hand = by_hand
        self._pieces = [(start_ras,)]
        self._tell_turn()

    def lead(self, way: Way) -> None:
        """From here on the outline runs so from its last corner."""
        self._way = way

    def add(self, position_ras: Vector) -> None:
        """Set a corner, or a point of a line drawn by hand."""
        self._pieces.append(self._way(position_ras))
        self._rubber = ()
        self.changed.emit()

    def hover(self, position_ras: Vector) -> None:
        """Show how it would run to the mouse."""
        self._rubber = self._way(position_ras)
        self.changed.emit()

    def drop_corner(self) -> None:
        """Take the last corner back; with the only one, the outline goes."""
        self._pieces.pop()
        self._rubber = ()
        if self._pieces:
            self.changed.emit()
        else:
            self.cancel()

    def close(self) -> None:
        """Paint what it encloses; dropped where it encloses nothing."""
        points, normal, erases, name = self.points, self._normal, self._erases, self._name
        self._clear()
        self._tell_turn()
        if len(points) < _LEAST_CORNERS:
            return
        paint = Paint.of(self._session.state, erases=erases)
        patch = paint.patch(enclosed(paint.labels.geometry, np.asarray(points), normal))
        self._strokes.begin(paint.layer, step_name(name, paint))
        self._strokes.paint(patch)
        self._strokes.finish()

    def cancel(self) -> bool:
        """Escape: as if never begun; whether there was one."""
        was_open = self.is_open
        self._clear()
        if was_open:
            self._tell_turn()
        return was_open

    def _tell_turn(self) -> None:
        self.changed.emit()
        self.turned.emit()

    def _on_changed(self, old: SessionState, new: SessionState) -> None:
        """An outline belongs to the tool and the mask that it was begun with."""
        if old.view.tool is not new.view.tool or old.active_id != new.active_id:
            self.cancel()

    @property
    def points(self) -> tuple[Vector, ...]:
        """Its fixed course."""
        return tuple(point for piece in self._pieces for point in piece)

    def plan(self, pane: Orientation) -> OutlinePlan | None:
        """What a pane draws of it."""
        if pane is not self._pane:
            return None
        return OutlinePlan(
            points_ras=(*self.points, *self._rubber),
            corners_ras=() if self._by_hand else self.corners,
            colour=tint(self._session.state, erases=self._erases),
            erases=self._erases,
        )
