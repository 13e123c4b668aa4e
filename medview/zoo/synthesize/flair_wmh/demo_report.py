"""What the shipped card reports: to be written."""

from __future__ import annotations

from pathlib import Path


def report(base: Path, person: Path | None) -> None:
    """To be written."""
