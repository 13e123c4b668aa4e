"""The foreign models in a person's model folders, read again only where something has changed."""

from __future__ import annotations

import functools
import math
import time
from collections.abc import Iterable, Sequence
from pathlib import Path

from medview.core.errors import InputRefused
from medview.ml.foreign.folders import format_of, read_model
from medview.ml.foreign.model import ForeignModel, content_sha256
from medview.ml.foreign.specs import spec_of
from medview.ml.foreign.trust import is_trusted_hash
from medview.ml.spec import ModelSpec

UNTRUSTED = (
    "This model is a program that can do anything you can do, and you have not said that you trust it. "
    "Install it again and answer the question, or name --trust on the command line."
)

_MOST_FOLDERS = 500
_MOST_FILES = 2000
_FRESH_S = 2.0

Stamp = tuple[tuple[str, int, int], ...]
Glance = tuple[tuple[str, int], ...]


def known_model(folder: Path) -> ForeignModel:
    """Read a folder, or take what was read from it before where no file in it has changed.

    Raises:
        InputRefused: As `read_model`.
    """
    return _read(folder, stamp_of(folder))


def stamp_of(folder: Path) -> Stamp:
    """Names, times and sizes of the files in a folder."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())[:_MOST_FILES]
    return tuple(
        (path.relative_to(folder).as_posix(), status.st_mtime_ns, status.st_size)
        for path, status in ((path, path.stat()) for path in files)
    )


@functools.lru_cache(maxsize=256)
def _read(folder: Path, _stamp: Stamp) -> ForeignModel:
    return read_model(folder)


@functools.lru_cache(maxsize=_MOST_FOLDERS)
def _format(folder: Path, _stamp: Stamp) -> str:
    return format_of(folder)


def is_known_trusted(model: ForeignModel) -> bool:
    """Whether a program is trusted as it is now; its bytes are hashed again only where they changed."""
    return not model.is_program or is_trusted_hash(_hash(model.folder, stamp_of(model.folder)))


@functools.lru_cache(maxsize=64)
def _hash(folder: Path, _stamp: Stamp) -> str:
    return content_sha256(folder)


class Shelf:
    """All foreign models in some folders.

    Args:
        folders: Each is a model folder itself or holds model folders.
        taken: Ids that a foreign model cannot have.

    Attributes:
        problems: Why folders that look like a model are not listed.
    """

    def __init__(self, folders: Sequence[Path], taken: Iterable[str]) -> None:
        self._folders = tuple(folders)
        self._taken = frozenset(taken)
        self.problems: list[str] = []
        self._found: dict[str, tuple[ModelSpec, ForeignModel]] = {}
        self._glance: Glance = ()
        self._looked_s = -math.inf

    def models(self) -> dict[str, tuple[ModelSpec, ForeignModel]]:
        """Spec and model by id, as the folders are now.

        What is put there or taken away is seen at once, what changes deeper in a folder within two
        seconds: forms ask many times over.
        """
        glance, now_s = self._glanced(), time.monotonic()
        if glance != self._glance or now_s - self._looked_s > _FRESH_S:
            self._found, self._glance, self._looked_s = self._looked(), glance, now_s
        return self._found

    def _glanced(self) -> Glance:
        folders = [folder for folder in self._folders if folder.is_dir()]
        inner = [path for folder in folders for path in folder.iterdir() if _may_hold_model(path)]
        return tuple((str(path), _changed_ns(path)) for path in (*folders, *inner))

    def _looked(self) -> dict[str, tuple[ModelSpec, ForeignModel]]:
        self.problems = []
        found: dict[str, tuple[ModelSpec, ForeignModel]] = {}
        for folder in self._candidates():
            try:
                self._take(folder, found)
            except InputRefused as refusal:
                self.problems.append(str(refusal))
        return found

    def _take(self, folder: Path, found: dict[str, tuple[ModelSpec, ForeignModel]]) -> None:
        if _format(folder, stamp_of(folder)) in ("", "native"):
            return
        model = known_model(folder)
        if model.id in self._taken or model.id in found:
            self.problems.append(f"{folder} is not listed: another model is called {model.id}.")
            return
        found[model.id] = (spec_of(model), model)

    def _candidates(self) -> list[Path]:
        found: list[Path] = []
        for folder in self._folders:
            if folder.is_dir():
                inner = sorted(path for path in folder.iterdir() if _may_hold_model(path))
                found += [folder] if (folder / "card.toml").is_file() else inner[:_MOST_FOLDERS]
        return found


def _changed_ns(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns
    except OSError:  # taken away in this very moment
        return 0


def _may_hold_model(path: Path) -> bool:
    # folders of an installation under way begin with a dot
    return path.is_dir() and not path.is_symlink() and not path.name.startswith(".")
