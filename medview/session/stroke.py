"""A stroke between press and release: patches at once, one undo step at the end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from medview.core.labels import LabelMap, Patch
from medview.core.layers import LayerId
from medview.core.origin import Maker
from medview.session.commands import ApplyPatches
from medview.session.deeds import Failed, Painted, StrokeEnded, StrokeTakenBack
from medview.session.patches import combined
from medview.session.stamps import stamped

if TYPE_CHECKING:
    from medview.session.session import Session


class StrokeEdit:
    """An open edit of one label layer: applies patches, keeps what takes them back.

    Where another step comes between (undo by key, the result of a model), what was painted so far
    becomes an undo step of its own, and painting goes on with the next patch.
    """

    def __init__(self, session: Session, layer_id: LayerId, labels: LabelMap, title: str, by: Maker) -> None:
        self._session = session
        self._layer_id = layer_id
        self._labels = labels
        self._title = title
        self._by = by
        self._inverses: list[Patch] = []
        self._revision_before = labels.revision
        self._held_before: tuple[int, ...] = ()

    @property
    def layer_id(self) -> LayerId:
        """The layer that is painted."""
        return self._layer_id

    def apply(self, patch: Patch) -> None:
        """Change a box of voxels now; the views follow at once. Nothing where the layer is gone."""
        if self._session.state.layer(self._layer_id) is None:
            return
        if not self._session.holds(self):
            self._session.close_stroke()
        self._session.hold_stroke(self)
        if not self._inverses:
            self._revision_before = self._labels.revision
            self._held_before = self._labels.held_values()
        self._session.deeds.emit(Painted(self._layer_id, self._title, patch, self._by))
        try:
            with self._labels.edit():
                self._inverses.append(self._labels.apply(patch))
        except BaseException:
            self._session.deeds.emit(Failed())
            raise
        self._session.refresh_revision(self._layer_id)

    def finish(self) -> None:
        """Close the edit as one named undo step; nothing where nothing was painted."""
        inverses, self._inverses = self._inverses, []
        if self._session.holds(self):
            self._session.hold_stroke(None)
        if inverses:
            self._session.deeds.emit(StrokeEnded())
            self._session.undo_stack.push(self._step(combined(inverses)), is_applied=True)

    def _step(self, inverses: list[Patch]) -> ApplyPatches:
        """The stroke as a step; its labels are stamped once, now that it is over."""
        labels = self._labels
        table_before = self._session.stamp(labels, stamped(labels, inverses, self._held_before, self._by))
        if table_before is not None:
            labels.renew()
            self._session.refresh_revision(self._layer_id)
        return ApplyPatches.already_applied(
            self._title, self._layer_id, inverses, self._revision_before, table_before
        )

    def roll_back(self) -> None:
        """Take back everything painted that is no undo step yet."""
        if self._session.holds(self):
            self._session.hold_stroke(None)
        if not self._inverses:
            return
        self._session.deeds.emit(StrokeTakenBack())
        with self._labels.edit():
            while self._inverses:
                self._labels.apply(self._inverses.pop())
        self._labels.recall(self._revision_before)
        self._session.refresh_revision(self._layer_id)
