"""The richer laparoscopy: cameras about a port, depths that lie on organs, masks of the instrument, seeds."""

import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

from medview.core.errors import Cancelled, InputRefused
from medview.phantoms.laparoscopy import course
from medview.phantoms.laparoscopy.film import FilmWish, make_film
from medview.phantoms.laparoscopy.organs import PORT, organs
from medview.phantoms.laparoscopy.vessel_tiles import vessel_tile
from medview.phantoms.studies import SAMPLES, kind_of, make_capture
from medview.phantoms.study import StudyKind

SMALL = FilmWish(frames=3, width=96, height=72, tile_px=64, coarseness=3.5)


def quiet(_part: float, _words: str) -> None:
    """Nobody listens."""


@pytest.fixture(scope="module")
def still():
    return make_film("laparoscopy", 3, SMALL, quiet)


@pytest.fixture(scope="module")
def moving():
    return make_film("laparoscopy-moving", 3, replace(SMALL, is_moving=True), quiet)


def unprojected(views, n):
    """Points of the picture's pixels in the scene."""
    lines = views.lenses[n].directions(views.lenses[n].pixels())
    camera = lines * (views.depths[n] / -lines[..., 2])[..., None]
    return camera @ views.poses[n][:3, :3].T + views.poses[n][:3, 3]


def test_depths_lie_on_the_surface_of_an_organ(still) -> None:
    solids = organs(np.random.default_rng(3))
    points = unprojected(still.views, 1).reshape(-1, 3).astype(np.float32)
    nearest = np.min([np.abs(organ.distance(points)) for organ in solids], axis=0)
    assert np.median(nearest) < 0.3
    assert np.quantile(nearest, 0.95) < 1.5


def test_nothing_lies_between_the_camera_and_what_it_sees(still) -> None:
    solids = organs(np.random.default_rng(3))
    eye = still.views.poses[1][:3, 3]
    halfway = ((unprojected(still.views, 1) + eye) / 2).reshape(-1, 3).astype(np.float32)
    inside = np.min([organ.distance(halfway) for organ in solids], axis=0)
    assert (inside < -2.0).mean() < 0.002


def test_the_same_seed_gives_the_same_bits_and_another_one_another_patient(still) -> None:
    again = make_film("laparoscopy", 3, SMALL, quiet)
    assert np.array_equal(again.views.images, still.views.images)
    assert np.array_equal(again.views.depths, still.views.depths)
    other = course.camera_poses(3, np.random.default_rng(4))
    assert not np.array_equal(other, still.views.poses)


def test_pictures_are_black_outside_of_the_rim_and_true_inside_of_the_circle(still) -> None:
    views = still.views
    assert views.valid[0].mean() == pytest.approx(np.pi * 0.46**2 / (96 / 72), abs=0.01)
    assert not views.images[:, 0, 0].any()
    assert np.array_equal(views.images[views.valid], still.rimless[views.valid])
    assert still.rimless.std(axis=(1, 2)).min() > 15
    assert still.tool_masks is None
    assert views.is_metric and views.is_synthetic and not views.times.any()


def test_the_laparoscope_turns_about_its_port() -> None:
    poses = course.camera_poses(60, np.random.default_rng(0))
    to_port = np.asarray(PORT) - poses[:, :3, 3]
    along = (to_port * poses[:, :3, 2]).sum(axis=1)
    aside = np.linalg.norm(to_port - along[:, None] * poses[:, :3, 2], axis=1)
    assert aside.max() < 5
    assert 35 < along.min() < along.max() < 85
    steps = np.linalg.norm(np.diff(poses[:, :3, 3], axis=0), axis=1)
    assert 0.2 < steps.mean() < 12


def test_the_instrument_is_masked_and_nearer_than_what_it_hides(moving) -> None:
    tools = moving.tool_masks
    assert 0.005 < tools[1].mean() < 0.2
    assert not (moving.views.valid & tools).any()
    assert moving.views.times.tolist() == [0.0, 0.5, 1.0]
    rows, columns = np.nonzero(tools[1])
    beside = moving.views.depths[1][rows.min() - 3, columns]
    assert np.median(moving.views.depths[1][tools[1]]) < np.median(beside)


def test_breathing_and_the_grasper_move_the_tissue() -> None:
    assert course.breath(0.0) == (0.0, 0.0, 0.0)
    assert course.breath(0.25)[2] == pytest.approx(-6)
    approach, hold = course.grip(0.15), course.grip(0.5)
    assert approach.pull == (0, 0, 0)
    assert hold.pull[2] > 5
    assert approach.opening_deg > 20 > hold.opening_deg
    assert np.linalg.det(hold.pose[:3, :3]) == pytest.approx(1)


def test_vessels_cross_the_edge_of_a_tile_without_a_seam() -> None:
    tile = vessel_tile(np.random.default_rng(2), 256, 3, 3.0)
    across = np.abs(tile[:, 0] - tile[:, -1]).mean()
    inside = np.abs(np.diff(tile, axis=1)).mean()
    assert 0.02 < tile.mean() < 0.6
    assert across < 3 * inside


def test_a_film_can_be_stopped() -> None:
    def stop(part: float, _words: str) -> None:
        if part > 0:
            raise Cancelled

    with pytest.raises(Cancelled):
        make_film("laparoscopy", 1, SMALL, stop)


def test_films_are_listed_beside_scans_and_made_by_name() -> None:
    films = [spec.name for spec in SAMPLES if spec.kind is StudyKind.CAPTURE]
    assert films == ["laparoscopy", "laparoscopy-moving", "abdomen"]
    assert kind_of("head-mr") is StudyKind.SCANS
    made = make_capture("abdomen", frames=5)
    assert len(made.views) == 5
    assert made.facts["held_out"] == []
    assert make_capture("abdomen").facts["held_out"] == [4, 14, 24, 34]


def test_unknown_films_and_numbers_out_of_range_are_refused() -> None:
    with pytest.raises(InputRefused, match="laparoscopy-moving"):
        make_capture("head-mr")
    with pytest.raises(InputRefused, match="out of range"):
        make_capture("laparoscopy", frames=1)
    with pytest.raises(InputRefused, match="out of range"):
        make_capture("laparoscopy", seed=-1)
    with pytest.raises(InputRefused, match="abdomen"):
        kind_of("foot")


def test_listing_the_studies_loads_no_vtk() -> None:
    code = "import sys, medview.phantoms.studies; print('vtkmodules' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
