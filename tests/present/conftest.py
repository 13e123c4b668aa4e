"""Lets the presenter tests import their fakes and scans by name, and puts a whole program together."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from whole_program import make_desk


@pytest.fixture
def desk(tmp_path):
    return make_desk(tmp_path / "config")


@pytest.fixture
def remade(tmp_path):
    """A function that starts the program again with the same preferences."""
    return lambda: make_desk(tmp_path / "config")
