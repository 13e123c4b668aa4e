"""The cases of a folder: which scans belong together, and whose masks of them there are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from medview.core.errors import InputRefused
from medview.io.naming import stem_of, suggests_labels
from medview.session.files.subject_names import best_of, is_scan
from medview.session.files.subjects import DERIVATIVES, visits
from medview.session.worklist.place import ListPlace

#: Whose masks those are that lie among the scans, and those under ``derivatives``: no word of a person.
GIVEN = "given (with the scans)"
_FROM_PIPELINE = "{} (derivatives)"
_ANATOMY = "anat"


@dataclass(frozen=True, kw_only=True)
class Case:
    """One subject, or one session of a subject.

    Args:
        id: ``sub-01``, ``sub-01/ses-02``, or the name of a file or a folder.
        scans: Files to open, or one folder of DICOM files. The first one sets the grid of new masks.
        kind: Folder of the first scan in a BIDS data set (``anat``); empty where there is none.
        masks: The masks there are, by annotator; `GIVEN` is the one that lies among the scans, and
            those of other pipelines under ``derivatives`` go by the pipeline's name.
    """

    id: str
    scans: tuple[Path, ...]
    kind: str = ""
    masks: Mapping[str, Path]

    def with_mask(self, annotator: str, path: Path) -> Case:
        """The case once an annotator's mask is there."""
        return replace(self, masks={**self.masks, annotator: path})


def read_cases(place: ListPlace) -> tuple[Case, ...]:
    """List the cases of a folder by the names of its files; none is opened.

    A BIDS data set: a case for every subject or session, with the scans of ``anat`` where there are such,
    else all. Another folder: a case for every folder in it and for every scan that lies in it directly.

    Raises:
        InputRefused: There is nothing to work on.
    """
    found = [*_cases_of_folders(place), *_cases_of_files(place)]
    if not found:
        raise InputRefused(
            f"Cannot open the work list {place.root.name}",
            "it holds no subjects",
            "Choose a BIDS data set, or a folder with scans or with one folder per subject.",
        )
    taken = sorted({case.id: case for case in found}.values(), key=lambda case: case.id)
    return tuple(_with_annotators(case, place) for case in taken)


def own_masks(case: Case, place: ListPlace) -> Mapping[str, Path]:
    """The masks of a case that were made with this program, by annotator."""
    if not place.masks.is_dir():
        return {}
    folders = sorted(path.name for path in place.masks.iterdir() if path.is_dir())
    paths = {name: place.mask(case.id, name, case.kind) for name in folders}
    return {name: path for name, path in paths.items() if path.is_file()}


def _with_annotators(case: Case, place: ListPlace) -> Case:
    return replace(case, masks={**case.masks, **own_masks(case, place)})


def _cases_of_folders(place: ListPlace) -> Iterator[Case]:
    derived = place.root / DERIVATIVES
    for name, files in visits(place.root):
        if place.is_bids and not name.startswith("sub-"):
            continue
        raw = [path for path in files if derived not in path.parents]
        made = [path for path in files if derived in path.parents and _is_mask(path)]
        case = _case_of(name, raw, place.root / name, place)
        if case is not None:
            yield replace(case, masks={**case.masks, **_pipelines(made, derived)})


def _case_of(name: str, files: list[Path], folder: Path, place: ListPlace) -> Case | None:
    volumes = [path for path in files if is_scan(path)]
    scans = [path for path in volumes if not _is_mask(path)]
    if not scans and files and not volumes and not place.is_bids:
        return Case(id=name, scans=(folder,), masks={})
    if not scans:
        return None
    anatomy = [path for path in scans if path.parent.name == _ANATOMY] if place.is_bids else []
    scans = sorted(anatomy or scans, key=lambda path: path.name)
    given = [path for path in volumes if _is_mask(path)]
    kind = scans[0].parent.name if place.is_bids and scans[0].parent != folder else ""
    return Case(id=name, scans=tuple(scans), kind=kind, masks={GIVEN: best_of(given)} if given else {})


def _cases_of_files(place: ListPlace) -> Iterator[Case]:
    if place.is_bids:
        return
    files = sorted(path for path in place.root.iterdir() if path.is_file() and is_scan(path))
    for path in files:
        if not _is_mask(path):
            yield Case(id=stem_of(path), scans=(path,), masks={})


def _is_mask(path: Path) -> bool:
    return is_scan(path) and suggests_labels(stem_of(path))


def _pipelines(masks: list[Path], derived: Path) -> dict[str, Path]:
    """Masks of other programs by the folder under ``derivatives`` that they lie in."""
    found: dict[str, list[Path]] = {}
    for path in masks:
        first = path.relative_to(derived).parts[0]
        name = GIVEN if first.startswith("sub-") else _FROM_PIPELINE.format(first)
        found.setdefault(name, []).append(path)
    return {name: best_of(paths) for name, paths in found.items()}
