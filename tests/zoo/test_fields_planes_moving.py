"""A ball that circles before a wall, filmed by a camera at rest: planes in time against a field at rest."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from medview.core.lens import Lens
from medview.core.posed_views import PosedViews
from medview.io.captures.capture import read_capture
from medview.io.captures.views import load_views
from medview.ml.context import RunContext
from medview.ml.field_folder import read_facts
from medview.ml.field_request import FieldRequest
from medview.zoo.fields.k_planes.training import train

FRAMES, SIDE = 20, 24
LENS = Lens.of_view_angle(SIDE, SIDE, 50.0)
TOOL = np.zeros((SIDE, SIDE), bool)
TOOL[:8, :6] = True


@pytest.fixture(scope="module")
def film() -> PosedViews:
    """Ball of radius 50 at about 200, wall at 300, with depths; no instrument in sight."""
    seen = [_seen(time) for time in np.linspace(0, 1, FRAMES)]
    return PosedViews(
        names=tuple(f"{n:06d}" for n in range(FRAMES)),
        images=np.stack([colours for colours, _ in seen]),
        valid=np.ones((FRAMES, SIDE, SIDE), bool),
        lenses=(LENS,) * FRAMES,
        poses=np.tile(np.eye(4), (FRAMES, 1, 1)),
        times=np.linspace(0, 1, FRAMES),
        depths=np.stack([depth for _, depth in seen]),
        points=np.zeros((0, 3), np.float32),
        points_rgb=np.zeros((0, 3), np.uint8),
    )


def _seen(time: float) -> tuple[np.ndarray, np.ndarray]:
    sights = LENS.directions(LENS.pixels())
    centre, radius = np.array([60 * np.cos(2 * np.pi * time), 40 * np.sin(2 * np.pi * time), -200]), 50
    along = sights @ centre
    square = along**2 - (centre @ centre - radius**2)
    distance = np.where(square > 0, along - np.sqrt(square.clip(0)), -300 / sights[..., 2])
    places = sights * distance[..., None]
    light = ((places - centre) / radius @ (0.2, 0.5, 0.84)).clip(0, 1)
    ball = np.array([0.9, 0.4, 0.3]) * (0.4 + 0.6 * light)[..., None]
    waves = np.sin(places[..., :1] / 100 * np.array([3, 1.5, 0.6]) + places[..., 1:2] / 50)
    colours = np.where(square[..., None] > 0, ball, 0.5 + 0.3 * waves)
    return np.rint(255 * colours.clip(0, 1)).astype(np.uint8), (-distance * sights[..., 2]).astype(np.float32)


def _trained(views: PosedViews, out: Path, **params: object) -> dict[str, float]:
    sizes = {"steps": 300, "rays": 256, "samples": 24, "cells": 16}
    request = FieldRequest(
        model_id="k-planes", version="1.0", views=views, params={**sizes, **params}, out=out, seed=3
    )
    return train(request, RunContext(scratch=out))


def test_planes_in_time_learn_what_a_field_at_rest_cannot(film: PosedViews, tmp_path: Path) -> None:
    # measured 26.6 against 17.7 dB
    moving = _trained(film, tmp_path / "moving")
    still = _trained(replace(film, times=np.zeros(FRAMES)), tmp_path / "still")
    assert moving["psnr_circle"] > still["psnr_circle"] + 6
    assert moving["psnr_circle"] > 24
    facts = read_facts(tmp_path / "moving")
    assert facts.is_moving and facts.config["instants"] == 9
    assert not read_facts(tmp_path / "still").is_moving


def test_a_folder_laid_out_like_endonerf_is_learned_with_its_depths_and_without_its_instrument(
    film: PosedViews, tmp_path: Path
) -> None:
    capture = tmp_path / "pulling"
    for name in ("images", "depth", "masks"):
        (capture / name).mkdir(parents=True)
    rows = np.zeros((FRAMES, 17))
    down_right_back = np.stack([(0, -1, 0), (1, 0, 0), (0, 0, 1), (0, 0, 0), (SIDE, SIDE, LENS.fx)], axis=-1)
    rows[:, :15], rows[:, 15:] = down_right_back.ravel(), (100, 400)
    np.save(capture / "poses_bounds.npy", rows)
    for n in range(FRAMES):
        spoilt = np.where(TOOL[..., None], 255, film.images[n])
        cv2.imwrite(str(capture / "images" / f"{n:06d}.png"), spoilt[..., ::-1])
        cv2.imwrite(str(capture / "depth" / f"{n:06d}.png"), np.rint(film.depths[n]).astype(np.uint16))
        cv2.imwrite(str(capture / "masks" / f"{n:06d}.png"), TOOL.astype(np.uint8) * 255)

    views = load_views(read_capture(capture))
    assert (views.valid == ~TOOL).all()
    np.testing.assert_array_equal(views.times, film.times)
    scores = _trained(views, tmp_path / "field")
    facts = read_facts(tmp_path / "field")
    assert facts.is_moving
    assert scores["psnr_circle"] > 24
    nearest, farthest = facts.provenance["depth_range"]
    unit = np.cbrt(np.linalg.det(facts.scene_from_capture[:3, :3]))
    assert nearest / unit == pytest.approx(150, rel=0.15)
    assert farthest / unit == pytest.approx(357, rel=0.15)
