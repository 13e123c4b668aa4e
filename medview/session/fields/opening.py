"""A field folder as a layer: what stands for the field in motion, its cameras and its place; no weights."""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from medview.core.errors import InputRefused, MedviewError
from medview.core.lens import Lens
from medview.core.radiance import FIRST_MM_PER_UNIT, FieldDisplay, Placement, RadianceField, ScaleSource
from medview.ml.card import WEIGHTS_NAME, read_card
from medview.ml.field_folder import BAKED_NAME, POINTS_NAME, FieldFacts, read_facts
from medview.ml.registry import installed
from medview.session.fields.placing import read_placement
from medview.session.files.layers_from import Content

_COPY = "Copy the whole folder again, or train it again."
_MOST_CELLS = 512**3
_MOST_POINTS = 5_000_000
_MOST_POINT_BYTES = 256 * 2**20
Floats = NDArray[np.float64]


def read_field(folder: Path) -> Content:
    """Read all of a field that a window needs; its weights are left to whoever renders it.

    Known surface points or a placement that are damaged are left out, with a warning.

    Raises:
        InputRefused: It is no trained field, is incomplete, or what stands for it in motion is damaged.
    """
    facts = read_facts(folder)
    title = f"Cannot open the scene {facts.name or folder.name}"
    _demand_sound(title, facts)
    _demand_weights(title, folder, facts)
    baked = _baked(title, folder / BAKED_NAME)
    warnings: list[str] = []
    points, colours = _points(folder, warnings)
    field = RadianceField(
        name=(facts.name or folder.name).removesuffix(".field"),
        folder=folder,
        method=_method_title(facts.model_id, warnings),
        baked=baked,
        scene_from_ijk=scene_from_cells(facts.box, baked.shape[:3]),
        placement=_placement(folder, facts, warnings),
        frame_names=facts.frame_names,
        poses=facts.poses,
        lenses=facts.lenses,
        times=facts.times,
        held_out=facts.held_out,
        points=points,
        points_rgb=colours,
        is_moving=facts.is_moving,
    )
    return Content(
        name=field.name,
        data=field,
        path=folder,
        provenance=_provenance(facts),
        display=FieldDisplay(),
        warnings=tuple(warnings),
    )


def scene_from_cells(box: Floats, shape: Sequence[int]) -> Floats:
    """4x4 from cells of a grid that fills a box of the scene (centres at integers) to the scene."""
    sides = (box[1] - box[0]) / np.asarray(shape, float)
    matrix = np.diag([*sides, 1.0])
    matrix[:3, 3] = box[0] + sides / 2
    return matrix


def first_placement(facts: FieldFacts) -> Placement:
    """Where a scene lies before anybody has placed it: in its own axes, around the patient's origin."""
    scale, source = FIRST_MM_PER_UNIT, ScaleSource.ARBITRARY
    if facts.is_metric:
        scale = 1 / float(np.cbrt(np.linalg.det(facts.scene_from_capture[:3, :3])))
        source = ScaleSource.CAPTURE
    return Placement(ras_from_scene=np.diag([scale, scale, scale, 1.0]), scale_source=source)


def _placement(folder: Path, facts: FieldFacts, warnings: list[str]) -> Placement:
    try:
        return read_placement(folder) or first_placement(facts)
    except InputRefused as refusal:
        warnings.append(f"{refusal} The scene lies where it would if nobody had placed it.")
        return first_placement(facts)


def _demand_sound(title: str, facts: FieldFacts) -> None:
    sound = {
        "its box is empty": bool((facts.box[0] < facts.box[1]).all()),
        "its distances are in the wrong order": 0 <= _number(facts.near) < _number(facts.far),
        "its coordinates are folded up": float(np.linalg.det(facts.scene_from_capture[:3, :3])) > 0,
        "a lens is damaged": all(_is_sound(lens) for lens in facts.lenses),
        "a held-out view is not there": all(0 <= n < len(facts.poses) for n in facts.held_out),
        "its times are not between 0 and 1": bool(((facts.times >= 0) & (facts.times <= 1)).all()),
    }
    for detail, is_sound in sound.items():
        if not is_sound:
            raise InputRefused(title, detail, _COPY)


def _is_sound(lens: Lens) -> bool:
    numbers = {name: _number(value) for name, value in vars(lens).items()}
    sizes = (numbers[name] for name in ("width", "height", "fx", "fy"))
    return bool(np.isfinite(list(numbers.values())).all()) and all(size > 0 for size in sizes)


def _number(value: Any) -> float:
    """The value, or not a number where a stranger's file holds something else."""
    return float(value) if isinstance(value, int | float) else float("nan")


def _demand_weights(title: str, folder: Path, facts: FieldFacts) -> None:
    """The card must fit; hashing the weights is left to whoever loads them."""
    try:
        card = read_card(folder)
    except InputRefused as refusal:
        raise InputRefused(title, f"its card.toml: {refusal.detail}", _COPY) from refusal
    if card.model_id != facts.model_id:
        raise InputRefused(title, f"its weights belong to {card.model_id}, not to {facts.model_id}")
    if not (folder / WEIGHTS_NAME).is_file():
        raise InputRefused(title, f"{WEIGHTS_NAME} is missing", _COPY)


def _baked(title: str, path: Path) -> NDArray[np.uint8]:
    try:
        found = np.load(path, mmap_mode="r", allow_pickle=False)
    except FileNotFoundError as reason:
        raise InputRefused(title, f"{path.name} is missing", _COPY) from reason
    except (OSError, ValueError, EOFError) as reason:
        raise InputRefused(title, f"{path.name} is damaged", _COPY) from reason
    is_colour = found.ndim == 4 and found.shape[3] == 4 and found.dtype == np.uint8
    if not is_colour or not 0 < int(np.prod(found.shape[:3], dtype=np.int64)) <= _MOST_CELLS:
        raise InputRefused(title, f"{path.name} holds no grid of colours that can be shown", _COPY)
    return np.array(found)


def _points(folder: Path, warnings: list[str]) -> tuple[NDArray[np.float32], NDArray[np.uint8]]:
    nothing = np.zeros((0, 3), np.float32), np.zeros((0, 3), np.uint8)
    path = folder / POINTS_NAME
    if not path.is_file():
        return nothing
    try:
        with zipfile.ZipFile(path) as parts:
            if sum(part.file_size for part in parts.infolist()) > _MOST_POINT_BYTES:
                raise ValueError("it is larger than any real one")
        with np.load(path, allow_pickle=False) as table:
            points, colours = np.asarray(table["points"], np.float32), np.asarray(table["rgb"], np.uint8)
        if points.ndim != 2 or points.shape[1:] != (3,) or colours.shape != points.shape:
            raise ValueError("points and colours are not of one number")
    except (OSError, ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile):
        warnings.append(f"{POINTS_NAME} is damaged: the scene is shown without its known surface points.")
        return nothing
    kept = np.flatnonzero(np.isfinite(points).all(axis=1))[:_MOST_POINTS]
    return points[kept], colours[kept]


def _method_title(model_id: str, warnings: list[str]) -> str:
    try:
        return installed().find(model_id).title
    except MedviewError:
        warnings.append(f"The method {model_id} is not installed: the scene is shown only as baked cells.")
        return model_id


def _provenance(facts: FieldFacts) -> dict[str, Any]:
    told = {"model": facts.model_id, "version": facts.version, **facts.provenance}
    scores = {name.replace("_", " "): value for name, value in facts.scores.items()}
    return {**told, "views": len(facts.poses), **({"scores": scores} if scores else {})}
