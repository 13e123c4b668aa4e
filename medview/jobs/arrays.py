"""Arrays between processes: ``.npy`` files that are mapped into memory, never pickled."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from medview.core.volume import AnyArray


def store(folder: Path, stem: str, arrays: Mapping[str, AnyArray]) -> dict[str, str]:
    """Write arrays into a folder and return their file names by array name.

    Args:
        folder: Exists.
        stem: Begins the file names; keeps inputs, outputs and previews apart.
        arrays: Of numbers; names may hold any characters, file names do not repeat them.

    Raises:
        OSError: The disk is full.
        ValueError: An array holds Python objects.
    """
    files = {}
    for index, (name, array) in enumerate(arrays.items()):
        files[name] = f"{stem}-{index}.npy"
        np.save(folder / files[name], array, allow_pickle=False)
    return files


def mapped(folder: Path, files: Mapping[str, str]) -> dict[str, AnyArray]:
    """Map stored arrays into memory, read-only; they are valid while their files are."""
    return {name: np.load(folder / file, mmap_mode="r", allow_pickle=False) for name, file in files.items()}


def loaded(folder: Path, files: Mapping[str, str]) -> dict[str, AnyArray]:
    """Read stored arrays into memory, so that their files may go."""
    return {name: np.load(folder / file, allow_pickle=False) for name, file in files.items()}
