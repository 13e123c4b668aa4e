"""The labels of the active mask: rows from entries and volumes, and a person's deeds into undo steps."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from medview.core.labels import LabelMap
from medview.core.layers import LayerId
from medview.core.overwrite import OverwriteRule
from medview.core.state import SessionState
from medview.present.actions import ActionTable
from medview.present.desk import Desk
from medview.present.ports.labels_port import LabelRow, LabelsPlan, LabelsViewPort, Vocabulary
from medview.session.labels import table as labels_table
from medview.session.labels.vocabulary import CATEGORIES, LEFT, RIGHT, known_types

_Key = tuple[Any, ...]

NO_MASK = "Choose a mask in the layer list, or make one with New mask (Ctrl+M)."


def resolve_labels(state: SessionState) -> LabelsPlan:
    """Return what the table shows: pure."""
    labels = state.active.data if state.active is not None else None
    if not isinstance(labels, LabelMap):
        return LabelsPlan(rule=state.view.overwrite, why_not=NO_MASK)
    return LabelsPlan(
        rows=tuple(
            LabelRow(entry=entry, volume=volume_text(labels.volume_ml(entry.value)))
            for entry in labels.table.entries
        ),
        value=state.view.label_value,
        rule=state.view.overwrite,
    )


def volume_text(volume_ml: float) -> str:
    """Millilitres with three figures, such as ``"0.0123"``, ``"1.23"`` or ``"1230"``; empty for none."""
    if volume_ml <= 0:
        return ""
    return f"{volume_ml:.0f}" if volume_ml >= 100 else f"{volume_ml:#.3g}"


class LabelsPresenter:
    """Presents the label table.

    Args:
        desk: The session and the use cases.
        view: The table.
        actions: Runs the deeds, so that failures are told in one place.
    """

    def __init__(self, desk: Desk, view: LabelsViewPort, actions: ActionTable) -> None:
        self._desk = desk
        self._session = session = desk.session
        self._work = desk.workflows.labels
        self._view = view
        self._actions = actions
        self._plan: LabelsPlan | None = None
        self._key: _Key = ()
        self._connect(view)
        session.changed.connect(self._on_changed)
        self.refresh()

    def refresh(self) -> None:
        """Show the labels if anything about them is new."""
        state = self._session.state
        # a layer is another object whenever its map is: a thousand rows are not made at every mouse move
        key = (state.active, state.view.label_value, state.view.overwrite)
        if self._key and key[0] is self._key[0] and key[1:] == self._key[1:]:
            return
        self._key = key
        plan = resolve_labels(state)
        if plan != self._plan:
            self._plan = plan
            self._view.show(plan)

    def _connect(self, view: LabelsViewPort) -> None:
        view.chosen.connect(lambda value: self._session.set_view(label_value=value))
        view.rule_changed.connect(self._on_rule)
        view.added.connect(lambda: self._actions.run("labels.add"))
        view.changed.connect(self._on_label_changed)
        view.moved.connect(self._on_moved)
        view.removed.connect(self._on_removed)
        view.merged.connect(self._on_merged)
        view.split_asked.connect(self._on_split)
        view.jump_asked.connect(self._on_jump)
        view.measure_asked.connect(self._on_measure)
        view.editor_asked.connect(self._on_editor)

    def _on_changed(self, old: SessionState, new: SessionState) -> None:
        self._keep_label(old, new)
        self.refresh()

    def _keep_label(self, old: SessionState, new: SessionState) -> None:
        """Where the label in hand is in no line (another mask, a removed label), the first is taken up."""
        layer = new.active
        if layer is None or not isinstance(layer.data, LabelMap) or old.active is layer:
            return
        entries = layer.data.table.entries
        if entries and layer.data.table.find(new.view.label_value) is None:
            self._session.set_view(label_value=entries[0].value)

    def _do(self, title: str, deed: Callable[[LayerId], object]) -> None:
        layer = self._session.state.active
        if layer is not None and layer.is_labels:
            self._actions.guarded(title, lambda: deed(layer.id))

    def _on_rule(self, rule: OverwriteRule) -> None:
        self._session.set_view(overwrite=rule)

    def _on_label_changed(self, values: tuple[int, ...], changes: dict[str, Any]) -> None:
        self._do(
            "Change label",
            lambda mask: labels_table.change_labels(self._session, mask, values, **changes),
        )

    def _on_moved(self, values: tuple[int, ...], steps: int) -> None:
        self._do("Move label", lambda mask: labels_table.move_labels(self._session, mask, values, steps))

    def _on_removed(self, values: tuple[int, ...]) -> None:
        if values:
            self._do("Remove label", lambda mask: self._remove(mask, values))

    def _remove(self, mask_id: LayerId, values: tuple[int, ...]) -> None:
        labels = labels_table.label_map(self._session, mask_id)
        labels_table.refuse_locked(labels, values)
        question = removal_question(labels, values)
        if not question or self._view.ask_removal(question):
            self._work.remove(mask_id, values)

    def _on_merged(self, values: tuple[int, ...], into: int) -> None:
        self._do("Merge labels", lambda mask: self._work.merge(mask, values, into))

    def _on_split(self, value: int) -> None:
        self._do("Split label", lambda mask: self._work.split(mask, value))

    def _on_jump(self, value: int) -> None:
        self._do("Jump to label", lambda mask: self._work.jump_to(mask, value))

    def _on_measure(self, values: tuple[int, ...]) -> None:
        def told(text: str) -> None:
            self._desk.window.show_text("Labels measured", text)

        if values:
            self._do("Measure labels", lambda mask: self._work.measure(mask, values, told))

    def _on_editor(self, value: int) -> None:
        def show(mask_id: LayerId) -> None:
            entry = labels_table.entry_of(labels_table.label_map(self._session, mask_id), value)
            self._view.show_editor(entry, vocabulary())

        self._do("Edit label", show)


def removal_question(labels: LabelMap, values: tuple[int, ...]) -> str:
    """What is asked before labels go; empty where none of them has voxels."""
    held = [value for value in values if labels.voxel_count(value)]
    if not held:
        return ""
    volume = volume_text(sum(labels.volume_ml(value) for value in held))
    name = labels_table.entry_of(labels, values[0]).name
    what = f"{name} and its {volume} mL" if len(values) == 1 else f"{len(values)} labels with {volume} mL"
    return f"Remove {what} from the mask?"


def vocabulary() -> Vocabulary:
    """The codes that the program knows."""
    return Vocabulary(categories=CATEGORIES, types=known_types(), sides=(LEFT, RIGHT))
