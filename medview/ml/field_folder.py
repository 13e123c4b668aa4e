"""A trained field as a portable folder: what lies in it, and its description.

``field.json`` says what it is; ``weights.safetensors`` and ``card.toml`` are as of any model; ``baked.npy``
stands for it while a view moves; ``points.npz`` holds known surface points (``points``, ``rgb``); ``frames/``
holds the real pictures as JPEG, ``00000.jpg`` for the first view; ``placement.json`` says where it lies in a
patient. Nothing in it is code, and no path in it leads outside.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from medview.core.errors import InputRefused
from medview.core.lens import Lens

FACTS_NAME, BAKED_NAME, POINTS_NAME = "field.json", "baked.npy", "points.npz"
FRAMES_FOLDER, PLACEMENT_NAME = "frames", "placement.json"
CHECKPOINT_NAME = "checkpoint.safetensors"
"""What a training that has not ended goes on from."""
FORMAT = 1
_MOST_BYTES = 64 * 2**20
Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False, kw_only=True)
class FieldFacts:
    """What ``field.json`` says.

    Args:
        model_id: The method, as in the registry.
        version: Of the method.
        name: What people call the scene.
        config: What the method needs to build its network again; plain JSON.
        box: (2, 3) lower and upper corner of the scene that is rendered.
        near: Nearest distance of a sample.
        far: Farthest.
        scene_from_capture: 4x4 similarity from the capture's coordinates.
        frame_names: Names of all views.
        poses: (n, 4, 4) camera to scene.
        lenses: One for each view.
        times: (n,) 0 to 1.
        held_out: Numbers of the views not trained on.
        is_metric: The capture's unit is the millimetre.
        is_moving: The field changes with time.
        is_synthetic: The pictures were rendered by a program.
        scores: Held-out numbers, such as ``psnr_circle``.
        provenance: How it came about.
    """

    model_id: str
    version: str
    name: str
    config: Mapping[str, Any]
    box: Floats
    near: float
    far: float
    scene_from_capture: Floats
    frame_names: tuple[str, ...]
    poses: Floats
    lenses: tuple[Lens, ...]
    times: Floats
    held_out: tuple[int, ...] = ()
    is_metric: bool = False
    is_moving: bool = False
    is_synthetic: bool = False
    scores: Mapping[str, float] = field(default_factory=dict)
    provenance: Mapping[str, Any] = field(default_factory=dict)


def is_field_folder(folder: Path) -> bool:
    """Whether a folder looks like a trained field."""
    return (folder / FACTS_NAME).is_file()


def write_facts(folder: Path, facts: FieldFacts) -> None:
    """Write ``field.json``; an older one is replaced in one step."""
    table = {name: _plain(value) for name, value in vars(facts).items()}
    draft = folder / f"{FACTS_NAME}.part"
    draft.write_text(json.dumps({"format": FORMAT, **table}, indent=1), encoding="utf-8")
    draft.replace(folder / FACTS_NAME)


def read_facts(folder: Path) -> FieldFacts:
    """Read ``field.json``.

    Raises:
        InputRefused: There is none, it is damaged, or it is of a newer kind.
    """
    path = folder / FACTS_NAME
    title = f"Cannot open the scene {folder.name}"
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise InputRefused(title, f"{FACTS_NAME} is larger than any real one")
        table = json.loads(path.read_text(encoding="utf-8"))
        if table.pop("format") != FORMAT:
            raise InputRefused(title, "it was written by a newer medview", "Update medview.")
        return _facts(table)
    except FileNotFoundError as reason:
        raise InputRefused(
            title, f"it holds no {FACTS_NAME}", "Choose the folder of a trained scene."
        ) from reason
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as reason:
        raise InputRefused(title, f"{FACTS_NAME} is damaged ({reason})", "Train it again.") from reason


def _plain(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        return value.tolist()
    if isinstance(value, tuple):
        return [asdict(item) if isinstance(item, Lens) else item for item in value]
    return dict(value) if isinstance(value, Mapping) else value


def _facts(table: dict[str, Any]) -> FieldFacts:
    count = len(table["frame_names"])
    shapes = {"box": (2, 3), "scene_from_capture": (4, 4), "poses": (count, 4, 4), "times": (count,)}
    for name, shape in shapes.items():
        table[name] = np.asarray(table[name], np.float64).reshape(shape)
        if not np.isfinite(table[name]).all():
            raise ValueError(f"{name} is not finite")
    table["lenses"] = tuple(Lens(**lens) for lens in table["lenses"])
    if len(table["lenses"]) != count:
        raise ValueError("poses and lenses are not of one number")
    table["frame_names"] = tuple(str(name) for name in table["frame_names"])
    table["held_out"] = tuple(int(n) for n in table["held_out"])
    return FieldFacts(**table)
