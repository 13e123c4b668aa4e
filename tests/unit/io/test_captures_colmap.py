"""COLMAP models, text and binary: P09's check 4, agreement with pycolmap, and what is refused."""

from __future__ import annotations

import struct
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from captures_making import lens, picture, poses
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from medview.core.capture import Capture, CaptureFrame, CaptureKind
from medview.core.errors import InputRefused
from medview.core.lens import Lens
from medview.io.captures.capture import read_capture
from medview.io.captures.colmap import poses_of
from medview.io.captures.colmap_writing import colmap_of, write_colmap
from medview.io.captures.writing import write_transforms

CAMERA = "1 PINHOLE 12 8 10 11 6 4"
IMAGE = "1 1 0 0 0 0 0 0 1 a.png"
BINARY_IMAGE = struct.pack("<QI7dI", 1, 1, 1, 0, 0, 0, 0, 0, 0, 1)


def text_model(place: Path, camera: str = CAMERA, image: str = IMAGE, points: str = "") -> Path:
    model = place / "sparse" / "0"
    model.mkdir(parents=True)
    (place / "images").mkdir()
    picture(place / "images" / "a.png", (12, 8))
    (model / "cameras.txt").write_text(f"# a comment\n{camera}\n")
    (model / "images.txt").write_text(f"# a comment\n{image}\n\n")
    (model / "points3D.txt").write_text(points)
    return place


def test_identity_pose_looks_along_plus_z() -> None:
    """P09, check 4: identity COLMAP pose, centre pixel, world direction (0, 0, +1)."""
    pose = poses_of(np.array([[1.0, 0, 0, 0]]), np.zeros((1, 3)))[0]
    centred = Lens(width=10, height=8, fx=9, fy=9, cx=5, cy=4)
    np.testing.assert_allclose(pose[:3, :3] @ centred.directions((5, 4)), (0, 0, 1), atol=1e-12)
    right, low = centred.directions((6, 4)), centred.directions((5, 5))
    assert (pose[:3, :3] @ right)[0] > 0
    assert (pose[:3, :3] @ low)[1] > 0


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=40, deadline=None)
def test_round_trip_to_internal_and_back(seed: int) -> None:
    """P09, check 4: to 1e-6, here to 1e-11 of the distances."""
    draws = np.random.default_rng(seed)
    quaternions = draws.normal(size=(5, 4))
    quaternions /= np.linalg.norm(quaternions, axis=-1, keepdims=True)
    quaternions *= np.where(quaternions[:, :1] < 0, -1, 1)
    translations = draws.normal(size=(5, 3)) * 10
    found_quaternions, found_translations = colmap_of(poses_of(quaternions, translations))
    np.testing.assert_allclose(found_quaternions, quaternions, atol=1e-11)
    np.testing.assert_allclose(found_translations, translations, atol=1e-10)


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_round_trip_through_text_files(tmp_path: Path, seed: int) -> None:
    written = written_model(tmp_path / str(seed), np.random.default_rng(seed))
    found = read_capture(tmp_path / str(seed))
    assert found.kind is CaptureKind.COLMAP
    for before, after in zip(written.frames, found.frames, strict=True):
        assert (before.name, before.image, before.lens) == (after.name, after.image, after.lens)
        np.testing.assert_allclose(after.pose, before.pose, atol=1e-10)
    np.testing.assert_array_equal(found.points, written.points)
    np.testing.assert_array_equal(found.points_rgb, written.points_rgb)


def written_model(place: Path, draws: np.random.Generator) -> Capture:
    """A model as text in ``sparse/0`` and its pictures in ``images``; two lenses, four pictures."""
    (place / "images").mkdir(parents=True, exist_ok=True)
    lenses = (lens(draws), lens(draws))
    images = [place / "images" / f"{n}.png" for n in range(4)]
    for image in images:
        picture(image, (16, 12))
    capture = Capture(
        folder=place,
        kind=CaptureKind.COLMAP,
        frames=tuple(
            CaptureFrame(name=image.stem, image=image, pose=pose, lens=lenses[n % 2])
            for n, (image, pose) in enumerate(zip(images, poses(draws, 4), strict=True))
        ),
        points=draws.normal(size=(7, 3)).astype(np.float32),
        points_rgb=draws.integers(0, 256, (7, 3), np.uint8),
    )
    write_colmap(capture, place / "sparse" / "0")
    return capture


def test_points_without_colours_are_written_grey(tmp_path: Path) -> None:
    written = written_model(tmp_path, np.random.default_rng(3))
    bare = replace(written, points_rgb=np.zeros((0, 3), np.uint8))
    write_colmap(bare, tmp_path / "sparse" / "0")
    assert (read_capture(tmp_path).points_rgb == 128).all()
    write_transforms(bare)
    assert (read_capture(tmp_path / "transforms.json").points_rgb == 128).all()


def test_pycolmap_reads_what_is_written_and_its_binary_model_reads_the_same(tmp_path: Path) -> None:
    pycolmap = pytest.importorskip("pycolmap", reason="the extra [poses] is not installed")
    written = written_model(tmp_path, np.random.default_rng(3))
    model = tmp_path / "sparse" / "0"
    theirs = pycolmap.Reconstruction(str(model))
    assert theirs.num_images() == 4
    for frame in written.frames:
        (image,) = (image for image in theirs.images.values() if image.name == frame.image.name)
        np.testing.assert_allclose(image.projection_center(), frame.pose[:3, 3], atol=1e-8)  # type: ignore[index]
    for file in model.iterdir():
        file.unlink()
    theirs.write_binary(str(model))
    assert (model / "images.bin").is_file()
    found = read_capture(tmp_path)
    for before, after in zip(written.frames, found.frames, strict=True):
        assert before.lens == after.lens
        np.testing.assert_allclose(after.pose, before.pose, atol=1e-9)
    order = np.lexsort(found.points.T)
    np.testing.assert_array_equal(found.points[order], written.points[np.lexsort(written.points.T)])


