"""How good a field is, view by view: a row for each, and what they come to together."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, fields
from statistics import fmean, stdev

import numpy as np
from numpy.typing import NDArray

from medview.measure.perceptual import NO_WEIGHTS, PerceptualDistance
from medview.measure.view_quality import view_quality

MEASURES = ("psnr_circle", "psnr_frame", "ssim_circle", "ssim_frame", "lpips_circle", "lpips_frame")
TITLES = {
    "psnr_circle": "PSNR in the circle, dB",
    "psnr_frame": "PSNR on the frame, dB",
    "ssim_circle": "SSIM in the circle",
    "ssim_frame": "SSIM on the frame",
    "lpips_circle": "LPIPS in the circle",
    "lpips_frame": "LPIPS on the frame",
}


@dataclass(frozen=True, kw_only=True)
class ViewRow:
    """One view; LPIPS is None where no weights were supplied."""

    name: str
    is_held_out: bool
    psnr_circle: float
    psnr_frame: float
    ssim_circle: float
    ssim_frame: float
    lpips_circle: float | None = None
    lpips_frame: float | None = None


@dataclass(frozen=True, kw_only=True)
class Spread:
    """Mean and standard deviation (of a sample) over so many views; NaN where there are too few."""

    mean: float
    deviation: float
    count: int


def view_row(
    name: str,
    is_held_out: bool,
    image: NDArray[np.floating],
    truth: NDArray[np.floating],
    valid: NDArray[np.bool_],
    distance: PerceptualDistance | None = None,
) -> ViewRow:
    """Measure one view: a rendered picture and the real one, (H, W, 3), 0-1; `valid` (H, W)."""
    return ViewRow(
        name=name,
        is_held_out=is_held_out,
        **view_quality(image, truth, valid),
        lpips_circle=None if distance is None else distance.circle,
        lpips_frame=None if distance is None else distance.frame,
    )


def view_table(
    names: Sequence[str],
    held_out: Sequence[int],
    images: NDArray[np.floating],
    truths: NDArray[np.floating],
    valid: NDArray[np.bool_],
    distances: Sequence[PerceptualDistance] | None = None,
) -> tuple[ViewRow, ...]:
    """A row for every view, in their order.

    Args:
        names: Of the n views.
        held_out: Numbers of those not trained on.
        images: (n, H, W, 3) rendered pictures, 0-1.
        truths: (n, H, W, 3) real ones.
        valid: (n, H, W) pixels inside the circle and of no instrument.
        distances: LPIPS of each; None where no weights were supplied.
    """
    apart = set(held_out)
    return tuple(
        view_row(
            name, n in apart, images[n], truths[n], valid[n], None if distances is None else distances[n]
        )
        for n, name in enumerate(names)
    )


def spread_of(rows: Sequence[ViewRow], measure: str) -> Spread | None:
    """Mean and deviation of one of `MEASURES`; None where it was not measured."""
    values = [value for row in rows if (value := getattr(row, measure)) is not None and math.isfinite(value)]
    if not any(getattr(row, measure) is not None for row in rows):
        return None
    return Spread(
        mean=fmean(values) if values else math.nan,
        deviation=stdev(values) if len(values) > 1 else math.nan,
        count=len(values),
    )


def curve_of(rows: Sequence[ViewRow], measure: str, *, held_out: bool) -> list[tuple[float, float]]:
    """Points (number of the view, value) for a plot of the held-out or of the other views."""
    values = [(float(n), getattr(row, measure)) for n, row in enumerate(rows) if row.is_held_out is held_out]
    return [(n, value) for n, value in values if value is not None and math.isfinite(value)]


def cells_of(row: ViewRow) -> tuple[str, ...]:
    """The row as words: four digits of ratios, two of decibels, and what is missing."""
    return (row.name, "held out" if row.is_held_out else "", *(_cell(row, measure) for measure in MEASURES))


def plain_rows(rows: Sequence[ViewRow]) -> list[dict[str, str | bool | float | None]]:
    """The table as plain values for messages between processes and for JSON; infinite ones are None."""
    return [{item.name: _plain(getattr(row, item.name)) for item in fields(row)} for row in rows]


def _cell(row: ViewRow, measure: str) -> str:
    value = getattr(row, measure)
    if value is None:
        return NO_WEIGHTS
    return f"{value:.2f}" if measure.startswith("psnr") else f"{value:.4f}"


def _plain(value: str | bool | float | None) -> str | bool | float | None:
    return None if isinstance(value, float) and not math.isfinite(value) else value
