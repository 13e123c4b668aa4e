"""Training slices of this method: turned, z-scored and cut around the heart, in memory-mapped files."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional

from medview.core.volume import AnyArray
from medview.measure.agreement import volume_ml
from medview.ml.context import RunContext
from medview.ml.request import Subject
from medview.zoo.learning.slices import PreparedSubject, array_of, new_array
from medview.zoo.segment.cardiac_pathology.preparation import square_scores
from medview.zoo.segment.cardiac_pathology.settings import CLASSES, NetworkSettings
from medview.zoo.segment.cardiac_pathology.view import ShortAxisView
from medview.zoo.slicewise.grid import SliceGrid, slices_of

ROLE, TARGET = "lge", "pathology"


def prepare(
    subjects: Sequence[Subject], settings: NetworkSettings, values: Sequence[int], ctx: RunContext
) -> list[PreparedSubject]:
    """Prepare every subject.

    Args:
        subjects: With ``lge`` and ``pathology``.
        settings: Pixels and size of the network.
        values: Label values of cavity, myocardium, infarction and no-reflow in the reference.
        ctx: Hears of the progress.

    Returns:
        For each subject images (K, 1, H, W) float16 and one-hot labels (K, 5, H, W) uint8; slices with
        infarction or no-reflow are the foreground: half of each batch shows some.
    """
    prepared = []
    for number, subject in enumerate(subjects):
        ctx.progress(number / len(subjects), f"Preparing subject {number + 1} of {len(subjects)}")
        prepared.append(_write(subject, settings, values, ctx.scratch / f"prepared-{number}"))
    return prepared


def _write(subject: Subject, settings: NetworkSettings, values: Sequence[int], base: Path) -> PreparedSubject:
    view = ShortAxisView.of(subject.geometry)
    scan = view.turned(array_of(subject, ROLE))
    labels = numbered(view.turned(array_of(subject, TARGET)), values)
    grid = heart_window(labels, view.grid(subject.geometry).spacing_mm[:2], settings)
    normalise = square_scores(grid)(scan)
    count, size = scan.shape[2], settings.crop_px
    images = new_array(base.with_suffix(".images.npy"), (count, 1, size, size), np.float16)
    targets = new_array(base.with_suffix(".targets.npy"), (count, len(CLASSES), size, size), np.uint8)
    images[:] = grid.to_network(slices_of([scan], [normalise], 0, count)).numpy()
    targets[:] = one_hot_slices(labels, grid)
    shows = np.array([bool(plane[3:].any()) for plane in targets], bool)
    pixel_ml = grid.pixel_ml(volume_ml(1, subject.geometry))
    return PreparedSubject(id=subject.id, images=images, targets=targets, foreground=shows, pixel_ml=pixel_ml)


def numbered(labels: AnyArray, values: Sequence[int]) -> NDArray[np.uint8]:
    """Labels 0 to 4 from a reference that numbers them otherwise; other values become background."""
    found = np.zeros(labels.shape, np.uint8)
    for number, value in enumerate(values, start=1):
        found[labels == value] = number
    return found


def heart_window(labels: AnyArray, spacing_mm: Sequence[float], settings: NetworkSettings) -> SliceGrid:
    """The square around the middle of labels 1 to 4 in all slices; around the image's middle without any."""
    rows, columns = np.nonzero(labels.any(axis=2))
    centre = (float(rows.mean()), float(columns.mean())) if len(rows) else None
    size = settings.crop_px, settings.crop_px
    return SliceGrid.window((labels.shape[0], labels.shape[1]), spacing_mm, settings.pixel_mm, size, centre)


def one_hot_slices(labels: NDArray[np.uint8], grid: SliceGrid) -> NDArray[np.uint8]:
    """Labels (I, J, K) as one-hot slices (K, 5, H, W): the class with the largest share of a pixel."""
    planes = torch.from_numpy(np.ascontiguousarray(labels.transpose(2, 0, 1))).long()
    shares = functional.one_hot(planes, len(CLASSES)).permute(0, 3, 1, 2).float()
    seen = grid.to_network(shares)
    # what lies beyond the scan is background
    seen[:, 0] += 1 - seen.sum(dim=1)
    classes = seen.argmax(dim=1)
    found: NDArray[np.uint8] = functional.one_hot(classes, len(CLASSES)).permute(0, 3, 1, 2).byte().numpy()
    return found
