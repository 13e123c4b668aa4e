"""Masks of instruments: matched by name, drawn with a brush, highlights proposed."""

from __future__ import annotations

import numpy as np
import pytest

from medview.core.errors import InputRefused
from medview.io.captures.tool_masks import highlights, read_mask, read_masks, stroked, write_mask


def test_masks_come_back_by_the_frame_s_name(tmp_path, rng):
    masks = {f"{number:06d}.jpg": rng.random((20, 30)) > 0.5 for number in (3, 7)}
    for name, mask in masks.items():
        write_mask(tmp_path / "masks", name, mask)
    (tmp_path / "masks" / "000003.png").rename(tmp_path / "masks" / "000003.jpg.png")
    found = read_masks(tmp_path / "masks", ["000003.jpg", "000005.jpg", "000007.jpg"], 20, 30)
    assert set(found) == set(masks)
    assert all(np.array_equal(found[name], masks[name]) for name in masks)


def test_a_mask_of_half_the_size_is_stretched_and_one_of_another_shape_refused(tmp_path):
    small = np.zeros((10, 15), bool)
    small[2, 3] = True
    path = write_mask(tmp_path, "a.jpg", small)
    rows, columns = np.nonzero(read_mask(path, 20, 30))
    assert set(zip(rows.tolist(), columns.tolist(), strict=True)) == {(4, 6), (4, 7), (5, 6), (5, 7)}
    with pytest.raises(InputRefused, match="it has 15 x 10 pixels, the frame 20 x 30"):
        read_mask(path, 30, 20)


def test_masks_of_other_frames_are_refused(tmp_path):
    with pytest.raises(InputRefused, match="no such folder"):
        read_masks(tmp_path / "none", ["a.jpg"], 4, 4)
    write_mask(tmp_path, "b.jpg", np.ones((4, 4), bool))
    with pytest.raises(InputRefused, match="no mask has the name of a frame"):
        read_masks(tmp_path, ["a.jpg"], 4, 4)


def test_a_stroke_covers_the_pixels_within_its_radius():
    empty = np.zeros((40, 60), bool)
    y, x = np.mgrid[:40, :60] + 0.5
    dab = stroked(empty, [(20.5, 10.5)], 5, True)
    assert np.array_equal(dab, np.hypot(x - 20.5, y - 10.5) <= 5)
    line = stroked(empty, [(10, 20), (50, 20)], 3, True)
    away = np.hypot(x - np.clip(x, 10, 50), y - 20)
    assert np.array_equal(line, away <= 3)
    assert not empty.any()


def test_a_bent_stroke_is_the_union_of_its_pieces_and_erasing_takes_it_back(rng):
    before = rng.random((40, 60)) > 0.7
    way = [(5, 5), (30, 30), (-4, 50), (70, 12)]
    after = stroked(before, way, 4, True)
    pieces = [stroked(before, way[at : at + 2], 4, True) for at in range(3)]
    assert np.array_equal(after, np.any(pieces, axis=0))
    erased = stroked(after, way, 4, False)
    hit = stroked(np.zeros_like(before), way, 4, True)
    assert not erased[hit].any()
    assert np.array_equal(erased[~hit], before[~hit])


def test_strokes_beside_the_picture_change_nothing(rng):
    before = rng.random((40, 60)) > 0.5
    for way in ([(-20, 10)], [(100, 10), (120, 10)], [(10, -30), (30, -30)], np.zeros((0, 2))):
        assert np.array_equal(stroked(before, way, 4, True), before)


def test_highlights_are_saturated_spots_grown_by_the_margin():
    image = np.full((40, 60, 3), 120, np.uint8)
    image[10:14, 20:24] = 255
    image[30, 5] = 255  # one hot pixel is noise
    image[30:34, 40:44] = (255, 255, 90)  # yellow is no highlight
    y, x = np.mgrid[:40, :60]
    away = np.hypot(x - np.clip(x, 20, 23), y - np.clip(y, 10, 13))
    assert np.array_equal(highlights(image, grown_px=3), away <= 3)
    assert highlights(image, grown_px=0).sum() == 16
    assert not highlights(np.full((9, 9, 3), 200, np.uint8)).any()
