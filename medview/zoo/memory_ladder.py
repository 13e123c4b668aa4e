"""What a run does when memory runs short: the next cheaper way, told each time; never the same again."""

from __future__ import annotations

import math
import os
import uuid
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import numpy as np
import torch

from medview.core.disk import room_words
from medview.core.errors import RunFailed
from medview.core.volume import AnyArray
from medview.ml.context import RunContext
from medview.ml.preflight import size_words

Made = TypeVar("Made")
_ALLOCATOR = ("DefaultCPUAllocator", "bad allocation", "bad_alloc", "Failed to allocate memory")
"""How the allocators of torch, OpenVINO and onnxruntime say it: they raise nothing more special."""


Rung = Callable[[], str]
"""Changes to a cheaper way and returns a sentence's end that says so; empty where nothing is left to gain."""


class MemoryLadder:
    """Tries work again on the next rung after a shortage of memory; other errors pass.

    Args:
        rungs: From the least to the most costly in time; each is taken until it has no more to give.
        ctx: Is told, and keeps it for the provenance.
    """

    def __init__(self, rungs: Sequence[Rung], ctx: RunContext) -> None:
        self._rungs = list(rungs)
        self._ctx = ctx

    def attempt(self, work: Callable[[], Made]) -> Made:
        """Do work that reads its settings afresh each time.

        Raises:
            MemoryError: Memory ran short on the last rung, too.
        """
        while True:
            try:
                return work()
            except (torch.OutOfMemoryError, MemoryError, RuntimeError) as error:
                if not is_shortage(error):
                    raise
            # outside the handler: the error's frames, and the memory that they hold, are gone by now
            if torch.cuda.is_available():
                torch.cuda.empty_cache()
            self._descend()

    def _descend(self) -> None:
        while self._rungs:
            sentence = self._rungs[0]()
            if sentence:
                self._ctx.note(f"Memory ran short: {sentence}.")
                return
            self._rungs.pop(0)
        raise MemoryError("memory ran short in the most frugal way, too")


def is_shortage(error: BaseException) -> bool:
    """Whether an error says that memory ran short, on the graphics card or off it."""
    if isinstance(error, torch.OutOfMemoryError | MemoryError):
        return True
    return isinstance(error, RuntimeError) and says_shortage(str(error))


def says_shortage(text: str) -> bool:
    """Whether an allocator's message says that memory ran short."""
    return any(words in text for words in _ALLOCATOR)


def zeros_somewhere(shape: Sequence[int], dtype: Any, name: str, ctx: RunContext) -> AnyArray:
    """Zeros to put a result together in: on disk, which is told, where memory does not hold them.

    Raises:
        RunFailed: The disk does not hold them either.
    """
    try:
        return np.zeros(tuple(shape), dtype)
    except MemoryError:
        ctx.note(f"Memory ran short: {name} is put together on disk.")
    size = math.prod(shape) * np.dtype(dtype).itemsize
    place = ctx.scratch / f"{name}-{uuid.uuid4().hex}.raw"
    try:
        with place.open("xb") as file:
            _reserve(file.fileno(), size)
    except OSError as error:
        place.unlink(missing_ok=True)
        room = room_words(error)
        if room is None:
            raise
        title = f"Cannot put {name} together"
        detail = f"memory ran short, and for its {size_words(size)} on disk instead {room[0]}"
        raise RunFailed(title, detail, "Free some memory or some of the disk, or crop the scan.") from error
    made: AnyArray = np.memmap(place, mode="r+", dtype=dtype, shape=tuple(shape))
    return made


def _reserve(handle: int, size: int) -> None:
    """Take a file's room on the disk now: where that runs out under a mapped file, the process dies."""
    if hasattr(os, "posix_fallocate"):
        os.posix_fallocate(handle, 0, max(size, 1))
        return
    zeros = bytes(2**20)
    for start in range(0, size, len(zeros)):
        os.write(handle, zeros[: size - start])
