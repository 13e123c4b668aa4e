"""Frames out of a video: which, which part, how sharp, and a folder that is whole or not there."""

from __future__ import annotations

import json

import numpy as np
import pytest

from medview.core.circle import Circle
from medview.core.errors import Cancelled, InputRefused, RunFailed
from medview.io.captures.extraction import FramesWish, extract_frames
from medview.io.captures.frames import (
    cropped_columns,
    equidistant,
    pictures_in,
    read_frames_facts,
    read_picture,
    write_picture,
)
from medview.io.captures.sharpness import blurred, sharpness
from medview.io.video_writing import write_video
from medview.io.watch import Watch

SIZE = (96, 128)


def scene(index, circle=None, soft=()):
    """A frame with chequers; its lower half tells its number; some frames are without edges."""
    y, x = np.mgrid[: SIZE[0], : SIZE[1]]
    chequers = 60 if index in soft else 120 * (((x // 8) + (y // 8)) % 2)
    grey = np.where(y < SIZE[0] // 2, 40 + chequers, 40 + 5 * index)
    inside = True if circle is None else circle.mask(*SIZE)
    return np.repeat(np.where(inside, grey, 0)[..., None], 3, axis=2).astype(np.uint8)


def number_of(image):
    height, width = image.shape[:2]
    return round((float(np.median(image[height * 3 // 4 : -20, width // 3 : -width // 3])) - 40) / 5)


@pytest.fixture
def film(tmp_path):
    def made(frames=40, **facts):
        path = tmp_path / "film.avi"
        write_video(path, (scene(index, **facts) for index in range(frames)), 20)
        return path

    return made


def names_in(folder):
    return sorted(path.name for path in folder.iterdir())


def test_1392_of_2784_frames_are_distinct_and_reach_from_first_to_last():
    chosen = equidistant(2784, 1392)
    assert (chosen[0], chosen[-1], len(np.unique(chosen))) == (0, 2783, 1392)
    assert equidistant(2784, 310)[1] == round(2783 / 309) == 9


@pytest.mark.parametrize(
    ("total", "count", "expected"),
    [(10, 1, [0]), (10, 4, [0, 3, 6, 9]), (6, 3, [0, 3, 5]), (3, 9, [0, 1, 2]), (3, 3, [0, 1, 2])],
)
def test_equidistant_numbers(total, count, expected):
    assert equidistant(total, count).tolist() == list(expected)


def test_3840_columns_are_cropped_to_3237():
    columns = cropped_columns(3840, 6.6, 9.1)
    assert (columns.start, columns.stop - columns.start) == (253, 3237)
    assert cropped_columns(100, 0, 0) == slice(0, 100)
    assert cropped_columns(101, 0, 30).stop == 71


@pytest.mark.parametrize(("left", "right"), [(60, 30), (-1, 0), (0, -5), (50, 60)])
def test_cropping_away_everything_is_refused(left, right):
    with pytest.raises(InputRefused, match=f"{left} % on the left and {right} % on the right leave"):
        cropped_columns(100, left, right)


def test_sharpness_is_the_variance_of_the_laplacian():
    spot = np.zeros((5, 5, 3), np.uint8)
    spot[2, 2] = 100
    # -400 in the middle, 100 at four neighbours, 0 elsewhere, mean 0
    assert sharpness(spot) == pytest.approx((400**2 + 4 * 100**2) / 25)
    middle = np.zeros((5, 5), bool)
    middle[2, 1:4] = True
    assert sharpness(spot, middle) == pytest.approx(np.var([100, -400, 100]))


def test_blurred_frames_are_those_below_a_share_of_their_neighbours():
    falling = np.linspace(100, 10, 60)
    falling[[20, 50]] *= 0.3
    assert blurred(falling, 0.5).tolist() == [20, 50]
    assert blurred(falling, 0).tolist() == []
    assert blurred([], 0.5).tolist() == []


def test_a_folder_of_frames_holds_what_was_asked_for(film, tmp_path):
    told = []
    facts = extract_frames(
        film(),
        tmp_path / "frames",
        FramesWish(n_frames=5, crop_left=25, crop_right=12.5, circle=None, ending=".png"),
        Watch(progress=lambda fraction, words: told.append((fraction, words))),
    )
    assert [frame.index for frame in facts.frames] == [0, 10, 20, 29, 39]
    assert [frame.time_s for frame in facts.frames] == pytest.approx([0, 0.5, 1, 1.45, 1.95])
    assert (facts.width, facts.height, facts.left, facts.full_width) == (80, 96, 32, 128)
    assert facts.video_frames == 40
    assert read_frames_facts(tmp_path / "frames") == facts
    pictures = pictures_in(tmp_path / "frames")
    assert [path.name for path in pictures] == [
        "000000.png",
        "000010.png",
        "000020.png",
        "000029.png",
        "000039.png",
    ]
    assert [number_of(read_picture(path)) for path in pictures] == [0, 10, 20, 29, 39]
    assert read_picture(pictures[2]).shape == (96, 80, 3)
    fractions = [fraction for fraction, _ in told]
    assert fractions == sorted(fractions)
    assert fractions[-1] == 1.0
    assert {words.split()[0] for _, words in told} == {"Counting", "Writing"}
    assert names_in(tmp_path) == ["film.avi", "frames"]


def test_the_sharpest_neighbour_stands_for_a_blurred_frame(film, tmp_path):
    path = film(soft=range(8, 13))
    plain = extract_frames(path, tmp_path / "plain", FramesWish(n_frames=5))
    sharp = extract_frames(path, tmp_path / "sharp", FramesWish(n_frames=5, sharpest=True))
    assert [frame.index for frame in plain.frames] == [0, 10, 20, 29, 39]
    assert sharp.frames[1].index in {6, 7, 13, 14}
    assert sharp.frames[1].sharpness > 5 * plain.frames[1].sharpness
    assert len({frame.index for frame in sharp.frames}) == 5


def test_frames_left_out_as_blurred_are_named_with_the_gap_they_leave(film, tmp_path):
    wish = FramesWish(n_frames=40, least_sharpness=0.5)
    facts = extract_frames(film(soft=(8, 9, 22)), tmp_path / "frames", wish)
    assert [frame.index for frame in facts.dropped] == [8, 9, 22]
    assert facts.warnings == (
        "3 of 40 frames were blurred and left out: 8, 9, 22; "
        "the longest step between two frames is now 0.15 s",
    )
    assert len(pictures_in(tmp_path / "frames")) == len(facts.frames) == 37


def test_the_circle_is_found_in_pixels_of_the_cropped_frames(film, tmp_path):
    truth = Circle(70, 48, 44)
    path = film(circle=truth)
    facts = extract_frames(path, tmp_path / "frames", FramesWish(n_frames=4, crop_left=12.5))
    assert facts.left == 16
    assert (facts.circle.cx, facts.circle.cy) == pytest.approx((54, 48), abs=1)
    assert facts.circle.radius == pytest.approx(43, abs=1)
    given = FramesWish(n_frames=4, crop_left=12.5, circle=truth)
    assert extract_frames(path, tmp_path / "frames", given).circle == Circle(54, 48, 44)


def test_a_cancelled_extraction_leaves_nothing_and_the_old_frames_as_they_were(film, tmp_path):
    path = film()
    folder = tmp_path / "frames"
    extract_frames(path, folder, FramesWish(n_frames=3))
    before = {name: (folder / name).read_bytes() for name in names_in(folder)}
    for limit in (0.1, 0.8):

        def stop(fraction, _words, limit=limit):
            if fraction > limit:
                raise Cancelled

        for out in (folder, tmp_path / "new"):
            with pytest.raises(Cancelled):
                extract_frames(path, out, FramesWish(n_frames=6), Watch(progress=stop))
    assert {name: (folder / name).read_bytes() for name in names_in(folder)} == before
    assert names_in(tmp_path) == ["film.avi", "frames"]


def test_a_folder_of_somebody_is_never_replaced(film, tmp_path):
    (tmp_path / "letters").mkdir()
    (tmp_path / "letters" / "dear.txt").write_text("you")
    with pytest.raises(InputRefused, match="it holds other files already"):
        extract_frames(film(), tmp_path / "letters", FramesWish(n_frames=3))
    assert (tmp_path / "letters" / "dear.txt").read_text() == "you"


def test_a_disk_too_small_is_told_after_the_first_frame(film, tmp_path, monkeypatch):
    monkeypatch.setattr("shutil.disk_usage", lambda _: type("Usage", (), {"free": 2000})())
    with pytest.raises(RunFailed, match=r"they need about .* GB"):
        extract_frames(film(), tmp_path / "frames", FramesWish(n_frames=30))
    assert names_in(tmp_path) == ["film.avi"]


def test_damaged_frames_facts_are_refused_in_a_sentence(film, tmp_path):
    folder = tmp_path / "frames"
    assert read_frames_facts(tmp_path) is None
    extract_frames(film(), folder, FramesWish(n_frames=3))
    table = json.loads((folder / "frames.json").read_text())
    table["frames"][0]["file"] = "../../secret.jpg"
    for text in ("{", "[]", json.dumps({"format": 1}), json.dumps(table), json.dumps({**table, "format": 9})):
        (folder / "frames.json").write_text(text)
        with pytest.raises(InputRefused, match=r"Cannot read frames\.json"):
            read_frames_facts(folder)


def test_pictures_come_back_and_damaged_ones_are_refused(tmp_path, rng):
    image = rng.integers(0, 255, (20, 30, 3)).astype(np.uint8)
    write_picture(tmp_path / "one.png", image)
    assert np.array_equal(read_picture(tmp_path / "one.png"), image)
    (tmp_path / "two.png").write_bytes(b"\x89PNG\r\n\x1a\nnothing")
    for name in ("two.png", "three.png"):
        with pytest.raises(InputRefused, match=f"Cannot read the picture {name}"):
            read_picture(tmp_path / name)
    with pytest.raises(InputRefused, match="no such folder"):
        pictures_in(tmp_path / "absent")
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputRefused, match="holds no picture"):
        pictures_in(tmp_path / "empty")
