"""A first look through a journal: by the heads alone, so that it is quick."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from medview.io.journal import End, JournalReader
from medview.session.journal.catalogue import JournalFolder

_LOOKS = ("ChangeLayer", "MoveLayer", "RemoveLayer", "AbsentStep")


@dataclass(kw_only=True)
class Survey:
    """What a journal is about.

    Attributes:
        started: When it was begun, as ISO text; empty where unknown.
        name: The first scan's name; the first layer's where there is no scan. Never a patient's name.
        hashes: SHA-256 of the scans' files by path, where there was time to take it.
        end: How its reading ended.
        lost_bytes: What lies behind the last whole record.
        has_work: Whether anything in it would be lost: more than opened files that were not touched.
    """

    started: str = ""
    name: str = ""
    hashes: dict[str, str] = field(default_factory=dict)
    end: End = End.WHOLE
    lost_bytes: int = 0
    has_work: bool = False


def survey(folder: JournalFolder) -> Survey:
    """Look through a journal.

    Raises:
        OSError: It cannot be read.
    """
    found, is_scan, is_touched = Survey(), False, False
    with JournalReader(folder.journal) as reader:
        for record in reader:
            head = record.head
            deed = head.get("deed")
            if deed == "began":
                found.started = str(head.get("started", ""))
            elif deed == "hashed":
                found.hashes[str(head.get("path"))] = str(head.get("sha256"))
            elif deed == "saved":
                found.has_work = bool(head.get("left", True))
            else:
                is_touched = is_touched or deed == "paint" or _is_work(head)
                found.has_work = found.has_work or (is_touched and deed in ("paint", "do", "went"))
                is_scan = is_scan or _take_name(found, head)
    found.end, found.lost_bytes = reader.end, reader.lost_bytes
    return found


def _take_name(found: Survey, head: dict[str, Any]) -> bool:
    """Take the first scan's name; whether it was one."""
    for layer in _layers(head):
        is_scan = layer.get("kind", {}).get("v") != "labels"
        if is_scan or not found.name:
            found.name = str(layer.get("name", ""))
        if is_scan:
            return True
    return False


def _is_work(head: dict[str, Any]) -> bool:
    """Whether a command is more than the opening of files: a mask or a result that lies on no disk yet."""
    command = head.get("command")
    if not isinstance(command, dict) or command.get("$") in _LOOKS:
        return False
    layers = list(_layers(head))
    return not layers or any(layer.get("saved_revision") is None and _is_made(layer) for layer in layers)


def _is_made(layer: dict[str, Any]) -> bool:
    return layer.get("kind", {}).get("v") == "labels" or layer.get("provenance") is not None


def _layers(head: dict[str, Any]) -> Iterator[dict[str, Any]]:
    command = head.get("command")
    fields = command.get("v", {}) if isinstance(command, dict) else {}
    layers = fields.get("layers", {}) if isinstance(fields, dict) else {}
    for layer in layers.get("v", ()) if isinstance(layers, dict) else ():
        if isinstance(layer, dict) and isinstance(layer.get("v"), dict):
            yield layer["v"]
