"""Scoring the variants of the demo on held-out hearts, and what the card says of them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path


def report(base: Path, names: Sequence[str]) -> None:
    """Placeholder."""
