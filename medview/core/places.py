"""Where the program's own read-only files lie: resources and shipped models."""

from __future__ import annotations

import sys
from pathlib import Path


def program_folder() -> Path:
    """The folder that holds `resources` and `models`: the checkout, or the frozen program."""
    frozen = getattr(sys, "_MEIPASS", None)
    return Path(frozen) if frozen else Path(__file__).resolve().parents[2]


def resource(*parts: str) -> Path:
    """A file or folder of `resources`."""
    return program_folder().joinpath("resources", *parts)


def shipped_models() -> Path:
    """The folder of models that come with the program."""
    return program_folder() / "models"
