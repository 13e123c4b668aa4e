"""Where the program's own read-only files lie, and where the person's data does."""

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


def user_data() -> Path:
    """Where what the program keeps for a person lies: the platform's own place; may not exist yet."""
    import platformdirs

    return platformdirs.user_data_path("medview", appauthor=False)
