"""Synthetic films on disk: what is written is read again as the same views; the job, and the command."""

from __future__ import annotations

import json

import numpy as np
import pytest

from medview.cli.main import main
from medview.core.errors import Cancelled
from medview.io.captures.capture import read_capture
from medview.io.captures.views import load_views
from medview.io.video import probe
from medview.phantoms.laparoscopy.abdomen import p09_abdomen
from medview.phantoms.laparoscopy.capture import SyntheticCapture
from medview.session.fields.synthetic import TARGET, sample_capture_job, write_sample, write_synthetic


class Link:
    """A link that hears everything and may be cancelled."""

    threads = 1

    def __init__(self, is_stopped: bool = False) -> None:
        self.told: list[float] = []
        self._is_stopped = is_stopped

    def progress(self, fraction: float, _message: str) -> None:
        self.told.append(fraction)

    def is_cancelled(self) -> bool:
        return self._is_stopped


def test_the_abdomen_is_written_and_read_again_bit_for_bit(tmp_path) -> None:
    link, folder = Link(), tmp_path / "abdomen"
    payload = {"name": "abdomen", "seed": 1, "folder": str(folder), "frames": None}
    value, arrays = write_sample(payload, {}, link)
    assert value == {"capture": str(folder), "tool_masks": None, "frames": 40, "is_moving": False}
    assert not arrays
    assert link.told == sorted(link.told)
    true, read = p09_abdomen().views, load_views(read_capture(folder))
    assert np.array_equal(read.images, true.images)
    assert np.array_equal(read.valid, true.valid)
    assert read.poses == pytest.approx(true.poses, abs=1e-12)
    assert read.lenses[0] == true.lenses[0]
    assert read.depths == pytest.approx(true.depths, abs=2e-5)
    assert read.is_synthetic and not read.is_metric
    assert json.loads((folder / "study.json").read_text())["held_out"] == [4, 14, 24, 34]
    assert (probe(folder / "video.mp4").width, probe(folder / "video.mp4").height) == (64, 64)


def test_masks_of_an_instrument_are_white_where_it_is(tmp_path) -> None:
    from medview.io.captures.tool_masks import read_mask

    scene = p09_abdomen(count=2)
    tools = np.zeros(scene.views.valid.shape, bool)
    tools[1, 20:30, 40:] = True
    made = SyntheticCapture(name="x", seed=1, views=scene.views, rimless=scene.rimless, tool_masks=tools)
    write_synthetic(made, tmp_path / "film")
    assert np.array_equal(read_mask(tmp_path / "film" / "tools" / "00001.png", 64, 64), tools[1])
    assert not read_mask(tmp_path / "film" / "tools" / "00000.png", 64, 64).any()


def test_an_older_sample_is_replaced_and_nothing_else(tmp_path) -> None:
    for frames in ("5", "3"):
        assert main(["sample", "abdomen", str(tmp_path / "film"), "--frames", frames]) == 0
    assert len(list((tmp_path / "film" / "images").iterdir())) == 3
    own = tmp_path / "own"
    own.mkdir()
    (own / "letter.txt").write_text("mine")
    assert main(["sample", "abdomen", str(own), "--frames", "3"]) == 3
    assert (own / "letter.txt").read_text() == "mine"


def test_a_job_names_its_target_and_stops_when_cancelled(tmp_path) -> None:
    job = sample_capture_job("abdomen", 2, tmp_path / "out", frames=3)
    assert job.target == TARGET
    with pytest.raises(Cancelled):
        write_sample(job.payload, {}, Link(is_stopped=True))
    assert not (tmp_path / "out").exists()


def test_films_are_listed_and_written_by_the_command(tmp_path, capsys) -> None:
    assert main(["sample", "--list"]) == 0
    assert "laparoscopy-moving" in capsys.readouterr().out
    assert main(["sample", "abdomen", str(tmp_path / "a"), "--frames", "4"]) == 0
    assert len(read_capture(tmp_path / "a").frames) == 4


@pytest.mark.parametrize(
    "words", [("abdomen", "--spacing", "2"), ("head-mr", "--frames", "5"), ("abdomen", "--frames", "1")]
)
def test_words_that_do_not_belong_together_are_refused(words, tmp_path, capsys) -> None:
    assert main(["sample", words[0], str(tmp_path / "a"), *words[1:]]) in (2, 3)
    assert capsys.readouterr().err.startswith("error: Cannot")
    assert not (tmp_path / "a").exists()
