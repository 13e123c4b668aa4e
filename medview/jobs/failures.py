"""From what went wrong in a job to the sentence that a person reads."""

from __future__ import annotations

import signal
from dataclasses import dataclass

from medview.core.disk import room_words
from medview.core.errors import InputRefused, MedviewError, RunFailed

_KINDS: dict[str, type[MedviewError]] = {"InputRefused": InputRefused, "RunFailed": RunFailed}
_OUT_OF_MEMORY_WORDS = ("can't allocate memory", "not enough memory", "out of memory", "bad allocation")
_MORE_MEMORY = "Close other programs, crop the scan, or take a machine with more memory."
_UNCHANGED = "Nothing was changed. The log holds the details."


@dataclass(frozen=True, kw_only=True)
class Circumstances:
    """What a failure's sentence mentions.

    Args:
        title: What people call the job.
        needed_bytes: Expected need; None where unknown.
        free_bytes: Memory that was free when the job began.
    """

    title: str
    needed_bytes: float | None
    free_bytes: int


def error_from_exception(exception: BaseException, around: Circumstances) -> MedviewError:
    """Turn whatever a job raised into an error for people; a MedviewError stays as it is."""
    if isinstance(exception, MedviewError):
        return exception
    if _is_memory(exception):
        return _memory_error(around)
    if isinstance(exception, SystemExit):
        return RunFailed(f"{around.title} failed", "its code tried to end the program", _UNCHANGED)
    room = room_words(exception)
    if room is not None:
        return RunFailed(f"{around.title} failed", *room)
    text = f"{type(exception).__name__}: {exception}".strip().rstrip(".:")
    return RunFailed(f"{around.title} failed", text, _UNCHANGED)


def error_from_parts(kind: str, title: str, detail: str, hint: str) -> MedviewError:
    """Rebuild an error that came from the worker."""
    return _KINDS.get(kind, RunFailed)(title, detail, hint)


def error_from_exit(code: int, around: Circumstances, last_words: str = "") -> MedviewError:
    """Tell why the worker process ended in the middle of a job.

    Args:
        code: As of `subprocess.Popen`: the exit status, or minus the signal's number.
        around: The job.
        last_words: The end of what the worker wrote on its error stream.
    """
    if code == -getattr(signal, "SIGKILL", 9):
        detail = f"the model process was killed, probably because memory ran out{_numbers(around)}"
        return RunFailed(f"{around.title} failed", detail, _MORE_MEMORY)
    if code < 0:
        detail = f"the model process crashed ({_signal_words(-code)})"
    else:
        detail = f"the model process ended by itself with status {code}"
    said = f" Its last words were: {last_words}" if last_words else ""
    return RunFailed(f"{around.title} failed", detail, f"{_UNCHANGED}{said}")


def _is_memory(exception: BaseException) -> bool:
    if isinstance(exception, MemoryError) or type(exception).__name__ == "OutOfMemoryError":
        return True
    text = str(exception).lower()
    return isinstance(exception, RuntimeError) and any(words in text for words in _OUT_OF_MEMORY_WORDS)


def _memory_error(around: Circumstances) -> RunFailed:
    return RunFailed(f"{around.title} failed", f"memory ran out{_numbers(around)}", _MORE_MEMORY)


def _numbers(around: Circumstances) -> str:
    free = f"{_gigabytes(around.free_bytes)} was free"
    if around.needed_bytes is None:
        return f"; {free} when it began"
    return f": it needed about {_gigabytes(around.needed_bytes)}, {free}"


def _gigabytes(size_bytes: float) -> str:
    return f"{size_bytes / 1e9:.1f} GB"


def _signal_words(number: int) -> str:
    try:
        return signal.strsignal(number) or f"signal {number}"
    except ValueError:
        return f"signal {number}"
