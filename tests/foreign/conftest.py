"""Lets these tests import their makers of model folders by name, and run the command line."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))


@dataclass(frozen=True)
class Said:
    """What one command said."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@pytest.fixture
def own_models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The person's model folder, empty; nothing but the registry's next look is needed to see it."""
    from medview.ml.registry import installed

    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    installed.cache_clear()
    yield tmp_path / "data" / "medview" / "models"
    installed.cache_clear()


@pytest.fixture
def medview(own_models: Path, capsys: pytest.CaptureFixture[str]) -> Callable[..., Said]:
    """Runs one command in this process."""
    from medview.cli.main import main

    def run(*words: object) -> Said:
        capsys.readouterr()
        code = main([str(word) for word in words])
        said = capsys.readouterr()
        return Said(code, said.out, said.err)

    return run
