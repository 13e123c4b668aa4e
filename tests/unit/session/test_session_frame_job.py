"""The job that takes frames out of a video: payload in, folder and plain facts out."""

from __future__ import annotations

import json

import numpy as np
import pytest

from medview.core.errors import Cancelled
from medview.io.captures.frames import pictures_in, read_frames_facts
from medview.io.video_writing import write_video
from medview.session.fields.frame_job import extract_frames


class Link:
    def __init__(self, is_unwanted=False):
        self.told, self._is_unwanted = [], is_unwanted

    def progress(self, fraction, words):
        self.told.append((fraction, words))

    def is_cancelled(self):
        return self._is_unwanted


@pytest.fixture
def film(tmp_path, rng):
    path = tmp_path / "film.mp4"
    write_video(path, (rng.integers(0, 255, (48, 64, 3), np.uint8) for _ in range(20)), 10)
    return path


def test_frames_are_written_as_asked_and_told_in_plain_values(film, tmp_path):
    link = Link()
    out = tmp_path / "frames"
    asked = {"video": str(film), "out": str(out), "n_frames": 4, "crop_left": 25, "circle": None}
    value, arrays = extract_frames(asked, {}, link)
    assert json.loads(json.dumps(value)) == {
        "folder": str(out),
        "frames": 4,
        "video_frames": 20,
        "circle": None,
        "warnings": [],
        "dropped": [],
    }
    assert arrays == {}
    assert len(pictures_in(out)) == 4
    assert link.told[-1] == (1.0, "Writing 4 frames (100%)")


def test_a_given_circle_is_told_in_pixels_of_the_cropped_frames(film, tmp_path):
    asked = {"video": str(film), "out": str(tmp_path / "frames"), "n_frames": 3, "crop_left": 25}
    circle = {"cx": 30.0, "cy": 24.0, "radius": 20.0}
    value, _ = extract_frames({**asked, "circle": circle}, {}, Link())
    assert value["circle"] == {"cx": 14.0, "cy": 24.0, "radius": 20.0}
    assert read_frames_facts(tmp_path / "frames").circle.cx == 14


def test_a_cancelled_job_leaves_no_folder(film, tmp_path):
    with pytest.raises(Cancelled):
        extract_frames({"video": str(film), "out": str(tmp_path / "frames")}, {}, Link(is_unwanted=True))
    assert [path.name for path in tmp_path.iterdir()] == ["film.mp4"]
