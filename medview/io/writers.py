"""The door for writing: a checked, complete file, or the old one untouched."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from medview.core.errors import InputRefused
from medview.core.geometry import Geometry
from medview.core.labels import LabelArray, LabelEntry
from medview.core.volume import Source, Volume
from medview.io import itk_writing, readers
from medview.io.atomic_file import replacing, replacing_all, write_text
from medview.io.draft import Draft
from medview.io.label_names import side_file_of, side_text
from medview.io.mark import marked_by_side_file
from medview.io.nifti import writing
from medview.io.orientation import as_stored, source_turn, turned_geometry
from medview.io.seg_nrrd import ENDING as SEG_NRRD
from medview.io.seg_nrrd import segment_fields
from medview.io.sidecar import read_provenance, write_provenance
from medview.io.watch import Progress, Watch

_SINGLE = (".nii.gz", ".nii")
_PAIR = (".hdr", ".img")
_ITK = (".nrrd", ".mha")
ENDINGS = (*_SINGLE, *_PAIR, *_ITK)


def write_labels(
    labels: LabelArray,
    geometry: Geometry,
    reference: Source | None,
    path: Path,
    entries: Iterable[LabelEntry] = (),
    progress: Progress | None = None,
    *,
    is_synthesized: bool = False,
) -> None:
    """Save labels exactly on the scan that they were drawn on.

    Args:
        labels: (I, J, K) uint8 or uint16, RAS+ axes. Numbers below 256 are stored as bytes.
        geometry: Its grid.
        reference: The scan's source: its stored axes and header codes are repeated.
        path: ``.nii.gz``, ``.nii``, ``.hdr``/``.img``, ``.nrrd`` or ``.mha``; ``.seg.nrrd`` keeps names,
            colours and codes in its header too, as 3D Slicer does.
        entries: Names, colours, codes, locks and notes, saved beside it as ``NAME.labels.json``.
        progress: Told the part done (0-1) and a few words.
        is_synthesized: What the labels show was inferred, not imaged: the file will say so.

    Raises:
        InputRefused: The name's ending or the folder cannot be used.
        RunFailed: Writing or reading back failed; the old file is as before.
    """
    narrow = labels.astype(np.uint8) if int(labels.max(initial=0)) < 256 else labels
    draft = _draft(narrow, geometry, reference, is_labels=True)
    rows, side = tuple(entries), side_file_of(Path(path))
    fields = segment_fields(rows, draft.array) if Path(path).name.lower().endswith(SEG_NRRD) else {}
    draft = replace(draft, is_synthesized=is_synthesized, fields=fields)
    _write(Path(path), draft, Watch(progress=progress))
    if rows:
        write_text(side, side_text(rows))
    else:
        # what lies there named the labels of the file that has just been replaced
        side.unlink(missing_ok=True)


def write_volume(
    volume: Volume,
    path: Path,
    progress: Progress | None = None,
    *,
    description: str = "",
    is_scaled: bool = True,
) -> None:
    """Save a volume along its file's axes, frames and colours included, and its mark where it has one.

    Args:
        volume: What to save.
        path: Its ending decides the format.
        progress: Told the part done (0-1) and a few words.
        description: For the header of a NIfTI file, at most 79 bytes; empty: the usual one.
        is_scaled: Its lengths are millimetres; else a NIfTI header names no unit.

    Raises:
        InputRefused: The name's ending or the folder cannot be used.
        RunFailed: Writing or reading back failed; the old file is as before.
    """
    draft = _draft(
        volume.data,
        volume.geometry,
        volume.source,
        is_colour=volume.is_colour,
        frame_step_s=volume.frame_step_s,
    )
    draft = replace(draft, is_synthesized=volume.is_synthesized, description=description, is_scaled=is_scaled)
    _write(Path(path), draft, Watch(progress=progress))


def convert(
    source: Path,
    target: Path,
    progress: Progress | None = None,
    check_cancelled: Callable[[], None] | None = None,
) -> Volume:
    """Read a file and write it in the format that the target's name asks for.

    What is known of its making goes with it: the provenance beside it, and the mark of synthesized numbers.

    Returns:
        The volume that was written.

    Raises:
        InputRefused: The source holds several volumes, or a name cannot be used.
    """
    ending_of(Path(target))
    watch = Watch(progress=progress, check_cancelled=check_cancelled)
    volumes = readers.read(Path(source), watch.between(0, 0.5).at, check_cancelled)
    if len(volumes) != 1:
        detail = f"it holds {len(volumes)} volumes and one file can hold one"
        raise InputRefused(
            f"Cannot convert {Path(source).name}", detail, "Name the files of one series only."
        )
    volume = marked_by_side_file(volumes[0])
    write_volume(volume, target, watch.between(0.5, 1).at)
    _carry_facts(Path(source), Path(target), volume)
    return volume


def _carry_facts(source: Path, target: Path, volume: Volume) -> None:
    facts = read_provenance(source) or {}
    if volume.is_synthesized:
        facts["synthesized"] = True
    if facts:
        write_provenance(target, {**facts, "converted_from": source.name})


def ending_of(path: Path) -> str:
    """The ending that decides the format.

    Raises:
        InputRefused: Nothing can be written under this name.
    """
    name = path.name.lower()
    found = next((ending for ending in ENDINGS if name.endswith(ending) and len(name) > len(ending)), None)
    if found is None:
        detail = f"the name must end with {', '.join(ENDINGS[:-1])} or {ENDINGS[-1]}"
        raise InputRefused(f"Cannot save {path.name}", detail, "The ending decides the format.")
    return found


def _draft(
    array: NDArray[Any],
    geometry: Geometry,
    reference: Source | None,
    is_colour: bool = False,
    frame_step_s: float | None = None,
    is_labels: bool = False,
) -> Draft:
    if array.dtype == np.bool_ or array.dtype == np.float16:
        array = array.astype(np.uint8 if array.dtype == np.bool_ else np.float32)
    stored, codes = geometry, {}
    if reference is not None and turned_geometry(reference.stored, source_turn(reference)).matches(geometry):
        stored, codes = reference.stored, dict(reference.header.get("nifti", {}))
        array = as_stored(array, source_turn(reference))
    return Draft(
        array=array,
        geometry=stored,
        codes=codes,
        is_colour=is_colour,
        frame_step_s=frame_step_s,
        is_labels=is_labels,
    )


def _write(path: Path, draft: Draft, watch: Watch) -> None:
    ending = ending_of(path)
    if ending in _ITK:
        itk_writing.refuse_shear(path.name, draft.geometry)
        with replacing(path, ending) as part:
            itk_writing.write(part, path.name, draft)
    elif ending in _PAIR:
        _write_pair(path, draft, watch)
    else:
        with replacing(path, ending) as part:
            writing.write_single(part, draft, watch.between(0, 0.7))
            watch.between(0.7, 1).at(0, "checking")
            writing.refuse_difference(part, path.name, draft)
    watch.at(1, "saved")


def _write_pair(path: Path, draft: Draft, watch: Watch) -> None:
    targets = (path.with_suffix(".hdr"), path.with_suffix(".img"))
    with replacing_all(targets, _PAIR) as (header, data):
        writing.write_pair(header, data, draft, watch.between(0, 0.7))
        watch.between(0.7, 1).at(0, "checking")
        writing.refuse_difference(header, path.name, draft)
