"""Folders that are written as a whole: all their files, or none."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from medview.core.errors import InputRefused
from medview.io.atomic_file import failure


@contextmanager
def filling(folder: Path) -> Iterator[Path]:
    """Offer an empty folder to write to; its files go to `folder` when the block ends well.

    Args:
        folder: Made where it is missing. Files of the same names are replaced, others stay.

    Raises:
        InputRefused: There is a file of this name.
        RunFailed: The disk or its rights do not allow it.
    """
    if folder.exists() and not folder.is_dir():
        raise InputRefused(f"Cannot write to {folder.name}", "it is a file", "Name a folder.")
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".medview-", dir=folder.parent) as draft:
            yield Path(draft)
            folder.mkdir(exist_ok=True)
            for path in sorted(Path(draft).iterdir()):
                path.replace(folder / path.name)
    except OSError as error:
        raise failure(folder, error) from error
