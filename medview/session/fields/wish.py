"""What a person asks for when a scene is trained, kept in the scene's folder so that it can go on later."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from medview.io.atomic_file import write_text
from medview.ml.field_folder import is_field_folder

WISH_NAME = "training.json"
_FORMAT = 1
_MOST_BYTES = 16 * 2**20


@dataclass(frozen=True, kw_only=True)
class SceneWish:
    """One training of one scene, as plain values.

    Args:
        capture: Folder or file of the capture.
        out: The field folder to write.
        model_id: The method.
        params: Training parameters.
        reading: How the capture is read, see `medview.session.fields.views.read_views`.
        seed: Start of the random numbers.
        device: ``"auto"``, ``"cpu"`` or ``"cuda"``.
        name: What people call the scene; empty: as its folder.
    """

    capture: Path
    out: Path
    model_id: str
    params: Mapping[str, Any] = field(default_factory=dict)
    reading: Mapping[str, Any] = field(default_factory=dict)
    seed: int = 0
    device: str = "auto"
    name: str = ""

    def payload(self, *, resume: bool) -> dict[str, Any]:
        """As the job takes it."""
        return {**asdict(self), "capture": str(self.capture), "out": str(self.out), "resume": resume}


def write_wish(wish: SceneWish) -> None:
    """Keep a wish in its folder, which exists."""
    table = {"format": _FORMAT, **asdict(wish), "capture": str(wish.capture.absolute())}
    del table["out"]  # the folder may be moved
    write_text(wish.out / WISH_NAME, json.dumps(table, indent=1) + "\n")


def read_wish(folder: Path) -> SceneWish | None:
    """What is being, or was, trained in a folder; None where nothing was or its file is damaged."""
    path = folder / WISH_NAME
    try:
        if path.stat().st_size > _MOST_BYTES:
            return None
        table = json.loads(path.read_text(encoding="utf-8"))
        if table.pop("format") != _FORMAT:
            return None
        return SceneWish(**{**table, "capture": Path(table["capture"]), "out": folder})
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def is_unfinished(folder: Path) -> bool:
    """Whether a training in a folder has begun and has not ended."""
    return read_wish(folder) is not None and not is_field_folder(folder)
