"""Saving without ever leaving half a file: a new file beside the old one, then a swap."""

from __future__ import annotations

import os
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from medview.core.disk import write_failure_words
from medview.core.errors import InputRefused, MedviewError, RunFailed


@contextmanager
def replacing(path: Path, ending: str) -> Iterator[Path]:
    """Offer a name in the same folder to write to; swap it in when the block ends well.

    Args:
        path: The file to make or replace. Links are followed.
        ending: What the temporary name must end with, such as ``".nii.gz"``.

    Raises:
        InputRefused: The folder does not exist, or the path is a folder.
        RunFailed: The disk or its rights do not allow it. The old file is as before.
    """
    with replacing_all((path,), (ending,)) as (temporary,):
        yield temporary


@contextmanager
def replacing_all(paths: tuple[Path, ...], endings: tuple[str, ...]) -> Iterator[tuple[Path, ...]]:
    """As `replacing`, for files that belong together; all are complete before the first is swapped in."""
    targets = tuple(_checked(path) for path in paths)
    # One stem for all: readers find the second half of a pair by its name.
    stem = f".medview-{uuid.uuid4().hex[:12]}"
    drafts = tuple(target.with_name(stem + ending) for target, ending in zip(targets, endings, strict=True))
    try:
        yield drafts
        for draft, target in zip(drafts, targets, strict=True):
            _settle(draft, target)
        for draft, target in zip(drafts, targets, strict=True):
            draft.replace(target)
        _sync(targets[0].parent)
    except OSError as error:
        raise failure(paths[0], error) from error
    finally:
        for draft in drafts:
            draft.unlink(missing_ok=True)


def write_text(path: Path, text: str) -> None:
    """Make or replace a small text file."""
    with replacing(path, path.suffix) as draft:
        draft.write_text(text, encoding="utf-8")


def make_folder_of(path: Path) -> None:
    """Make the folder that a file shall lie in, where it is the program's own to make.

    Raises:
        RunFailed: The disk or its rights do not allow it.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise failure(path, error) from error


def failure(path: Path, error: OSError) -> MedviewError:
    """What a failed write means to a person."""
    return RunFailed(f"Cannot save {path.name}", *write_failure_words(error))


def _checked(path: Path) -> Path:
    title = f"Cannot save {path.name}"
    try:
        target = path.resolve()
        is_folder, has_parent = target.is_dir(), target.parent.is_dir()
    except OSError as error:
        raise failure(path, error) from error
    if is_folder:
        raise InputRefused(title, "there is a folder of this name", "Choose another name.")
    if not has_parent:
        raise InputRefused(title, f"the folder {target.parent} does not exist", "Make it first.")
    return target


def _settle(draft: Path, target: Path) -> None:
    if target.exists():
        shutil.copymode(target, draft)
    _sync(draft)


def _sync(path: Path) -> None:
    if os.name != "posix" and path.is_dir():
        return
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
