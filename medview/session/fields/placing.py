"""Where a scene lies in a patient: found from landmarks or a known length, and kept in the scene's folder."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from medview.core.errors import InputRefused, RunFailed
from medview.core.radiance import Placement, ScaleSource
from medview.io.atomic_file import write_text
from medview.measure.similarity import residuals, similarity
from medview.ml.field_folder import PLACEMENT_NAME

Floats = NDArray[np.float64]
Point = tuple[float, float, float]
Pair = tuple[Point, Point]
_FORMAT = 1
_MOST_BYTES = 2**20
_SAME = 1e-9
_TITLE = "Cannot place the scene"


def point_of(position: ArrayLike) -> Point:
    """A position as plain numbers."""
    x, y, z = (float(value) for value in np.asarray(position, float))
    return x, y, z


def scene_point(placement: Placement, position_ras: ArrayLike) -> Point:
    """Where a position in the patient lies in the scene, as the scene is placed now."""
    scene_from_ras = np.linalg.inv(placement.ras_from_scene)
    return point_of((scene_from_ras @ np.append(np.asarray(position_ras, float), 1))[:3])


def ras_point(placement: Placement, position: ArrayLike) -> Point:
    """Where a position in the scene lies in the patient."""
    return point_of((placement.ras_from_scene @ np.append(np.asarray(position, float), 1))[:3])


def with_pair(placement: Placement, scene: Point, patient: Point) -> Placement:
    """One more pair of landmarks; the scene stays where it is."""
    return replace(placement, landmarks=(*placement.landmarks, (scene, patient)))


def without_pair(placement: Placement, number: int) -> Placement:
    """A pair of landmarks less; the scene stays where it is."""
    pairs = placement.landmarks
    return replace(placement, landmarks=pairs[:number] + pairs[number + 1 :])


def placed_by_landmarks(placement: Placement) -> Placement:
    """The scene laid upon the patient by the similarity that fits all pairs best (Umeyama 1991).

    Raises:
        InputRefused: There are too few pairs, or they lie on one line.
    """
    scene, patient = _apart(placement.landmarks)
    try:
        found, rms = similarity(scene, patient)
    except InputRefused as refusal:
        raise InputRefused(_TITLE, refusal.detail, refusal.hint) from refusal
    return replace(placement, ras_from_scene=found, scale_source=ScaleSource.LANDMARKS, residual_mm=rms)


def scaled_by_length(placement: Placement, start: Point, end: Point, length_mm: float) -> Placement:
    """The scene made larger or smaller about the middle of two of its points, so that their distance is true.

    Args:
        placement: As it was.
        start: In the scene.
        end: In the scene.
        length_mm: Their true distance.

    Raises:
        InputRefused: The points are one point, or the length is none.
    """
    if not (math.isfinite(length_mm) and length_mm > 0):
        raise InputRefused("Cannot scale the scene", f"{length_mm:g} mm is no length", "Enter more than 0.")
    now_mm = math.dist(ras_point(placement, start), ras_point(placement, end))
    if now_mm < 1e-6 * placement.mm_per_unit:
        raise InputRefused(
            "Cannot scale the scene", "both ends are the same point", "Set the ends apart from each other."
        )
    middle = (np.asarray(ras_point(placement, start)) + ras_point(placement, end)) / 2
    growth = np.eye(4)
    growth[:3, :3] *= length_mm / now_mm
    growth[:3, 3] = middle - growth[:3, :3] @ middle
    return replace(
        placement,
        ras_from_scene=growth @ placement.ras_from_scene,
        scale_source=ScaleSource.LENGTH,
        residual_mm=None,
    )


def pair_distances(placement: Placement) -> Floats:
    """Millimetres (n,) that the pairs are apart as the scene lies now."""
    scene, patient = _apart(placement.landmarks)
    return residuals(placement.ras_from_scene, scene, patient)


def _apart(pairs: tuple[Pair, ...]) -> tuple[Floats, Floats]:
    both = np.asarray(pairs, np.float64).reshape(-1, 2, 3)
    return both[:, 0], both[:, 1]


def write_placement(folder: Path, placement: Placement) -> None:
    """Keep a placement in the folder of its scene; what was written is read back and compared.

    Raises:
        RunFailed: The disk or its rights do not allow it, or reading back showed a difference.
    """
    write_text(folder / PLACEMENT_NAME, json.dumps(placement_table(placement), indent=1) + "\n")
    found = read_placement(folder)
    if found is None or not is_same(found, placement):
        detail = "reading it back showed that it is not what was written"
        raise RunFailed(f"Cannot save {PLACEMENT_NAME}", detail)


def read_placement(folder: Path) -> Placement | None:
    """The placement that lies in a folder; None where there is none.

    Raises:
        InputRefused: It is damaged, or of a newer kind.
    """
    path = folder / PLACEMENT_NAME
    if not path.is_file():
        return None
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise ValueError("it is larger than any real one")
        table = json.loads(path.read_text(encoding="utf-8"))
        if table["format"] != _FORMAT:
            raise ValueError("it was written by a newer medview")
        return placement_from(table)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as reason:
        raise InputRefused(f"Cannot read {PLACEMENT_NAME}", str(reason) or "it is damaged") from reason


def is_same(one: Placement, other: Placement) -> bool:
    """Whether two placements say the same."""
    return (
        np.array_equal(one.ras_from_scene, other.ras_from_scene)
        and one.scale_source is other.scale_source
        and one.residual_mm == other.residual_mm
        and one.landmarks == other.landmarks
    )


def placement_table(placement: Placement) -> dict[str, Any]:
    """A placement as plain JSON."""
    return {
        "format": _FORMAT,
        "ras_from_scene": placement.ras_from_scene.tolist(),
        "scale_source": placement.scale_source.value,
        "residual_mm": placement.residual_mm,
        "landmarks": [[list(scene), list(patient)] for scene, patient in placement.landmarks],
    }


def placement_from(table: Mapping[str, Any]) -> Placement:
    """A placement from plain JSON.

    Raises:
        ValueError: It holds something else.
        KeyError: Something is missing.
        TypeError: Something is of another kind.
    """
    matrix = np.asarray(table["ras_from_scene"], np.float64).reshape(4, 4)
    pairs = np.asarray(table["landmarks"], np.float64).reshape(-1, 2, 3)
    if not (np.isfinite(matrix).all() and np.isfinite(pairs).all() and _is_similarity(matrix)):
        raise ValueError("it holds no rotation, scale and shift")
    left = table["residual_mm"]
    return Placement(
        ras_from_scene=matrix,
        scale_source=ScaleSource(table["scale_source"]),
        residual_mm=None if left is None else float(left),
        landmarks=tuple((point_of(scene), point_of(patient)) for scene, patient in pairs),
    )


def _is_similarity(matrix: Floats) -> bool:
    turn = matrix[:3, :3]
    square = turn.T @ turn
    size = float(np.trace(square)) / 3
    is_even = size > 0 and np.allclose(square, size * np.eye(3), atol=1e-6 * size)
    return bool(is_even and np.linalg.det(turn) > 0 and np.allclose(matrix[3], [0, 0, 0, 1], atol=_SAME))
