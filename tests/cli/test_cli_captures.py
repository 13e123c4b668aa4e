"""info on captures: frames of one scene with their cameras, and films."""

from __future__ import annotations

import numpy as np
from captures_making import picture, views

from medview.io.captures.writing import write_capture

KEYS = {
    "path", "format", "kind", "shape", "frames", "posed_frames", "lenses", "masks", "depths", "points",
    "is_moving", "unit", "is_synthetic", "warnings",
}  # fmt: skip


def test_info_tells_frames_lens_and_points_of_a_capture(here, tmp_path):
    made = views(np.random.default_rng(3))
    write_capture(tmp_path / "scene", made, with_video=True)
    (row,) = here("info", tmp_path / "scene", "--json").json
    assert row.keys() == KEYS
    assert (row["format"], row["kind"], row["shape"]) == ("transforms", "capture", [16, 12])
    assert (row["frames"], row["posed_frames"], row["masks"], row["depths"], row["points"]) == (3, 3, 3, 3, 5)
    assert row["lenses"][0]["fx"] == made.lenses[0].fx
    text = here("info", tmp_path / "scene").out
    assert "transforms, capture, 3 frames of 16×12, 3 with poses" in text
    assert "5 known points, 3 masks, 3 depths, moving scene" in text


def test_info_tells_a_film_and_plain_frames(here, tmp_path):
    write_capture(tmp_path / "scene", views(np.random.default_rng(3)), with_video=True)
    (row,) = here("info", tmp_path / "scene" / "video.mp4", "--json").json
    assert row.keys() == KEYS
    assert (row["kind"], row["shape"], row["frames"], row["posed_frames"]) == ("video", [16, 12], 3, 0)
    (tmp_path / "frames").mkdir()
    picture(tmp_path / "frames" / "a.png", (12, 8))
    assert "frames, capture, 1 frames of 12×8, poses unknown" in here("info", tmp_path / "frames").out


def test_info_refuses_a_damaged_capture_in_one_line(here, tmp_path):
    (tmp_path / "transforms.json").write_text("{")
    said = here("info", tmp_path)
    assert said.code == 3
    assert said.err.startswith("error: Cannot open transforms.json: line 1 is no JSON")
    assert "Traceback" not in said.err


def test_info_on_real_captures(here, shared_data):
    fox, sinus = shared_data / "nerf" / "fox", shared_data / "endoscopy" / "sinus_sfm"
    text = here("info", fox, sinus).out
    assert "transforms, capture, 16 frames of 1080×1920, 16 with poses" in text
    assert "lens: 1080×1920, focal 1375.52 × 1374.49, centre 554.558, 965.268, distortion 0.0578421" in text
    assert "sinus-sfm, capture, 18 frames of 1920×1080, 18 with poses" in text
    assert "570 known points, 18 masks, unit arbitrary" in text
