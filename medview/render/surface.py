"""Closed, smooth surfaces of labels, for the 3-D pane."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray
from vtkmodules.util.numpy_support import numpy_to_vtk, vtk_to_numpy
from vtkmodules.vtkCommonDataModel import vtkImageData, vtkPolyData
from vtkmodules.vtkFiltersCore import vtkFlyingEdges3D

from medview.core.geometry import Geometry
from medview.core.labels import LabelArray
from medview.core.mesh import LabelSurfaces, Mesh
from medview.render.brick import factors_for, make_brick

#: Larger boxes are made coarser first: nobody sees more triangles than pixels.
_MOST_VOXELS = 6_000_000
_FULL = 255
_LEVELS = (0.04, 0.7)
_BISECTIONS = 7
_MEASURED_VOXELS = 400_000
#: Blur reaches this many standard deviations.
_REACH = 3.0

Box = tuple[slice, slice, slice]


def label_surfaces(
    label_array: LabelArray, geometry: Geometry, values: Iterable[int], smoothing_mm: float, revision: int
) -> LabelSurfaces:
    """Make the surface of each label.

    Each label's mask is blurred by a Gaussian of `smoothing_mm` standard deviation and cut at the
    level that keeps its volume, so that thin parts do not vanish.

    Args:
        label_array: (I, J, K) label numbers; may change meanwhile, as a later revision replaces the result.
        geometry: Its grid; may be sheared or flipped.
        values: Labels that are wanted; those without voxels have no mesh.
        smoothing_mm: Standard deviation, 0 for the bare steps of the voxels.
        revision: Content that the surfaces will stand for.
    """
    wanted = tuple(int(value) for value in values)
    boxes = label_boxes(label_array, wanted)
    meshes = {value: _surface(label_array, geometry, value, boxes[value], smoothing_mm) for value in boxes}
    return LabelSurfaces(revision=revision, smoothing_mm=smoothing_mm, meshes=meshes)


def label_boxes(label_array: LabelArray, values: tuple[int, ...]) -> dict[int, Box]:
    """The smallest box around each label that has voxels."""
    found: dict[int, Box] = {}
    axis = int(np.argmax(np.abs(label_array.strides)))
    slices = np.moveaxis(label_array, axis, 0)
    # Slice by slice: short pieces of work keep a window in the same process alive.
    extents: dict[int, NDArray[np.bool_]] = {}
    seen: dict[int, list[int]] = {}
    for index, plane in enumerate(slices):
        if not plane.any():
            continue
        for value in values:
            mask = plane == value
            if mask.any():
                seen.setdefault(value, []).append(index)
                extents[value] = mask | extents[value] if value in extents else mask
    for value, indices in seen.items():
        spans = [slice(indices[0], indices[-1] + 1)]
        for other in (1, 0):
            hit = np.flatnonzero(extents[value].any(axis=other))
            spans.append(slice(int(hit[0]), int(hit[-1]) + 1))
        first, second = (n for n in range(3) if n != axis)
        by_axis = {axis: spans[0], first: spans[1], second: spans[2]}
        found[value] = (by_axis[0], by_axis[1], by_axis[2])
    return found


def _surface(label_array: LabelArray, geometry: Geometry, value: int, box: Box, smoothing_mm: float) -> Mesh:
    from scipy import ndimage

    shape = tuple(part.stop - part.start for part in box)
    boxed = Geometry((shape[0], shape[1], shape[2]), geometry.ras_from_ijk)
    factor = max(factors_for(boxed, _MOST_VOXELS))
    pads = [int(np.ceil(_REACH * smoothing_mm / spacing)) + 2 * factor for spacing in geometry.spacing_mm]
    mask = np.zeros([size + 2 * pad for size, pad in zip(shape, pads, strict=True)], np.uint8, order="F")
    inner = tuple(slice(pad, pad + size) for size, pad in zip(shape, pads, strict=True))
    mask[inner] = np.where(label_array[box] == value, np.uint8(_FULL), np.uint8(0))
    moved = np.array(geometry.ras_from_ijk)
    moved[:3, 3] = geometry.ras_of([part.start - pad for part, pad in zip(box, pads, strict=True)])
    brick = make_brick(mask, Geometry(mask.shape, moved), _MOST_VOXELS)
    field = brick.voxels.astype(np.float32, order="F") / _FULL
    volume = float(field.sum(dtype=np.float64))
    sigma = smoothing_mm / np.asarray(brick.geometry.spacing_mm)
    if smoothing_mm > 0:
        for axis in range(3):
            field = ndimage.gaussian_filter1d(field, sigma[axis], axis, mode="constant", truncate=_REACH)
    return _mesh(_contour(field, _level_of(field, volume)), brick.geometry)


def _level_of(field: NDArray[np.float32], volume: float) -> float:
    """The level whose contour encloses as many voxels as the label has.

    Bisection on the contour's own volume; large labels, whose blurred rim is thin against them,
    are cut at the rank of their voxel count, which costs one pass.
    """
    if field.size > _MEASURED_VOXELS:
        inside = field[field > _LEVELS[0]]
        count = min(max(1, round(volume)), inside.size)
        return float(np.clip(np.partition(inside, inside.size - count)[inside.size - count], *_LEVELS))
    low, high = _LEVELS
    for _ in range(_BISECTIONS):
        middle = (low + high) / 2
        if _contour_voxels(field, middle) > volume:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def _contour_voxels(field: NDArray[np.float32], level: float) -> float:
    shape = _contour(field, level)
    if shape.GetNumberOfPolys() == 0:
        return 0.0
    triangles = vtk_to_numpy(shape.GetPolys().GetConnectivityArray()).reshape(-1, 3)
    return abs(enclosed_mm3(vtk_to_numpy(shape.GetPoints().GetData()), triangles))


def _contour(field: NDArray[np.float32], level: float) -> vtkPolyData:
    """Triangles, in voxel indices, where the field passes the level."""
    image = vtkImageData()
    image.SetDimensions(*field.shape)
    flat = np.ascontiguousarray(field.reshape(-1, order="F"))
    image.GetPointData().SetScalars(numpy_to_vtk(flat))
    edges = vtkFlyingEdges3D()
    edges.SetInputData(image)
    edges.SetValue(0, level)
    edges.ComputeNormalsOff()
    edges.ComputeGradientsOff()
    edges.ComputeScalarsOff()
    edges.Update()
    return edges.GetOutput()


def _mesh(shape: vtkPolyData, geometry: Geometry) -> Mesh:
    """The triangles in patient millimetres, turned outward whatever the handedness of the grid."""
    vertices = geometry.ras_of(vtk_to_numpy(shape.GetPoints().GetData())).astype(np.float32)
    triangles = vtk_to_numpy(shape.GetPolys().GetConnectivityArray()).reshape(-1, 3).astype(np.int64)
    if enclosed_mm3(vertices, triangles) < 0:
        triangles = np.ascontiguousarray(triangles[:, ::-1])
    return Mesh(vertices_ras=vertices, triangles=triangles)


def enclosed_mm3(vertices_ras: NDArray[np.float32], triangles: NDArray[np.int64]) -> float:
    """Volume inside a closed surface, positive where its triangles face outward."""
    centred = vertices_ras.astype(np.float64) - vertices_ras.mean(axis=0, dtype=np.float64)
    a, b, c = (centred[triangles[:, corner]] for corner in range(3))
    return float(np.einsum("ij,ij->i", a, np.cross(b, c)).sum() / 6)
