"""A scene compared with its capture: rows of views, LPIPS where weights are, refusals; the command."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest
from field_folders import make_field

from medview.cli.main import main
from medview.core.errors import InputRefused
from medview.io.captures.writing import write_capture
from medview.measure.view_quality_table import MEASURES
from medview.phantoms.laparoscopy.abdomen import p09_abdomen
from medview.session.fields import view_numbers
from medview.session.fields.view_numbers import measure_views

COUNT = 5
SCENE = p09_abdomen(count=COUNT)


class Link:
    threads, scratch = 1, Path()

    def progress(self, _fraction: float, _message: str) -> None:
        pass

    def is_cancelled(self) -> bool:
        return False


def rendered_a_tenth_too_bright(payload, _arrays, _link):
    """The real picture of the pose that is asked for, a little off."""
    pose = np.asarray(payload["scene_from_camera"])
    number = int(np.abs(SCENE.views.poses - pose).sum(axis=(1, 2)).argmin())
    picture = np.zeros((64, 64, 5), np.float32)
    picture[..., :3] = SCENE.views.images[number] / 255 * 0.8 + 0.1
    return {}, {"picture": picture}


def made_up_distances(payload, arrays, _link):
    assert payload["weights"] == "weights"
    return {"lpips": [{"circle": 0.25, "frame": 0.5}] * len(arrays["images"])}, {}


@pytest.fixture
def scene(tmp_path, monkeypatch):
    targets = {
        view_numbers.RENDER_TARGET: rendered_a_tenth_too_bright,
        view_numbers.LPIPS_TARGET: made_up_distances,
    }
    monkeypatch.setattr(view_numbers, "resolved", targets.__getitem__)
    capture = tmp_path / "capture"
    capture.mkdir()
    written = write_capture(capture, SCENE.views, with_video=False)
    names = tuple(frame.name for frame in written.frames)
    folder = make_field(
        tmp_path / "scene", count=COUNT, frame_names=names, poses=SCENE.views.poses,
        lenses=SCENE.views.lenses, held_out=(2,),
    )  # fmt: skip
    reading = {"downscale": 1, "circle": "none"}
    wish = {"format": 1, "capture": str(capture), "model_id": "scene", "reading": reading}
    (folder / "training.json").write_text(json.dumps(wish))
    return folder


def payload(folder, **changes):
    return {"folder": str(folder), "capture": None, "weights": None, "held_out_only": False, **changes}


def test_every_view_has_its_numbers_and_held_out_ones_are_told(scene) -> None:
    rows, _ = measure_views(payload(scene), {}, Link())
    assert [row.is_held_out for row in rows] == [False, False, True, False, False]
    truth, valid = SCENE.views.images[1] / 255, SCENE.views.valid[1]
    error = np.square(0.1 - 0.2 * truth)
    assert rows[1].psnr_frame == pytest.approx(-10 * np.log10(error.mean()), abs=1e-3)
    assert rows[1].psnr_circle == pytest.approx(-10 * np.log10(error[valid].mean()), abs=1e-3)
    assert rows[1].lpips_frame is None


def test_only_held_out_views_and_lpips_with_weights(scene) -> None:
    rows, _ = measure_views(payload(scene, held_out_only=True, weights="weights"), {}, Link())
    assert len(rows) == 1
    assert rows[0].is_held_out
    assert (rows[0].lpips_circle, rows[0].lpips_frame) == (0.25, 0.5)


def test_a_capture_that_is_gone_or_another_one_is_refused(scene, tmp_path) -> None:
    with pytest.raises(InputRefused, match="not there"):
        measure_views(payload(scene, capture=str(tmp_path / "gone")), {}, Link())
    other = tmp_path / "other"
    other.mkdir()
    write_capture(other, p09_abdomen(count=3).views, with_video=False)
    with pytest.raises(InputRefused, match="other frames"):
        measure_views(payload(scene, capture=str(other)), {}, Link())
    (scene / "training.json").unlink()
    with pytest.raises(InputRefused, match="does not tell"):
        measure_views(payload(scene), {}, Link())


def test_the_command_prints_writes_and_tells_json(scene, tmp_path, capsys) -> None:
    words = ["evaluate", str(tmp_path / "capture"), str(scene)]
    assert main([*words, "--csv", str(tmp_path / "views.csv")]) == 0
    printed = capsys.readouterr().out.splitlines()
    assert len(printed) == COUNT + 2
    assert "mean of 1 held out" in printed[-1] and "no weights" in printed[-1]
    rows = list(csv.reader((tmp_path / "views.csv").read_text().splitlines()))
    assert rows[0] == ["view", "held_out", *MEASURES]
    assert rows[3][1] == "held out" and rows[3][-1] == "no weights"
    assert main([*words, "--json", "--held-out"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["kind"] == "scene"
    assert report["held_out"]["lpips_frame"] is None
    assert report["held_out"]["psnr_circle"]["sd"] is None