@pytest.mark.parametrize(
    ("camera", "bends"),
    [
        ("1 SIMPLE_PINHOLE 12 8 10 6 4", (10, 10, 0, 0, 0, 0)),
        ("1 PINHOLE 12 8 10 11 6 4", (10, 11, 0, 0, 0, 0)),
        ("1 SIMPLE_RADIAL 12 8 10 6 4 0.1", (10, 10, 0.1, 0, 0, 0)),
        ("1 RADIAL 12 8 10 6 4 0.1 0.2", (10, 10, 0.1, 0.2, 0, 0)),
        ("1 OPENCV 12 8 10 11 6 4 0.1 0.2 0.3 0.4", (10, 11, 0.1, 0.2, 0.3, 0.4)),
    ],
)
def test_lens_models(tmp_path: Path, camera: str, bends: tuple[float, ...]) -> None:
    found = read_capture(text_model(tmp_path, camera)).frames[0].lens
    fx, fy, k1, k2, p1, p2 = bends
    assert found == Lens(width=12, height=8, fx=fx, fy=fy, cx=6, cy=4, k1=k1, k2=k2, p1=p1, p2=p2)


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ({"camera": "1 OPENCV_FISHEYE 12 8 1 1 1 1 0 0 0 0"}, "its lens model is OPENCV_FISHEYE"),
        ({"camera": "1 FOV 12 8 1 1 1 1 0"}, "its lens model is FOV"),
        ({"camera": "1 PINHOLE 12 8 10 11 6"}, "line 2 describes no camera"),
        ({"camera": "1 PINHOLE 12 8 10 11 6 nan"}, "the lens of a PINHOLE camera (12 x 8 pixels"),
        ({"image": "1 1 0 0 0 0 0"}, "line 2 describes no image"),
        ({"image": "1 1 0 0 0 0 0 0 2 a.png"}, "taken with camera 2, which is not listed"),
        ({"image": "1 0 0 0 0 0 0 0 1 a.png"}, "not all of its poses are finite rotations"),
        ({"image": "1 1 0 0 0 0 0 0 1 b.png"}, "it lacks the pictures that it names, such as b.png"),
        ({"image": ""}, "no picture was registered"),
        ({"points": "1 0 0 0 255 0"}, "line 1 describes no point"),
    ],
)
def test_damaged_text_is_refused_with_its_line(tmp_path: Path, files: dict[str, str], words: str) -> None:
    with pytest.raises(InputRefused) as refusal:
        read_capture(text_model(tmp_path, **files))
    assert words in refusal.value.detail


def test_names_with_spaces_and_folders(tmp_path: Path) -> None:
    folder = text_model(tmp_path, image="1 1 0 0 0 0 0 0 1 left eye/a 1.png")
    (folder / "images" / "left eye").mkdir()
    picture(folder / "images" / "left eye" / "a 1.png", (12, 8))
    assert read_capture(folder).frames[0].image == folder / "images" / "left eye" / "a 1.png"


def test_model_folder_itself_finds_the_pictures_above_it(tmp_path: Path) -> None:
    folder = text_model(tmp_path)
    for place in (folder / "sparse" / "0", folder / "sparse" / "0" / "images.txt"):
        assert read_capture(place).frames[0].image == folder / "images" / "a.png"


def test_name_that_leads_out_is_refused(tmp_path: Path) -> None:
    folder = text_model(tmp_path, image=f"{IMAGE}\n\n2 1 0 0 0 0 0 0 1 ../../secret.png")
    with pytest.raises(InputRefused, match="outside its folder"):
        read_capture(folder)


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("cameras.bin", struct.pack("<Q", 2**60), "more than it can hold"),
        ("cameras.bin", struct.pack("<QiiQQ", 1, 1, 5, 12, 8), "its lens model is OPENCV_FISHEYE"),
        ("cameras.bin", struct.pack("<QiiQQ", 1, 1, 99, 12, 8), "its lens model is number 99"),
        ("cameras.bin", struct.pack("<QiiQQd", 1, 1, 1, 12, 8, 10), "it ends in the middle of an entry"),
        ("images.bin", b"\1\0", "it ends in the middle of an entry"),
        ("images.bin", BINARY_IMAGE + b"a" * 20, "has no end"),
        ("images.bin", BINARY_IMAGE + b"a\0" + struct.pack("<Q", 9), "middle"),
    ],
)  # fmt: skip
def test_damaged_binary_is_refused(tmp_path: Path, name: str, content: bytes, words: str) -> None:
    camera = struct.pack("<QiiQQ4d", 1, 1, 1, 12, 8, 10, 11, 6, 4)
    image = BINARY_IMAGE + b"a.png\0" + struct.pack("<Q", 0)
    for file, good in (("cameras.bin", camera), ("images.bin", image)):
        (tmp_path / file).write_bytes(content if file == name else good)
    with pytest.raises(InputRefused) as refusal:
        read_capture(tmp_path)
    assert words in refusal.value.detail
