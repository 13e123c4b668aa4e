"""Pictures and copies of a trained field as the window asks for them."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest
import torch

from medview.core.errors import Cancelled, InputRefused
from medview.core.lens import Lens
from medview.ml.context import RunContext, Silence
from medview.ml.field_folder import BAKED_NAME, read_facts
from medview.ml.field_request import FieldRequest
from medview.phantoms.laparoscopy.abdomen import p09_abdomen
from medview.zoo.fields.baking import Grid, bake, density
from medview.zoo.fields.false_colours import false_colours
from medview.zoo.fields.instant_ngp.training import train
from medview.zoo.fields.ray_pool import RayPool
from medview.zoo.fields.rays import camera_rays
from medview.zoo.fields.rendering import render
from medview.zoo.fields.resident import resident
from medview.zoo.fields.training_cameras import TrainingCameras


class Link(Silence):
    """Keeps pictures; cancels after so many questions whether to."""

    threads = 1
    scratch = Path()

    def __init__(self, patience: int = 10**9) -> None:
        self.pictures, self.asked, self._patience = [], 0, patience

    def preview(self, name, offset_ijk, array):
        self.pictures.append((name, offset_ijk, array.copy()))

    def is_cancelled(self):
        self.asked += 1
        return self.asked > self._patience


@pytest.fixture(scope="module")
def abdomen():
    return p09_abdomen(32)


@pytest.fixture(scope="module")
def folder(abdomen, tmp_path_factory):
    out = tmp_path_factory.mktemp("field")
    params = {
        "steps": 130,
        "rays": 192,
        "samples": 32,
        "normalise": False,
        "near": 0.03,
        "far": 2.2,
        "box": "-1.1, -1.1, -1.1, 1.1, 1.1, 1.1",
        "held_out": "4, 14, 24, 34",
        "cells": 24,
    }
    request = FieldRequest(model_id="instant-ngp", version="1.0", views=abdomen.views, params=params, out=out)
    train(request, RunContext(scratch=out))
    return out


def question(folder, view: int = 4, side: int = 32, **changes):
    facts = read_facts(folder)
    lens = asdict(facts.lenses[view].resized(side, side))
    pose = facts.poses[view].tolist()
    return {"folder": str(folder), "scene_from_camera": pose, "lens": lens, **changes}


def picture(folder, arrays=None, link=None, **changes):
    value, found = render(question(folder, **changes), arrays or {}, link or Link())
    return found["picture"], value


def test_a_picture_comes_coarse_to_fine(folder):
    link = Link()
    finest, value = picture(folder, link=link, side=30)
    assert [(name, at) for name, at, _ in link.pictures] == [
        ("picture", (8, 0, 0)),
        ("picture", (4, 0, 0)),
        ("picture", (2, 0, 0)),
    ]
    assert [each.shape for _, _, each in link.pictures] == [(4, 4, 5), (8, 8, 5), (15, 15, 5)]
    assert finest.shape == (30, 30, 5) and finest.dtype == np.float32
    assert value["samples"] > 30 * 30 * 10
    assert value["samples_per_second"] == pytest.approx(value["samples"] / value["seconds"])
    assert value["range"] is None


def test_a_held_out_view_looks_like_the_real_one(folder, abdomen):
    finest, _ = picture(folder, levels=[1])
    inside = abdomen.views.valid[4]
    error = np.square(finest[..., :3] - abdomen.rimless[4] / 255)[inside].mean()
    assert -10 * np.log10(error) > 19
    assert finest[..., 3].min() >= 0 and finest[..., 3].max() <= 1 + 1e-6


def test_a_coarse_level_is_the_picture_of_a_smaller_camera(folder):
    link = Link()
    picture(folder, link=link, levels=[4, 1])
    small, _ = picture(folder, side=8, levels=[1])
    np.testing.assert_allclose(link.pictures[0][2], small, atol=1e-5)


def test_the_same_question_has_the_same_answer(folder):
    first, second = picture(folder)[0], picture(folder)[0]
    np.testing.assert_allclose(first, second, atol=2e-6, equal_nan=True)


def test_depth_is_told_where_something_is(folder):
    finest, _ = picture(folder, levels=[1])
    opaque = finest[..., 3] >= 0.5
    assert np.isfinite(finest[opaque][:, 4]).all() and np.isnan(finest[~opaque][:, 4]).all()
    assert opaque.mean() > 0.9
    assert np.nanmin(finest[..., 4]) > 0.03 and np.nanmax(finest[..., 4]) < 2.2


def test_nothing_is_seen_behind_a_surface_in_the_way(folder):
    free, _ = picture(folder, levels=[1])
    nothing = picture(folder, {"t_max": np.full((32, 32), 0.02, np.float32)}, levels=[1])[0]
    assert nothing[..., :4].max() == 0 and np.isnan(nothing[..., 4]).all()
    infinite = picture(folder, {"t_max": np.full((32, 32), np.inf, np.float32)}, levels=[1])[0]
    np.testing.assert_allclose(infinite, free, atol=1e-6)
    halfway = np.full((32, 32), np.inf, np.float32)
    halfway[:, :16] = 0.2
    half = picture(folder, {"t_max": halfway}, levels=[4, 1])[0]
    np.testing.assert_allclose(half[:, 16:], free[:, 16:], atol=1e-6)
    assert (half[:, :16, 3] <= free[:, :16, 3] + 1e-6).all()
    assert half[:, :16, 3].mean() < 0.7 * free[:, :16, 3].mean()
    assert np.nan_to_num(half[:, :16, 4]).max() <= 0.2


def test_a_box_cuts_what_is_shown(folder):
    eye = read_facts(folder).poses[4][:3, 3]
    away = [[0.9, 0.9, 0.9], [1.1, 1.1, 1.1]]
    around = [(eye - 5).tolist(), (eye + 5).tolist()]
    free = picture(folder, levels=[1])[0]
    np.testing.assert_allclose(picture(folder, levels=[1], box=around)[0], free, atol=1e-6)
    assert picture(folder, levels=[1], box=away)[0][..., 3].mean() < 0.1


@pytest.mark.parametrize("mode", ["depth", "opacity", "uncertainty"])
def test_other_modes_show_false_colours_of_the_same_rays(folder, mode):
    plain = picture(folder, levels=[1])[0]
    shown, value = picture(folder, levels=[1], mode=mode)
    np.testing.assert_allclose(shown[..., 3:], plain[..., 3:], atol=1e-5)
    assert len(value["range"]) == 2
    if mode == "depth":
        expected = false_colours(shown[..., 4], *value["range"]) * shown[..., 3:4]
        known = np.isfinite(shown[..., 4])
        np.testing.assert_allclose(shown[known][:, :3], expected[known], atol=1e-5)


def test_false_colours_rise_in_brightness_and_run_backwards_too():
    ramp = false_colours(np.linspace(0, 2, 20, dtype=np.float32), 0, 2)
    luminance = ramp @ [0.2126, 0.7152, 0.0722]
    assert (np.diff(luminance) > 0).all()
    back = false_colours(np.linspace(0, 2, 20, dtype=np.float32), 2, 0)
    np.testing.assert_allclose(back, ramp[::-1], atol=1e-6)


def test_a_newer_camera_stops_the_picture(folder):
    link = Link(patience=2)
    with pytest.raises(Cancelled):
        picture(folder, link=link, side=64)
    assert link.asked == 3


def test_a_large_picture_is_made_in_small_pieces(folder):
    link = Link()
    _, value = picture(folder, link=link, side=96, levels=[1])
    assert value["seconds"] / link.asked < 0.1


@pytest.mark.parametrize(
    "changes",
    [{"lens": {"width": 3}}, {"mode": "x-ray"}, {"levels": []}, {"levels": [0]}, {"box": [1, 2]}],
)
def test_a_question_that_is_not_whole_is_refused(folder, changes):
    with pytest.raises(InputRefused, match="Cannot render the scene"):
        picture(folder, **changes)


def test_a_folder_without_weights_is_refused(tmp_path, folder):
    (tmp_path / "field.json").write_bytes((folder / "field.json").read_bytes())
    with pytest.raises(InputRefused, match=r"weights\.safetensors is missing"):
        resident(tmp_path)


def test_a_scene_stays_loaded_until_its_weights_change(folder):
    first = resident(folder)
    assert resident(folder) is first
    (folder / "placement.json").write_text("{}")
    assert resident(folder) is first
    weights = folder / "weights.safetensors"
    weights.write_bytes(weights.read_bytes())
    assert resident(folder) is not first


def test_the_baked_copy_is_opaque_at_the_walls_and_clear_in_the_cavity(folder):
    value, _ = bake({"folder": str(folder), "cells": 40}, {}, Link())
    baked = np.load(folder / BAKED_NAME, allow_pickle=False)
    assert value["cells"] == [40, 40, 40] and baked.shape == (40, 40, 40, 4)
    scene_from_ijk = np.asarray(value["scene_from_ijk"])
    np.testing.assert_allclose(scene_from_ijk @ [-0.5, -0.5, -0.5, 1], [-1.1, -1.1, -1.1, 1])
    np.testing.assert_allclose(scene_from_ijk @ [39.5, 39.5, 39.5, 1], [1.1, 1.1, 1.1, 1])
    opacity = baked[..., 3] / 255
    assert opacity[:, :, :2].max() == 0  # behind the wall, where no camera has looked
    assert opacity.max() > 0.5


def test_density_is_that_of_the_field_where_cameras_have_looked(folder):
    value, found = density({"folder": str(folder), "cells": 24}, {}, Link())
    grid = found["density"]
    assert grid.shape == (24, 24, 24) and grid.dtype == np.float32
    ijk = np.array(np.unravel_index(grid.argmax(), grid.shape))
    place = np.asarray(value["scene_from_ijk"]) @ [*ijk, 1]
    with torch.no_grad():
        sigma, _ = resident(folder).scene.field.density(torch.tensor(place[None, :3], dtype=torch.float32))
    assert float(sigma) == pytest.approx(float(grid.max()), rel=1e-4)


def test_cells_are_cubes_as_nearly_as_the_box_allows():
    grid = Grid(np.array([[0, 0, 0], [4.0, 2.0, 1.1]]), 40)
    assert grid.shape == (40, 20, 11)
    np.testing.assert_allclose(grid.spacing, 0.1)
    np.testing.assert_allclose(grid.places(torch.tensor([1]))[0], [0.05, 0.05, 0.15], atol=1e-6)


def test_a_camera_of_the_window_reproduces_the_rays_of_a_training_view(abdomen):
    """Check 11: z = norm(position - focal), x = norm(up x z), y = z x x, f = H/2 / tan(angle/2)."""
    pose = abdomen.views.poses[9]
    position, focal, up = pose[:3, 3], pose[:3, 3] - 0.7 * pose[:3, 2], np.array([0, 0, 1.0])
    z = (position - focal) / np.linalg.norm(position - focal)
    x = np.cross(up, z) / np.linalg.norm(np.cross(up, z))
    window = np.eye(4)
    window[:3, :3], window[:3, 3] = np.stack([x, np.cross(z, x), z], 1), position
    rays = camera_rays(window, Lens.of_view_angle(32, 32, 75), 0.03, 2.2)
    pool, cameras = RayPool(abdomen.views, None, "cpu"), TrainingCameras(abdomen.views.poses, moves=False)
    learned = cameras.rays(pool.at(9 * 1024 + torch.arange(1024)), 0.03, 2.2, is_moving=False)
    torch.testing.assert_close(rays.directions, learned.directions, atol=1e-4, rtol=0)
    torch.testing.assert_close(rays.origins, learned.origins, atol=1e-4, rtol=0)
