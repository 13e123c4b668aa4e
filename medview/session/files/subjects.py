"""A folder of subjects, surveyed and read for training: role-named files or BIDS, one grid per subject."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from medview.core.errors import InputRefused
from medview.core.volume import Volume
from medview.io import readers
from medview.io.label_values import as_label_array
from medview.ml.request import Subject
from medview.ml.spec import ModelSpec
from medview.session.files.subject_names import Wanted, best_of, bids_name, name_in

Progress = Callable[[float, str], None]
DERIVATIVES = "derivatives"
#: Where a work list keeps the masks of a folder that is no BIDS folder.
MASKS = "masks"


@dataclass(frozen=True, kw_only=True)
class SubjectFiles:
    """What a data folder holds of one subject, or of one session of a subject.

    Args:
        id: Name of its folder, with the session's behind a slash: ``sub-01/ses-02``.
        files: By role or output.
        missing: Names that a training needs and that it lacks.
    """

    id: str
    files: Mapping[str, Path]
    missing: tuple[str, ...] = ()


def wanted_by(spec: ModelSpec) -> Wanted:
    """What the subjects of a model's training must hold, and may hold."""
    made = [output for output in spec.outputs if not output.on_request]
    labels = tuple(output.name for output in made if output.kind == "labels")
    images = [output.name for output in made if output.kind != "labels"]
    required = {item.role for item in spec.inputs if item.required} | set(labels)
    roles = tuple(item.role for item in spec.inputs)
    return Wanted(
        roles=(*roles, *(name for name in images if name not in roles)),
        labels=labels,
        required=frozenset(required),
    )


def survey(folder: Path, spec: ModelSpec) -> tuple[SubjectFiles, ...]:
    """List the subjects of a data folder by the names of their files; none is opened.

    Args:
        folder: One folder per subject with files named by role and by output (``t2.nii.gz``,
            ``vessels.nii.gz``), or a BIDS folder: sessions count as subjects of their own, scans are told
            by suffix (``_T2w``, ``_FLAIR``), masks by label (``_label-lesion_mask``), in the subject's
            folder or under ``derivatives``.
        spec: Says which roles and outputs are needed.

    Raises:
        InputRefused: There is no such folder.
    """
    if not folder.is_dir():
        raise InputRefused(f"Cannot read the data in {folder}", "there is no such folder")
    wanted = wanted_by(spec)
    found = []
    for name, files in visits(folder):
        held = _by_name(files, wanted)
        missing = tuple(sorted(wanted.required - held.keys()))
        found.append(SubjectFiles(id=name, files=held, missing=missing))
    return tuple(found)


def visits(folder: Path) -> Iterator[tuple[str, list[Path]]]:
    """Names and files of all subjects, or of their sessions where they have such (``sub-01/ses-02``).

    Args:
        folder: One folder per subject, plain or BIDS; what lies under ``derivatives`` is told too.
    """
    for subject in sorted(path for path in folder.iterdir() if path.is_dir() and _may_be_subject(path)):
        yield from _visits(folder, subject)


def collect_subjects(
    folder: Path, spec: ModelSpec, scratch: Path, progress: Progress, check_cancelled: Callable[[], None]
) -> tuple[Subject, ...]:
    """Read every subject of a data folder that has what a model needs to learn.

    Args:
        folder: See `survey`.
        spec: Says which roles and outputs are needed.
        scratch: Where the arrays are put, as ``.npy``.
        progress: Told the part done and a few words.
        check_cancelled: Raises to stop.

    Raises:
        InputRefused: The folder holds no complete subject, or a subject's scans lie on different grids.
    """
    complete = [subject for subject in survey(folder, spec) if not subject.missing]
    wanted = wanted_by(spec)
    if not complete:
        needed = " and ".join(f"{name}.nii.gz" for name in sorted(wanted.required))
        hint = f"Each subject's folder needs {needed}."
        raise InputRefused(f"Cannot learn from {folder}", "no subject in it is complete", hint)
    subjects = []
    for place, subject in enumerate(complete):
        check_cancelled()
        progress(place / len(complete), f"reading {subject.id}")
        subjects.append(_read(subject, set(wanted.labels), scratch))
    return tuple(subjects)


def _may_be_subject(folder: Path) -> bool:
    return folder.name not in (DERIVATIVES, MASKS, "sourcedata", "code") and not folder.name.startswith(".")


def _visits(base: Path, subject: Path) -> Iterator[tuple[str, list[Path]]]:
    """Names and files of the sessions of a subject, or of the subject where it has none."""
    sessions = sorted(path.name for path in subject.glob("ses-*") if path.is_dir())
    for visit in sessions or [""]:
        places = [subject / visit, *(place / visit for place in _derivatives(base, subject.name))]
        files = [path for place in places for path in sorted([*place.glob("*"), *place.glob("*/*")])]
        own = [path for path in files if path.is_file() and _is_of(path, visit)]
        yield (f"{subject.name}/{visit}" if visit else subject.name), own


def _derivatives(base: Path, subject: str) -> list[Path]:
    """The subject's folders under ``derivatives``, with and without a pipeline's folder between."""
    return [base / DERIVATIVES / subject, *sorted((base / DERIVATIVES).glob(f"*/{subject}"))]


def _is_of(path: Path, visit: str) -> bool:
    """Whether a file belongs to a session: nothing in its name says another."""
    bids = bids_name(path)
    return not visit or bids is None or bids.entities.get("ses", visit[4:]) == visit[4:]


def _by_name(paths: list[Path], wanted: Wanted) -> dict[str, Path]:
    found: dict[str, list[Path]] = {}
    for path in paths:
        name = name_in(path, wanted)
        if name is not None:
            found.setdefault(name, []).append(path)
    return {name: best_of(candidates) for name, candidates in found.items()}


def _read(subject: SubjectFiles, labels: set[str], scratch: Path) -> Subject:
    arrays: dict[str, Path] = {}
    first: Volume | None = None
    for role, path in subject.files.items():
        volume = readers.read(path)[0]
        first = first or volume
        if not volume.geometry.matches(first.geometry):
            raise InputRefused(
                f"Cannot learn from {subject.id}",
                f"{path.name} and {first.name} lie on different grids",
                "Resample one onto the other first.",
            )
        array = as_label_array(volume) if role in labels else volume.frame(0)
        arrays[role] = scratch / f"{subject.id.replace('/', '_')}.{role}.npy"
        np.save(arrays[role], array, allow_pickle=False)
    assert first is not None
    return Subject(id=subject.id, arrays=arrays, geometry=first.geometry)
