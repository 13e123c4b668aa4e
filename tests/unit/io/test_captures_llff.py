"""poses_bounds.npy of LLFF and the layout of EndoNeRF."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from captures_making import picture, poses

from medview.core.capture import CaptureKind
from medview.core.errors import InputRefused
from medview.core.lens import Lens
from medview.core.pose_frame import normalised, scale_of
from medview.io.captures.capture import read_capture
from medview.io.captures.views import load_views


def rows_of(wanted: np.ndarray) -> np.ndarray:
    """Rows of a file for OpenGL poses, pictures of 16 x 12 and a focal length of 20."""
    rows = np.zeros((len(wanted), 17))
    for row, pose in zip(rows, wanted, strict=True):
        right, up, back, centre = pose[:3].T
        row[:15] = np.stack([-up, right, back, centre, (12, 16, 20)], axis=-1).ravel()
    rows[:, 15:] = (30, 90)
    return rows


def endonerf(place: Path, count: int = 5, depth: int = 50) -> Path:
    """A camera that stands still before a wall, an instrument in the upper left corner."""
    for name in ("images", "depth", "masks"):
        (place / name).mkdir(parents=True)
    mask = np.zeros((12, 16), np.uint8)
    mask[:4, :6] = 255
    for n in range(count):
        picture(place / "images" / f"{n:06d}.color.png", (16, 12), n)
        cv2.imwrite(str(place / "depth" / f"{n:06d}.depth.png"), np.full((12, 16), depth, np.uint8))
        cv2.imwrite(str(place / "masks" / f"{n:06d}.mask.png"), mask)
    np.save(place / "poses_bounds.npy", rows_of(np.tile(np.eye(4), (count, 1, 1))))
    return place


def test_columns_down_right_back_become_opengl_axes(tmp_path: Path) -> None:
    wanted = poses(np.random.default_rng(2), 3)
    (tmp_path / "images").mkdir()
    for n in range(3):
        picture(tmp_path / "images" / f"{n}.png", (16, 12))
    np.save(tmp_path / "poses_bounds.npy", rows_of(wanted))
    capture = read_capture(tmp_path)
    assert (capture.kind, capture.bounds) == (CaptureKind.LLFF, (30, 90))
    assert [frame.time for frame in capture.frames] == [0, 0, 0]
    for frame, pose in zip(capture.frames, wanted, strict=True):
        np.testing.assert_allclose(frame.pose, pose, atol=1e-12)
        assert frame.lens == Lens(width=16, height=12, fx=20, fy=20, cx=8, cy=6)


def test_stated_depths_bound_the_rays_of_a_scene_whose_surface_is_not_known(tmp_path: Path) -> None:
    wanted = np.tile(np.eye(4), (3, 1, 1))
    wanted[:, 0, 3] = (-2, 0, 2)
    (tmp_path / "images").mkdir()
    for n in range(3):
        picture(tmp_path / "images" / f"{n}.png", (16, 12))
    np.save(tmp_path / "poses_bounds.npy", rows_of(wanted))
    assert load_views(read_capture(tmp_path)).bounds == (30, 90)


def test_endonerf_layout_has_times_depth_and_instruments_left_out(tmp_path: Path) -> None:
    capture = read_capture(endonerf(tmp_path))
    assert [frame.time for frame in capture.frames] == [0, 0.25, 0.5, 0.75, 1]
    assert capture.warnings == ("the camera stands still: its frames are moments of one view",)
    views = load_views(capture)
    assert not views.valid[:, :4, :6].any()
    assert views.valid.sum() == 5 * (12 * 16 - 24)
    assert views.depths is not None
    np.testing.assert_array_equal(views.depths, 50)


def test_still_camera_is_scaled_by_the_surface_that_its_depth_shows(tmp_path: Path) -> None:
    views = load_views(read_capture(endonerf(tmp_path)))
    np.testing.assert_allclose(views.points[:, 2], -50, rtol=1e-6)
    scene, scene_from_capture = normalised(views.poses, views.points)
    assert np.isfinite(scene).all()
    assert scale_of(scene_from_capture) == pytest.approx(1 / 50)


def test_masks_of_zero_and_one_mean_the_same(tmp_path: Path) -> None:
    folder = endonerf(tmp_path)
    for path in (folder / "masks").iterdir():
        cv2.imwrite(str(path), cv2.imread(str(path), 0) // 255)
    assert load_views(read_capture(folder)).valid.sum() == 5 * (12 * 16 - 24)


def test_masks_that_belong_to_no_picture_are_left_out_and_said(tmp_path: Path) -> None:
    folder = endonerf(tmp_path)
    next((folder / "masks").iterdir()).unlink()
    capture = read_capture(folder)
    assert capture.warnings[0] == "masks holds 4 files for 5 pictures and is left out"
    assert load_views(capture).valid.all()


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        (np.zeros((5, 16)), "it holds 5x16 numbers, not 17"),
        (np.full((5, 17), np.nan), "not all of its numbers are finite"),
        (np.zeros((5, 17)), "is no rotation of a camera"),
        (np.where(np.arange(17) == 14, -1, rows_of(np.tile(np.eye(4), (5, 1, 1)))), "is no camera's"),
        (rows_of(np.tile(np.eye(4), (4, 1, 1))), "it has 4 poses, and images holds 5 pictures"),
        (np.array([{"a": 1}], dtype=object), "it is no NumPy array of numbers"),
    ],
)
def test_what_cannot_be_used_is_refused_in_one_sentence(tmp_path: Path, rows: np.ndarray, words: str) -> None:
    folder = endonerf(tmp_path)
    np.save(folder / "poses_bounds.npy", rows, allow_pickle=True)
    with pytest.raises(InputRefused) as refusal:
        read_capture(folder)
    assert words in refusal.value.detail


def test_poses_without_pictures_are_refused(tmp_path: Path) -> None:
    np.save(tmp_path / "poses_bounds.npy", rows_of(np.tile(np.eye(4), (4, 1, 1))))
    with pytest.raises(InputRefused, match="it lacks the pictures beside it"):
        read_capture(tmp_path)
