from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from medview.core.geometry import Geometry
from medview.ml.card import WEIGHTS_NAME, ModelCard, file_sha256, write_card
from medview.ml.context import RunContext
from medview.ml.preflight import Speeds
from medview.ml.request import InputArray, RunRequest


@pytest.fixture(autouse=True)
def fake_models(monkeypatch):
    monkeypatch.syspath_prepend(str(Path(__file__).parent))
    import fake_models

    return fake_models


class Listener:
    """Keeps what a run tells."""

    def __init__(self):
        self.told = []
        self.cancelled = False

    def progress(self, fraction, message):
        self.told.append(("progress", fraction, message))

    def preview(self, name, offset_ijk, array):
        self.told.append(("preview", name, offset_ijk, array))

    def report(self, step, values):
        self.told.append(("report", step, values))

    def is_cancelled(self):
        return self.cancelled


@pytest.fixture
def listener():
    return Listener()


@pytest.fixture
def ctx(tmp_path, listener):
    return RunContext(scratch=tmp_path, listener=listener)


@pytest.fixture
def speeds(tmp_path):
    return Speeds(tmp_path / "cache" / "speeds.json")


@pytest.fixture
def request_for(rng):
    def make(model_id="threshold", **changes):
        scan = InputArray(
            array=rng.random((4, 5, 6)).astype(np.float32),
            geometry=Geometry.from_spacing((4, 5, 6), (0.5, 0.5, 2)),
            modality="T2",
            name="head",
            sha256="ab" * 32,
            path="head.nii.gz",
        )
        return RunRequest(**{"model_id": model_id, "version": "1.0", "inputs": {"t2": scan}, **changes})

    return make


@pytest.fixture
def model_folder(tmp_path):
    def make(name="bright-net", model_id="weighted", version="1.0", root=None):
        folder = (root or tmp_path / "models") / name
        folder.mkdir(parents=True)
        weights = folder / WEIGHTS_NAME
        weights.write_bytes(name.encode())
        card = ModelCard(model_id=model_id, version=version, title=name, sha256=file_sha256(weights))
        write_card(folder, card)
        return folder

    return make
