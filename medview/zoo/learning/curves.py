"""Learning curves and pictures for people: TensorBoard files, and PNG files of which a few are kept."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from medview.ml.training_folder import LOGS, PICTURES

MOST_PICTURES = 6


class Curves:
    """The TensorBoard file of one training.

    Args:
        out: The run's folder.
        first_epoch: The epoch that comes next: what an earlier, killed run wrote beyond it is struck out.
    """

    def __init__(self, out: Path, first_epoch: int) -> None:
        from tensorboardX import SummaryWriter

        # the suffix: a run that goes on within the same second must not replace the file
        self._writer = SummaryWriter(
            logdir=str(out / LOGS),
            purge_step=first_epoch if first_epoch > 1 else None,
            filename_suffix=f".{first_epoch:05d}",
        )

    def add(self, epoch: int, values: Mapping[str, float]) -> None:
        """Add one point to each curve."""
        for name, value in values.items():
            self._writer.add_scalar(name, value, epoch)
        self._writer.flush()

    def add_picture(self, epoch: int, picture: NDArray[np.uint8]) -> None:
        """Add a picture (H, W, 3)."""
        self._writer.add_image("validation", picture, epoch, dataformats="HWC")

    def close(self) -> None:
        """Write what is left."""
        self._writer.close()


def save_picture(out: Path, epoch: int, picture: NDArray[np.uint8]) -> Path:
    """Write ``pictures/epoch-0001.png`` and thin out the older ones, evenly over the training so far."""
    from PIL import Image

    folder = out / PICTURES
    folder.mkdir(exist_ok=True)
    path = folder / f"epoch-{epoch:04d}.png"
    draft = path.with_suffix(".part")
    Image.fromarray(picture).save(draft, "png")
    draft.replace(path)
    there = sorted(folder.glob("epoch-*.png"))
    while len(there) > MOST_PICTURES:
        epochs = [int(each.stem.split("-")[1]) for each in there]
        gaps = [after - before for before, after in zip(epochs[:-2], epochs[2:], strict=True)]
        there.pop(1 + int(np.argmin(gaps))).unlink()
    return path


def overlay(
    image: NDArray[np.floating], truth: NDArray[np.bool_], found: NDArray[np.bool_]
) -> NDArray[np.uint8]:
    """A slice with the reference in green, the finding in red and their overlap in yellow, upright.

    Args:
        image: (I, J) of any range.
        truth: (I, J).
        found: (I, J).

    Returns:
        (J, I, 3), anterior above.
    """
    low, high = (float(q) for q in np.quantile(image, [0.005, 0.995]))
    grey = np.clip((image - low) / max(high - low, 1e-6), 0, 1)
    colour = np.stack([grey, grey, grey], -1)
    for channel, mask in ((0, found), (1, truth)):
        tint = np.zeros(3)
        tint[channel] = 1
        colour[mask] = 0.55 * colour[mask] + 0.45 * tint
    upright = np.flip(np.moveaxis(colour, 0, 1), 0)
    picture: NDArray[np.uint8] = np.ascontiguousarray((255 * upright).round().astype(np.uint8))
    return picture
