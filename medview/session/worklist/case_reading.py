"""A case from disk: its scans, and one annotator's mask or an empty one with the labels of the list."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from medview.core.errors import InputRefused
from medview.core.labels import LabelEntry, LabelMap, LabelTable, default_entry
from medview.core.volume import AnyArray, Volume
from medview.io import readers
from medview.jobs.execution import Link
from medview.session.files import opening
from medview.session.files.layers_from import Content, content_of
from medview.session.files.opening import Found
from medview.session.worklist.cases import Case

_Outcome = tuple[Any, Mapping[str, AnyArray]]


@dataclass(frozen=True, eq=False, kw_only=True)
class CaseContents:
    """What a job has read of a case: all layers to be, the mask last."""

    case_id: str
    contents: tuple[Content, ...]
    notes: tuple[str, ...] = ()


def read_case(payload: Mapping[str, Any], arrays: Mapping[str, AnyArray], link: Link) -> _Outcome:
    """Job target: the `CaseContents` of ``payload["case"]``.

    The mask is read from ``payload["mask"]``; where there is none, it is empty on the first scan's grid.
    ``payload["labels"]`` are the list's labels, ``payload["name"]`` is what the mask will be called. Where
    ``payload["is_own"]`` is false, it has no file that a save would go to.

    Raises:
        InputRefused: Nothing of it can be read.
    """
    case: Case = payload["case"]
    found: Found = opening.read_paths({"paths": case.scans}, arrays, link)[0]
    for question in found.questions:
        series = [
            part
            for part, choice in zip(question.series, question.choices, strict=True)
            if choice.is_suggested
        ]
        chosen: Found = opening.read_chosen({"series": series, "path": question.path}, arrays, link)[0]
        found.contents.extend(chosen.contents)
    scans = [content for content in found.contents if isinstance(content.data, Volume)]
    if not scans:
        raise InputRefused(f"Cannot open {case.id}", "none of its files is a scan")
    mask = _mask(payload["mask"], payload["name"], payload["labels"], scans[0])
    if not payload["is_own"]:
        # nobody saves over another person's mask
        mask = replace(mask, path=None, is_reproducible=True)
    notes = tuple(str(failure) for failure in found.failures)
    return CaseContents(case_id=case.id, contents=(*found.contents, mask), notes=notes), {}


def read_mask(path: Path, name: str, labels: tuple[LabelEntry, ...] = ()) -> Content:
    """A mask from disk, with a list's labels before those that it has beside them.

    Raises:
        InputRefused: It cannot be read, or holds no labels.
    """
    volume = readers.read(path)[0]
    # whatever its numbers look like, such as those of a mask in which nothing is marked
    header = {**volume.source.header, "kind": "labels"}
    content = content_of(replace(volume, source=replace(volume.source, header=header)))
    if not isinstance(content.data, LabelMap):
        raise InputRefused(f"Cannot open {path.name} as a mask", "it has several time points")
    content.data.table = with_labels(content.data.table, labels)
    return replace(content, name=name)


def with_labels(table: LabelTable, labels: tuple[LabelEntry, ...]) -> LabelTable:
    """A table that begins with these labels; others stay behind them."""
    values = {entry.value for entry in labels}
    return LabelTable((*labels, *(entry for entry in table.entries if entry.value not in values)))


def _mask(path: Path, name: str, labels: tuple[LabelEntry, ...], scan: Content) -> Content:
    if path.is_file():
        return read_mask(path, name, labels)
    table = LabelTable(labels or (default_entry(1),))
    dtype = np.uint16 if max(table.values) > np.iinfo(np.uint8).max else np.uint8
    data = LabelMap.empty(scan.data.geometry, table, dtype)
    # it has a path though no file: a save goes there, and as long as nothing is painted there is none to save
    return Content(name=name, data=data, path=path, source=scan.source)
