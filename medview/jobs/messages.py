"""What the window's process and its worker say to each other: one line of JSON each."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Run:
    """Down: do this job; its arrays lie in ``folder`` under the given file names."""

    job: str
    title: str
    target: str
    payload: Mapping[str, Any]
    arrays: Mapping[str, str]
    folder: str
    memory_bytes: float | None


@dataclass(frozen=True, kw_only=True)
class Cancel:
    """Down: this job is no longer wanted."""

    job: str


@dataclass(frozen=True, kw_only=True)
class Warm:
    """Down: import these modules, so that the first job need not."""

    modules: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Hello:
    """Up: the worker listens."""

    pid: int


@dataclass(frozen=True, kw_only=True)
class Progressed:
    """Up: so much is done."""

    job: str
    fraction: float
    message: str


@dataclass(frozen=True, kw_only=True)
class Previewed:
    """Up: a finished box of an output lies in a file of the job's folder."""

    job: str
    name: str
    offset_ijk: tuple[int, int, int]
    file: str


@dataclass(frozen=True, kw_only=True)
class Reported:
    """Up: numbers of one training step."""

    job: str
    step: int
    values: Mapping[str, float]


@dataclass(frozen=True, kw_only=True)
class Done:
    """Up: the job's value, and its arrays as files of the job's folder."""

    job: str
    value: Any
    arrays: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class Failed:
    """Up: the parts of a MedviewError, the name of its class, and the worker's traceback."""

    job: str
    error: str
    title: str
    detail: str
    hint: str
    traceback: str


@dataclass(frozen=True, kw_only=True)
class Stopped:
    """Up: the job ended because it was cancelled."""

    job: str


Message = Run | Cancel | Warm | Hello | Progressed | Previewed | Reported | Done | Failed | Stopped

_BY_NAME: Mapping[str, type[Message]] = {
    kind.__name__: kind
    for kind in (Run, Cancel, Warm, Hello, Progressed, Previewed, Reported, Done, Failed, Stopped)
}


def encoded(message: Message) -> bytes:
    """One line of JSON, line end included.

    Raises:
        TypeError: A value has no form in JSON.
    """
    table = {item.name: getattr(message, item.name) for item in fields(message)}
    return json.dumps({"kind": type(message).__name__, **table}, separators=(",", ":")).encode() + b"\n"


def decoded(line: bytes) -> Message | None:
    """The message in a line; None where the line holds none (some library's print)."""
    try:
        table = json.loads(line)
        return _BY_NAME[table.pop("kind")](**table)
    except (ValueError, KeyError, TypeError, AttributeError):
        return None
