"""Short-axis slices of a scan in one orientation, whatever the order of its axes.

A short-axis stack lies askew to the patient's axes, so that the axis across the slices may be any of the
array's. Here it is found (slices lie further apart than pixels) and all axes are turned as people show these
slices: rows run down from the upper wall, columns towards the patient's left, slices from base to apex.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from medview.core.geometry import Geometry
from medview.core.volume import AnyArray
from medview.ml.context import Listener, RunContext

APICAL = (-0.58, 0.58, -0.57)
"""Where the long axis of the left ventricle usually points: left, forward, down."""
ALIKE = 1.2
"""Spacings within this factor do not tell which axis runs across the slices."""
FAR_DEG = 40.0
"""From here on slices are not told to be in short axis."""


@dataclass(frozen=True, kw_only=True)
class ShortAxisView:
    """How an array's axes are turned.

    Args:
        order: The array's axes along rows, columns and slices.
        flipped: Whether each of them is mirrored, in the same order.
        tilt_deg: Between the slices' normal and where the long axis usually points.
    """

    order: tuple[int, int, int]
    flipped: tuple[bool, bool, bool]
    tilt_deg: float

    @classmethod
    def of(cls, geometry: Geometry) -> ShortAxisView:
        """Find the view of a grid."""
        unit = geometry.ras_from_ijk[:3, :3] / np.array(geometry.spacing_mm)
        across = _across(geometry, unit)
        first, second = (axis for axis in range(3) if axis != across)
        # the axis nearer to the vertical runs along the rows
        rows, columns = (first, second) if abs(unit[2, first]) >= abs(unit[2, second]) else (second, first)
        toward = np.array(APICAL) / np.linalg.norm(APICAL)
        along = float(unit[:, across] @ toward)
        flipped = (bool(unit[2, rows] > 0), bool(unit[0, columns] > 0), along < 0)
        tilt = float(np.degrees(np.arccos(min(abs(along), 1.0))))
        return cls(order=(rows, columns, across), flipped=flipped, tilt_deg=tilt)

    def turned(self, array: AnyArray) -> AnyArray:
        """The array (I, J, K) as (rows, columns, slices), a view of it."""
        turned = np.transpose(array, self.order)
        return np.flip(turned, [axis for axis in range(3) if self.flipped[axis]])

    def back(self, array: AnyArray) -> AnyArray:
        """Undo `turned`, as a contiguous array."""
        mirrored = np.flip(array, [axis for axis in range(3) if self.flipped[axis]])
        return np.ascontiguousarray(np.transpose(mirrored, np.argsort(self.order)))

    def grid(self, geometry: Geometry) -> Geometry:
        """The grid of the turned array."""
        change = np.zeros((4, 4))
        change[3, 3] = 1
        for new, old in enumerate(self.order):
            change[old, new] = -1 if self.flipped[new] else 1
            change[old, 3] = geometry.shape[old] - 1 if self.flipped[new] else 0
        rows, columns, slices = (geometry.shape[axis] for axis in self.order)
        return Geometry((rows, columns, slices), geometry.ras_from_ijk @ change)

    @property
    def warning(self) -> str:
        """A sentence where the slices can hardly be in short axis; empty where they may be."""
        if self.tilt_deg < FAR_DEG:
            return ""
        return (
            f"The slices lie {self.tilt_deg:.0f} degrees off the usual short axis: the model knows "
            "short-axis slices only"
        )


def _across(geometry: Geometry, unit: AnyArray) -> int:
    spacing = np.array(geometry.spacing_mm)
    widest = int(spacing.argmax())
    others = np.delete(spacing, widest)
    if spacing[widest] > ALIKE * others.max():
        return widest
    return int(np.abs(np.array(APICAL) @ unit).argmax())


@dataclass(frozen=True)
class _ScanAxes:
    """A listener whose previews of whole slices are turned back to the scan's axes."""

    listener: Listener
    view: ShortAxisView
    count: int

    def progress(self, fraction: float, message: str) -> None:
        self.listener.progress(fraction, message)

    def preview(self, name: str, offset_ijk: tuple[int, int, int], array: AnyArray) -> None:
        first, across = offset_ijk[2], self.view.order[2]
        place = [0, 0, 0]
        place[across] = self.count - first - array.shape[2] if self.view.flipped[2] else first
        self.listener.preview(name, (place[0], place[1], place[2]), self.view.back(array))

    def report(self, step: int, values: Mapping[str, float]) -> None:
        self.listener.report(step, values)

    def is_cancelled(self) -> bool:
        return self.listener.is_cancelled()


def in_scan_axes(ctx: RunContext, view: ShortAxisView, count: int) -> RunContext:
    """A context for work on turned slices, `count` of them: previews arrive in the scan's own axes."""
    return replace(ctx, listener=_ScanAxes(ctx.listener, view, count))
