"""A field trained for a moment on the abdomen of P09, written out through the real renderer, read again."""

from __future__ import annotations

import json
from dataclasses import asdict

import nibabel
import numpy as np
import pytest

from medview.core.lens import Lens
from medview.core.params import defaults
from medview.core.radiance import Placement, ScaleSource
from medview.io.ply_surface import read_ply
from medview.io.scene_pictures import read_png
from medview.io.video import count_frames
from medview.ml.context import RunContext, Silence
from medview.ml.field_request import FieldRequest
from medview.phantoms.laparoscopy.abdomen import p09_poses, p09_views
from medview.session.fields.exporting import ExportWish, export_scene
from medview.session.fields.placing import placement_table, write_placement
from medview.zoo.fields.k_planes.spec import SPEC
from medview.zoo.fields.k_planes.training import train

SIZE = 24
LENS = Lens.of_view_angle(SIZE, SIZE, 75)
PLACED = Placement(ras_from_scene=np.diag([60.0, 60, 60, 1]), scale_source=ScaleSource.LENGTH)


class Link(Silence):
    threads = 1


@pytest.fixture(scope="module")
def field(tmp_path_factory):
    out = tmp_path_factory.mktemp("fields") / "abdomen.field"
    params = defaults(SPEC.train_params) | {
        "steps": 40, "rays": 128, "samples": 24, "normalise": False, "near": 0.03, "far": 2.2,
        "box": "-1.1, -1.1, -1.1, 1.1, 1.1, 1.1", "held_out": "4, 14, 24, 34", "cells": 24,
    }  # fmt: skip
    out.mkdir()
    request = FieldRequest(model_id="k-planes", version="1.0", views=p09_views(SIZE), params=params, out=out)
    train(request, RunContext(scratch=out))
    return out


def written(field, path, **wish):
    return export_scene(field, path, ExportWish(**wish), Link())


def test_a_held_out_view_comes_near_to_its_truth(field, tmp_path):
    written(field, tmp_path / "view.png", view="", size=(SIZE, SIZE))
    image, texts = read_png(tmp_path / "view.png")
    truth = p09_views(SIZE).images[4]
    # only above the mark, and inside the circle
    y, x = np.mgrid[:SIZE, :SIZE] + 0.5 - SIZE / 2
    seen = (np.hypot(x, y) < 0.44 * SIZE) & (y < 0)
    error = np.abs(image[seen].astype(float) - truth[seen]).mean()
    assert error < 40
    assert "ARBITRARY SCALE" in texts["Description"]


def test_distances_and_points_lie_inside_the_cavity(field, tmp_path):
    value = written(field, tmp_path / "depth.png", is_depth=True)
    steps, _ = read_png(tmp_path / "depth.png")
    known = steps[steps > 0] * value["step"]
    assert len(known) > 0.5 * SIZE * SIZE and known.min() > 0.02 and known.max() < 2.2
    written(field, tmp_path / "cloud.ply")
    points, _, _ = read_ply(tmp_path / "cloud.ply")
    assert len(points) > 1000
    assert max(np.abs(points[name]).max() for name in "xyz") < 2.0


def test_density_is_a_volume_where_the_scene_was_placed(field, tmp_path):
    write_placement(field, PLACED)
    value = written(field, tmp_path / "density.nii.gz", cells=24)
    image = nibabel.load(tmp_path / "density.nii.gz")
    assert value["unit"] == "per mm" and image.shape == (24, 24, 24)
    np.testing.assert_allclose(image.affine[:3, 3], -66 + 132 / 24 / 2, atol=1e-3)
    assert image.get_fdata().max() > 0 and image.header.get_xyzt_units()[0] == "mm"
    assert json.loads((field / "placement.json").read_text()) == placement_table(PLACED)


def test_a_short_film_flies_along_the_cameras_of_the_training(field, tmp_path):
    value = written(field, tmp_path / "flight.avi", size=(32, 32), duration_s=0.5, fps=10.0)
    assert value["frames"] == 5 == count_frames(tmp_path / "flight.avi").frames
    facts = json.loads((tmp_path / "flight.avi.provenance.json").read_text())
    np.testing.assert_allclose(facts["keys"][0], p09_poses()[0])
    assert facts["lens"] == asdict(Lens.of_view_angle(32, 32, 75))
