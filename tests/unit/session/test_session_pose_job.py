"""Cameras of frames by structure from motion: found, written, read again; refusals leave no trace."""

from __future__ import annotations

import json
import sys
from importlib.util import find_spec

import numpy as np
import pytest
from corner_scene import LENS, corner_pictures, corner_poses

from medview.core.circle import Circle
from medview.core.errors import Cancelled, InputRefused, RunFailed
from medview.io.captures.capture import read_capture
from medview.io.captures.colmap_features import DATABASE_NAME, find_features
from medview.io.captures.frames import write_picture
from medview.io.captures.sfm_wish import PosesWish
from medview.io.captures.tool_masks import write_mask
from medview.io.watch import QUIET
from medview.measure.pose_error import pose_error
from medview.session.fields.pose_job import find_poses

COUNT = 6
needs_pycolmap = pytest.mark.skipif(
    find_spec("pycolmap") is None, reason="pycolmap (extra 'poses') is missing"
)


class Link:
    """Keeps what a job tells; asks to stop once `stop_at` of it is done."""

    def __init__(self, scratch, stop_at=2.0):
        self.scratch, self.threads, self._stop_at = scratch, 1, stop_at
        self.told, self.shown = [], []
        scratch.mkdir()

    def progress(self, fraction, words):
        self.told.append((fraction, words))

    def preview(self, name, offset_ijk, array):
        self.shown.append((name, array))

    def is_cancelled(self):
        return bool(self.told) and self.told[-1][0] >= self._stop_at


@pytest.fixture(scope="module")
def pictures():
    return corner_pictures(corner_poses(COUNT))


def folder_of(pictures, folder):
    folder.mkdir()
    for number, picture in enumerate(pictures):
        write_picture(folder / f"{number:03d}.png", picture)
    return folder


@pytest.fixture
def frames(pictures, tmp_path):
    return folder_of(pictures, tmp_path / "frames")


@pytest.fixture(scope="module")
def search(pictures, tmp_path_factory):
    """One whole search: the folder, what the job told, what it returned."""
    place = tmp_path_factory.mktemp("search")
    frames, link = folder_of(pictures, place / "frames"), Link(place / "scratch")
    return frames, link, *searched(frames, link)


def names_in(folder):
    return sorted(path.name for path in folder.iterdir())


def searched(frames, link, **wish):
    return find_poses({"frames": str(frames), "camera": "SIMPLE_RADIAL", "circle": None, **wish}, {}, link)


@needs_pycolmap
def test_all_cameras_are_found_within_one_percent_of_the_path_and_read_again(search, tmp_path):
    frames, _, value, arrays = search
    assert (value["registered"], value["total"], value["left_out"], value["scenes"]) == (COUNT, COUNT, [], 1)
    assert value["reprojection_px"] < 0.5
    assert value["points"] == len(arrays["points"]) == len(arrays["rgb"]) > 200
    assert value["sentence"].startswith(f"{COUNT} of {COUNT} frames have a pose, {value['points']} points")
    capture = read_capture(frames)
    found = np.stack([frame.pose for frame in capture.frames])
    assert pose_error(found, corner_poses(COUNT)).within_percent == 100
    assert np.allclose(capture.points, arrays["points"])
    assert capture.frames[0].lens.fx == pytest.approx(LENS.fx, rel=0.05)
    colmap = read_capture(frames / "sparse" / "0" / "images.txt")
    assert np.allclose(np.stack([frame.pose for frame in colmap.frames]), found, atol=1e-9)
    assert json.loads((frames / "poses.json").read_text())["registered"] == COUNT


@needs_pycolmap
def test_progress_rises_and_the_growing_cloud_is_shown(search):
    link = search[1]
    fractions = [fraction for fraction, _ in link.told]
    assert fractions == sorted(fractions)
    words = [words for _, words in link.told]
    assert words[0] == "Features of frame 1 of 6"
    assert "Matching frame 2 of 5" in words
    assert words[-1] == "Placing frame 6 of 6"
    assert {name for name, _ in link.shown} == {"points"}
    assert all(array.shape[1] == 6 and array.dtype == np.float32 for _, array in link.shown)


@needs_pycolmap
def test_the_same_frames_give_the_same_cameras(search, frames, tmp_path):
    again = searched(frames, Link(tmp_path / "scratch"))[1]
    assert np.array_equal(again["points"], search[3]["points"])
    assert (frames / "sparse/0/images.txt").read_text() == (search[0] / "sparse/0/images.txt").read_text()


@needs_pycolmap
@pytest.mark.parametrize("stop_at", [0.1, 0.8])
def test_a_cancelled_search_leaves_the_frames_as_they_were(frames, tmp_path, stop_at):
    before = names_in(frames)
    with pytest.raises(Cancelled):
        searched(frames, Link(tmp_path / "scratch", stop_at))
    assert names_in(frames) == before


