"""Job target: a scene as a folder that can be carried away and opened elsewhere."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from medview.core.errors import Cancelled, InputRefused, RunFailed
from medview.core.volume import AnyArray
from medview.io.atomic_folder import replacing_folder
from medview.io.hashing import content_sha256
from medview.jobs.execution import Link
from medview.ml.card import CARD_NAME, WEIGHTS_NAME
from medview.ml.field_folder import (
    BAKED_NAME,
    FACTS_NAME,
    FRAMES_FOLDER,
    POINTS_NAME,
    read_facts,
)
from medview.session.fields.export_facts import placement_in
from medview.session.fields.opening import read_field
from medview.session.fields.placing import write_placement

TARGET = "medview.session.fields.copying:copy_scene"
_FILES = (FACTS_NAME, CARD_NAME, WEIGHTS_NAME, BAKED_NAME, POINTS_NAME)


def copy_scene(
    payload: Mapping[str, Any], _arrays: Mapping[str, AnyArray], link: Link
) -> tuple[dict[str, Any], Mapping[str, AnyArray]]:
    """Job target: copy a field's folder, compare every file, and open the copy.

    Args:
        payload: ``folder``, ``placement``, ``path`` (the new folder), ``with_frames``: the real pictures go
            along.
        link: Told of each file; cancels.

    Returns:
        ``files``, ``bytes`` and ``path``.

    Raises:
        InputRefused: The place holds something else, or is the scene's own.
        RunFailed: The copy is not the same, or cannot be opened.
        Cancelled: Nothing of the copy stays.
    """
    folder, path = Path(payload["folder"]).resolve(), Path(payload["path"])
    title = f"Cannot copy the scene to {path.name}"
    if path.resolve() == folder or folder in path.resolve().parents:
        raise InputRefused(title, "the scene itself lies there", "Choose another folder.")
    read_facts(folder)
    files, copied = list(_sources(folder, with_frames=bool(payload["with_frames"]))), 0
    with replacing_folder(path, FACTS_NAME) as draft:
        for number, source in enumerate(files):
            if link.is_cancelled():
                raise Cancelled
            link.progress(number / (len(files) + 1), f"Copying {source.name}")
            copied += _copy(source, draft / source.relative_to(folder), title)
        write_placement(draft, placement_in(payload))
        read_field(draft)
    return {"files": len(files) + 1, "bytes": copied, "path": str(path)}, {}


def _sources(folder: Path, *, with_frames: bool) -> Iterator[Path]:
    """Files that belong to a field; links lead outside and stay behind."""
    found = [folder / name for name in _FILES]
    if with_frames and (folder / FRAMES_FOLDER).is_dir():
        found += sorted((folder / FRAMES_FOLDER).iterdir())
    yield from (path for path in found if path.is_file() and not path.is_symlink())


def _copy(source: Path, target: Path, title: str) -> int:
    target.parent.mkdir(exist_ok=True)
    shutil.copyfile(source, target)
    if content_sha256(target) != content_sha256(source):
        raise RunFailed(title, f"{target.name} is not what it was copied from", "Check the disk.")
    return target.stat().st_size
