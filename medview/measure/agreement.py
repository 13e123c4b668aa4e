"""Agreement of two label maps: overlap, surface distances, volumes."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from medview.core.errors import InputRefused
from medview.core.geometry import Geometry
from medview.core.labels import LabelMap, default_entry
from medview.measure.overlap import Overlap, overlap_of
from medview.measure.structure_score import StructureScore, structure_score
from medview.measure.surfaces import Mask, surface_distances


@dataclass(frozen=True, kw_only=True)
class LabelAgreement:
    """How one label agrees.

    Args:
        value: Its number.
        name: What people call it.
        dice: 2|A∩B| / (|A|+|B|), 0 to 1 (Dice 1945); None where neither map has the label.
        hd95_mm: 95 % Hausdorff distance; None where one map lacks the label.
        assd_mm: Average symmetric surface distance; None where one map lacks the label.
        volume_ref_ml: Volume in the reference.
        volume_res_ml: Volume in the result.
    """

    value: int
    name: str
    dice: float | None
    hd95_mm: float | None
    assd_mm: float | None
    volume_ref_ml: float
    volume_res_ml: float


@dataclass(frozen=True, kw_only=True)
class LabelReport:
    """Agreement of every label, ascending by number, and of all together.

    Args:
        labels: One by one.
        score: Dice of the labels that the reference holds, and false findings among those that it lacks.
    """

    labels: tuple[LabelAgreement, ...]
    score: StructureScore

    @property
    def mean_dice(self) -> float | None:
        """Over the labels that the reference holds; None where it holds none."""
        return self.score.mean

    def as_json(self) -> dict[str, Any]:
        """The object that ``medview evaluate --json`` prints; counts where the mean leaves labels out."""
        rows = [asdict(label) for label in self.labels]
        false_findings = self.score.false_findings_row()
        counts = {"n": self.score.n, **false_findings} if false_findings else {}
        return {"kind": "labels", "labels": rows, "mean_dice": self.score.mean, **counts}


def compare_labels(reference: LabelMap, result: LabelMap) -> LabelReport:
    """Compare two label maps label by label: all that either map holds or names.

    Raises:
        InputRefused: They lie on different grids.
    """
    demand_same_grid(reference.geometry, result.geometry)
    counts = [np.bincount(labels.array.ravel(order="K"), minlength=1) for labels in (reference, result)]
    present = {int(value) for count in counts for value in np.flatnonzero(count)}
    named = {entry.value for labels in (reference, result) for entry in labels.table.entries}
    values = sorted((present | named) - {0})
    overlaps = [overlap_of(reference.array == value, result.array == value) for value in values]
    voxel_ml = volume_ml(1, reference.geometry)
    rows = [
        _agreement(reference, result, value, overlap) for value, overlap in zip(values, overlaps, strict=True)
    ]
    return LabelReport(labels=tuple(rows), score=structure_score((overlap, voxel_ml) for overlap in overlaps))


def demand_same_grid(reference: Geometry, result: Geometry) -> None:
    """Refuse a comparison voxel by voxel of different grids.

    Raises:
        InputRefused: With what differs.
    """
    if reference.matches(result):
        return
    if reference.shape != result.shape:
        sizes = [" × ".join(str(n) for n in shape) for shape in (reference.shape, result.shape)]
        detail = f"the first has {sizes[0]} voxels and the second {sizes[1]}"
    else:
        detail = "they have equally many voxels, but these lie elsewhere in the patient"
    hint = "Resample one of them onto the grid of the other first."
    raise InputRefused("Cannot compare the two", detail, hint)


def dice(first: Mask, second: Mask) -> float | None:
    """Overlap of two masks, 0 to 1; None where both are empty."""
    total = int(np.count_nonzero(first)) + int(np.count_nonzero(second))
    return 2 * int(np.count_nonzero(first & second)) / total if total else None


def volume_ml(voxels: int, geometry: Geometry) -> float:
    """Volume of a number of voxels."""
    return voxels * geometry.voxel_ml


def _agreement(reference: LabelMap, result: LabelMap, value: int, overlap: Overlap) -> LabelAgreement:
    first, second = reference.array == value, result.array == value
    distances = surface_distances(first, second, reference.geometry)
    entry = reference.table.find(value) or result.table.find(value) or default_entry(value)
    return LabelAgreement(
        value=value,
        name=entry.name,
        dice=overlap.dice,
        hd95_mm=distances.hd95_mm if distances else None,
        assd_mm=distances.assd_mm if distances else None,
        volume_ref_ml=volume_ml(overlap.hit + overlap.missed, reference.geometry),
        volume_res_ml=volume_ml(overlap.hit + overlap.excess, result.geometry),
    )
