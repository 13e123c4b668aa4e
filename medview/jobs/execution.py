"""The job boundary: doing a job's work and turning every way it can end into data."""

from __future__ import annotations

import importlib
import traceback
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from medview.core.errors import Cancelled, MedviewError
from medview.core.volume import AnyArray
from medview.jobs.failures import Circumstances, error_from_exception
from medview.jobs.job import Target


class Link(Protocol):
    """What a target is given beside its payload and arrays: whom to tell, and where to work."""

    @property
    def scratch(self) -> Path:
        """A private folder, removed after the job."""

    @property
    def threads(self) -> int:
        """How many threads the job may use."""

    def progress(self, fraction: float, message: str) -> None:
        """Tell how much is done (0 to 1) and what is being done."""

    def preview(self, name: str, offset_ijk: tuple[int, int, int], array: AnyArray) -> None:
        """Show a finished box of an output."""

    def report(self, step: int, values: Mapping[str, float]) -> None:
        """Tell the numbers of one training step."""

    def is_cancelled(self) -> bool:
        """Whether to stop, by raising `Cancelled`."""


@dataclass(frozen=True, eq=False)
class Returned:
    """The target's value and arrays."""

    value: Any
    arrays: Mapping[str, AnyArray]


@dataclass(frozen=True, eq=False)
class Raised:
    """An error for people, and the traceback for the log."""

    error: MedviewError
    traceback: str


@dataclass(frozen=True)
class Interrupted:
    """The target saw that it was cancelled and stopped."""


Ending = Returned | Raised | Interrupted


def perform(
    target: str | Target,
    payload: Mapping[str, Any],
    arrays: Mapping[str, AnyArray],
    link: Link,
    around: Circumstances,
) -> Ending:
    """Call a job's target and catch whatever comes out of it."""
    try:
        function = resolved(target) if isinstance(target, str) else target
        value, made = function(payload, arrays, link)
        return Returned(value, made)
    except Cancelled:
        return Interrupted()
    except (Exception, SystemExit) as exception:  # noqa: BLE001 (the job boundary)
        return Raised(error_from_exception(exception, around), traceback.format_exc())


def resolved(target: str) -> Target:
    """Import the function named as ``"module:function"``."""
    module, name = target.split(":")
    function: Target = getattr(importlib.import_module(module), name)
    return function


def free_memory_bytes() -> int:
    """Memory that programs can still take without swapping."""
    import psutil

    return int(psutil.virtual_memory().available)


def usable_threads() -> int:
    """Threads for a job beside a window: one core is left for the window."""
    import psutil

    return max(1, (psutil.cpu_count(logical=False) or psutil.cpu_count() or 2) - 1)
