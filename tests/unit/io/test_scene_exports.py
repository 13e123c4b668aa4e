"""PLY and PNG that scenes are written to: every number and every word is there when they are read again."""

import numpy as np
import pytest

from medview.core.errors import InputRefused
from medview.io.captures.ply import read_points
from medview.io.ply_surface import read_ply, write_ply
from medview.io.scene_pictures import depth_steps, read_png, with_mark, write_png

POINTS = np.array([[0, 0, 0], [1.5, 0, 0], [0, -2.25, 0], [0, 0, 3]], np.float32)
COLOURS = np.array([[1, 2, 3], [255, 0, 7], [9, 9, 9], [0, 128, 255]], np.uint8)


def test_a_cloud_is_read_by_another_reader_with_its_colours(tmp_path):
    path = tmp_path / "cloud.ply"
    size = write_ply(path, POINTS, COLOURS, comments=["unit: arbitrary, not millimetres"])
    assert size == path.stat().st_size
    points, colours = read_points(path)
    np.testing.assert_array_equal(points, POINTS)
    np.testing.assert_array_equal(colours, COLOURS)
    assert b"comment unit: arbitrary, not millimetres\n" in path.read_bytes()[:400]
    assert b"element face" not in path.read_bytes()


def test_a_surface_keeps_its_triangles_and_comments_one_line_each(tmp_path):
    path = tmp_path / "surface.ply"
    triangles = np.array([[0, 2, 1], [0, 1, 3]])
    write_ply(path, POINTS, COLOURS, triangles, ["made of\nsome parts", "second"])
    points, faces, comments = read_ply(path)
    assert comments == ("made of some parts", "second")
    np.testing.assert_array_equal(faces["vertices"], triangles)
    np.testing.assert_array_equal(points["z"], [0, 0, 0, 3])


def test_nothing_is_no_file(tmp_path):
    with pytest.raises(InputRefused, match="not one point"):
        write_ply(tmp_path / "none.ply", POINTS[:0], COLOURS[:0])
    assert not list(tmp_path.iterdir())


def test_a_picture_bears_its_mark_and_its_words(tmp_path):
    image = np.full((120, 160, 3), 90, np.uint8)
    marked = with_mark(image)
    assert (marked[:60] == 90).all(), "the mark stands in the lower part"
    assert (marked[60:] != 90).any()
    path = tmp_path / "view.png"
    write_png(path, marked, {"Description": "inferred, not filmed – é"})
    back, texts = read_png(path)
    np.testing.assert_array_equal(back, marked)
    assert texts == {"Description": "inferred, not filmed – é"}


def test_distances_are_steps_of_a_known_size_and_0_is_unknown(tmp_path):
    depth = np.array([[np.nan, 0.5], [1.0, 2.0]], np.float32)
    steps, step = depth_steps(depth)
    assert steps[0, 0] == 0 and steps[1, 1] == 65_535
    np.testing.assert_allclose(steps[steps > 0] * step, [0.5, 1, 2], atol=step / 2)
    path = tmp_path / "depth.png"
    write_png(path, steps, {"step": f"{step:.9g}"})
    back, texts = read_png(path)
    assert back.dtype == np.uint16
    np.testing.assert_array_equal(back, steps)
    assert float(texts["step"]) == pytest.approx(2 / 65_535)


def test_the_nearest_surface_is_not_taken_for_unknown():
    steps, _ = depth_steps(np.array([[1e-9, 5.0]], np.float32))
    assert steps[0, 0] == 1


def test_a_picture_of_nothing_known_is_all_unknown():
    steps, step = depth_steps(np.full((2, 2), np.nan, np.float32))
    assert not steps.any() and step > 0


def test_other_endings_are_refused(tmp_path):
    with pytest.raises(InputRefused, match=r"\.png"):
        write_png(tmp_path / "view.jpg", np.zeros((4, 4, 3), np.uint8), {})
