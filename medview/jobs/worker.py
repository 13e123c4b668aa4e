"""The child process: does jobs that come as lines on its input, and tells how they go.

The program's entry point calls `main` for ``--worker`` before anything graphical is imported.
"""

from __future__ import annotations

import contextlib
import faulthandler
import importlib
import os
import queue
import signal
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import BinaryIO

from medview.core.errors import MedviewError
from medview.core.volume import AnyArray
from medview.jobs.arrays import mapped, store
from medview.jobs.execution import Interrupted, Raised, Returned, free_memory_bytes, perform, usable_threads
from medview.jobs.failures import Circumstances, error_from_exception
from medview.jobs.messages import (
    Cancel,
    Done,
    Failed,
    Hello,
    Message,
    Previewed,
    Progressed,
    Reported,
    Run,
    Stopped,
    Warm,
    decoded,
    encoded,
)

_NICENESS = 5
_OOM_SCORE = 800


def main() -> int:
    """Serve jobs until the input ends."""
    lines, channel = _take_over_pipes()
    _step_back()
    faulthandler.enable()
    inbox: queue.SimpleQueue[Run | Warm] = queue.SimpleQueue()
    unwanted: set[str] = set()
    threading.Thread(target=_listen, args=(lines, inbox, unwanted), daemon=True).start()
    channel.send(Hello(pid=os.getpid()))
    while True:
        match inbox.get():
            case Run() as order:
                channel.send(_done(order, channel, unwanted))
            case Warm(modules=modules):
                _import(modules)


def _import(modules: Sequence[str]) -> None:
    for module in modules:
        # a missing library is told by the job that needs it
        with contextlib.suppress(ImportError):
            importlib.import_module(module)


class Channel:
    """The way up: messages of all threads, one whole line after another."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._lock = threading.Lock()

    def send(self, message: Message) -> None:
        """Write one message."""
        line = encoded(message)
        with self._lock:
            self._stream.write(line)
            self._stream.flush()


class PipeLink:
    """Passes a target's words up the pipe, and arrays through files of the job's folder."""

    def __init__(self, order: Run, channel: Channel, unwanted: set[str]) -> None:
        self._order = order
        self._channel = channel
        self._unwanted = unwanted
        self._previews = 0
        self.scratch = Path(order.folder)
        self.threads = int(os.environ.get("OMP_NUM_THREADS", "0")) or usable_threads()

    def progress(self, fraction: float, message: str) -> None:
        """Tell how much is done."""
        self._channel.send(Progressed(job=self._order.job, fraction=float(fraction), message=message))

    def preview(self, name: str, offset_ijk: tuple[int, int, int], array: AnyArray) -> None:
        """Show a finished box; the other side removes its file."""
        self._previews += 1
        file = store(self.scratch, f"preview-{self._previews}", {name: array})[name]
        i, j, k = (int(n) for n in offset_ijk)
        self._channel.send(Previewed(job=self._order.job, name=name, offset_ijk=(i, j, k), file=file))

    def report(self, step: int, values: Mapping[str, float]) -> None:
        """Tell the numbers of one training step."""
        plain = {name: float(value) for name, value in values.items()}
        self._channel.send(Reported(job=self._order.job, step=int(step), values=plain))

    def is_cancelled(self) -> bool:
        """Whether to stop."""
        return self._order.job in self._unwanted


def _done(order: Run, channel: Channel, unwanted: set[str]) -> Message:
    """Do one job and return the message of its end."""
    folder = Path(order.folder)
    around = Circumstances(title=order.title, needed_bytes=order.memory_bytes, free_bytes=free_memory_bytes())
    arrays = mapped(folder, order.arrays)
    link = PipeLink(order, channel, unwanted)
    match perform(order.target, order.payload, arrays, link, around):
        case Interrupted():
            return Stopped(job=order.job)
        case Raised(error, traceback):
            return _failed(order, error, traceback)
        case Returned() as returned:
            return _delivered(order, folder, returned, around)


def _delivered(order: Run, folder: Path, returned: Returned, around: Circumstances) -> Message:
    """Store the arrays; a full disk or a value that is no JSON is a failure of the job."""
    try:
        files = store(folder, "output", returned.arrays)
        message = Done(job=order.job, value=returned.value, arrays=files)
        encoded(message)
        return message
    except (OSError, TypeError, ValueError, AttributeError, MemoryError) as exception:
        return _failed(order, error_from_exception(exception, around), "")


def _failed(order: Run, error: MedviewError, traceback: str) -> Failed:
    return Failed(
        job=order.job,
        error=type(error).__name__,
        title=error.title,
        detail=error.detail,
        hint=error.hint,
        traceback=traceback,
    )


def _listen(lines: BinaryIO, inbox: queue.SimpleQueue[Run | Warm], unwanted: set[str]) -> None:
    for line in lines:
        match decoded(line):
            case Cancel(job=job):
                unwanted.add(job)
            case (Run() | Warm()) as order:
                inbox.put(order)
    # the window has gone: nobody wants the work any more, and no library's exit code may hang
    os._exit(0)


def _take_over_pipes() -> tuple[BinaryIO, Channel]:
    """Keep the pipes to ourselves: prints go to the error stream, reads of the input find nothing."""
    lines = os.fdopen(os.dup(0), "rb")
    stream = os.fdopen(os.dup(1), "wb")
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    sys.stdout = sys.stderr
    return lines, Channel(stream)


def _step_back() -> None:
    """Let the window go first: for the processor, and when the system must end someone for memory."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if hasattr(os, "nice"):
        os.nice(_NICENESS)
    score = Path("/proc/self/oom_score_adj")
    if score.exists():
        try:
            score.write_text(str(_OOM_SCORE))
        except OSError:
            return
