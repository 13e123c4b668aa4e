"""Arrays beside a journal: slab by slab into a file of their own, and back.

Each file has the framing of a journal. Its first record tells shape, type and order; each slab follows with
its number; the last record says that the array is whole.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import numpy as np

from medview.core.volume import AnyArray
from medview.io.journal import BrokenRecord, End, JournalFile, JournalReader, Record

_SLAB_BYTES = 4 << 20
_NUMBERS = "biufc"


class HeldArray:
    """The numbers of an array as they are now, copied only where they are about to change.

    Args:
        array: Read a slab at a time by the writing thread; nobody changes it without `freeze`.
    """

    def __init__(self, array: AnyArray) -> None:
        order = "F" if _is_fortran(array) else "C"
        self.head = {"shape": list(array.shape), "dtype": array.dtype.str, "order": order}
        self._flat: AnyArray | None = _flat(array)
        self._slab = max(1, _SLAB_BYTES // max(array.dtype.itemsize, 1))
        self.slab_count = -(-array.size // self._slab)
        self._door = threading.Lock()

    def slab(self, number: int) -> bytes:
        """The bytes of one slab."""
        with self._door:
            assert self._flat is not None
            return self._flat[number * self._slab : (number + 1) * self._slab].tobytes()

    def freeze(self) -> None:
        """To be called before the array changes: what is not written yet is copied."""
        with self._door:
            if self._flat is not None:
                self._flat = self._flat.copy()

    def let_go(self) -> None:
        """All of it is written."""
        with self._door:
            self._flat = None


def writing_steps(path: Path, held: HeldArray) -> Iterator[None]:
    """Write an array a slab at a time; between the steps other work may be done.

    Raises:
        OSError: The disk does not take it; it has to be begun again.
    """
    file = JournalFile(path)
    try:
        file.append(held.head)
        for number in range(held.slab_count):
            yield
            file.append({"slab": number}, held.slab(number))
        file.append({"whole": True})
        file.sync()
        held.let_go()
    finally:
        file.close()


def _is_fortran(array: AnyArray) -> bool:
    return bool(array.flags.f_contiguous and not array.flags.c_contiguous)


def _flat(array: AnyArray) -> AnyArray:
    # a view of arrays that lie in one piece; others are copied once
    return array.reshape(-1, order="F" if _is_fortran(array) else "C")


def read_array(path: Path) -> tuple[AnyArray, bool]:
    """Read an array back.

    Returns:
        The array, and whether it is whole: slabs that are missing are zero.

    Raises:
        OSError: There is no such file.
        BrokenRecord: Not even its shape can be read.
    """
    with JournalReader(path) as reader:
        records = iter(reader)
        first = next(records, None)
        if first is None:
            raise BrokenRecord("an array has no beginning")
        array, flat = _empty(first)
        is_whole = _fill(flat, records)
        return array, is_whole and reader.end is not End.BROKEN


def _empty(first: Record) -> tuple[AnyArray, AnyArray]:
    try:
        shape, dtype = tuple(int(size) for size in first.head["shape"]), np.dtype(first.head["dtype"])
        order: Literal["F", "C"] = "F" if first.head["order"] == "F" else "C"
        if dtype.kind not in _NUMBERS:
            raise ValueError(f"{dtype} is no number")
        array = np.zeros(shape, dtype, order)
    except (KeyError, TypeError, ValueError, MemoryError) as error:
        raise BrokenRecord("an array's shape makes no sense") from error
    return array, array.reshape(-1, order=order)


def _fill(flat: AnyArray, records: Iterator[Record]) -> bool:
    count = max(1, _SLAB_BYTES // max(flat.dtype.itemsize, 1))
    for record in records:
        if record.head.get("whole") is True:
            return True
        start = int(record.head.get("slab", 0)) * count
        values = np.frombuffer(record.binary(), flat.dtype)
        if flat[start : start + count].size != values.size:
            raise BrokenRecord("a slab has another size than its array")
        flat[start : start + count] = values
    return False
