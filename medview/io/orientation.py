"""Turning stored axes to RAS+ and back: views, never copies."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from medview.core.geometry import Geometry, Matrix, axis_codes
from medview.core.volume import Source

AnyArray = NDArray[Any]
_PAIRS = ("RL", "AP", "SI")


@dataclass(frozen=True, kw_only=True)
class Turn:
    """How RAS+ axes come from stored ones.

    Args:
        axes: The stored axis that each inner axis came from.
        flipped: Whether each inner axis runs against its stored axis.
    """

    axes: tuple[int, int, int]
    flipped: tuple[bool, bool, bool]


def turn_of(ras_from_stored: Matrix) -> Turn:
    """The turn (of the 48) that brings a grid closest to RAS+."""
    codes = axis_codes(ras_from_stored)
    axes = [next(n for n, code in enumerate(codes) if code in pair) for pair in _PAIRS]
    flips = [codes[axis] == pair[1] for axis, pair in zip(axes, _PAIRS, strict=True)]
    return Turn(axes=(axes[0], axes[1], axes[2]), flipped=(flips[0], flips[1], flips[2]))


def turned_geometry(stored: Geometry, turn: Turn) -> Geometry:
    """The same voxels, indexed along the inner axes."""
    stored_from_inner = np.zeros((4, 4))
    stored_from_inner[3, 3] = 1
    for inner, (axis, flip) in enumerate(zip(turn.axes, turn.flipped, strict=True)):
        stored_from_inner[axis, inner] = -1 if flip else 1
        stored_from_inner[axis, 3] = stored.shape[axis] - 1 if flip else 0
    i, j, k = (stored.shape[axis] for axis in turn.axes)
    return Geometry((i, j, k), stored.ras_from_ijk @ stored_from_inner)


def turned(array: AnyArray, turn: Turn) -> AnyArray:
    """View of an array, stored axes first, along the inner axes; later axes stay."""
    rest = range(3, array.ndim)
    return _flip(array.transpose(*turn.axes, *rest), turn.flipped)


def as_stored(array: AnyArray, turn: Turn) -> AnyArray:
    """View of an inner array along the file's axes: the inverse of `turned`."""
    rest = range(3, array.ndim)
    back = [turn.axes.index(axis) for axis in range(3)]
    return _flip(array, turn.flipped).transpose(*back, *rest)


def source_turn(source: Source) -> Turn:
    """The turn that a source records."""
    return Turn(axes=source.axes, flipped=source.flipped)


def _flip(array: AnyArray, flipped: tuple[bool, bool, bool]) -> AnyArray:
    return array[tuple(slice(None, None, -1 if flip else 1) for flip in flipped)]
