"""What a run does when memory runs short: the next cheaper way, told each time; never the same again."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import numpy as np
import torch

from medview.core.volume import AnyArray
from medview.ml.context import RunContext

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
    """Zeros to put a result together in: on disk, which is told, where memory does not hold them."""
    try:
        return np.zeros(tuple(shape), dtype)
    except MemoryError:
        ctx.note(f"Memory ran short: {name} is put together on disk.")
        handle, place = tempfile.mkstemp(prefix=f"{name}-", suffix=".npy", dir=ctx.scratch)
        os.close(handle)
        made: AnyArray = np.lib.format.open_memmap(place, mode="w+", dtype=dtype, shape=tuple(shape))
        return made
