"""The journey of labels: whole labels at once, table files, looking at one; computed in jobs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from medview.core.errors import InputRefused
from medview.core.labels import LabelEntry, LabelMap, LabelTable, Patch, default_entry
from medview.core.layers import LayerId
from medview.core.volume import AnyArray
from medview.edit.relabel import Pieces, relabelled, split
from medview.io.label_tables.files import read_label_table, write_label_table
from medview.jobs.execution import Link
from medview.jobs.job import Job, JobDone
from medview.jobs.lanes import Lane
from medview.measure.label_place import largest_slice_center
from medview.session.commands import ApplyPatches
from medview.session.job_desk import JobDesk, Reactions
from medview.session.labels.facts import label_facts
from medview.session.labels.mask_jobs import MaskJobs
from medview.session.labels.table import (
    entry_of,
    free_values,
    label_map,
    refuse_locked,
    set_table,
    take_entries,
)
from medview.session.labels.vocabulary import BundledTable
from medview.session.notices import Notices
from medview.session.session import Session


class Labels:
    """What takes a while with labels. Voxels are read in a job and changed on the window's thread.

    Where the mask has changed meanwhile, the job is done again: what is applied fits what is there.

    Args:
        session: Whose masks.
        desk: Where the jobs are started.
        notices: Told what came of them.
        lane: A lane of this process.
    """

    def __init__(self, session: Session, desk: JobDesk, notices: Notices, lane: Lane) -> None:
        self._session = session
        self._desk = desk
        self._notices = notices
        self._lane = lane
        self._jobs = MaskJobs(session, desk, lane)
        session.unreviewed.connect(self._tell_unreviewed)

    def remove(self, layer_id: LayerId, values: Sequence[int]) -> str:
        """Take labels out of a mask, with their voxels; returns the job's id.

        Raises:
            LabelLocked: One of them is locked.
        """
        names = self._names(layer_id, values)
        refuse_locked(label_map(self._session, layer_id), values)

        def take(patches: tuple[Patch, ...]) -> None:
            table = label_map(self._session, layer_id).table.without(values)
            self._make(layer_id, f"Remove {names}", patches, table)

        arguments = (dict.fromkeys(values, 0),)
        return self._jobs.compute(layer_id, f"Removing {names}", relabelled, arguments, take)

    def merge(self, layer_id: LayerId, values: Sequence[int], into: int) -> str:
        """Let all voxels of some labels be another's, and take those labels out; returns the job's id.

        Raises:
            LabelLocked: One of them, or the one that wins them, is locked.
        """
        others = tuple(value for value in values if value != into)
        names, target = self._names(layer_id, others), self._names(layer_id, (into,))
        refuse_locked(label_map(self._session, layer_id), (*others, into))

        def take(patches: tuple[Patch, ...]) -> None:
            table = _merged(label_map(self._session, layer_id).table, others, into)
            self._make(layer_id, f"Merge {names} into {target}", patches, table)
            self._session.set_view(label_value=into)

        arguments = (dict.fromkeys(others, into),)
        return self._jobs.compute(layer_id, f"Merging {names}", relabelled, arguments, take)

    def split(self, layer_id: LayerId, value: int) -> str:
        """Make every connected piece of a label a label of its own, the largest first; returns the job's id.

        Raises:
            LabelLocked: It is locked.
        """
        refuse_locked(label_map(self._session, layer_id), (value,))
        labels = label_map(self._session, layer_id)
        name, free = entry_of(labels, value).name, free_values(labels)

        def take(pieces: Pieces) -> None:
            table = _with_pieces(label_map(self._session, layer_id), value, pieces)
            self._make(layer_id, f"Split {name}", pieces.patches, table)
            self._notices.told.emit(f"{name} is in {len(pieces.values)} pieces now, the largest first.")

        return self._jobs.compute(layer_id, f"Splitting {name}", split, (value, free), take)

    def jump_to(self, layer_id: LayerId, value: int) -> str:
        """Move the crosshair to the middle of a label's largest axial slice; returns the job's id."""
        name = self._names(layer_id, (value,))

        def take(place: tuple[float, float, float] | None) -> None:
            if place is None:
                self._notices.told.emit(f"{name} has no voxels yet.")
            else:
                self._session.set_view(cursor_ras=place)

        return self._jobs.compute(layer_id, f"Finding {name}", largest_slice_center, (value,), take)

    def measure(self, layer_id: LayerId, values: Sequence[int], told: Callable[[str], None]) -> str:
        """Tell volume, pieces, place and the active scan's values of labels; returns the job's id."""
        image = self._session.state.active_image
        arguments = (tuple(values), image, self._session.state.view.frame)
        title = f"Measuring {self._names(layer_id, values)}"
        return self._jobs.compute(layer_id, title, label_facts, arguments, told)

    def load(self, layer_id: LayerId, path: Path) -> str:
        """Take the labels of a table file into a mask, as one undo step; returns the job's id."""

        def done(event: JobDone) -> None:
            try:
                take_entries(self._session, layer_id, event.value, f"Load labels from {path.name}")
            except InputRefused as refusal:
                self._notices.fail(refusal)
                return
            self._notices.told.emit(f"{len(event.value)} labels loaded from {path.name}.")

        job = Job(title=f"Loading {path.name}", target=_read, payload={"path": path})
        return self._desk.start(self._lane, job, Reactions(done=done))

    def take(self, layer_id: LayerId, table: BundledTable) -> None:
        """Take the labels of one of the program's own tables into a mask, as one undo step.

        Raises:
            InputRefused: A number is too large for this mask.
        """
        take_entries(self._session, layer_id, table.entries, f"Take labels of {table.title}")

    def save(self, layer_id: LayerId, path: Path) -> str:
        """Write the table of a mask; what the format cannot keep is told. Returns the job's id."""
        entries = label_map(self._session, layer_id).table.entries

        def done(event: JobDone) -> None:
            lost = f" This format keeps no {event.value}." if event.value else ""
            self._notices.told.emit(f"Saved {len(entries)} labels to {path.name}.{lost}")

        job = Job(title=f"Saving {path.name}", target=_write, payload={"entries": entries, "path": path})
        return self._desk.start(self._lane, job, Reactions(done=done))

    def _tell_unreviewed(self, names: tuple[str, ...]) -> None:
        what = f"{names[0]} has" if len(names) == 1 else f"{len(names)} labels have"
        marks = "is no longer marked" if len(names) == 1 else "are no longer marked"
        self._notices.told.emit(f"{what} changed and {marks} as reviewed.")

    def _make(self, layer_id: LayerId, title: str, patches: Sequence[Patch], table: LabelTable) -> None:
        """Change voxels, then the table, as one step: undone in the opposite order.

        The voxels only get other numbers: who made them is told by the new table.
        """
        before = label_map(self._session, layer_id).table
        with self._session.macro(title):
            if patches:
                self._session.do(ApplyPatches.of(title, layer_id, patches, by=None))
            set_table(self._session, layer_id, table, title)
        self._session.tell_unreviewed(before, table)

    def _names(self, layer_id: LayerId, values: Sequence[int]) -> str:
        labels = label_map(self._session, layer_id)
        return entry_of(labels, values[0]).name if len(values) == 1 else f"{len(values)} labels"


