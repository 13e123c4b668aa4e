from __future__ import annotations

import sys
from pathlib import Path

import pytest

from medview.jobs.lanes import InlineLane
from medview.ml import registry
from medview.session.session import Session
from medview.session.workflows import Workflows

sys.path.append(str(Path(__file__).parent))


@pytest.fixture(autouse=True)
def private_places(monkeypatch, tmp_path):
    """No real settings, no real speeds, and the model of `session_models` as the only one."""
    for name in ("XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME"):
        monkeypatch.setenv(name, str(tmp_path / name.lower()))
    monkeypatch.setenv("MEDVIEW_CONFIG_DIR", str(tmp_path / "config"))
    monkeypatch.setattr(registry, "BUILT_IN", ("session_models",))
    registry.installed.cache_clear()
    yield
    registry.installed.cache_clear()


class Heard:
    """What a window would have shown."""

    def __init__(self, workflows: Workflows) -> None:
        self.failed, self.warned, self.told, self.outcome, self.opened = [], [], [], [], []
        self.questions, self.jobs = [], []
        workflows.failed.connect(lambda *words: self.failed.append(words))
        workflows.warned.connect(lambda *words: self.warned.append(words))
        workflows.told.connect(self.told.append)
        workflows.outcome.connect(lambda *words: self.outcome.append(words))
        workflows.opened.connect(self.opened.append)
        workflows.series_found.connect(self.questions.append)
        workflows.jobs_changed.connect(self.jobs.append)


@pytest.fixture
def session() -> Session:
    return Session()


@pytest.fixture
def workflows(session) -> Workflows:
    lane = InlineLane()
    return Workflows(
        session,
        files_lane=lane,
        models_lane=lane,
        post=lambda work: work(),
        surface_maker="session_models:surfaces",
    )


@pytest.fixture
def heard(workflows) -> Heard:
    return Heard(workflows)


@pytest.fixture
def scan_file(tmp_path):
    """Writes a scan and returns its path."""
    from session_volumes import make_volume

    from medview.io.writers import write_volume

    def write(name="brain_T2.nii.gz", **facts) -> Path:
        path = tmp_path / name
        write_volume(make_volume(**facts), path)
        return path

    return write
