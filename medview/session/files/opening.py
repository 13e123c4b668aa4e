"""Opening files, folders and DICOM series."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from medview.core.errors import MedviewError
from medview.core.volume import AnyArray
from medview.io import readers
from medview.io.captures.capture import holds_frames, is_posed_capture
from medview.io.video import is_video
from medview.io.watch import Watch
from medview.io.writers import ENDINGS
from medview.jobs.execution import Link
from medview.measure import pieces
from medview.ml.field_folder import FACTS_NAME, is_field_folder
from medview.session.fields.opening import read_field
from medview.session.files.dicom_objects import watch_of
from medview.session.files.layers_from import Content, content_of

if TYPE_CHECKING:
    from medview.io.dicom.reader import Series

_READABLE = (*ENDINGS, ".mgz", ".mgh", ".nhdr", ".mhd")


@dataclass(frozen=True, kw_only=True)
class SeriesChoice:
    """One series of the question, in words for people."""

    title: str
    modality: str
    detail: str
    is_suggested: bool


@dataclass(frozen=True, eq=False, kw_only=True)
class SeriesQuestion:
    """A folder holds several DICOM series: which ones are wanted?"""

    path: Path
    choices: tuple[SeriesChoice, ...]
    series: tuple[Series, ...]


@dataclass(frozen=True, eq=False, kw_only=True)
class Found:
    """What a reading job brings: contents, captures for scenes, questions, what was not read, what was."""

    contents: list[Content] = field(default_factory=list)
    captures: list[Path] = field(default_factory=list)
    questions: list[SeriesQuestion] = field(default_factory=list)
    failures: list[MedviewError] = field(default_factory=list)
    opened: list[Path] = field(default_factory=list)


def warm_up(
    _payload: Mapping[str, Any], _arrays: Mapping[str, AnyArray], _link: Link
) -> tuple[None, Mapping[str, AnyArray]]:
    """Job target: load the libraries that read and measure while a person still looks for a file."""
    readers.warm_up()
    pieces.warm_up()
    return None, {}


def read_paths(
    payload: Mapping[str, Any], _arrays: Mapping[str, AnyArray], link: Link
) -> tuple[Found, Mapping[str, AnyArray]]:
    """Job target: read files and folders; ``payload["paths"]`` holds them.

    Raises:
        InputRefused: Nothing could be read.
    """
    found = Found()
    paths = [(path, inner) for path in _without_halves(payload["paths"]) for inner in _files_of(path)]
    for number, (path, inner) in enumerate(paths):
        piece = watch_of(link).between(number / len(paths), (number + 1) / len(paths))
        try:
            _read_one(inner, piece, found)
            found.opened.extend([path] if path not in found.opened else [])
        except MedviewError as failure:
            found.failures.append(failure)
    if found.failures and not (found.contents or found.questions or found.captures):
        raise found.failures[0]
    return found, {}


def read_chosen(
    payload: Mapping[str, Any], _arrays: Mapping[str, AnyArray], link: Link
) -> tuple[Found, Mapping[str, AnyArray]]:
    """Job target: read the DICOM series in ``payload["series"]`` of ``payload["path"]``."""
    from medview.io.dicom import reader as dicom

    found, chosen = Found(opened=[payload["path"]]), payload["series"]
    for number, series in enumerate(chosen):
        piece = watch_of(link).between(number / len(chosen), (number + 1) / len(chosen))
        found.contents.append(content_of(dicom.read_series(series, piece.at, piece.check_cancelled)))
    return found, {}


def _read_one(path: Path, watch: Watch, found: Found) -> None:
    from medview.io.dicom import reader as dicom

    watch.at(0, f"Reading {path.name}")
    if is_field_folder(path):
        found.contents.append(read_field(path))
        return
    if _is_capture(path):
        found.captures.append(path)
        return
    if not path.exists() or not dicom.sniff(path):
        volumes = readers.read(path, watch.at, watch.check_cancelled)
        found.contents.extend(content_of(volume) for volume in volumes)
        return
    series = dicom.list_series(path, watch.between(0, 0.2).at, watch.check_cancelled)
    if len(series) > 1:
        found.questions.append(question_of(path, series))
        return
    volume = dicom.read_series(series[0], watch.between(0.2, 1).at, watch.check_cancelled)
    found.contents.append(content_of(volume))


def question_of(path: Path, series: Sequence[Series]) -> SeriesQuestion:
    """Words for each series; the one with most voxels is suggested."""
    sizes = [_voxels(item) for item in series]
    largest = sizes.index(max(sizes))
    choices = tuple(
        SeriesChoice(
            title=item.description or "Series without a name",
            modality=item.modality,
            detail=_size_words(item),
            is_suggested=index == largest,
        )
        for index, item in enumerate(series)
    )
    return SeriesQuestion(path=path, choices=choices, series=tuple(series))


def _size_words(series: Series) -> str:
    *voxels, frames = (int(size) for size in series.shape)
    words = " × ".join(str(size) for size in voxels) + " voxels"
    return f"{words}, {frames} frames" if frames > 1 else words


def _voxels(series: Series) -> int:
    product = 1
    for size in series.shape:
        product *= max(int(size), 1)
    return product


def _is_capture(path: Path) -> bool:
    """Whether a scene can be trained on it: frames with poses, a folder of pictures alone, a film."""
    return is_posed_capture(path) or (path.is_file() and is_video(path)) or _is_picture_folder(path)


def _is_picture_folder(path: Path) -> bool:
    from medview.io.dicom import reader as dicom

    return path.is_dir() and holds_frames(path) and not dicom.sniff(path)


def _files_of(path: Path) -> list[Path]:
    """A folder without DICOM files stands for the scans that lie in it, unless it is a trained scene."""
    from medview.io.dicom import reader as dicom

    if path.name == FACTS_NAME and is_field_folder(path.parent):
        return [path.parent]
    if not path.is_dir() or is_field_folder(path) or is_posed_capture(path) or dicom.sniff(path):
        return [path]
    inside = [file for file in sorted(path.iterdir()) if file.name.lower().endswith(_READABLE)]
    return _without_halves(inside) or [path]


def _without_halves(paths: Sequence[Path]) -> list[Path]:
    """Leave out the .img of a pair whose .hdr is there too, and what is named twice."""
    headers = {path.with_suffix("") for path in paths if path.suffix.lower() == ".hdr"}
    kept = [path for path in paths if not (path.suffix.lower() == ".img" and path.with_suffix("") in headers)]
    return list(dict.fromkeys(kept))