def _merged(table: LabelTable, others: Sequence[int], into: int) -> LabelTable:
    """The table without some labels, whose makers are now the other's too; that is to be reviewed again."""
    winner = table.find(into) or default_entry(into)
    origin = winner.origin
    for loser in filter(None, map(table.find, others)):
        origin = origin.joined_with(loser.origin)
    return table.with_entry(replace(winner, origin=origin, is_reviewed=False)).without(others)


def _with_pieces(labels: LabelMap, value: int, pieces: Pieces) -> LabelTable:
    """The table with a line for every piece below the label that was split; none of them is reviewed."""
    whole = replace(entry_of(labels, value), is_reviewed=False)
    new = tuple(
        LabelEntry(
            value=number,
            name=f"{whole.name} {place}",
            colour=default_entry(number).colour,
            terms=whole.terms,
            origin=whole.origin,
        )
        for place, number in enumerate(pieces.values[1:], start=2)
    )
    entries: list[LabelEntry] = []
    for entry in labels.table.with_entry(whole).entries:
        entries += (entry, *new) if entry.value == value else (entry,)
    return LabelTable(tuple(entries))


def _read(
    payload: Mapping[str, Any], _arrays: Mapping[str, AnyArray], _link: Link
) -> tuple[tuple[LabelEntry, ...], Mapping[str, AnyArray]]:
    """Job target: the labels of a file."""
    return read_label_table(payload["path"]), {}


def _write(
    payload: Mapping[str, Any], _arrays: Mapping[str, AnyArray], _link: Link
) -> tuple[str, Mapping[str, AnyArray]]:
    """Job target: write labels; returns what the format cannot keep."""
    return write_label_table(payload["entries"], payload["path"]), {}
