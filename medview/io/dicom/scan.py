"""Which files of a choice are DICOM: single files, folders, and media with a DICOMDIR."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from medview.core.errors import InputRefused
from medview.io.byte_source import refused
from medview.io.dicom.gate import is_dicom_file, quietly, read_data_set
from medview.io.dicom.header import read_header
from medview.io.dicom.plane import ImageFile
from medview.io.dicom.values import items, text
from medview.io.dicom.words import why
from medview.io.watch import Watch

_MOST_FILES = 200_000
_SNIFFED = 64
_DIRECTORY_NAME = "DICOMDIR"


def is_dicom(path: Path) -> bool:
    """Whether a file is DICOM, or a folder holds some (the first files of it are looked into)."""
    if path.is_dir():
        for number, file in enumerate(files_under(path)):
            if number >= _SNIFFED:
                return False
            if is_dicom_file(file):
                return True
        return False
    return path.is_file() and is_dicom_file(path)


def files_under(folder: Path) -> Iterator[Path]:
    """Visible files of a folder and its subfolders, by name; links to folders are not followed."""
    for root, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        yield from (Path(root) / name for name in sorted(names, key=_by_number) if not name.startswith("."))


def _by_number(name: str) -> tuple[int, str]:
    digits = "".join(letter for letter in Path(name).stem if letter.isdigit())
    return (int(digits[-18:]) if digits else -1, name)


def headers_of(paths: Iterable[Path], watch: Watch) -> tuple[list[ImageFile], list[InputRefused]]:
    """Read the headers of all image files that are chosen.

    Args:
        paths: Files, folders, or a DICOMDIR file.
        watch: Told of every file.

    Returns:
        The image files, and the refusals of all that are DICOM but were not taken.
    """
    found: list[ImageFile] = []
    refusals: list[InputRefused] = []
    candidates, refusals = _candidates(list(paths))
    for number, (path, is_named) in enumerate(candidates):
        watch.at(number / len(candidates), f"looking into {path.name}")
        if not is_named and not is_dicom_file(path):
            continue
        try:
            found.append(read_header(path))
        except InputRefused as refusal:
            refusals.append(refusal)
    return found, refusals


def _candidates(paths: list[Path]) -> tuple[list[tuple[Path, bool]], list[InputRefused]]:
    """Files to look into, with whether a person or a DICOMDIR named them."""
    found: dict[Path, bool] = {}
    refusals: list[InputRefused] = []
    for path in paths:
        if path.is_dir():
            found.update({file: False for file in files_under(path) if file.name.upper() != _DIRECTORY_NAME})
        elif _is_directory_file(path):
            named, missing = _referenced(path)
            found.update(dict.fromkeys(named, True))
            refusals += missing
        else:
            found[path] = True
        if len(found) > _MOST_FILES:
            raise refused(path, f"it holds more than {_MOST_FILES} files", "Choose a folder of one study.")
    return list(found.items()), refusals


def _is_directory_file(path: Path) -> bool:
    return path.name.upper() == _DIRECTORY_NAME and is_dicom_file(path)


def _referenced(directory: Path) -> tuple[list[Path], list[InputRefused]]:
    """Files that a DICOMDIR lists, only those inside its own folder."""
    with quietly():
        names = _listed_names(directory)
    folder = directory.parent.resolve()
    found: list[Path] = []
    missing: list[InputRefused] = []
    for parts in names:
        file = _inside(folder, parts)
        if file is None:
            missing.append(refused(Path(parts[-1]), "the DICOMDIR lists it but it is not in its folder"))
        else:
            found.append(file)
    if not found and not missing:
        raise refused(directory, "it lists no images", "Open the folder that it lies in.")
    return found, missing


def _listed_names(directory: Path) -> list[list[str]]:
    data_set = read_data_set(directory, ("DirectoryRecordSequence",))
    records = items(data_set, "DirectoryRecordSequence")
    files = [
        [part for part in text(record, "ReferencedFileID").split("\\") if part]
        for record in records
        if text(record, "DirectoryRecordType") in ("IMAGE", "")
    ]
    return [parts for parts in files if parts]


def _inside(folder: Path, parts: list[str]) -> Path | None:
    """The file that these names lead to, upper or lower case; None outside the folder."""
    for spelled in (parts, [part.lower() for part in parts]):
        file = folder.joinpath(*spelled)
        try:
            if ".." not in spelled and file.is_file() and file.resolve().is_relative_to(folder):
                return file
        except (OSError, ValueError):
            return None
    return None


def all_refused(paths: list[Path], refusals: list[InputRefused]) -> InputRefused:
    """The one refusal for a choice that holds no image."""
    if len(refusals) == 1:
        return refusals[0]
    name = paths[0].name if paths else "nothing"
    if not refusals:
        return InputRefused(
            f"Cannot open {name}", "it holds no DICOM images", "Choose a folder with DICOM files."
        )
    detail = f"none of its {len(refusals)} DICOM files can be shown; {why(refusals[0])[:-1]}"
    return InputRefused(f"Cannot open {name}", detail, "Choose a folder with DICOM images.")
