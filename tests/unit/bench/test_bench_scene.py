"""The bench of scenes: what is made of seconds and pictures, and that every figure has its place."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from medview.bench import child, scene_speed
from medview.bench.scene_fields import HASH_GRID, PLANES
from medview.bench.suite import GROUPS

FOLDERS = {PLANES: Path("planes"), HASH_GRID: Path("grid")}


def test_speed_is_compared_picture_by_picture_and_quality_told_of_both(monkeypatch):
    def render(method, folder, views, number):
        assert folder is FOLDERS[method]
        seconds, wrong = (0.1, 0.01) if method == PLANES else (0.7, 0.1)
        return seconds, views.images[number] / 255 + wrong

    monkeypatch.setattr(scene_speed, "_SIDE_PX", 16)
    monkeypatch.setattr(scene_speed, "_render", render)
    told = {figure.name: figure.as_json() for figure in scene_speed.measure_speed(FOLDERS)}
    assert {name.partition("[")[0] for name in told} <= set(GROUPS["scene"])
    assert told["scene_planes_speedup"]["value"] == pytest.approx(7)
    assert told["scene_planes_speedup"]["n"] == 8
    assert told[f"scene_frames_per_second[{HASH_GRID}]"]["value"] == pytest.approx(1.4286)
    assert told[f"scene_psnr_db[{PLANES}]"]["value"] == pytest.approx(-20 * np.log10(0.01))
    assert told[f"scene_psnr_db[{HASH_GRID}]"]["value"] == pytest.approx(20)
    units = {name: figure["unit"] for name, figure in told.items()}
    assert units[f"scene_psnr_db[{PLANES}]"] == "dB"
    assert units[f"scene_frames_per_second[{PLANES}]"] == "/s"
    assert not any(figure["lower_is_better"] for figure in told.values())


def test_every_group_is_measured_by_a_module():
    assert set(child._MODULES) == set(GROUPS)
