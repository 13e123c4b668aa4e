"""Small scans, masks and sessions to present."""

from __future__ import annotations

import itertools

import numpy as np

from medview.core.geometry import Geometry
from medview.core.labels import LabelEntry, LabelMap, LabelTable
from medview.core.layers import ImageDisplay, LabelsDisplay, Layer, LayerKind
from medview.core.volume import Source, Volume, value_range
from medview.session.commands import AddLayers
from medview.session.session import Session


def grid(axes=(0, 1, 2), signs=(1, 1, 1), spacing=(1.0, 1.5, 2.0), shape=(10, 12, 14), turn=None):
    """A grid whose voxel axis n runs along patient axis axes[n], centred on the origin."""
    matrix = np.zeros((3, 3))
    for voxel, (world, sign) in enumerate(zip(axes, signs, strict=True)):
        matrix[world, voxel] = sign * spacing[voxel]
    if turn is not None:
        matrix = turn @ matrix
    full = np.eye(4)
    full[:3, :3] = matrix
    full[:3, 3] = -matrix @ ((np.asarray(shape) - 1) / 2)
    return Geometry(shape, full)


def all_orientations():
    """The 48 ways voxel axes can lie along patient axes."""
    return itertools.product(itertools.permutations(range(3)), itertools.product((1, -1), repeat=3))


def turned(degrees, about=0):
    """A rotation about one patient axis."""
    c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    first, second = [axis for axis in range(3) if axis != about]
    matrix = np.eye(3)
    matrix[first, first] = matrix[second, second] = c
    matrix[first, second], matrix[second, first] = -s, s
    return matrix


def volume(geometry=None, name="T2", modality="T2", data=None, unit="", format_="NIfTI-1", **more):
    geometry = geometry if geometry is not None else grid()
    if data is None:
        data = np.arange(np.prod(geometry.shape), dtype=np.int16).reshape(geometry.shape)
    return Volume(
        name=name,
        data=data,
        geometry=geometry,
        source=Source(path=None, format=format_, stored=geometry),
        values=value_range(data[..., None] if data.ndim == 3 else data),
        modality=modality,
        value_unit=unit,
        **more,
    )


def image_layer(session, scan=None, colormap="gray", kind=LayerKind.IMAGE, **more):
    scan = scan if scan is not None else volume()
    display = ImageDisplay(low=scan.values.low, high=scan.values.high, colormap=colormap)
    return Layer(id=session.new_id(), name=scan.name, kind=kind, data=scan, display=display, **more)


def mask_layer(session, geometry=None, name="vessels", entries=None):
    geometry = geometry if geometry is not None else grid()
    table = LabelTable(entries or (LabelEntry(value=1, name="Vessel", colour=(230, 40, 40)),))
    labels = LabelMap(np.zeros(geometry.shape, np.uint8), geometry, table)
    return Layer(id=session.new_id(), name=name, kind=LayerKind.LABELS, data=labels, display=LabelsDisplay())


def opened(*makers, **view):
    """A session with the layers that the makers build; without any, one scan."""
    session = Session()
    layers = tuple(make(session) for make in (makers or (image_layer,)))
    session.do(AddLayers(title="Open", layers=layers))
    if view:
        session.set_view(**view)
    return session
