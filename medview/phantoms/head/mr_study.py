"""The study `head-mr`: a head in five contrasts, with the arteries inside the dura labelled."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import numpy as np

from medview.core.volume import Source, Volume, value_range
from medview.phantoms.head.anatomy import DEFAULT_SPACING_MM, Head, Progress, make_head
from medview.phantoms.head.scan import SEQUENCES, Sequence, render
from medview.phantoms.study import Labels, Study, StudySpec
from medview.phantoms.tissues import TISSUES

#: Part of the work that making the head is; scanning it is the rest.
_HEAD = 0.83
HEAD_MR = StudySpec(
    name="head-mr",
    title="Head MR with circle of Willis",
    summary="A synthetic head at 3 T: T1, T2, PD, FLAIR and MRA, with the arteries inside the dura labelled.",
)


def make_head_mr(seed: int, spacing_mm: float | None, progress: Progress) -> Study:
    """Make and scan the head of a seed; see `make_study`."""
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
