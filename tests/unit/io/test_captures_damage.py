"""Damaged captures: any broken file is refused in one sentence, or what can be read is sound."""

from __future__ import annotations

import random
import re
import shutil
from pathlib import Path

import numpy as np
import pytest
from captures_making import views

from medview.core.capture import Reading
from medview.core.errors import InputRefused
from medview.io.captures.capture import read_capture
from medview.io.captures.colmap_writing import write_colmap
from medview.io.captures.ply import read_points
from medview.io.captures.views import load_views
from medview.io.captures.writing import write_capture
from medview.io.ply_surface import write_ply

WORDS = (
    b"nan",
    b"1e999",
    b"-1",
    b"null",
    b"[]",
    b'"x"',
    b"99999999999999999999",
    b"../",
    b"\0",
    b"\xff",
    b"0",
)


def spoiled(content: bytes, draws: random.Random) -> bytes:
    """The content with one to three places changed as disks, editors and strangers do it."""
    changed = bytearray(content)
    for _ in range(draws.randint(1, 3)):
        place = draws.randrange(len(changed) + 1)
        numbers = list(re.finditer(rb"-?[0-9.]+(e-?[0-9]+)?", bytes(changed)))
        match draws.randrange(4):
            case 0:
                del changed[place:]
            case 1:
                changed[place : place + draws.randrange(20)] = draws.randbytes(draws.randrange(3))
            case 2 if numbers:
                number = draws.choice(numbers)
                changed[number.start() : number.end()] = draws.choice(WORDS)
            case _:
                changed[place:place] = draws.choice(WORDS)
    return bytes(changed)


@pytest.fixture(scope="module")
def posed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One set of pictures, described by transforms.json and by a COLMAP model."""
    place = tmp_path_factory.mktemp("capture")
    capture = write_capture(place, views(np.random.default_rng(0)), with_video=False)
    write_colmap(capture, place / "sparse" / "0")
    rows = np.zeros((3, 17))
    rows[:, :15] = np.array([[0, 1, 0, 0, 12], [-1, 0, 0, 0, 16], [0, 0, 1, 0, 20]]).ravel()
    np.save(place / "poses_bounds.npy", rows)
    return place


@pytest.mark.parametrize(
    ("opened", "broken"),
    [
        ("transforms.json", "transforms.json"),
        ("transforms.json", "points.ply"),
        ("transforms.json", "images/00001.png"),
        ("transforms.json", "depth/00001.png"),
        ("transforms.json", "masks/00001.png"),
        ("poses_bounds.npy", "poses_bounds.npy"),
        ("sparse/0/images.txt", "sparse/0/images.txt"),
        ("sparse/0/cameras.txt", "sparse/0/cameras.txt"),
        ("sparse/0/cameras.txt", "sparse/0/points3D.txt"),
    ],
)
def test_broken_files_are_refused_or_what_is_left_is_sound(
    posed: Path, tmp_path: Path, opened: str, broken: str
) -> None:
    place = tmp_path / "copy"
    shutil.copytree(posed, place)
    content, refusals = (posed / broken).read_bytes(), 0
    for seed in range(25):
        (place / broken).write_bytes(spoiled(content, random.Random(seed)))
        try:
            found = load_views(read_capture(place / opened), Reading(downscale=2))
        except InputRefused as refusal:
            refusals += 1
            assert "\n" not in str(refusal)
        else:
            assert np.isfinite(found.poses).all()
            assert np.isfinite(found.points).all()
            assert all(np.isfinite([lens.fx, lens.cx, lens.k1]).all() for lens in found.lenses)
    if broken != "points.ply":
        assert refusals > 0


def test_points_that_are_damaged_are_left_out_and_said(posed: Path, tmp_path: Path) -> None:
    place = tmp_path / "copy"
    shutil.copytree(posed, place)
    (place / "points.ply").write_bytes((posed / "points.ply").read_bytes()[:-1])
    capture = read_capture(place)
    assert len(capture.points) == 0
    assert capture.warnings == (
        "its points points.ply are left out: it states 5 points and ends before the last",
    )


HEADER = "ply\nformat {form} 1.0\nelement vertex 2\nproperty {kind} x\nproperty {kind} y\nproperty {kind} z\n"
TEXT = (HEADER.format(form="ascii", kind="float") + "end_header\n").encode()
LISTS = TEXT.replace(b"float", b"list uchar float")


@pytest.mark.parametrize(
    ("form", "kind", "numbers"),
    [
        ("binary_little_endian", "float", "<f4"),
        ("binary_big_endian", "double", ">f8"),
        ("ascii", "float32", ""),
    ],
)
def test_points_in_every_order_of_bytes(tmp_path: Path, form: str, kind: str, numbers: str) -> None:
    positions = np.array([[1, 2, 3], [-4.5, 5, 6]])
    body = positions.astype(numbers).tobytes() if numbers else b"1 2 3\n-4.5 5 6\n7 8 9\n"
    (tmp_path / "a.ply").write_bytes((HEADER.format(form=form, kind=kind) + "end_header\n").encode() + body)
    found, colours = read_points(tmp_path / "a.ply")
    np.testing.assert_array_equal(found, positions)
    assert colours.shape == (0, 3)


def test_points_keep_their_colours(tmp_path: Path) -> None:
    draws = np.random.default_rng(0)
    points, colours = draws.normal(size=(9, 3)).astype(np.float32), draws.integers(0, 256, (9, 3), np.uint8)
    write_ply(tmp_path / "a.ply", points, colours)
    found, found_colours = read_points(tmp_path / "a.ply")
    np.testing.assert_array_equal(found, points)
    np.testing.assert_array_equal(found_colours, colours)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "it is no PLY file"),
        (b"ply\nend_header\n", "its header describes no points"),
        (
            LISTS + b"1 2 3\n",
            "which is not known",
        ),
        (TEXT + b"1 2 3\n", "ends before the last"),
        (
            TEXT + b"1 2 3\n1 x 3\n",
            "its points are",
        ),
    ],
)
def test_what_holds_no_points_is_refused(tmp_path: Path, content: bytes, words: str) -> None:
    (tmp_path / "a.ply").write_bytes(content)
    with pytest.raises(InputRefused) as refusal:
        read_points(tmp_path / "a.ply")
    assert words in refusal.value.detail
