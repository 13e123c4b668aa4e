"""Numbers of a file straight into one array: no second copy, checked before any memory is taken.

Chunks of a few megabytes keep the interpreter free for the window while a scan is being read.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, BinaryIO, cast

import numpy as np
from numpy.typing import NDArray

from medview.core.volume import Extremes
from medview.io.byte_source import in_words, open_bytes, refuse_beyond_file, refuse_beyond_memory, refused
from medview.io.tally import Tally
from medview.io.watch import Watch

_CHUNK_BYTES = 4 << 20
AnyArray = NDArray[Any]


@dataclass(frozen=True, kw_only=True)
class StoredNumbers:
    """Where numbers lie in a file, first axis fastest, and what they mean.

    Args:
        path: The file, plain or gzip.
        offset: Bytes before the first number, once unpacked.
        dtype: Stored type with its byte order; fields R, G, B(, A) for colour.
        shape: Number of elements along each axis.
        slope: Value of one stored unit.
        inter: Value of stored zero.
    """

    path: Path
    offset: int
    dtype: np.dtype[Any]
    shape: tuple[int, ...]
    slope: float = 1.0
    inter: float = 0.0

    @property
    def count(self) -> int:
        """Number of elements; an exact integer also where it is absurd."""
        return math.prod(self.shape)

    @property
    def is_colour(self) -> bool:
        """Whether each element is a red, green, blue triple."""
        return self.dtype.names is not None

    @property
    def is_scaled(self) -> bool:
        """Whether stored numbers differ from values."""
        return (self.slope, self.inter) != (1.0, 0.0)

    @property
    def result_dtype(self) -> np.dtype[Any]:
        """Type of the array that `load` returns: stored integers stay, all else becomes float32."""
        if self.is_colour:
            return np.dtype(np.uint8)
        if self.dtype.kind in "iu" and not self.is_scaled:
            return self.dtype.newbyteorder("=")
        return np.dtype(np.float32)


@dataclass(frozen=True, eq=False, kw_only=True)
class LoadedNumbers:
    """What came out of a file.

    Args:
        array: Shape of the file, first axis fastest in memory; colour has a last axis of three.
        extremes: Of all its values.
        warnings: Sentences about what was not as it should be.
    """

    array: AnyArray
    extremes: Extremes
    warnings: tuple[str, ...] = ()


class _OutOfRange(Exception):
    """A finite value does not fit into float32."""


def load(numbers: StoredNumbers, watch: Watch) -> LoadedNumbers:
    """Read all numbers as values.

    Complex numbers become magnitudes. Values beyond float32 make the array float64; otherwise at
    most the seventh digit is rounded.

    Raises:
        InputRefused: The file is shorter than declared, damaged, or does not fit into memory.
        Cancelled: From the watch.
    """
    refuse_beyond_file(numbers.path, numbers.offset + numbers.count * numbers.dtype.itemsize)
    dtype = numbers.result_dtype
    try:
        return _load_as(numbers, dtype, watch)
    except _OutOfRange:
        loaded = _load_as(numbers, np.dtype(np.float64), watch)
        words = "Values beyond 3e38 are kept in double precision, twice the memory."
        return replace(loaded, warnings=(*loaded.warnings, words))


def _load_as(numbers: StoredNumbers, dtype: np.dtype[Any], watch: Watch) -> LoadedNumbers:
    per_element = 3 if numbers.is_colour else 1
    refuse_beyond_memory(numbers.path, numbers.count * per_element * dtype.itemsize)
    flat = np.empty(numbers.count * per_element, dtype)
    fill = _fill_directly if _is_direct(numbers, dtype) else _fill_converted
    with open_bytes(numbers.path) as stream, Tally() as tally:
        _skip(stream, numbers)
        for piece, part in fill(stream, flat, numbers):
            tally.add(piece)
            watch.at(part, "reading")
        warnings = _look_behind(stream)
    shape = (3, *numbers.shape) if numbers.is_colour else numbers.shape
    array = flat.reshape(shape, order="F")
    if numbers.is_colour:
        array = np.moveaxis(array, 0, -1)
    return LoadedNumbers(array=array, extremes=tally.extremes, warnings=warnings)


def _is_direct(numbers: StoredNumbers, dtype: np.dtype[Any]) -> bool:
    return not numbers.is_scaled and numbers.dtype.newbyteorder("=") == dtype


def _skip(stream: BinaryIO, numbers: StoredNumbers) -> None:
    left = numbers.offset
    while left > 0:
        got = len(stream.read(min(left, _CHUNK_BYTES)))
        if not got:
            raise refused(numbers.path, f"the file ends before its numbers begin at byte {numbers.offset}")
        left -= got


def _fill_directly(
    stream: BinaryIO, flat: AnyArray, numbers: StoredNumbers
) -> Iterator[tuple[AnyArray, float]]:
    for start, stop in _chunks(flat.size, flat.itemsize):
        piece = flat[start:stop]
        _read_exactly(stream, piece, numbers, start)
        if not numbers.dtype.isnative:
            piece.byteswap(inplace=True)
        yield piece, stop / flat.size


def _fill_converted(
    stream: BinaryIO, flat: AnyArray, numbers: StoredNumbers
) -> Iterator[tuple[AnyArray, float]]:
    width = flat.size // numbers.count
    convert = _converter(numbers)
    scratch = np.empty(min(numbers.count, _CHUNK_BYTES // numbers.dtype.itemsize), numbers.dtype)
    for start, stop in _chunks(numbers.count, numbers.dtype.itemsize):
        piece = scratch[: stop - start]
        _read_exactly(stream, piece, numbers, start)
        target = flat[start * width : stop * width]
        _assign(target, convert(piece))
        yield target, stop / numbers.count


def _assign(target: AnyArray, values: AnyArray) -> None:
    with np.errstate(over="ignore", invalid="ignore"):
        target[:] = values
    is_narrower = target.dtype == np.float32 and values.dtype != np.float32
    if is_narrower and np.count_nonzero(np.isfinite(target)) < np.count_nonzero(np.isfinite(values)):
        raise _OutOfRange


def _converter(numbers: StoredNumbers) -> Callable[[AnyArray], AnyArray]:
    if numbers.is_colour:
        return _colours
    if numbers.dtype.kind == "c":
        return lambda raw: np.abs(_scaled(raw, numbers, np.dtype(np.complex128)))
    if numbers.is_scaled:
        return lambda raw: _scaled(raw, numbers, np.dtype(np.float64))
    return lambda raw: raw


def _colours(raw: AnyArray) -> AnyArray:
    channels = raw.view(np.uint8).reshape(raw.size, -1)
    return channels[:, :3].reshape(-1)


def _scaled(raw: AnyArray, numbers: StoredNumbers, dtype: np.dtype[Any]) -> AnyArray:
    values = raw.astype(dtype)
    with np.errstate(over="ignore", invalid="ignore"):
        values *= numbers.slope
        values += numbers.inter
    return values


def _chunks(count: int, itemsize: int) -> list[tuple[int, int]]:
    step = max(1, _CHUNK_BYTES // itemsize)
    return [(start, min(start + step, count)) for start in range(0, count, step)]


def _read_exactly(stream: BinaryIO, piece: AnyArray, numbers: StoredNumbers, start: int) -> None:
    target = piece.view(np.uint8).data
    done = 0
    while done < len(target):
        got = cast(Any, stream).readinto(target[done:])
        if not got:
            held = start * numbers.dtype.itemsize + done
            declared = numbers.count * numbers.dtype.itemsize
            detail = f"the file ends after {in_words(held)} of {in_words(declared)} of numbers"
            raise refused(numbers.path, detail, "Copy it again from its source.")
        done += got


def _look_behind(stream: BinaryIO) -> tuple[str, ...]:
    """Read past the end, which also checks a gzip trailer; more bytes than declared are only told."""
    if not stream.read(1):
        return ()
    return ("The file holds more bytes than its header declares; they are ignored.",)
