"""Sinus endoscopy with structure from motion: which way its poses go, which picture each belongs to."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from captures_making import picture

from medview.core.capture import Capture, CaptureFrame, CaptureKind
from medview.core.errors import InputRefused
from medview.core.lens import Lens
from medview.core.pose_frame import flipped_axes, inverse
from medview.io.captures.capture import read_capture

POSE = """  poses[{n}]:
    position:
      x: {n}.5
      y: 2
      z: 3e-1
    orientation:
      x: 0
      y: 0
      z: 0
      w: 1
"""


def small(place: Path, motion: str = "", numbers: str = "7\n9\n12\n") -> Path:
    text = motion or "header:\n  seq: 0\nposes[]:\n" + "".join(POSE.format(n=n) for n in range(3))
    (place / "motion.yaml").write_text(text)
    (place / "visible_view_indexes").write_text(numbers)
    (place / "camera_intrinsics_per_view").write_text("10\n11\n6\n4\n")
    for number in (7, 9, 12):
        picture(place / f"{number:08d}.jpg", (12, 8))
    return place


def test_positions_orientations_and_numbers_of_pictures(tmp_path: Path) -> None:
    capture = read_capture(small(tmp_path))
    assert capture.kind is CaptureKind.SINUS_SFM
    assert [frame.name for frame in capture.frames] == ["00000007", "00000009", "00000012"]
    assert capture.frames[1].lens == Lens(width=12, height=8, fx=10, fy=11, cx=6, cy=4)
    expected = np.diag([1.0, -1, -1, 1])
    expected[:3, 3] = (1.5, 2, 0.3)
    np.testing.assert_allclose(capture.frames[1].pose, expected, atol=1e-12)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"motion": POSE.format(n=0).replace("y: 2", "y: two")}, "line 4 holds no number"),
        ({"motion": POSE.format(n=0).replace("y: 2", "z: 2")}, "line 4 is not the y that belongs there"),
        ({"motion": POSE.format(n=0).replace("      w: 1\n", "")}, "it does not list a position"),
        ({"motion": POSE.format(n=0).replace("w: 1", "w: 0")}, "not all of its poses are finite rotations"),
        ({"motion": "- nothing\n"}, "it does not list a position"),
        ({"numbers": "7\n9\n"}, "it lacks a list of the 3 pictures"),
        ({"numbers": "7\nnine\n"}, "line 2 holds no number"),
    ],
)
def test_damaged_files_are_refused_with_their_line(
    tmp_path: Path, change: dict[str, str], words: str
) -> None:
    with pytest.raises(InputRefused) as refusal:
        read_capture(small(tmp_path, **change))
    assert words in refusal.value.detail


# the real capture


@pytest.fixture
def sinus(shared_data: Path) -> Capture:
    return read_capture(shared_data / "endoscopy" / "sinus_sfm")


def seen_by(capture: Capture) -> list[set[int]]:
    """The numbers of the pictures that see each point."""
    words = (capture.folder / "view_indexes_per_point").read_text().split("-1")[1:]
    return [{int(word) for word in part.split()} for part in words]


def track_shifts(frames: list[CaptureFrame], poses: list[np.ndarray], capture: Capture) -> np.ndarray:
    """How far (px) patches around projected points have moved from one view that sees them to the next."""
    seen, shifts = seen_by(capture), []
    last: dict[int, np.ndarray] = {}
    for frame, pose in zip(frames, poses, strict=True):
        assert frame.lens is not None
        camera = inverse(pose)
        at = frame.lens.project(capture.points @ camera[:3, :3].T + camera[:3, 3])
        grey = np.asarray(cv2.imread(str(frame.image), cv2.IMREAD_GRAYSCALE), np.float32)
        for number in np.flatnonzero([int(frame.name) in views for views in seen]):
            if not (30 < at[number, 0] < 1890 and 30 < at[number, 1] < 1050):
                continue
            corner = tuple((at[number] - 0.5).tolist())
            if number in last:
                window = cv2.getRectSubPix(grey, (61, 61), corner)
                found = cv2.minMaxLoc(cv2.matchTemplate(window, last[number], cv2.TM_CCOEFF_NORMED))
                if found[1] > 0.8:
                    shifts.append(np.hypot(found[3][0] - 15, found[3][1] - 15))
            last[number] = cv2.getRectSubPix(grey, (31, 31), corner)
    return np.array(shifts)


def test_real_points_stay_on_their_tissue_from_view_to_view(sinus: Capture) -> None:
    """Camera to world in the order of the lists: a median of one pixel of 1920; the other way round, many."""
    frames = list(sinus.frames[:6])
    poses = [frame.pose for frame in frames if frame.pose is not None]
    right = track_shifts(frames, poses, sinus)
    wrong = track_shifts(frames, [flipped_axes(inverse(flipped_axes(pose))) for pose in poses], sinus)
    assert len(right) > 300
    assert np.median(right) <= 1.5
    assert np.median(wrong) > 4


def test_real_points_lie_before_the_cameras_that_see_them_and_within_the_mask(sinus: Capture) -> None:
    assert (len(sinus.frames), len(sinus.points)) == (18, 570)
    assert sinus.warnings[0].startswith("17 of 35 frames have no picture and are left out")
    mask = cv2.imread(str(sinus.common_mask), cv2.IMREAD_GRAYSCALE) > 127
    seen, inside = seen_by(sinus), []
    for frame in sinus.frames:
        assert frame.pose is not None and frame.lens is not None
        camera = inverse(frame.pose)
        at = frame.lens.project(sinus.points @ camera[:3, :3].T + camera[:3, 3])
        mine = at[[int(frame.name) in views for views in seen]]
        assert not np.isnan(mine).any()
        column, row = mine.astype(int).T
        inside += mask[row.clip(0, 1079), column.clip(0, 1919)].tolist()
    assert np.mean(inside) > 0.93
