"""The undoable changes of a session. They hold ids, layers and patches, never copies of arrays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from medview.core.errors import MedviewError
from medview.core.labels import LabelMap, LabelTable, Patch
from medview.core.layers import Layer, LayerId
from medview.core.origin import HAND, Maker
from medview.core.radiance import RadianceField
from medview.core.undo import Command
from medview.session.patches import PackedPatch
from medview.session.stamps import stamped

if TYPE_CHECKING:
    from medview.session.session import Session

SessionCommand = Command["Session"]


class _Step:
    """What most commands share: they cost nothing to keep and are not merged."""

    nbytes = 0

    def merged(self, following: object) -> SessionCommand | None:  # noqa: ARG002
        """Not merged."""
        return None


@dataclass(kw_only=True)
class AddLayers(_Step):
    """Put layers on top of the stack and make one active: `active_id`, or the last where None."""

    title: str
    layers: tuple[Layer, ...]
    active_id: LayerId | None = None
    _active_before: LayerId | None = field(default=None, init=False)
    _is_done: bool = field(default=False, init=False)

    @property
    def nbytes(self) -> int:  # type: ignore[override]
        """Bytes of the arrays that nothing but this step holds: those of layers that were taken out."""
        return 0 if self._is_done else sum(_nbytes_of(layer) for layer in self.layers)

    def apply(self, target: Session) -> None:
        """Add them."""
        self._is_done = True
        state = target.state
        self._active_before = state.active_id
        last = self.layers[-1].id if self.layers else state.active_id
        active = self.active_id if self.active_id is not None else last
        target.set_state(replace(state, layers=(*state.layers, *self.layers), active_id=active))

    def revert(self, target: Session) -> None:
        """Take them out, as they are now, so that redo brings the same content back."""
        self._is_done = False
        ids = {layer.id for layer in self.layers}
        state = target.state
        self.layers = tuple(layer for layer in state.layers if layer.id in ids)
        kept = tuple(layer for layer in state.layers if layer.id not in ids)
        target.set_state(replace(state, layers=kept, active_id=self._active_before))


@dataclass(kw_only=True)
class AbsentStep(_Step):
    """Keeps the place of a step whose layer was not found again when the work was restored."""

    title: str

    def apply(self, target: Session) -> None:
        """Nothing can be done."""

    revert = apply


@dataclass(kw_only=True)
class RemoveLayer(_Step):
    """Take one layer out of the stack. Its array stays in memory as long as undo can bring it back."""

    layer_id: LayerId
    title: str = ""
    _removed: Layer | None = field(default=None, init=False)
    _index: int = field(default=0, init=False)
    _active_before: LayerId | None = field(default=None, init=False)

    @property
    def nbytes(self) -> int:  # type: ignore[override]
        """Bytes of the array that is kept for undo."""
        return 0 if self._removed is None else _nbytes_of(self._removed)

    def apply(self, target: Session) -> None:
        """Remove it; the layer below becomes active."""
        state = target.state
        self._removed, self._active_before = _known(target, self.layer_id), state.active_id
        self._index = state.layers.index(self._removed)
        self.title = self.title or f"Remove {self._removed.name}"
        kept = state.layers[: self._index] + state.layers[self._index + 1 :]
        active = state.active_id
        if active == self.layer_id:
            active = kept[max(self._index - 1, 0)].id if kept else None
        target.set_state(replace(state, layers=kept, active_id=active))

    def revert(self, target: Session) -> None:
        """Put it back where it was."""
        if self._removed is not None:
            state, removed = target.state, self._removed
            layers = (*state.layers[: self._index], removed, *state.layers[self._index :])
            self._removed = None
            target.set_state(replace(state, layers=layers, active_id=self._active_before))


@dataclass(kw_only=True)
class ChangeLayer(_Step):
    """Change fields of one layer: name, visibility, opacity, display.

    Changes of the same fields of the same layer that follow each other are one step.
    """

    layer_id: LayerId
    changes: dict[str, Any]
    title: str
    _before: dict[str, Any] = field(default_factory=dict, init=False)

    def apply(self, target: Session) -> None:
        """Set the new values."""
        layer = _known(target, self.layer_id)
        self._before = {name: getattr(layer, name) for name in self.changes}
        target.set_state(target.state.with_layer(replace(layer, **self.changes)))

    def revert(self, target: Session) -> None:
        """Set the old values."""
        layer = _known(target, self.layer_id)
        target.set_state(target.state.with_layer(replace(layer, **self._before)))

    def merged(self, following: object) -> SessionCommand | None:
        """One step for a drag of the same control; switches and names stay steps of their own."""
        if not isinstance(following, ChangeLayer) or following.title != self.title:
            return None
        if any(isinstance(value, bool | str) for value in self.changes.values()):
            return None
        if following.layer_id != self.layer_id or following.changes.keys() != self.changes.keys():
            return None
        step = ChangeLayer(layer_id=self.layer_id, changes=following.changes, title=self.title)
        step._before = self._before
        return step


@dataclass(kw_only=True)
class MoveLayer(_Step):
    """Move one layer to another place in the stack (0 is the bottom)."""

    layer_id: LayerId
    index: int
    title: str = "Reorder layers"
    _order_before: tuple[LayerId, ...] = field(default=(), init=False)

    def apply(self, target: Session) -> None:
        """Move it."""
        state = target.state
        self._order_before = tuple(layer.id for layer in state.layers)
        others = [layer for layer in state.layers if layer.id != self.layer_id]
        others.insert(self.index, _known(target, self.layer_id))
        target.set_state(replace(state, layers=tuple(others)))

    def revert(self, target: Session) -> None:
        """Restore the order."""
        by_id = {layer.id: layer for layer in target.state.layers}
        layers = tuple(by_id[layer_id] for layer_id in self._order_before)
        target.set_state(replace(target.state, layers=layers))


@dataclass(kw_only=True)
class ChangeLabelTable(_Step):
    """Give a label map another table (names, colours, locks)."""

    layer_id: LayerId
    table: LabelTable
    title: str
    _other_revision: int | None = field(default=None, init=False)

    def apply(self, target: Session) -> None:
        """Swap the tables."""
        labels = _known(target, self.layer_id).data
        assert isinstance(labels, LabelMap)
        self.table, labels.table = labels.table, self.table
        self._other_revision = _turned(labels, labels.revision, self._other_revision)
        target.refresh_revision(self.layer_id)

    revert = apply

    def merged(self, following: object) -> SessionCommand | None:
        """One step for a drag in the colour dialog: the oldest table is the one to go back to."""
        is_same = isinstance(following, ChangeLabelTable) and following.layer_id == self.layer_id
        return self if is_same and getattr(following, "title", "") == self.title else None


@dataclass(kw_only=True)
class ApplyPatches(_Step):
    """Change boxes of voxels of one label map. Patches are kept compressed.

    The labels that it changes are stamped with `by`, who changed them, and lose their mark of review; None
    stamps nothing (voxels that only change their number keep the origin that the caller gives them).
    """

    title: str
    layer_id: LayerId
    _packed: list[PackedPatch]
    by: Maker | None = HAND
    _other_revision: int | None = None
    _other_table: LabelTable | None = field(default=None, init=False)
    _is_stamped: bool = field(default=False, init=False)

    @classmethod
    def of(
        cls, title: str, layer_id: LayerId, patches: Sequence[Patch], by: Maker | None = HAND
    ) -> ApplyPatches:
        """A change that has not been made yet."""
        packed = [PackedPatch.pack(patch) for patch in patches]
        return cls(title=title, layer_id=layer_id, _packed=packed, by=by)

    @classmethod
    def already_applied(
        cls,
        title: str,
        layer_id: LayerId,
        inverses: Sequence[Patch],
        revision_before: int,
        table_before: LabelTable | None,
    ) -> ApplyPatches:
        """Remember a stroke that has been painted and stamped.

        Args:
            title: What people read.
            layer_id: The mask.
            inverses: What takes it back: one patch after the other, the last one first.
            revision_before: Of the content before it.
            table_before: The table before it; None where the stamps changed nothing.
        """
        command = cls.of(title, layer_id, list(reversed(inverses)))
        command._other_revision, command._other_table = revision_before, table_before
        command._is_stamped = True
        return command

    @property
    def nbytes(self) -> int:  # type: ignore[override]
        """Compressed bytes of all patches."""
        return sum(patch.nbytes for patch in self._packed)

    def apply(self, target: Session) -> None:
        """Paint, or paint again."""
        self._swap(target)

    def revert(self, target: Session) -> None:
        """Restore what was there."""
        self._swap(target)

    def _swap(self, target: Session) -> None:
        labels = _known(target, self.layer_id).data
        assert isinstance(labels, LabelMap)
        now, held = labels.revision, () if self._is_stamped else labels.held_values()
        with labels.edit():
            self._packed = _swapped(labels, self._packed)
        if not self._is_stamped:
            self._stamp(target, labels, held)
        elif self._other_table is not None:
            labels.table, self._other_table = self._other_table, labels.table
        self._other_revision = _turned(labels, now, self._other_revision)
        target.refresh_revision(self.layer_id)

    def _stamp(self, target: Session, labels: LabelMap, held_before: tuple[int, ...]) -> None:
        self._is_stamped = True
        if self.by is not None:
            inverses = (patch.unpack() for patch in self._packed)
            self._other_table = target.stamp(labels, stamped(labels, inverses, held_before, self.by))


def _swapped(labels: LabelMap, packed: Sequence[PackedPatch]) -> list[PackedPatch]:
    """Apply patches and return what takes them back; where one is refused, nothing has changed."""
    inverses: list[PackedPatch] = []
    before = labels.revision
    try:
        for patch in packed:
            undone = labels.apply(patch.unpack())
            inverses.append(patch.with_values_of(undone))
    except MedviewError:
        for inverse in reversed(inverses):
            labels.apply(inverse.unpack())
        labels.recall(before)
        raise
    return inverses[::-1]


def _turned(labels: LabelMap, now: int, other: int | None) -> int:
    """Take the revision of the content on a step's other side, new where never seen; return the one now."""
    if other is None:
        labels.renew()
    else:
        labels.recall(other)
    return now


def _nbytes_of(layer: Layer) -> int:
    match layer.data:
        case LabelMap():
            return layer.data.array.nbytes
        case RadianceField():
            return layer.data.baked.nbytes
        case _:
            return layer.data.data.nbytes


def _known(target: Session, layer_id: LayerId) -> Layer:
    layer = target.state.layer(layer_id)
    if layer is None:
        raise KeyError(f"there is no layer {layer_id}")
    return layer
