"""Captures whose poses COLMAP found (P09, preprocessing 3): text or binary, wherever the model lies.

COLMAP states world to camera with y down and z forward. Its model is looked for in the folder itself, in
``sparse/0``, ``sparse`` and ``colmap/sparse/0``; its pictures in ``images`` or ``input`` beside or above it.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike, NDArray

from medview.core.capture import Capture, CaptureFrame, CaptureKind
from medview.core.lens import Lens
from medview.core.pose_frame import flipped_axes, inverse, rigid
from medview.io.byte_source import refused
from medview.io.captures import colmap_binary, colmap_text
from medview.io.captures.colmap_model import ColmapImage, ColmapModel
from medview.io.captures.places import MOST_FRAMES, inside, missing, natural
from medview.io.captures.poses import demand_finite, unique_names, with_pictures

_MODEL_PLACES = (".", "sparse/0", "sparse", "colmap/sparse/0", "colmap")
_PICTURE_PLACES = ("images", "input", "inputs", "frames", ".")
_FILES = ("cameras", "images", "points3D")


def sniff(path: Path) -> Path | None:
    """The folder of the model within a capture, or of a file of it."""
    if path.is_dir():
        places = (path / place for place in _MODEL_PLACES)
        return next((place for place in places if _is_model(place, ".bin") or _is_model(place, ".txt")), None)
    is_part = path.stem in _FILES and path.suffix in (".bin", ".txt")
    return path.parent if is_part and _is_model(path.parent, path.suffix) else None


def read(model_folder: Path, capture: Path) -> Capture:
    """Read a model and find its pictures.

    Args:
        model_folder: As `sniff` found it.
        capture: What was opened: pictures are looked for in it and above the model.

    Raises:
        InputRefused: What is missing or wrong, in one sentence.
    """
    is_binary = _is_model(model_folder, ".bin")
    model = (colmap_binary if is_binary else colmap_text).read_model(model_folder)
    source = model_folder / ("images.bin" if is_binary else "images.txt")
    if not model.images:
        raise refused(source, "no picture was registered in it")
    if len(model.images) > MOST_FRAMES:
        raise refused(source, f"it lists {len(model.images)} pictures, and at most {MOST_FRAMES} are taken")
    home = _pictures_folder(model, model_folder, capture, source)
    frames, lost = with_pictures(_frames(model, home, source), source)
    points, colours = model.points
    return Capture(
        folder=capture if capture.is_dir() else capture.parent,
        kind=CaptureKind.COLMAP,
        frames=frames,
        points=points,
        points_rgb=colours,
        warnings=lost,
    )


def poses_of(quaternions: ArrayLike, translations: ArrayLike) -> NDArray[np.float64]:
    """Camera to world, OpenGL axes (n, 4, 4), of COLMAP's world to camera (n, 4) w, x, y, z and (n, 3)."""
    return flipped_axes(inverse(rigid(quaternions, translations)))


def _frames(model: ColmapModel, home: Path, source: Path) -> list[CaptureFrame]:
    paths = {image.name: inside(home, image.name, source) for image in model.images}
    images = sorted(model.images, key=lambda image: natural(image.name))
    quaternions = np.stack([image.quaternion for image in images])
    translations = np.stack([image.translation for image in images])
    demand_finite(quaternions, translations, source)
    poses = poses_of(quaternions, translations)
    names = unique_names([paths[image.name] for image in images], home)
    return [
        CaptureFrame(name=name, image=paths[image.name], pose=pose, lens=_lens(model, image, source))
        for name, pose, image in zip(names, poses, images, strict=True)
    ]


def _lens(model: ColmapModel, image: ColmapImage, source: Path) -> Lens:
    if image.camera_id not in model.cameras:
        raise refused(source, f"{image.name} was taken with camera {image.camera_id}, which is not listed")
    return model.cameras[image.camera_id].lens(source)


def _pictures_folder(model: ColmapModel, model_folder: Path, capture: Path, source: Path) -> Path:
    """The folder that holds most of the pictures that the model names."""
    bases: Sequence[Path] = (capture, model_folder, model_folder.parent, model_folder.parent.parent)
    homes = [base / place for base in bases if base.is_dir() for place in _PICTURE_PLACES]
    names = [image.name for image in model.images]
    counts = [
        sum(inside(home, name, source).is_file() for name in names) if home.is_dir() else 0 for home in homes
    ]
    if max(counts) == 0:
        raise missing(source, [f"the pictures that it names, such as {names[0]}"],
                      "Put them into a folder named images beside it.")  # fmt: skip
    return homes[counts.index(max(counts))]


def _is_model(folder: Path, ending: str) -> bool:
    return all((folder / f"{name}{ending}").is_file() for name in _FILES[:2])
