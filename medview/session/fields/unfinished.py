"""Folders of trainings that have not ended, remembered beyond the end of the program."""

from __future__ import annotations

import json
from pathlib import Path

from medview.core.errors import MedviewError
from medview.io.atomic_file import write_text
from medview.session.fields.wish import is_unfinished

FILE_NAME = "unfinished_scenes.json"
_MOST = 20


class Unfinished:
    """The newest first; only paths are kept.

    Args:
        folder: Where the list lies; None keeps it for this session only.
    """

    def __init__(self, folder: Path | None) -> None:
        self._file = folder / FILE_NAME if folder is not None else None
        self._known = _stored(self._file) if self._file is not None else []

    def folders(self) -> tuple[Path, ...]:
        """Those in which a training can go on now."""
        return tuple(folder for folder in self._known if is_unfinished(folder))

    def add(self, folder: Path) -> None:
        """Remember a folder as the newest."""
        self._keep([folder.absolute(), *self._others(folder)])

    def remove(self, folder: Path) -> None:
        """Forget a folder."""
        self._keep(self._others(folder))

    def _others(self, folder: Path) -> list[Path]:
        return [known for known in self._known if known != folder.absolute()]

    def _keep(self, known: list[Path]) -> None:
        self._known = known[:_MOST]
        if self._file is None:
            return
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            write_text(self._file, json.dumps([str(folder) for folder in self._known], indent=1) + "\n")
        except (OSError, MedviewError):
            # the folders themselves stay: their training can still be resumed by choosing them
            return


def _stored(file: Path) -> list[Path]:
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return []
    return [Path(item) for item in found if isinstance(item, str)] if isinstance(found, list) else []
