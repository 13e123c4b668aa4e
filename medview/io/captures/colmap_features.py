"""Features of frames and their matches in a COLMAP database, frame by frame (SIFT, through pycolmap)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from medview.core.errors import InputRefused, RunFailed
from medview.io.captures.frames import write_picture
from medview.io.captures.sfm_wish import PosesWish
from medview.io.watch import Watch

MaskOf = Callable[[Path], NDArray[np.bool_] | None]
"""Pixels (H, W) of a picture in which features are looked for; None: in all."""

DATABASE_NAME = "features.db"
_FAINT_PEAK = 0.002
"""Contrast of a feature where tissue is smooth; COLMAP's own threshold is 0.0067."""
_FOCAL_GUESS = 0.6
"""Of the longer side: 80 degrees, between laparoscopes (60 to 110) and photographs (65)."""


def colmap() -> Any:
    """The library, silent.

    Raises:
        RunFailed: It is not installed.
    """
    try:
        import pycolmap
    except ImportError as reason:
        raise RunFailed(
            "Cannot find poses", "pycolmap is not installed", "Install it: pip install 'medview[poses]'."
        ) from reason
    pycolmap.logging.minloglevel = int(pycolmap.logging.FATAL)
    return pycolmap


def find_features(
    pictures: Sequence[Path], mask_of: MaskOf, wish: PosesWish, scratch: Path, watch: Watch
) -> None:
    """Write the features of all pictures, which lie in one folder, into the database in `scratch`.

    Raises:
        InputRefused: A picture cannot be read, or is of another size than the first where all have one lens.
    """
    library = colmap()
    mode = library.CameraMode.SINGLE if wish.single_camera else library.CameraMode.PER_IMAGE
    finder, reader = _finder(library, wish), _reader(library, wish)
    masks = scratch / "masks"
    masks.mkdir()
    for number, picture in enumerate(pictures):
        watch.at(number / len(pictures), f"Features of frame {number + 1} of {len(pictures)}")
        reader.mask_path = _written(masks, picture, mask_of(picture))
        library.extract_features(
            scratch / DATABASE_NAME, picture.parent, [picture.name], mode, reader, finder, library.Device.cpu
        )
        with library.Database.open(scratch / DATABASE_NAME) as database:
            _check_taken(database, number + 1, picture)
            if wish.single_camera:
                reader.existing_camera_id = database.read_all_cameras()[0].camera_id


def match_features(pictures: Sequence[Path], wish: PosesWish, scratch: Path, watch: Watch) -> int:
    """Match the features of pairs of pictures and keep what one rigid scene explains.

    Returns:
        Number of matches that are kept, over all pairs.
    """
    spaced = next((picture.name for picture in pictures if " " in picture.name), None)
    if spaced is not None:
        detail = f"the name {spaced!r} has a space in it, at which COLMAP splits its lists"
        raise InputRefused("Cannot find poses", detail, "Rename the frames.")
    library = colmap()
    matching, verification = library.FeatureMatchingOptions(), library.TwoViewGeometryOptions()
    matching.num_threads = wish.threads
    verification.ransac.random_seed = wish.seed
    wanted = library.ImportedPairingOptions()
    wanted.match_list_path = scratch / "pairs.txt"
    partners: dict[int, list[int]] = {}
    for first, last in wish.pairs(len(pictures)):
        partners.setdefault(first, []).append(last)
    for number, (first, others) in enumerate(partners.items()):
        watch.at(number / len(partners), f"Matching frame {number + 1} of {len(partners)}")
        lines = [f"{pictures[first].name} {pictures[other].name}\n" for other in others]
        wanted.match_list_path.write_text("".join(lines), encoding="utf-8")
        library.match_image_pairs(scratch / DATABASE_NAME, matching, wanted, verification, library.Device.cpu)
    with library.Database.open(scratch / DATABASE_NAME) as database:
        return int(database.num_inlier_matches())


def _finder(library: Any, wish: PosesWish) -> Any:
    finder = library.FeatureExtractionOptions()
    finder.max_image_size = wish.longest_side_px
    finder.num_threads = wish.threads
    finder.sift.max_num_features = wish.most_features
    if wish.faint:
        finder.sift.peak_threshold = _FAINT_PEAK
    return finder


def _reader(library: Any, wish: PosesWish) -> Any:
    reader = library.ImageReaderOptions()
    reader.camera_model = wish.camera
    reader.default_focal_length_factor = _FOCAL_GUESS
    reader.camera_params = ", ".join(f"{value:.17g}" for value in wish.lens_numbers())
    return reader


def _check_taken(database: Any, expected: int, picture: Path) -> None:
    """COLMAP passes over a picture that it will not take, without a word here."""
    if database.num_images() < expected:
        raise InputRefused(
            "Cannot find poses",
            f"{picture.name} cannot be read, or is of another size than the first frame",
            "Remove it, or let every frame have a lens of its own.",
        )


def _written(folder: Path, picture: Path, mask: NDArray[np.bool_] | None) -> Path | str:
    if mask is None:
        return ""
    write_picture(folder / f"{picture.name}.png", mask.astype(np.uint8) * 255)
    return folder
