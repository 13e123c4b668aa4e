"""Synthetic studies to judge the demo's variants on, prepared once for all of them and kept in a folder.

They are prepared whole, as a run would, and of their slices every third is judged, as it is learned from.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from medview.core.geometry import Geometry
from medview.core.volume import AnyArray
from medview.phantoms.studies import make_study
from medview.zoo.synthesize.flair_wmh.demo_heads import SLICE_STEP
from medview.zoo.synthesize.flair_wmh.preparation import Mask, Prepared, prepare_scan

SCANS = ("t1", "flair")


@dataclass(frozen=True, eq=False, kw_only=True)
class PreparedStudy:
    """Every third slice of a synthetic head, with what a run needs of them.

    Args:
        t1: With its shading taken out.
        flair: The same.
        wmh: (I, J, K) where lesions are.
        geometry: The grid of all three, in thick steps.
    """

    t1: Prepared
    flair: Prepared
    wmh: Mask
    geometry: Geometry


def prepared_study(base: Path, seed: int) -> PreparedStudy:
    """The study ``head-wmh`` of a seed, from ``base/studies`` where it has been prepared before."""
    path = base / "studies" / f"head-{seed}.npz"
    if not path.is_file():
        _write(path, seed)
    with np.load(path) as kept:
        t1, flair = (_prepared({name: kept[f"{role}_{name}"] for name in _FIELDS}) for role in SCANS)
        matrix, wmh = kept["grid"].copy(), kept["wmh"][:, :, ::SLICE_STEP]
    matrix[:3, 2] *= SLICE_STEP
    return PreparedStudy(t1=t1, flair=flair, wmh=wmh, geometry=Geometry(wmh.shape, matrix))


_FIELDS = ("scan", "head", "mean", "deviation")


def _prepared(kept: dict[str, AnyArray]) -> Prepared:
    return Prepared(
        scan=kept["scan"][:, :, ::SLICE_STEP],
        head=kept["head"][:, :, ::SLICE_STEP],
        mean=float(kept["mean"]),
        deviation=float(kept["deviation"]),
    )


def _write(path: Path, seed: int) -> None:
    study = make_study("head-wmh", seed)
    geometry = study.volumes["t1"].geometry
    kept: dict[str, AnyArray] = {"wmh": study.labels["wmh"][0] > 0, "grid": geometry.ras_from_ijk}
    for role in SCANS:
        scan = prepare_scan(study.volumes[role].data, geometry, with_n4=True)
        kept |= {f"{role}_{name}": np.asarray(getattr(scan, name)) for name in _FIELDS}
    path.parent.mkdir(exist_ok=True)
    draft = path.with_suffix(".part.npz")
    np.savez(draft, **kept)  # type: ignore[arg-type]
    draft.replace(path)
