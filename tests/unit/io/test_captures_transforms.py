"""transforms.json: what is read of Nerfstudio's and instant-ngp's files, what is refused, the way back."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from captures_making import lens, picture, poses, views
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from medview.core.capture import CaptureKind, Reading
from medview.core.errors import InputRefused
from medview.core.lens import Lens
from medview.io.captures.capture import read_capture
from medview.io.captures.views import load_views
from medview.io.captures.writing import write_capture

MIRRORED, GROWN = np.diag([1, 1, -1, 1]).tolist(), np.diag([2, 2, 2, 1]).tolist()


def folder_of(place: Path, table: dict[str, Any], size: tuple[int, int] = (12, 8)) -> Path:
    """A capture of the frames that a table lists, each with a picture."""
    for row in table["frames"]:
        path = place / (row["file_path"] if "." in row["file_path"][-5:] else row["file_path"] + ".png")
        path.parent.mkdir(parents=True, exist_ok=True)
        picture(path, size)
    (place / "transforms.json").write_text(json.dumps(table))
    return place


def table_of(*names: str, **keys: Any) -> dict[str, Any]:
    rows = [{"file_path": name, "transform_matrix": np.eye(4).tolist()} for name in names]
    return {"w": 12, "h": 8, "fl_x": 10, **keys, "frames": rows}


def test_poses_and_lens_are_taken_as_stated(tmp_path: Path) -> None:
    table = table_of("images/a.png", fl_y=11, cx=5, cy=3, k1=0.1, k2=-0.2, p1=0.01, p2=0.02)
    table["applied_transform"] = [[0, 1, 0, 5], [1, 0, 0, 0], [0, 0, -1, 0]]
    table["frames"][0]["transform_matrix"][0][3] = 7
    capture = read_capture(folder_of(tmp_path, table))
    frame = capture.frames[0]
    assert (capture.kind, frame.name, capture.is_metric) == (CaptureKind.TRANSFORMS, "a", False)
    assert frame.lens == Lens(width=12, height=8, fx=10, fy=11, cx=5, cy=3, k1=0.1, k2=-0.2, p1=0.01, p2=0.02)
    expected = np.eye(4)
    expected[0, 3] = 7
    np.testing.assert_array_equal(frame.pose, expected)


def test_view_angle_gives_the_focal_length_and_names_need_no_ending(tmp_path: Path) -> None:
    rows = [{"file_path": "./train/r_0", "transform_matrix": np.eye(4).tolist()}]
    capture = read_capture(folder_of(tmp_path, {"camera_angle_x": np.pi / 2, "frames": rows}))
    assert capture.frames[0].lens == Lens(
        width=12, height=8, fx=pytest.approx(6), fy=pytest.approx(6), cx=6, cy=4
    )
    assert capture.frames[0].image.name == "r_0.png"


def test_lens_of_a_frame_stands_before_the_common_one(tmp_path: Path) -> None:
    table = table_of("a.png", "b.png")
    table["frames"][1] |= {"fl_x": 20, "cx": 2}
    first, second = (frame.lens for frame in read_capture(folder_of(tmp_path, table)).frames)
    assert first is not None and second is not None
    assert (first.fx, first.cx, second.fx, second.cx) == (10, 6, 20, 2)


def test_times_in_frames_become_parts(tmp_path: Path) -> None:
    table = table_of("a.png", "b.png", "c.png")
    for row, time in zip(table["frames"], (10, 20, 30), strict=True):
        row["time"] = time
    assert [frame.time for frame in read_capture(folder_of(tmp_path, table)).frames] == [0, 0.5, 1]


def test_frames_without_picture_are_left_out_and_named(tmp_path: Path) -> None:
    folder = folder_of(tmp_path, table_of("a.png", "b.png", "c.png"))
    (folder / "b.png").unlink()
    capture = read_capture(folder)
    assert [frame.name for frame in capture.frames] == ["a", "c"]
    assert capture.warnings == ("1 of 3 frames have no picture and are left out: b",)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"camera_model": "OPENCV_FISHEYE"}, "its lens model is OPENCV_FISHEYE"),
        ({"is_fisheye": True}, "its lens model is is_fisheye"),
        ({"k3": 0.1}, "its lens has k3"),
        ({"fl_x": "wide"}, "fl_x is 'wide', not a number"),
        ({"fl_x": -3}, "the lens of frame a.png (12 x 8 pixels, focal length -3) is no camera's"),
        ({"w": 1e9}, "is no camera's"),
        ({"k1": 1e300}, "is no camera's"),
        ({"frames": {}}, 'no list of "frames"'),
        ({"frames": []}, "it lists no frame"),
        ({"frames": [{"transform_matrix": []}]}, "frame 0 names no file_path"),
        ({"frames": [{"file_path": "../a.png", "transform_matrix": []}]}, "outside its folder"),
        ({"frames": [{"file_path": "/etc/a.png", "transform_matrix": []}]}, "outside its folder"),
        ({"frames": [{"file_path": "C:\\a.png", "transform_matrix": []}]}, "outside its folder"),
        ({"frames": [{"file_path": "x\\..\\..\\a.png", "transform_matrix": []}]}, "outside its folder"),
        ({"frames": [{"file_path": "a.png"}]}, "the matrix of frame a is not"),
        ({"frames": [{"file_path": "a.png", "transform_matrix": [[1, 2], [3]]}]}, "not made of numbers"),
        ({"frames": [{"file_path": "a.png", "transform_matrix": MIRRORED}]}, "no rotation"),
        ({"frames": [{"file_path": "a.png", "transform_matrix": GROWN}]}, "no rotation"),
    ],
)  # fmt: skip
def test_what_cannot_be_used_is_refused_in_one_sentence(
    tmp_path: Path, change: dict[str, Any], words: str
) -> None:
    folder = folder_of(tmp_path, table_of("a.png"))
    (folder / "transforms.json").write_text(json.dumps({**table_of("a.png"), **change}))
    with pytest.raises(InputRefused) as refusal:
        read_capture(folder)
    assert words in refusal.value.detail
    assert refusal.value.title == "Cannot open transforms.json"


def test_broken_json_is_refused_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "transforms.json").write_text('{\n"frames": [\n}')
    with pytest.raises(InputRefused, match="line 3 is no JSON"):
        read_capture(tmp_path)


def test_no_picture_at_all_is_refused(tmp_path: Path) -> None:
    (tmp_path / "transforms.json").write_text(json.dumps(table_of("a.png")))
    with pytest.raises(InputRefused, match="none of the pictures that it lists is there, such as a"):
        read_capture(tmp_path)


def test_links_within_the_folder_may_lead_to_pictures_elsewhere(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    picture(tmp_path / "elsewhere" / "a.png", (12, 8))
    (tmp_path / "capture").mkdir()
    (tmp_path / "capture" / "images").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "capture" / "transforms.json").write_text(json.dumps(table_of("images/a.png")))
    assert read_capture(tmp_path / "capture").frames[0].image.is_file()


@given(st.integers(0, 2**32 - 1), st.booleans())
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_round_trip_of_random_views(tmp_path: Path, seed: int, is_one_lens: bool) -> None:
    draws = np.random.default_rng(seed)
    place = tmp_path / str(seed)
    place.mkdir(exist_ok=True)
    lenses = (lens(draws),) * 3 if is_one_lens else tuple(lens(draws) for _ in range(3))
    written = replace(views(draws), lenses=lenses, poses=poses(draws, 3))
    write_capture(place, written, with_video=False)
    found = load_views(read_capture(place))
    assert found.lenses == written.lenses
    np.testing.assert_array_equal(found.images, written.images)
    np.testing.assert_array_equal(found.valid, written.valid)
    np.testing.assert_allclose(found.poses, written.poses, atol=1e-12)
    np.testing.assert_array_equal(found.times, written.times)
    np.testing.assert_allclose(found.depths, written.depths, atol=written.depths.max() / 65535)
    np.testing.assert_array_equal(found.points, written.points)
    np.testing.assert_array_equal(found.points_rgb, written.points_rgb)
    assert (found.is_metric, found.is_synthetic) == (written.is_metric, written.is_synthetic)


def test_video_beside_the_frames_holds_as_many_pictures(tmp_path: Path) -> None:
    from medview.io.video import count_frames

    write_capture(tmp_path, views(np.random.default_rng(1)), with_video=True)
    assert count_frames(tmp_path / "video.mp4").frames == 3


def test_real_photographs_of_the_fox(shared_data: Path) -> None:
    """Two neighbouring views look at one place, and the file's own numbers come through."""
    capture = read_capture(shared_data / "nerf" / "fox")
    assert len(capture.frames) == 16
    assert not capture.needs_poses
    found = capture.frames[0].lens
    assert found is not None
    assert (found.width, found.height, found.fx, found.k1) == (1080, 1920, 1375.52, 0.0578421)
    middle = np.mean([frame.pose[:3, 3] - 4 * frame.pose[:3, 2] for frame in capture.frames], axis=0)  # type: ignore[index]
    for frame in capture.frames:
        assert frame.pose is not None
        toward = middle - frame.pose[:3, 3]
        assert -frame.pose[:3, 2] @ toward / np.linalg.norm(toward) > 0.85


