"""Saving a folder without ever leaving half of it: a new one beside the old, then a swap."""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from medview.core.errors import InputRefused
from medview.io.atomic_file import failure

_TAG_DIGITS = 12


@contextmanager
def replacing_folder(path: Path, mark: str) -> Iterator[Path]:
    """Offer an empty folder to fill; it takes its name when the block ends well, else it is gone.

    Args:
        path: The folder to make. One of this name is replaced only where it is empty or holds `mark`, so
            that nothing of a person's own is ever removed.
        mark: Name of the file by which folders of this kind are known.

    Raises:
        InputRefused: There is a file or somebody's folder of this name.
        RunFailed: The disk or its rights do not allow it.
    """
    target = path.resolve()
    title = f"Cannot write the folder {path.name}"
    if target.is_file():
        raise InputRefused(title, "there is a file of this name", "Choose another name.")
    if target.is_dir() and any(target.iterdir()) and not (target / mark).is_file():
        raise InputRefused(title, "it holds other files already", "Choose an empty or a new folder.")
    # names of this try alone: whatever else lies beside the folder is left where it is
    tag = uuid.uuid4().hex[:_TAG_DIGITS]
    draft, old = (target.with_name(f".{target.name}.{tag}.{word}") for word in ("part", "old"))
    try:
        draft.mkdir(parents=True)
        yield draft
        _swap(draft, target, old)
    except OSError as error:
        raise failure(path, error) from error
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    shutil.rmtree(old, ignore_errors=True)


def _swap(draft: Path, target: Path, old: Path) -> None:
    """Give the draft its name; where that fails, the earlier folder has its own again."""
    if target.is_dir():
        target.rename(old)
    try:
        draft.rename(target)
    except OSError:
        if old.is_dir():
            old.rename(target)
        raise
