"""Which part of every slice the network sees: the head, a window of fixed size, or the whole slice.

A frame is a function of the first volume and its geometry; it returns the `SliceGrid` of all slices.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from medview.core.geometry import Geometry
from medview.core.volume import AnyArray
from medview.zoo.slicewise.grid import SliceGrid, head_box
from medview.zoo.slicewise.intensity import measure_intensity

Frame = Callable[[AnyArray, Geometry], SliceGrid]


def head_frame(pixel_mm: float, factor: int) -> Frame:
    """The box of the head in pixels of `pixel_mm`, padded to multiples of `factor`."""
    return partial(_head, pixel_mm=pixel_mm, factor=factor)


def whole_frame(pixel_mm: float, factor: int) -> Frame:
    """The whole slice in pixels of `pixel_mm`, padded to multiples of `factor`."""
    return partial(_whole, pixel_mm=pixel_mm, factor=factor)


def window_frame(
    pixel_mm: float, size: tuple[int, int], centre_ras: tuple[float, float, float] | None = None
) -> Frame:
    """A window of fixed size (rows, columns) around a point in mm, or around the middle of the slice."""
    return partial(_window, pixel_mm=pixel_mm, size=size, centre_ras=centre_ras)


def head_window_frame(pixel_mm: float, size: tuple[int, int]) -> Frame:
    """A window of fixed size (rows, columns) around the middle of the head's box."""
    return partial(_head_window, pixel_mm=pixel_mm, size=size)


def stretched_frame(size: tuple[int, int]) -> Frame:
    """The whole slice, stretched to a fixed size (rows, columns)."""
    return partial(_stretched, size=size)


def _rows_columns(volume: AnyArray) -> tuple[int, int]:
    return volume.shape[0], volume.shape[1]


def _head(volume: AnyArray, geometry: Geometry, pixel_mm: float, factor: int) -> SliceGrid:
    box = head_box(volume, measure_intensity(volume).air)
    return SliceGrid.around(_rows_columns(volume), box, geometry.spacing_mm[:2], pixel_mm, factor)


def _whole(volume: AnyArray, geometry: Geometry, pixel_mm: float, factor: int) -> SliceGrid:
    rows, columns = _rows_columns(volume)
    box = (0, rows), (0, columns)
    return SliceGrid.around((rows, columns), box, geometry.spacing_mm[:2], pixel_mm, factor)


def _window(
    volume: AnyArray,
    geometry: Geometry,
    pixel_mm: float,
    size: tuple[int, int],
    centre_ras: tuple[float, float, float] | None,
) -> SliceGrid:
    centre = None
    if centre_ras is not None:
        i, j, *_ = geometry.ijk_from_ras @ (*centre_ras, 1.0)
        centre = float(i), float(j)
    return SliceGrid.window(_rows_columns(volume), geometry.spacing_mm[:2], pixel_mm, size, centre)


def _head_window(volume: AnyArray, geometry: Geometry, pixel_mm: float, size: tuple[int, int]) -> SliceGrid:
    (i0, i1), (j0, j1) = head_box(volume, measure_intensity(volume).air)
    centre = (i0 + i1 - 1) / 2, (j0 + j1 - 1) / 2
    return SliceGrid.window(_rows_columns(volume), geometry.spacing_mm[:2], pixel_mm, size, centre)


def _stretched(volume: AnyArray, _geometry: Geometry, size: tuple[int, int]) -> SliceGrid:
    return SliceGrid.stretched(_rows_columns(volume), size)
