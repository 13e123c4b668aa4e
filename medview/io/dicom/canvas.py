"""The array that planes are written into: right axes from the start, as narrow a type as the values allow."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from medview.core.geometry import Geometry
from medview.io.byte_source import refuse_beyond_memory
from medview.io.dicom.plane import ImageFile, Plane
from medview.io.orientation import as_stored, turn_of

AnyArray = NDArray[Any]


class Canvas:
    """Memory for a volume, filled plane by plane.

    `array` is (I, J, K), (I, J, K, T) or (I, J, K, 3) along RAS+ axes, first axis fastest (colour: channels
    fastest), so that the renderer can share it. It widens from 16-bit integers as values demand.

    Args:
        path: Named where memory does not suffice.
        stored: The grid as stored: columns, rows, slices.
        frames: Number of time points.
        is_colour: Whether values are red, green, blue.
        dtype: First number type.
    """

    def __init__(
        self, path: Path, stored: Geometry, frames: int, is_colour: bool, dtype: np.dtype[Any]
    ) -> None:
        self._path = path
        self._turn = turn_of(stored.ras_from_ijk)
        self._is_colour = is_colour
        i, j, k = (stored.shape[axis] for axis in self._turn.axes)
        self._shape: tuple[int, ...] = (
            (i, j, k, 3) if is_colour else (i, j, k, frames) if frames > 1 else (i, j, k)
        )
        self.array = self._empty(dtype)

    def _empty(self, dtype: np.dtype[Any]) -> AnyArray:
        refuse_beyond_memory(self._path, int(np.prod(self._shape, dtype=object)) * dtype.itemsize)
        if self._is_colour:
            return np.zeros((*self._shape[2::-1], 3), dtype).transpose(2, 1, 0, 3)
        return np.zeros(self._shape[::-1], dtype).T

    @property
    def stored(self) -> AnyArray:
        """View of the array along the file's axes: column, row, slice, then frame or channel."""
        return as_stored(self.array, self._turn)

    def put(self, index: int, frame: int, picture: AnyArray) -> None:
        """Write a plane (rows, columns[, 3]) as one slice of one frame."""
        self._widen_for(picture)
        view = self.stored
        if view.ndim == 4 and not self._is_colour:
            view = view[..., frame]
        view[:, :, index] = np.swapaxes(picture, 0, 1)

    def _widen_for(self, picture: AnyArray) -> None:
        wider = _type_for(picture, self.array.dtype)
        if wider != self.array.dtype:
            old, self.array = self.array, self._empty(wider)
            np.copyto(self.array, old, casting="unsafe")


def _type_for(picture: AnyArray, dtype: np.dtype[Any]) -> np.dtype[Any]:
    """The narrowest of (now, int32, float32, float64) that holds the plane as it is."""
    if dtype.kind == "f" or (picture.dtype == dtype):
        return dtype
    if picture.dtype.kind == "f":
        return np.dtype(np.float32)
    low, high = int(picture.min()), int(picture.max())
    for candidate in (dtype, np.dtype(np.int32)):
        limits = np.iinfo(candidate)
        if limits.min <= low and high <= limits.max:
            return candidate
    return np.dtype(np.float64)


def first_type(files: list[ImageFile], planes: tuple[Plane, ...]) -> np.dtype[Any]:
    """The type that the headers promise to suffice; 16-bit where only the pixels can tell."""
    if any(file.is_colour for file in files):
        return np.dtype(np.uint8)
    scales = {(plane.slope, plane.intercept) for plane in planes}
    if any(file.is_float for file in files) or not all(s.is_integer() and i.is_integer() for s, i in scales):
        return np.dtype(np.float32)
    signed, bits = any(file.is_signed for file in files), max(file.bits_stored for file in files)
    if scales == {(1.0, 0.0)} and not signed and bits <= 8:
        return np.dtype(np.uint8)
    if scales == {(1.0, 0.0)} and not signed and bits == 16:
        return np.dtype(np.uint16)
    return np.dtype(np.int16)
