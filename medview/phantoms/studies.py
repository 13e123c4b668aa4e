"""The synthetic studies by name: what the program's samples, tests and demonstrations open."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from medview.core.errors import InputRefused
from medview.core.geometry import Geometry
from medview.core.volume import Source, Volume, value_range
from medview.phantoms.head.anatomy import DEFAULT_SPACING_MM, Head, Progress, make_head, tell_nobody
from medview.phantoms.head.scan import SEQUENCES, Sequence, render
from medview.phantoms.head.wmh_study import LABEL as WMH_LABEL
from medview.phantoms.head.wmh_study import make_parts
from medview.phantoms.tissues import TISSUES

LabelEntry = tuple[int, str, tuple[int, int, int]]
Labels = tuple[NDArray[np.uint8], Geometry, tuple[LabelEntry, ...]]
HIGHEST_SEED = 9999
#: Part of the work that making the head is; scanning it is the rest.
_HEAD = 0.83


@dataclass(frozen=True, kw_only=True)
class StudySpec:
    """A synthetic study that can be asked for.

    Args:
        name: Word to ask with.
        title: What people read.
        summary: One sentence.
    """

    name: str
    title: str
    summary: str


@dataclass(frozen=True, eq=False, kw_only=True)
class Study:
    """A synthetic study.

    Args:
        name: Name of its `StudySpec`.
        seed: The number it was made from.
        volumes: Scans by role.
        labels: Reference labels by name: array, grid, and (value, name, colour) of each label.
        facts: All that was drawn and set, as plain JSON values.
    """

    name: str
    seed: int
    volumes: dict[str, Volume]
    labels: dict[str, Labels]
    facts: dict[str, Any]


HEAD_MR = StudySpec(
    name="head-mr",
    title="Head MR with circle of Willis",
    summary="A synthetic head at 3 T: T1, T2, PD, FLAIR and MRA, with the arteries inside the dura labelled.",
)

HEAD_WMH = StudySpec(
    name="head-wmh",
    title="Head MR with white matter lesions",
    summary="A synthetic head at 3 T: T1, FLAIR and T2, with white matter hyperintensities labelled, "
    "and fluid-filled look-alikes that are not.",
)


def make_study(
    name: str, seed: int = 1, spacing_mm: float | None = None, progress: Progress = tell_nobody
) -> Study:
    """Make a study by name: the same bits for the same arguments.

    Args:
        name: Name of one of `STUDIES`.
        seed: 0 to 9999; another number is another patient.
        spacing_mm: Edge of the cubic voxels, 0.5 to 6; None for the study's own.
        progress: Told the part done (0-1) and a few words; may raise `Cancelled` to stop.

    Raises:
        InputRefused: The name is unknown, or a number is out of range.
    """
    title = f"Cannot make the study {name!r}"
    if name not in _MAKERS:
        raise InputRefused(title, "there is no study of that name", f"Known studies: {', '.join(_MAKERS)}.")
    if not 0 <= seed <= HIGHEST_SEED:
        raise InputRefused(title, f"seed {seed} is out of range", f"Choose 0 to {HIGHEST_SEED}.")
    if spacing_mm is not None and not 0.5 <= spacing_mm <= 6:
        raise InputRefused(title, f"a spacing of {spacing_mm} mm is out of range", "Choose 0.5 to 6 mm.")
    return _MAKERS[name](seed, spacing_mm, progress)


def _make_head_mr(seed: int, spacing_mm: float | None, progress: Progress) -> Study:
    spacing_mm = spacing_mm or DEFAULT_SPACING_MM
    head = make_head(seed, spacing_mm, progress=lambda part, words: progress(_HEAD * part, words))
    volumes = {}
    for place, sequence in enumerate(SEQUENCES):
        progress(_HEAD + (1 - _HEAD) * place / len(SEQUENCES), f"Scanning {sequence.modality}")
        volumes[sequence.role] = _scan(head, sequence)
    vessels: Labels = (head.vessel_mask(), head.geometry, ((1, "cerebral artery", (230, 40, 40)),))
    return Study(
        name=HEAD_MR.name, seed=seed, volumes=volumes, labels={"vessels": vessels}, facts=_facts(head)
    )


def _make_head_wmh(seed: int, spacing_mm: float | None, progress: Progress) -> Study:
    volumes, (mask, geometry), facts = make_parts(seed, spacing_mm, progress)
    return Study(
        name=HEAD_WMH.name,
        seed=seed,
        volumes=volumes,
        labels={"wmh": (mask, geometry, (WMH_LABEL,))},
        facts=facts,
    )


def _scan(head: Head, sequence: Sequence) -> Volume:
    rng = np.random.default_rng([head.seed, 100 + SEQUENCES.index(sequence)])
    data = render(head, sequence, rng)
    return Volume(
        name=sequence.title,
        data=data,
        geometry=head.geometry,
        source=Source(path=None, format="synthetic", stored=head.geometry, dtype=str(data.dtype)),
        values=value_range(data),
        modality=sequence.modality,
    )


def _facts(head: Head) -> dict[str, Any]:
    return {
        "study": HEAD_MR.name,
        "seed": head.seed,
        "spacing_mm": list(head.geometry.spacing_mm),
        "variants": dict(head.variants),
        "arteries": [artery.name for artery in head.arteries],
        "vessel_rule": "1 where arteries inside the dura take at least half of the voxel",
        "sequences": [asdict(sequence) for sequence in SEQUENCES],
        "tissues": [asdict(tissue) | {"sources": list(tissue.sources)} for tissue in TISSUES],
    }


STUDIES: tuple[StudySpec, ...] = (HEAD_MR, HEAD_WMH)
_MAKERS: dict[str, Callable[[int, float | None, Progress], Study]] = {
    HEAD_MR.name: _make_head_mr,
    HEAD_WMH.name: _make_head_wmh,
}
