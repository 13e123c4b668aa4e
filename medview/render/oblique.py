"""Sampling a grid along a plane that cuts across its slices."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from vtkmodules.util.numpy_support import numpy_to_vtk, vtk_to_numpy
from vtkmodules.vtkCommonDataModel import vtkImageData
from vtkmodules.vtkCommonMath import vtkMatrix4x4
from vtkmodules.vtkImagingCore import vtkImageReslice

from medview.core.geometry import Geometry
from medview.core.volume import AnyArray
from medview.render.frame import PlaneFrame

_VTK_KINDS = "iuf"


@dataclass(frozen=True, eq=False, kw_only=True)
class PlaneSample:
    """Numbers on a plane: (H, W) or (H, W, 3), first row lowest; where inside the grid; corners in pixels."""

    numbers: AnyArray
    inside: NDArray[np.bool_]
    corners_px: NDArray[np.float64]


class PlaneSampler:
    """Samples one array along planes; shares its memory where the array's layout allows."""

    def __init__(self) -> None:
        self._source: AnyArray | None = None
        self._revision = -1
        self._order = (0, 1, 2)
        self._image = vtkImageData()

    def sample(
        self,
        voxels: AnyArray,
        geometry: Geometry,
        frame: PlaneFrame,
        *,
        smooth: bool,
        step_px: float = 1.0,
        revision: int = 0,
    ) -> PlaneSample | None:
        """Numbers on the visible part of the plane, or None where it misses the grid.

        Args:
            voxels: (I, J, K) or (I, J, K, 3).
            geometry: Its grid.
            frame: The plane and its pixels.
            smooth: Interpolate linearly; else the nearest voxel.
            step_px: Pixels between samples.
            revision: Rises with the content of an array that changes.
        """
        low, high = _covered_px(geometry, frame)
        count = np.ceil((high - low) / step_px).astype(int)
        if (count < 1).any():
            return None
        self._take(voxels, revision)
        ijk_from_sample = _ijk_from_sample(geometry, frame, low, step_px)
        numbers = self._reslice(ijk_from_sample, count, smooth)
        low_x, low_y = low
        high_x, high_y = low + count * step_px
        corners = np.array([[low_x, low_y], [high_x, low_y], [high_x, high_y], [low_x, high_y]])
        return PlaneSample(
            numbers=numbers, inside=_inside(geometry, ijk_from_sample, count), corners_px=corners
        )

    def _take(self, voxels: AnyArray, revision: int) -> None:
        if voxels is self._source and revision == self._revision:
            return
        fastest_first = np.argsort(np.abs(voxels.strides[:3]), kind="stable")
        self._order = (int(fastest_first[0]), int(fastest_first[1]), int(fastest_first[2]))
        laid = voxels.transpose(*self._order[::-1], *range(3, voxels.ndim))
        laid = np.ascontiguousarray(_vtk_typed(laid))
        self._image.SetDimensions(*(voxels.shape[axis] for axis in self._order))
        flat = laid.reshape(-1, voxels.shape[3]) if voxels.ndim == 4 else laid.reshape(-1)
        self._image.GetPointData().SetScalars(numpy_to_vtk(flat))
        self._image.Modified()
        self._source, self._revision, self._laid = voxels, revision, laid

    def _reslice(
        self, ijk_from_sample: NDArray[np.float64], count: NDArray[np.int_], smooth: bool
    ) -> AnyArray:
        axes = vtkMatrix4x4()
        matrix = np.eye(4)
        matrix[:3] = ijk_from_sample[list(self._order)]
        axes.DeepCopy(matrix.ravel().tolist())
        reslice = vtkImageReslice()
        reslice.SetInputData(self._image)
        reslice.SetResliceAxes(axes)
        reslice.SetOutputDimensionality(2)
        reslice.SetOutputOrigin(0, 0, 0)
        reslice.SetOutputSpacing(1, 1, 1)
        reslice.SetOutputExtent(0, int(count[0]) - 1, 0, int(count[1]) - 1, 0, 0)
        reslice.SetInterpolationMode(1 if smooth else 0)
        reslice.Update()
        scalars = reslice.GetOutput().GetPointData().GetScalars()
        colours = scalars.GetNumberOfComponents()
        shape = (int(count[1]), int(count[0])) + ((colours,) if colours > 1 else ())
        return vtk_to_numpy(scalars).reshape(shape)


def _vtk_typed(voxels: AnyArray) -> AnyArray:
    """The array in a number type that VTK has."""
    if voxels.dtype.kind == "b":
        return voxels.view(np.uint8)
    if voxels.dtype.kind not in _VTK_KINDS or voxels.dtype == np.float16:
        return voxels.astype(np.float32)
    return voxels.astype(voxels.dtype.newbyteorder("="), copy=False)


def _ijk_from_sample(
    geometry: Geometry, frame: PlaneFrame, low_px: NDArray[np.float64], step_px: float
) -> NDArray[np.float64]:
    """(3, 4) affine from sample numbers right, up, out, 1 to voxel indices."""
    right, up, origin = frame.ras_from_draw[:3].T
    first = origin + right * (low_px[0] + step_px / 2) + up * (low_px[1] + step_px / 2)
    inverse = geometry.ijk_from_ras[:3, :3]
    out = np.cross(right, up) / max(frame.mm_per_pixel, 1e-12)
    columns = [inverse @ (right * step_px), inverse @ (up * step_px), inverse @ out, geometry.ijk_of(first)]
    return np.stack(columns, axis=1)


def _covered_px(geometry: Geometry, frame: PlaneFrame) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Whole pixels around the plane's cut through the grid, clipped to the pane."""
    upper = np.asarray(geometry.shape, float) - 0.5
    corners = np.array(np.meshgrid(*[(-0.5, n) for n in upper], indexing="ij")).reshape(3, 8).T
    ras = geometry.ras_of(corners)
    depth = (ras - np.asarray(frame.center_ras)) @ np.cross(frame.right_ras, frame.up_ras)
    edges = [(a, b) for a in range(8) for b in range(a + 1, 8) if (a ^ b) in (1, 2, 4)]
    crossings = [
        ras[a] + (ras[b] - ras[a]) * depth[a] / (depth[a] - depth[b])
        for a, b in edges
        if depth[a] * depth[b] <= 0 and depth[a] != depth[b]
    ]
    if not crossings:
        return np.zeros(2), np.zeros(2)
    pixels = frame.draw_at(np.array(crossings))
    low = np.clip(np.floor(pixels.min(axis=0)), 0, frame.size_px)
    high = np.clip(np.ceil(pixels.max(axis=0)), 0, frame.size_px)
    return low, high


def _inside(
    geometry: Geometry, ijk_from_sample: NDArray[np.float64], count: NDArray[np.int_]
) -> NDArray[np.bool_]:
    """Samples whose position lies in the grid, edges included."""
    across = np.arange(count[0], dtype=np.float32)
    along = np.arange(count[1], dtype=np.float32)[:, None]
    inside = np.ones((int(count[1]), int(count[0])), bool)
    for row, size in zip(ijk_from_sample, geometry.shape, strict=True):
        index = np.float32(row[0]) * across + (np.float32(row[1]) * along + np.float32(row[3]))
        inside &= (index >= -0.5) & (index <= size - 0.5)
    return inside
