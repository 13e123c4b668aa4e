"""Do probabilities mean what they say? Reliability curve, expected calibration error, temperature.

Everything is counted voxel by voxel on validation subjects, within the *region*: voxels where the reference
holds a structure or the probability of any structure is at least 0.01. Elsewhere both sides agree on nothing
being there, and a million such voxels would hide any error.

- Reliability (class-wise): the region's voxels are sorted by the probability of one structure into 15 bins of
  equal width; each bin tells the mean probability and the part of its voxels where the structure is.
- ECE of a structure (Guo et al., On Calibration of Modern Neural Networks, ICML 2017, eq. 3, on the
  structure's own probability): sum over bins of |mean probability - observed part|, weighted by the bins'
  voxels. The ECE of a model is the mean over its structures.
- Temperature (eq. 9 and 10 there): the number that logits are divided by so that the mean negative
  log-likelihood of the region is smallest.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

LEAST_PROBABILITY = 0.01
BINS = 15
REGION = f"reference holds a structure, or the probability of any is at least {LEAST_PROBABILITY}"
TEMPERATURES = (0.1, 10.0)
_TINY = 1e-7
_MOST_VOXELS = 400_000

Floats = NDArray[np.floating[Any]]


@dataclass(frozen=True, eq=False)
class CalibrationSample:
    """The region of one subject.

    Args:
        probabilities: (N, 1): of the one structure; or (N, C): of every class, background first.
        classes: (N,) what the reference says: 0 background, else 1 … C - 1 (1 for one structure).
    """

    probabilities: NDArray[np.float32]
    classes: NDArray[np.intp]

    @property
    def structures(self) -> int:
        """Number of structures besides the background."""
        return max(1, int(self.probabilities.shape[1]) - 1)

    def of_structure(self, number: int) -> tuple[Floats, NDArray[np.bool_]]:
        """Probability of a structure (1, 2, …) and whether it is there, (N,) each."""
        column = 0 if self.probabilities.shape[1] == 1 else number
        return self.probabilities[:, column], self.classes == number


@dataclass(frozen=True, eq=False)
class Reliability:
    """A reliability curve: mean probability, observed part and voxels of every bin that holds some."""

    probability: Floats
    observed: Floats
    voxels: NDArray[np.int64]

    @property
    def ece(self) -> float:
        """Expected calibration error, 0 to 1; 0 where there is no voxel."""
        total = int(self.voxels.sum())
        gaps = np.abs(self.probability - self.observed)
        return float((gaps * self.voxels).sum() / total) if total else 0.0


def calibration_sample(probability: Floats, reference: NDArray[np.integer[Any]]) -> CalibrationSample:
    """Take the region out of one subject.

    Args:
        probability: (I, J, K) of the one structure, or (C, I, J, K) of every class, background first.
        reference: (I, J, K) with 0 for background, else the number of the class, 1 to C - 1.
    """
    columns = probability[np.newaxis] if probability.ndim == reference.ndim else probability
    anything = columns[0] if len(columns) == 1 else 1 - columns[0]
    region = (reference != 0) | (anything >= LEAST_PROBABILITY)
    kept = np.stack([column[region] for column in columns], axis=1).astype(np.float32)
    return CalibrationSample(kept, reference[region].astype(np.intp))


def reliability(probability: Floats, is_there: NDArray[np.bool_], bins: int = BINS) -> Reliability:
    """Sort voxels by probability into bins of equal width.

    Args:
        probability: (N,) in [0, 1].
        is_there: (N,) what the reference says.
        bins: How many; empty ones are left out.
    """
    places = np.minimum((probability * bins).astype(np.intp), bins - 1)
    voxels = np.bincount(places, minlength=bins)
    sums = np.bincount(places, weights=probability, minlength=bins)
    hits = np.bincount(places, weights=is_there, minlength=bins)
    held = voxels > 0
    return Reliability(sums[held] / voxels[held], hits[held] / voxels[held], voxels[held])


def scaled(probabilities: Floats, temperature: float) -> Floats:
    """Probabilities (N, 1) or (N, C) as with their logits divided by a temperature."""
    kept = np.clip(probabilities.astype(np.float64), _TINY, 1 - _TINY)
    if kept.shape[1] == 1:
        softened: Floats = 1 / (1 + (1 / kept - 1) ** (1 / temperature))
        return softened
    powers = kept ** (1 / temperature)
    shared: Floats = powers / powers.sum(axis=1, keepdims=True)
    return shared


def negative_log_likelihood(sample: CalibrationSample, temperature: float = 1.0) -> float:
    """Mean over the voxels of -ln of the probability that was given to what is there."""
    given = scaled(sample.probabilities, temperature)
    if given.shape[1] == 1:
        given = np.concatenate([1 - given, given], axis=1)
    likelihood = np.take_along_axis(given, sample.classes[:, np.newaxis], axis=1)
    return float(-np.log(np.clip(likelihood, _TINY, 1)).mean())


def fit_temperature(samples: Sequence[CalibrationSample]) -> float:
    """The temperature with the smallest negative log-likelihood, 0.1 to 10; 1 where there is no voxel."""
    pooled = _pooled(samples)
    if not len(pooled.classes):
        return 1.0
    step = max(1, math.ceil(len(pooled.classes) / _MOST_VOXELS))
    part = CalibrationSample(pooled.probabilities[::step], pooled.classes[::step])
    low, high = (math.log(limit) for limit in TEMPERATURES)
    return math.exp(_lowest(lambda place: negative_log_likelihood(part, math.exp(place)), low, high))


def calibration_table(
    samples: Sequence[CalibrationSample], names: Sequence[str], data: str
) -> dict[str, Any]:
    """What a card keeps as ``[calibration]``.

    Args:
        samples: One for each validation subject.
        names: Of the structures, in the order of their classes.
        data: What the subjects are, in words.

    Returns:
        ``temperature`` fitted on all subjects; ``ece`` and ``nll`` as the network is, ``ece_scaled`` and
        ``nll_scaled`` with temperature: each subject with the one fitted on the others, so that no number
        was fitted on its own voxels; ``is_used``: whether both fell, without which a run is better off with
        a temperature of 1; ``classes`` with both reliability curves of every structure.

    Raises:
        ValueError: The names do not fit the samples, or there is no voxel to judge by.
    """
    plain = _pooled(samples)
    if len(names) != plain.structures or not len(plain.classes):
        raise ValueError(f"{len(names)} names for {plain.structures} structures, {len(plain.classes)} voxels")
    softened = _pooled([_softened(samples, place) for place in range(len(samples))])
    classes = [_class_row(plain, softened, number, name) for number, name in enumerate(names, start=1)]
    ece, ece_scaled = (float(np.mean([row[name] for row in classes])) for name in ("ece", "ece_scaled"))
    nll, nll_scaled = (negative_log_likelihood(sample) for sample in (plain, softened))
    return {
        "data": data,
        "subjects": len(samples),
        "voxels": len(plain.classes),
        "region": REGION,
        "bins": BINS,
        "temperature": round(fit_temperature(samples), 3),
        "is_used": ece_scaled < ece and nll_scaled < nll,
        "ece": round(ece, 4),
        "ece_scaled": round(ece_scaled, 4),
        "nll": round(nll, 4),
        "nll_scaled": round(nll_scaled, 4),
        "classes": classes,
    }


def _softened(samples: Sequence[CalibrationSample], place: int) -> CalibrationSample:
    """One subject, scaled by the temperature of the others (its own where it is alone)."""
    others = [sample for number, sample in enumerate(samples) if number != place]
    temperature = fit_temperature(others or samples)
    sample = samples[place]
    return CalibrationSample(scaled(sample.probabilities, temperature).astype(np.float32), sample.classes)


def _class_row(
    plain: CalibrationSample, softened: CalibrationSample, number: int, name: str
) -> dict[str, Any]:
    row: dict[str, Any] = {"name": name}
    for sample, suffix in ((plain, ""), (softened, "_scaled")):
        curve = reliability(*sample.of_structure(number))
        row[f"ece{suffix}"] = round(curve.ece, 4)
        row[f"probability{suffix}"] = [round(float(value), 4) for value in curve.probability]
        row[f"observed{suffix}"] = [round(float(value), 4) for value in curve.observed]
        row[f"voxels{suffix}"] = [int(value) for value in curve.voxels]
    return row


def _pooled(samples: Sequence[CalibrationSample]) -> CalibrationSample:
    return CalibrationSample(
        np.concatenate([sample.probabilities for sample in samples]),
        np.concatenate([sample.classes for sample in samples]),
    )


def _lowest(function: Callable[[float], float], low: float, high: float, tolerance: float = 1e-3) -> float:
    """Golden-section search for the minimum of a function with one valley."""
    ratio = (math.sqrt(5) - 1) / 2
    left, right = high - ratio * (high - low), low + ratio * (high - low)
    at_left, at_right = function(left), function(right)
    while high - low > tolerance:
        if at_left <= at_right:
            high, right, at_right = right, left, at_left
            left = high - ratio * (high - low)
            at_left = function(left)
        else:
            low, left, at_left = left, right, at_right
            right = low + ratio * (high - low)
            at_right = function(right)
    return (low + high) / 2