def test_matches_between_real_photographs_lie_on_the_lines_that_the_poses_say(shared_data: Path) -> None:
    """Median distance from the epipolar plane, in pixels of a quarter of the photographs' size."""
    views = load_views(read_capture(shared_data / "nerf" / "fox"), Reading(downscale=4, n_frames=5))
    finder = cv2.SIFT_create(800)  # type: ignore[attr-defined]
    found = [finder.detectAndCompute(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), None) for image in views.images]
    off: list[float] = []
    for a, b in ((0, 1), (1, 2), (2, 3), (3, 4)):
        for first, second in cv2.BFMatcher().knnMatch(found[a][1], found[b][1], k=2):
            if first.distance < 0.7 * second.distance:
                ends = (found[a][0][first.queryIdx].pt, found[b][0][first.trainIdx].pt)
                lines = [
                    views.poses[n][:3, :3] @ views.lenses[n].directions(np.add(end, 0.5))
                    for n, end in zip((a, b), ends, strict=True)
                ]
                base = views.poses[b][:3, 3] - views.poses[a][:3, 3]
                plane = np.cross(base, lines[0])
                off.append(abs(plane @ lines[1]) / np.linalg.norm(plane) * views.lenses[b].fx)
    assert len(off) > 60
    assert np.median(off) < 1
