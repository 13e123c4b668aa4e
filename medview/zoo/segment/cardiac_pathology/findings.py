"""The numbers that a reading ends with, and the clean-up that may precede them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from medview.core.volume import AnyArray

CAVITY, NORMAL, INFARCT, CORE = 1, 2, 3, 4


@dataclass(frozen=True, kw_only=True)
class Findings:
    """Sizes of one heart; whole infarct is label 3 and 4, whole myocardium 2, 3 and 4.

    Args:
        infarct_ml: Volume of the whole infarct.
        infarct_percent: Of the whole myocardium.
        no_reflow_percent: Of the whole infarct.
        loose: Slices with no-reflow that touches neither infarct nor myocardium.
    """

    infarct_ml: float
    infarct_percent: float
    no_reflow_percent: float
    loose: tuple[int, ...] = ()

    @classmethod
    def of(cls, labels: AnyArray, voxel_ml: float) -> Findings:
        """Measure labels (rows, columns, slices)."""
        normal, infarct, core = (int((labels == value).sum()) for value in (NORMAL, INFARCT, CORE))
        whole, wall = infarct + core, normal + infarct + core
        return cls(
            infarct_ml=whole * voxel_ml,
            infarct_percent=100 * whole / wall if wall else 0.0,
            no_reflow_percent=100 * core / whole if whole else 0.0,
            loose=tuple(k for k in range(labels.shape[2]) if _has_loose_core(labels[:, :, k])),
        )

    @property
    def numbers(self) -> dict[str, float]:
        """By name, as the provenance keeps them."""
        return {
            "infarct_ml": round(self.infarct_ml, 2),
            "infarct_percent_of_myocardium": round(self.infarct_percent, 1),
            "no_reflow_percent_of_infarct": round(self.no_reflow_percent, 1),
        }

    @property
    def words(self) -> str:
        """One sentence for people, and a warning where no-reflow lies loose."""
        if self.infarct_ml == 0:
            return "No infarct found"
        told = (
            f"Infarct {self.infarct_ml:.1f} mL, {self.infarct_percent:.0f} % of the myocardium; "
            f"no-reflow {self.no_reflow_percent:.0f} % of the infarct"
        )
        if not self.loose:
            return told
        numbers = ", ".join(str(k + 1) for k in self.loose)
        return f"{told}. No-reflow without infarct or myocardium around it in slice {numbers} from the base"


def _has_loose_core(plane: AnyArray) -> bool:
    return bool((pieces_apart(plane == CORE, (plane == NORMAL) | (plane == INFARCT))).any())


def pieces_apart(found: AnyArray, anchor: AnyArray) -> NDArray[np.bool_]:
    """Of a mask (H, W), the connected pieces (8 neighbours) that touch no pixel of `anchor`."""
    from scipy import ndimage

    apart = np.zeros(found.shape, bool)
    # a piece and what it touches lie in the box of all pieces and one pixel around it
    box = tuple(_around(found.any(axis)) for axis in (1, 0))
    pieces, count = ndimage.label(found[box], np.ones((3, 3)))
    if count:
        near = ndimage.binary_dilation(anchor[box], np.ones((3, 3)))
        touching = np.zeros(count + 1, bool)
        touching[np.unique(pieces[near])] = True
        touching[0] = True
        apart[box] = ~touching[pieces]
    return apart


def _around(is_there: NDArray[np.bool_]) -> slice:
    """From the first to the last place that is marked, and one beyond at either end."""
    places = np.flatnonzero(is_there)
    return slice(max(int(places[0]) - 1, 0), int(places[-1]) + 2) if places.size else slice(0, 0)


def keep_largest_cavity(labels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """In each slice, cavity beyond its largest piece (8 neighbours) becomes background."""
    from scipy import ndimage

    kept = labels.copy()
    for k in range(labels.shape[2]):
        pieces, count = ndimage.label(labels[:, :, k] == CAVITY, np.ones((3, 3)))
        if count > 1:
            largest = 1 + int(np.bincount(pieces.ravel())[1:].argmax())
            kept[:, :, k][(pieces > 0) & (pieces != largest)] = 0
    return kept


def enforce_inclusion(labels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """In each slice, pieces of infarct with its core that touch no normal myocardium become background."""
    kept = labels.copy()
    for k in range(labels.shape[2]):
        plane = labels[:, :, k]
        kept[:, :, k][pieces_apart(plane >= INFARCT, plane == NORMAL)] = 0
    return kept
