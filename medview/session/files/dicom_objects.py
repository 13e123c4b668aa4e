"""Masks to and from DICOM: segmentations and contours of the series that they lie on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, cast

import numpy as np

from medview.core.errors import Cancelled
from medview.core.geometry import Geometry
from medview.core.labels import LabelArray, LabelEntry, LabelMap, LabelTable
from medview.core.layers import Layer
from medview.core.origin import Maker, MakerKind, Origin
from medview.core.volume import AnyArray, Source, Volume
from medview.io.naming import stem_of
from medview.io.orientation import source_turn, turned_geometry
from medview.io.watch import Watch
from medview.jobs.execution import Link
from medview.session.files.layers_from import Content
from medview.session.labels.vocabulary import completed


def series_under(mask: Layer, layers: Iterable[Layer]) -> Source | None:
    """The DICOM series whose voxels a mask's are: the one that it was drawn on, or else one that is open."""
    own = [mask.source] if mask.source is not None else []
    others = (layer.source for layer in layers if isinstance(layer.data, Volume))
    for source in (*own, *filter(None, others)):
        is_series = source.format == "DICOM" and source.files and source.header.get("kind") != "labels"
        if is_series and _place(mask.geometry, _grid(source)) is not None:
            return source
    return None


def _grid(source: Source) -> Geometry:
    return turned_geometry(source.stored, source_turn(source))


def _place(geometry: Geometry, grid: Geometry) -> tuple[slice, slice, slice] | None:
    """The box of a grid that holds exactly these voxels: segmentations may leave slices out at the ends."""
    ends = np.array([(0, 0, 0), [n - 1 for n in geometry.shape]])
    places = grid.ijk_of(geometry.ras_of(ends))
    first, last = np.rint(places).astype(int)
    is_even = np.abs(places - np.rint(places)).max() <= 0.01 and tuple(last - first + 1) == geometry.shape
    if not is_even or (first < 0).any() or (last >= grid.shape).any():
        return None
    i, j, k = (slice(int(a), int(b) + 1) for a, b in zip(first, last, strict=True))
    return i, j, k


def write_object(
    payload: Mapping[str, Any], arrays: Mapping[str, AnyArray], link: Link
) -> tuple[Any, Mapping[str, AnyArray]]:
    """Job target: write a segmentation or contours (``payload["kind"]``); returns what was written."""
    from medview.io.dicom.rtstruct_writing import write_structures
    from medview.io.dicom.seg_writing import write_segmentation

    write = {"segmentation": write_segmentation, "contours": write_structures}[payload["kind"]]
    labels, source = cast(LabelArray, arrays["labels"]), payload["source"]
    if source is not None and labels.shape != _grid(source).shape:
        whole = np.zeros(_grid(source).shape, labels.dtype, order="F")
        whole[_place(payload["geometry"], _grid(source))] = labels
        labels = whole
    entries = [replace(entry, terms=completed(entry.terms)) for entry in payload["entries"]]
    return write(labels, source, payload["path"], entries, watch_of(link)), {}


def read_contours(
    payload: Mapping[str, Any], _arrays: Mapping[str, AnyArray], link: Link
) -> tuple[Content, Mapping[str, AnyArray]]:
    """Job target: the structures of a file as a mask on a scan."""
    from medview.io.dicom.rtstruct import read_structures

    path, scan = payload["path"], payload["scan"]
    found = read_structures(path, scan.source, watch_of(link))
    labels = LabelMap(cast(LabelArray, found.array), scan.geometry)
    file = Origin((Maker(kind=MakerKind.FILE, name=path.name),))
    labels.table = LabelTable(tuple(_made_by(file, entry) for entry in found.entries))
    return (
        Content(name=stem_of(path), data=labels, path=path, source=scan.source, warnings=found.warnings),
        {},
    )


def _made_by(file: Origin, entry: LabelEntry) -> LabelEntry:
    return entry if entry.origin else replace(entry, origin=file)


def watch_of(link: Link) -> Watch:
    """A job's listener and cancel check as readers and writers know them."""

    def check() -> None:
        if link.is_cancelled():
            raise Cancelled

    return Watch(progress=link.progress, check_cancelled=check)
