"""The real pictures in the folder of a trained field: ``frames/00000.jpg`` for the first view."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from medview.core.posed_views import PosedViews
from medview.io.atomic_file import failure, replacing
from medview.io.captures.frames import write_picture
from medview.io.captures.pictures import read_colours
from medview.io.watch import QUIET, Watch


def write_field_pictures(folder: Path, views: PosedViews, watch: Watch = QUIET) -> None:
    """Write the pictures of all views as JPEG; those of an earlier start of the same training stay.

    Args:
        folder: ``frames`` of a field's folder; made where it is missing.
        views: As the field is trained from.
        watch: Told of every picture.

    Raises:
        RunFailed: The disk does not take them.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for n, image in enumerate(views.images):
            watch.at(n / len(views), f"keeping picture {n + 1} of {len(views)}")
            if not (folder / picture_name(n)).is_file():
                with replacing(folder / picture_name(n), ".jpg") as draft:
                    write_picture(draft, image)
    except OSError as reason:
        raise failure(folder, reason) from reason


def read_field_picture(folder: Path, number: int) -> NDArray[np.uint8]:
    """The picture (H, W, 3) of a view.

    Raises:
        InputRefused: It is missing or damaged.
    """
    return read_colours(folder / picture_name(number))[0]


def picture_name(number: int) -> str:
    """``00000.jpg`` for the first view."""
    return f"{number:05d}.jpg"