@needs_pycolmap
def test_no_feature_lies_outside_the_circle_or_on_an_instrument(frames, tmp_path):
    import pycolmap

    seen = Circle(80, 60, 50).mask(120, 160)
    seen[:, 60:80] = False
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    find_features([frames / "000.png"], lambda _: seen, PosesWish(), scratch, QUIET)
    with pycolmap.Database.open(scratch / DATABASE_NAME) as database:
        places = database.read_keypoints(1)[:, :2].astype(int)
    assert len(places) > 30
    assert seen[places[:, 1], places[:, 0]].all()


@needs_pycolmap
def test_masks_of_instruments_and_the_circle_are_taken_from_the_payload(frames, tmp_path, monkeypatch):
    asked = {}

    def looked(pictures, mask_of, wish, *_):
        asked.update(mask=mask_of(pictures[2]), other=mask_of(pictures[3]), wish=wish)
        raise Cancelled

    monkeypatch.setattr("medview.session.fields.pose_job.poses_from_motion", looked)
    tool = np.zeros((120, 160), bool)
    tool[40:60, 70:90] = True
    write_mask(tmp_path / "tools", "002.png", tool)
    circle = {"cx": 80, "cy": 60, "radius": 50}
    given = {"circle": circle, "tool_masks": str(tmp_path / "tools"), "overlap": 3, "faint": True}
    with pytest.raises(Cancelled):
        searched(frames, Link(tmp_path / "scratch"), **given)
    inside = Circle(80, 60, 49).mask(120, 160)
    assert np.array_equal(asked["mask"], inside & ~tool)
    assert np.array_equal(asked["other"], inside)
    assert (asked["wish"].faint, asked["wish"].overlap) == (True, 3)


@needs_pycolmap
def test_frames_without_anything_to_see_are_told_so(tmp_path):
    folder = tmp_path / "grey"
    folder.mkdir()
    for number in range(3):
        write_picture(folder / f"{number}.png", np.full((120, 160, 3), 90, np.uint8))
    with pytest.raises(RunFailed, match="no two of 3 frames show the same place"):
        searched(folder, Link(tmp_path / "scratch"))
    assert names_in(folder) == ["0.png", "1.png", "2.png"]


@needs_pycolmap
def test_a_frame_of_another_size_is_named(frames, tmp_path):
    write_picture(frames / "001.png", np.zeros((60, 80, 3), np.uint8))
    with pytest.raises(InputRefused, match=r"001\.png cannot be read, or is of another size"):
        searched(frames, Link(tmp_path / "scratch"))


@needs_pycolmap
def test_two_frames_are_too_few(frames, tmp_path):
    for number in range(2, COUNT):
        (frames / f"{number:03d}.png").unlink()
    with pytest.raises(InputRefused, match="2 of at least 3 frames are there"):
        searched(frames, Link(tmp_path / "scratch"))


def test_poses_of_somebody_else_are_never_replaced(frames, tmp_path):
    (frames / "transforms.json").write_text("{}")
    with pytest.raises(InputRefused, match=r"poses in transforms\.json that were not computed here"):
        searched(frames, Link(tmp_path / "scratch"))
    assert (frames / "transforms.json").read_text() == "{}"
    with pytest.raises(InputRefused, match="beside the frames or above them"):
        searched(frames, Link(tmp_path / "other"), out=str(tmp_path / "elsewhere"))


def test_without_pycolmap_one_sentence_says_how_to_get_it(frames, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "pycolmap", None)
    with pytest.raises(RunFailed) as failure:
        searched(frames, Link(tmp_path / "scratch"))
    assert str(failure.value) == (
        "Cannot find poses: pycolmap is not installed. Install it: pip install 'medview[poses]'."
    )


def test_pairs_of_a_video_are_neighbours_and_doubling_steps():
    wish = PosesWish(matcher="sequential", overlap=2)
    assert [last for first, last in wish.pairs(40) if first == 0] == [1, 2, 4, 8, 16, 32]
    assert [last for first, last in wish.pairs(40) if first == 37] == [38, 39]
    assert PosesWish(matcher="exhaustive").pairs(3) == [(0, 1), (0, 2), (1, 2)]
    assert len(PosesWish().pairs(60)) == 60 * 59 / 2
    assert len(PosesWish().pairs(61)) < 61 * 15


@pytest.mark.parametrize(("wish", "words"), [({"camera": "FISHEYE"}, "FISHEYE"), ({"matcher": "x"}, "x is")])
def test_unknown_words_are_refused(frames, tmp_path, wish, words):
    with pytest.raises(InputRefused, match=words):
        searched(frames, Link(tmp_path / "scratch"), **wish)
