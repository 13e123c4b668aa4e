"""What the study `head-wmh` holds: scans, the reference label and all that was drawn."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import numpy as np

from medview.core.volume import Source, Volume, value_range
from medview.phantoms.head.ageing import AgedHead, age_head
from medview.phantoms.head.anatomy import Progress, make_head
from medview.phantoms.head.lesion_scan import LESION_TISSUES, ROLES, render_aged
from medview.phantoms.head.scan import BY_ROLE
from medview.phantoms.study import Labels, Study, StudySpec
from medview.phantoms.tissues import TISSUES

SPACING_MM = 1.0
HEAD_WMH = StudySpec(
    name="head-wmh",
    title="Head MR with white matter lesions",
    summary="A synthetic head at 3 T: T1, FLAIR and T2, with white matter hyperintensities labelled, "
    "and fluid-filled look-alikes that are not.",
)
_LABEL = (1, "white matter hyperintensity", (250, 190, 40))
_HEAD, _AGED = 0.75, 0.83


def make_head_wmh(seed: int, spacing_mm: float | None, progress: Progress) -> Study:
    """Make, age and scan the head of a seed; see `make_study`."""
    head = make_head(
        seed, spacing_mm or SPACING_MM, progress=lambda part, words: progress(_HEAD * part, words)
    )
    progress(_HEAD, "Making white matter lesions")
    aged = age_head(head)
    volumes = {}
    for place, role in enumerate(ROLES):
        progress(_AGED + (1 - _AGED) * place / len(ROLES), f"Scanning {BY_ROLE[role].modality}")
        volumes[role] = _scan(aged, role, place)
    labels: dict[str, Labels] = {"wmh": (aged.wmh_mask(), head.geometry, (_LABEL,))}
    return Study(name=HEAD_WMH.name, seed=seed, volumes=volumes, labels=labels, facts=_facts(aged))


def _scan(aged: AgedHead, role: str, place: int) -> Volume:
    data = render_aged(aged, role, np.random.default_rng([aged.head.seed, 200 + place]))
    return Volume(
        name=f"{BY_ROLE[role].title} with lesions",
        data=data,
        geometry=aged.head.geometry,
        source=Source(path=None, format="synthetic", stored=aged.head.geometry, dtype=str(data.dtype)),
        values=value_range(data),
        modality=BY_ROLE[role].modality,
    )


def _facts(aged: AgedHead) -> dict[str, Any]:
    return {
        "study": HEAD_WMH.name,
        "seed": aged.head.seed,
        "spacing_mm": list(aged.head.geometry.spacing_mm),
        "variants": dict(aged.head.variants),
        "lesions": aged.facts(),
        "wmh_rule": "1 where lesions take at least half of the voxel; fluid-filled cavities are no lesions",
        "sequences": [asdict(BY_ROLE[role]) for role in ROLES],
        "tissues": [
            asdict(tissue) | {"sources": list(tissue.sources)} for tissue in (*TISSUES, *LESION_TISSUES)
        ],
    }
