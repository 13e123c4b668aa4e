"""From a capture to views: cutting, scaling, masks, depth, points, memory."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import cv2
import numpy as np
import psutil
import pytest
from captures_making import picture, views
from PIL import Image

from medview.core.capture import Capture, CaptureKind, Reading
from medview.core.circle import Circle
from medview.core.errors import Cancelled, InputRefused
from medview.core.lens import Lens
from medview.core.pose_frame import inverse
from medview.io.captures.capture import is_posed_capture, read_capture
from medview.io.captures.surface import seen_surface
from medview.io.captures.views import load_views
from medview.io.captures.writing import write_capture
from medview.io.field_pictures import read_field_picture, write_field_pictures
from medview.io.watch import Watch


def written(place: Path, **change: object) -> Capture:
    """Six random views of 64 x 48 with everything known, written and read again."""
    made = views(np.random.default_rng(5), 6, 64, 48)
    write_capture(place, replace(made, **change), with_video=False)  # type: ignore[arg-type]
    return read_capture(place)


def one(place: Path, name: str = "a.png", **keys: object) -> Capture:
    """A capture of the one picture that lies there."""
    rows = [{"file_path": name, "transform_matrix": np.eye(4).tolist()}]
    (place / "transforms.json").write_text(json.dumps({"fl_x": 10, "frames": rows, **keys}))
    return read_capture(place)


def test_scaled_pictures_are_means_of_what_they_cover(tmp_path: Path) -> None:
    image = picture(tmp_path / "a.png", (64, 48))
    found = load_views(one(tmp_path), Reading(downscale=4))
    means = image.reshape(12, 4, 16, 4, 3).mean(axis=(1, 3))
    assert found.images.shape == (1, 12, 16, 3)
    assert np.abs(found.images[0] - means).max() <= 0.51
    assert found.lenses[0] == Lens(width=16, height=12, fx=2.5, fy=2.5, cx=8, cy=6)


def test_cut_columns_take_the_principal_point_along(tmp_path: Path) -> None:
    image = picture(tmp_path / "a.png", (200, 20))
    capture = one(tmp_path, cx=90, cy=8)
    found = load_views(capture, Reading(crop_left=10, crop_right=20))
    np.testing.assert_array_equal(found.images[0], image[:, 20:160])
    stated = capture.frames[0].lens
    assert stated is not None
    points = np.random.default_rng(0).normal(size=(20, 3)) - (0, 0, 4)
    shift = np.array([20, 0])
    np.testing.assert_allclose(found.lenses[0].project(points) + shift, stated.project(points))


def test_a_pixel_is_learned_from_only_where_all_that_it_covers_may_be(tmp_path: Path) -> None:
    valid = np.ones((6, 48, 64), np.bool_)
    valid[:, 5, 9] = False
    found = load_views(written(tmp_path, valid=valid), Reading(downscale=4))
    expected = np.ones((6, 12, 16), np.bool_)
    expected[:, 1, 2] = False
    np.testing.assert_array_equal(found.valid, expected)


def test_depth_is_not_averaged(tmp_path: Path) -> None:
    depths = np.where(np.arange(64) % 2, 10, 100).astype(np.float32) * np.ones((6, 48, 1), np.float32)
    found = load_views(written(tmp_path, depths=depths), Reading(downscale=4)).depths
    assert found is not None
    assert np.isclose(found[..., None], (10, 100), atol=0.002).any(axis=-1).all()


def test_so_many_frames_equally_spaced_and_every_one_told(tmp_path: Path) -> None:
    told: list[str] = []
    watch = Watch(progress=lambda _, words: told.append(words))
    found = load_views(written(tmp_path), Reading(n_frames=3), watch)
    assert found.names == ("00000", "00003", "00005")
    assert told == [f"reading picture {n} of 3" for n in (1, 2, 3)]
    np.testing.assert_allclose(found.times, [0, 0.6, 1])


def test_given_circle_is_in_pixels_of_the_stored_picture(tmp_path: Path) -> None:
    picture(tmp_path / "a.png", (100, 60))
    reading = Reading(circle=Circle(60, 30, 20), crop_left=20, downscale=2)
    found = load_views(one(tmp_path), reading)
    np.testing.assert_array_equal(found.valid[0], Circle(20, 15, 10).mask(30, 40))


def test_circle_is_found_by_itself(tmp_path: Path) -> None:
    lit = Circle(120, 80, 70).mask(160, 240)
    images = np.where(lit[..., None], np.uint8(150), np.uint8(0))[None].repeat(2, axis=0)
    made = views(np.random.default_rng(5), 2, 240, 160)
    made = replace(made, images=images, valid=np.ones((2, 160, 240), np.bool_))
    write_capture(tmp_path, made, with_video=False)
    found = load_views(read_capture(tmp_path), Reading(circle="auto"))
    assert not found.valid[:, ~lit].any()
    assert found.valid[0].sum() / lit.sum() > 0.92
    assert load_views(read_capture(tmp_path)).valid.all()


def test_instruments_of_a_folder_are_left_out(tmp_path: Path) -> None:
    capture = written(tmp_path / "c", valid=np.ones((6, 48, 64), np.bool_))
    (tmp_path / "tools").mkdir()
    tool = np.zeros((48, 64), np.uint8)
    tool[:10] = 255
    cv2.imwrite(str(tmp_path / "tools" / "00002.png"), tool)
    valid = load_views(capture, Reading(tool_masks=tmp_path / "tools")).valid
    assert [view.sum() for view in valid] == [48 * 64, 48 * 64, 38 * 64, 48 * 64, 48 * 64, 48 * 64]
    (tmp_path / "tools" / "00002.png").rename(tmp_path / "tools" / "other.png")
    with pytest.raises(InputRefused, match=r"no mask in it has the name of a frame.*such as 00000\.png"):
        load_views(capture, Reading(tool_masks=tmp_path / "tools"))


def test_mask_of_another_size_is_fitted_and_of_another_shape_refused(tmp_path: Path) -> None:
    picture(tmp_path / "a.png", (64, 48))
    half = np.zeros((24, 32), np.uint8)
    half[:, :16] = 255
    cv2.imwrite(str(tmp_path / "m.png"), half)
    rows = [{"file_path": "a.png", "mask_path": "m.png", "transform_matrix": np.eye(4).tolist()}]
    assert load_views(one(tmp_path, frames=rows)).valid[0].sum() == 48 * 32
    cv2.imwrite(str(tmp_path / "m.png"), half[:12])
    with pytest.raises(InputRefused, match=r"m\.png.*it has 32 x 12 pixels, and the pictures have 64 x 48"):
        load_views(one(tmp_path, frames=rows))


def test_masks_that_leave_nothing_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputRefused, match="its masks leave no pixel"):
        load_views(written(tmp_path, valid=np.zeros((6, 48, 64), np.bool_)))


def test_transparent_pictures_lie_over_black_and_are_learned_from_where_opaque(tmp_path: Path) -> None:
    image = np.full((8, 12, 4), 200, np.uint8)
    image[:, :4, 3], image[:, 4:8, 3], image[:, 8:, 3] = 0, 127, 255
    cv2.imwrite(str(tmp_path / "a.png"), image)
    found = load_views(one(tmp_path))
    assert [found.images[0, 0, column, 0] for column in (0, 5, 11)] == [0, 100, 200]
    assert found.valid[0].any(axis=0).tolist() == [False] * 8 + [True] * 4


@pytest.mark.parametrize(
    ("stored", "expected"),
    [
        (np.full((8, 12, 3), 40000, np.uint16), 155),
        (np.full((8, 12), 77, np.uint8), 77),
        (np.full((8, 12), 257, np.uint16), 1),
    ],
)
def test_deep_and_grey_pictures(tmp_path: Path, stored: np.ndarray, expected: int) -> None:
    cv2.imwrite(str(tmp_path / "a.png"), stored)
    np.testing.assert_array_equal(load_views(one(tmp_path)).images, expected)


def turned_photograph(place: Path) -> np.ndarray:
    """A JPEG stored lying, 32 x 24, with EXIF that says: a quarter turn; returns the rows as stored."""
    image = Image.new("RGB", (32, 24))
    image.paste((255, 0, 0), (0, 0, 16, 24))
    exif = Image.Exif()
    exif[0x0112] = 6
    image.save(place / "a.jpg", exif=exif, quality=95)
    return np.asarray(image)


def test_pictures_are_taken_as_stored_where_the_lens_is_of_that_size(tmp_path: Path) -> None:
    stored = turned_photograph(tmp_path)
    found = load_views(one(tmp_path, "a.jpg", w=32, h=24))
    assert np.abs(found.images[0].astype(int) - stored).mean() < 4


def test_pictures_are_turned_where_the_lens_was_found_on_the_turned_one(tmp_path: Path) -> None:
    stored = turned_photograph(tmp_path)
    found = load_views(one(tmp_path, "a.jpg", w=24, h=32))
    assert np.abs(found.images[0].astype(int) - np.rot90(stored, -1)).mean() < 4


def test_lens_of_another_size_is_scaled_and_of_another_shape_refused(tmp_path: Path) -> None:
    picture(tmp_path / "a.png", (32, 24))
    found = load_views(one(tmp_path, w=320, h=240, cx=150))
    assert found.lenses[0] == Lens(width=32, height=24, fx=1, fy=1, cx=15, cy=12)
    with pytest.raises(InputRefused, match="it has 32 x 24 pixels, and its lens was found for 320 x 200"):
        load_views(one(tmp_path, w=320, h=200))


def test_pictures_of_several_sizes_are_refused(tmp_path: Path) -> None:
    capture = written(tmp_path)
    picture(tmp_path / "images" / "00003.png", (32, 24))
    with pytest.raises(
        InputRefused, match=r"00003\.png: it has 32 x 24 pixels, and the first picture has 64 x 48"
    ):
        load_views(capture)


def test_damaged_picture_is_named(tmp_path: Path) -> None:
    capture = written(tmp_path)
    content = (tmp_path / "images" / "00002.png").read_bytes()
    for broken in (b"", b"\x89PNG nothing", content[:60]):
        (tmp_path / "images" / "00002.png").write_bytes(broken)
        with pytest.raises(InputRefused, match=r"Cannot open 00002\.png"):
            load_views(capture)


def test_more_than_the_free_memory_is_refused_before_any_picture_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    capture = written(tmp_path)
    monkeypatch.setattr(psutil, "virtual_memory", lambda: SimpleNamespace(available=50_000))
    with pytest.raises(InputRefused, match="of memory and 50 kB are free"):
        load_views(capture)


def test_cancel_is_heard_between_pictures(tmp_path: Path) -> None:
    capture = written(tmp_path)
    heard = iter((False, False, True))

    def check() -> None:
        if next(heard):
            raise Cancelled

    with pytest.raises(Cancelled):
        load_views(capture, watch=Watch(check_cancelled=check))


def test_points_without_colours_get_those_of_the_pictures(tmp_path: Path) -> None:
    red = np.zeros((6, 48, 64, 3), np.uint8)
    red[..., 0] = 200
    made = written(tmp_path, images=red, valid=np.ones((6, 48, 64), np.bool_))
    pose = made.frames[0].pose
    assert pose is not None
    ahead = (pose[:3, 3] - 5 * pose[:3, 2]).astype(np.float32)[None]
    found = load_views(replace(made, points=ahead, points_rgb=np.zeros((0, 3), np.uint8)))
    assert found.points_rgb.tolist() == [[200, 0, 0]]


def test_surface_from_depth_falls_back_onto_its_pixels() -> None:
    made = seen_surface(views(np.random.default_rng(5), 2, 64, 48), most_points=300)
    assert 100 < len(made.points) <= 300
    camera = inverse(made.poses[0])
    at = made.lenses[0].project(made.points[:50] @ camera[:3, :3].T + camera[:3, 3])
    column, row = np.floor(at).astype(int).T
    np.testing.assert_allclose(at - np.floor(at), 0.5, atol=1e-3)
    np.testing.assert_array_equal(made.images[0, row, column], made.points_rgb[:50])


def test_frames_without_poses_need_them(tmp_path: Path) -> None:
    for name in ("frame10.png", "frame9.png", ".hidden.png"):
        picture(tmp_path / name, (12, 8))
    capture = read_capture(tmp_path)
    assert (capture.kind, capture.needs_poses) == (CaptureKind.FRAMES, True)
    assert [frame.name for frame in capture.frames] == ["frame9", "frame10"]
    assert not is_posed_capture(tmp_path)
    with pytest.raises(InputRefused, match="the poses of its cameras are not known"):
        load_views(capture)


def test_film_is_a_capture_without_poses(tmp_path: Path) -> None:
    write_capture(tmp_path, views(np.random.default_rng(5)), with_video=True)
    capture = read_capture(tmp_path / "video.mp4")
    assert (capture.video, capture.frames, capture.needs_poses) == (tmp_path / "video.mp4", (), True)


@pytest.mark.parametrize("name", ["nothing", "empty", "text.json"])
def test_what_is_no_capture_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "text.json").write_text("[1, 2]")
    with pytest.raises(InputRefused):
        read_capture(tmp_path / name)


def test_pictures_of_a_field_are_numbered_and_those_of_an_earlier_start_stay(tmp_path: Path) -> None:
    made = views(np.random.default_rng(5), 3, 64, 48)
    flat = replace(made, images=np.full_like(made.images, 90))
    write_field_pictures(tmp_path / "frames", flat)
    write_field_pictures(tmp_path / "frames", made)
    assert sorted(path.name for path in (tmp_path / "frames").iterdir()) == [
        "00000.jpg",
        "00001.jpg",
        "00002.jpg",
    ]
    assert np.abs(read_field_picture(tmp_path / "frames", 1).astype(int) - 90).max() <= 1
    with pytest.raises(InputRefused, match="there is no such file"):
        read_field_picture(tmp_path / "frames", 3)
