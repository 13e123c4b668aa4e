"""Doing a journal's deeds again, on a session of its own: layers, masks and history as they were."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from medview.core.errors import MedviewError
from medview.core.labels import LabelMap
from medview.core.layers import Layer, LayerId, LayerKind
from medview.core.radiance import RadianceField
from medview.core.volume import AnyArray, Volume
from medview.io.journal import START_BYTES, BrokenRecord, End, JournalReader, Record
from medview.session.commands import AbsentStep, AddLayers, SessionCommand
from medview.session.journal.arrays import read_array
from medview.session.journal.catalogue import JournalFolder
from medview.session.journal.encoding import (
    EMPTY,
    FIELD,
    MAP,
    SCAN,
    decoded_maker,
    decoded_patch,
    known_types,
)
from medview.session.journal.field_place import field_again
from medview.session.journal.plain import Unpacker
from medview.session.journal.scan_file import read_again
from medview.session.journal.survey import survey
from medview.session.session import Session
from medview.session.stroke import StrokeEdit

Check = Callable[[], None]
_UNREADABLE = (
    BrokenRecord, MedviewError, KeyError, TypeError, ValueError, IndexError, AttributeError, AssertionError,
)  # fmt: skip

#: Records that stand between a deed and the word that it failed without saying anything about it.
_BESIDE = ("hashed", "looked")


@dataclass(frozen=True, eq=False, kw_only=True)
class Replayed:
    """What a journal brings back.

    Attributes:
        session: With layers, masks, tables, active layer and history.
        notes: Sentences about what could not be brought back.
        offset: End of the last record that was done again.
        closing: Heads of records that end what was under way.
    """

    session: Session
    notes: tuple[str, ...]
    offset: int
    closing: list[dict[str, Any]]


def replay(folder: JournalFolder, check_cancelled: Check = lambda: None) -> Replayed:
    """Do all deeds of a journal again, as far as it can be read.

    Raises:
        OSError: It cannot be read at all.
        Cancelled: From `check_cancelled`.
    """
    hands = _Hands(folder, survey(folder).hashes, check_cancelled)
    with JournalReader(folder.journal) as reader:
        offset, is_read = hands.do_all(reader)
    if not is_read or reader.end is End.BROKEN:
        lost = reader.size_bytes - offset
        hands.notes.append(f"The journal is damaged: what was done last could not be read ({lost} bytes).")
    return Replayed(session=hands.session, notes=tuple(hands.notes), offset=offset, closing=hands.close())


class _TakenBack(Exception):
    """Leaves a macro as the error did that took it back."""


class _Hands:
    """Does one deed after another."""

    def __init__(self, folder: JournalFolder, hashes: dict[str, str], check_cancelled: Check) -> None:
        self.session = Session()
        self.notes: list[str] = []
        self._folder = folder
        self._hashes = hashes
        self._check = check_cancelled
        self._known = known_types()
        self._missing: set[LayerId] = set()
        self._edit: StrokeEdit | None = None
        self._macro: ExitStack | None = None
        self._deeds: dict[str, Callable[[dict[str, Any], list[bytes]], None]] = {
            "do": self._do,
            "paint": self._paint,
            "stroke-ended": self._end_stroke,
            "stroke-taken-back": self._take_stroke_back,
            "macro": self._begin_macro,
            "macro-ended": self._end_macro,
            "went": lambda head, _: self._go_to(int(head["position"])),
            "activated": self._activate,
            "saved": self._mark_saved,
            "looked": self._look,
            "began": self._begin,
            "hashed": _nothing,
            "failed": _nothing,
        }

    def do_all(self, reader: JournalReader) -> tuple[int, bool]:
        """Do every record; returns the end of the last one done, and whether all could be."""
        for record, start in _without_failed(reader):
            self._check()
            try:
                self._deeds[record.head["deed"]](record.head, _parts(record))
            except _UNREADABLE:
                return start, False
        return reader.offset, True

    def close(self) -> list[dict[str, Any]]:
        """End what was under way: an open stroke becomes a step, a step that is not whole is taken back."""
        closing: list[dict[str, Any]] = []
        if self.session.is_painting and self._macro is None:
            self._end_stroke({}, [])
            closing.append({"deed": "stroke-ended"})
        if self._macro is not None:
            self._take_stroke_back({}, [])
            self._end_macro({"failed": True}, [])
            closing += [{"deed": "stroke-taken-back"}, {"deed": "macro-ended", "failed": True}]
        return closing

    def _begin(self, head: dict[str, Any], _parts: list[bytes]) -> None:
        """With the same budget, the same old steps are let go."""
        self.session = Session(int(head["undo_budget_bytes"]))

    def _do(self, head: dict[str, Any], parts: list[bytes]) -> None:
        command = Unpacker(self._known, parts, self._opened).unpack(head["command"])
        self.session.do(self._possible(command))

    def _possible(self, command: Any) -> SessionCommand:
        """The command without layers that were not found; a step that does nothing where none is left."""
        if isinstance(command, AddLayers):
            for layer in command.layers:
                self.session.keep_ids_above(layer.id)
            self._note_missing(command.layers)
            return replace(command, layers=tuple(x for x in command.layers if x.id not in self._missing))
        if getattr(command, "layer_id", None) in self._missing:
            return AbsentStep(title=command.title or "Change of a layer that was not found")
        made: SessionCommand = command
        return made

    def _note_missing(self, layers: tuple[Layer, ...]) -> None:
        for layer in layers:
            if layer.data is None:
                self._missing.add(layer.id)
                where = f" ({layer.path})" if layer.path is not None else ""
                what = "scene" if layer.kind is LayerKind.FIELD else "scan"
                self.notes.append(
                    f"The {what} {layer.name} was not found as it was{where}: it is missing or has changed. "
                    "Masks come back without it, on their own grids."
                )

    def _opened(self, kind: str, content: dict[str, Any]) -> LabelMap | Volume | RadianceField | None:
        if kind == MAP:
            return self._map(content)
        if kind == SCAN:
            return self._scan(content)
        if kind == FIELD:
            return self._field(content)
        raise ValueError(f"a journal holds no {kind}")

    def _facts(self, content: dict[str, Any]) -> dict[str, Any]:
        apart = ("array", "file", "dtype", "shape")
        unpacker = Unpacker(self._known, [], self._opened)
        return {name: unpacker.unpack(part) for name, part in content.items() if name not in apart}

    def _map(self, content: dict[str, Any]) -> LabelMap:
        facts = self._facts(content)
        labels = LabelMap.empty(facts["geometry"], facts["table"], np.dtype(content["dtype"]).type)
        is_whole = True
        if content["array"] != EMPTY:
            array, is_whole = self._labels_in(content["array"])
            labels = LabelMap(array, facts["geometry"], facts["table"]) if array is not None else labels
        if not is_whole:
            self.notes.append(
                "A mask was not on disk whole: parts of what it held at first are empty; strokes are there."
            )
        for _ in range(facts["revision"]):
            labels.renew()
        return labels

    def _labels_in(self, name: str) -> tuple[AnyArray | None, bool]:
        try:
            return read_array(self._folder.array(name))
        except (OSError, BrokenRecord):
            return None, False

    def _scan(self, content: dict[str, Any]) -> Volume | None:
        facts = self._facts(content)
        if "file" in content:
            shape, dtype = tuple(content["shape"]), np.dtype(content["dtype"])
            wanted = Volume(data=np.broadcast_to(np.zeros((), dtype), shape), **facts)
            path = str(content["file"]["path"])
            return read_again(content["file"], self._hashes.get(path), wanted, self._check)
        try:
            array, is_whole = read_array(self._folder.array(content["array"]))
        except (OSError, BrokenRecord):
            return None
        return Volume(data=array, **facts) if is_whole else None

    def _field(self, content: dict[str, Any]) -> RadianceField | None:
        field = field_again(content)
        placement = Unpacker(self._known, [], self._opened).unpack(content["placement"])
        return None if field is None else replace(field, placement=placement)

    def _paint(self, head: dict[str, Any], parts: list[bytes]) -> None:
        if self._edit is None:
            layer_id, title = LayerId(head["layer_id"]), str(head["title"])
            self._edit = self.session.begin_stroke(layer_id, title, decoded_maker(head))
        self._edit.apply(decoded_patch(head, parts))

    def _end_stroke(self, _head: dict[str, Any], _parts: list[bytes]) -> None:
        edit, self._edit = self._edit, None
        if edit is not None:
            edit.finish()

    def _take_stroke_back(self, _head: dict[str, Any], _parts: list[bytes]) -> None:
        edit, self._edit = self._edit, None
        if edit is not None:
            edit.roll_back()

    def _begin_macro(self, head: dict[str, Any], _parts: list[bytes]) -> None:
        self._macro = ExitStack()
        self._macro.enter_context(self.session.macro(str(head["title"])))

    def _end_macro(self, head: dict[str, Any], _parts: list[bytes]) -> None:
        macro, self._macro = self._macro, None
        if macro is None:
            return
        try:
            with macro:
                if head["failed"]:
                    raise _TakenBack
        except _TakenBack:
            return

    def _go_to(self, position: int) -> None:
        self.session.go_to(position)

    def _activate(self, head: dict[str, Any], _parts: list[bytes]) -> None:
        if head["layer_id"] not in self._missing:
            self.session.set_active(head["layer_id"])

    def _mark_saved(self, head: dict[str, Any], _parts: list[bytes]) -> None:
        path = None if head["path"] is None else Path(head["path"])
        self.session.mark_saved(LayerId(head["layer_id"]), int(head["revision"]), path)

    def _look(self, head: dict[str, Any], _parts: list[bytes]) -> None:
        x, y, z = (float(part) for part in head["cursor"])
        self.session.set_view(cursor_ras=(x, y, z), frame=int(head["frame"]), label_value=int(head["label"]))


def _nothing(_head: dict[str, Any], _parts: list[bytes]) -> None:
    """Records that only tell something."""


def _parts(record: Record) -> list[bytes]:
    whole, parts, start = record.binary(), [], 0
    for size in record.head["parts"]:
        parts.append(whole[start : start + size])
        start += size
    return parts


def _without_failed(reader: JournalReader) -> Iterator[tuple[Record, int]]:
    """Records with their beginnings, without deeds that could not be done."""
    waiting: tuple[Record, int] | None = None
    start = START_BYTES
    for record in reader:
        deed = record.head.get("deed")
        if deed in _BESIDE:
            yield record, start
        else:
            if waiting is not None and deed != "failed":
                yield waiting
            waiting = (record, start)
        start = reader.offset
    if waiting is not None:
        yield waiting
