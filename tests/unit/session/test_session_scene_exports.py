"""What scenes are written to: pictures, films, points, surfaces, volumes, folders; all read again."""

from __future__ import annotations

import json
from dataclasses import asdict

import nibabel
import numpy as np
import pytest
from fake_density import HALF
from fake_render import RADIUS
from field_folders import make_field

from medview.core.errors import Cancelled, InputRefused
from medview.core.lens import Lens
from medview.core.radiance import Placement, ScaleSource
from medview.io.ply_surface import read_ply
from medview.io.scene_pictures import read_png
from medview.io.sidecar import read_provenance
from medview.io.stl import read_stl
from medview.io.video import count_frames, probe, read_frames
from medview.ml.field_folder import BAKED_NAME, FRAMES_FOLDER, PLACEMENT_NAME, POINTS_NAME
from medview.session.fields.copying import copy_scene
from medview.session.fields.flythrough import CameraPath, read_camera_path, write_camera_path, write_film
from medview.session.fields.opening import read_field
from medview.session.fields.placing import is_same, placement_table, read_placement
from medview.session.fields.solids import merged, write_cloud, write_density, write_mesh
from medview.session.fields.stills import write_still

LENS = Lens.of_view_angle(64, 48, 60)
FREE = Placement(ras_from_scene=np.diag([50.0, 50, 50, 1]))
KNOWN = Placement(
    ras_from_scene=np.array([[0.0, -80, 0, 12], [80, 0, 0, -30], [0, 0, 80, 250], [0, 0, 0, 1]]),
    scale_source=ScaleSource.LANDMARKS,
    residual_mm=0.4,
)


class Ear:
    threads = 1

    def __init__(self, patience=10**6):
        self.fractions, self.patience = [], patience

    def progress(self, fraction, _message):
        self.fractions.append(fraction)

    def preview(self, *_):
        raise AssertionError("a part is no preview of the whole")

    def is_cancelled(self):
        self.patience -= 1
        return self.patience < 0


def from_front(distance=2.0):
    """A camera on +z that looks at the origin."""
    pose = np.eye(4)
    pose[2, 3] = distance
    return pose


def around(count):
    """Cameras around the z axis, 2 units away, looking at the origin."""
    poses = []
    for angle in 2 * np.pi * np.arange(count) / count:
        z = np.array([np.cos(angle), np.sin(angle), 0])
        x = np.cross([0, 0, 1.0], z)
        pose = np.eye(4)
        pose[:3, :3], pose[:3, 3] = np.stack([x, np.cross(z, x), z], 1), 2 * z
        poses.append(pose)
    return np.stack(poses)


@pytest.fixture
def folder(tmp_path):
    made = make_field(tmp_path / "cavity.field", poses=around(10), lenses=(LENS,) * 10)
    baked = np.zeros((8, 8, 12, 4), np.uint8)
    baked[...] = (0, 200, 0, 255)
    np.save(made / BAKED_NAME, baked)
    (made / FRAMES_FOLDER).mkdir()
    (made / FRAMES_FOLDER / "00000.jpg").write_bytes(b"a picture")
    return made


def payload(folder, path, placement=FREE, **more):
    return {
        "folder": str(folder),
        "placement": json.loads(json.dumps(placement_table(placement))),
        "path": str(path),
        "lens": asdict(LENS),
        "mode": "colour",
        "time": 0.0,
        "cells": 24,
        "render": "fake_render:render",
        "bake": "fake_density:density",
        **more,
    }


def still(folder, path, placement=FREE, **more):
    told = payload(folder, path, placement, scene_from_camera=from_front().tolist(), is_depth=False, **more)
    return write_still(told, {}, Ear())[0]


def test_a_picture_shows_the_ball_and_says_that_it_is_inferred(folder, tmp_path):
    path = tmp_path / "view.png"
    still(folder, path)
    image, texts = read_png(path)
    assert image.shape == (48, 64, 3)
    assert image[24, 32].tolist() == [0, 255, 0] and image[2, 2].tolist() == [0, 0, 0]
    assert "not measured" in texts["Description"] and "ARBITRARY SCALE" in texts["Description"]
    facts = read_provenance(path)
    assert facts["synthesized"] is True and facts["scale"]["unit"] == "arbitrary"
    assert facts["scale"]["mm_per_unit"] is None and facts["mode"] == "colour"


@pytest.mark.parametrize(("placement", "unit", "factor"), [(FREE, "arbitrary", 1), (KNOWN, "mm", 80)])
def test_distances_are_those_to_the_ball_along_the_axis(folder, tmp_path, placement, unit, factor):
    path = tmp_path / "depth.png"
    told = payload(folder, path, placement, scene_from_camera=from_front().tolist(), is_depth=True)
    value, _ = write_still(told, {}, Ear())
    steps, texts = read_png(path)
    assert value["unit"] == unit
    assert ("ARBITRARY" in texts["Unit"]) == (unit == "arbitrary")
    # the nearest point of the ball is 1.5 units ahead; half a pixel beside the axis a trifle more
    assert steps[24, 32] * float(texts["Step"]) == pytest.approx(1.5 * factor, rel=2e-3)
    assert steps[2, 2] == 0


def test_a_film_flies_from_key_to_key_and_is_read_again(folder, tmp_path):
    path, ear = tmp_path / "flight.mp4", Ear()
    keys = [from_front(3.0).tolist(), from_front(2.0).tolist(), from_front(1.2).tolist()]
    told = payload(folder, path, keys=keys, duration_s=1.0, fps=12.0)
    value, _ = write_film(told, {}, ear)
    assert value["frames"] == 12 == count_frames(path).frames
    assert (probe(path).width, probe(path).height) == (64, 48)
    first, last = (frame.image for frame in read_frames(path, (0, 11)))
    green = [int((image[..., 1] > 128).sum()) for image in (first, last)]
    assert green[1] > 3 * green[0], "the ball grows as the camera comes nearer"
    assert ear.fractions == sorted(ear.fractions)
    assert read_provenance(path)["scale"]["unit"] == "arbitrary"


def test_nothing_stays_of_a_film_that_is_cancelled(folder, tmp_path):
    path = tmp_path / "films" / "flight.mp4"
    path.parent.mkdir()
    keys = [from_front(3.0).tolist(), from_front(1.2).tolist()]
    told = payload(folder, path, keys=keys, duration_s=2.0, fps=10.0)
    with pytest.raises(Cancelled):
        write_film(told, {}, Ear(patience=9))
    assert not list(path.parent.iterdir())


def test_one_key_is_no_flight(folder, tmp_path):
    told = payload(folder, tmp_path / "a.mp4", keys=[from_front().tolist()], duration_s=1.0, fps=10.0)
    with pytest.raises(InputRefused, match="1 of 2 keys"):
        write_film(told, {}, Ear())


@pytest.mark.parametrize(("placement", "words"), [(FREE, "ARBITRARY SCALE"), (KNOWN, "millimetres (scale")])
def test_a_cloud_lies_on_the_ball_in_the_unit_that_it_names(folder, tmp_path, placement, words):
    path = tmp_path / "cloud.ply"
    value, _ = write_cloud(payload(folder, path, placement), {}, Ear())
    points, faces, comments = read_ply(path)
    assert len(points) == value["points"] > 300 and not len(faces)
    assert any(words in comment for comment in comments)
    places = np.stack([points[name] for name in "xyz"], axis=1).astype(float)
    if placement.is_measurable:
        back = np.linalg.inv(placement.ras_from_scene)
        places = places @ back[:3, :3].T + back[:3, 3]
    # points of one cube of 3 / 512 units are averaged, so none can leave the ball by more than that
    np.testing.assert_allclose(np.linalg.norm(places, axis=1), RADIUS, atol=0.006)
    assert set(points["green"]) == {255} and set(points["red"]) == {0}


def test_points_of_one_cube_become_their_mean():
    points = np.array([[0.1, 0.1, 0.1], [0.3, 0.1, 0.1], [0.9, 0.1, 0.1]])
    colours = np.array([[1.0, 0, 0], [0, 1, 0], [0, 0, 1]])
    places, shades = merged(points, colours, 0.5)
    np.testing.assert_allclose(places, [[0.2, 0.1, 0.1], [0.9, 0.1, 0.1]])
    np.testing.assert_allclose(shades, [[0.5, 0.5, 0], [0, 0, 1]])


def test_a_surface_is_closed_outward_and_coloured(folder, tmp_path):
    path = tmp_path / "surface.ply"
    value, _ = write_mesh(payload(folder, path), {}, Ear())
    points, faces, comments = read_ply(path)
    assert len(faces) == value["triangles"] and any("ARBITRARY" in comment for comment in comments)
    places = np.stack([points[name] for name in "xyz"], axis=1).astype(float)
    a, b, c = (places[faces["vertices"][:, corner]] for corner in range(3))
    volume = float((np.cross(a, b) * c).sum() / 6)
    # positive, as it faces outward
    assert volume == pytest.approx(4 / 3 * np.pi * RADIUS**3, rel=0.03)
    assert set(points["green"]) == {200}


def test_stl_is_for_millimetres_only(folder, tmp_path):
    with pytest.raises(InputRefused, match="cannot say that the scale is arbitrary"):
        write_mesh(payload(folder, tmp_path / "a.stl"), {}, Ear())
    path = tmp_path / "b.stl"
    write_mesh(payload(folder, path, KNOWN), {}, Ear())
    corners = read_stl(path).reshape(-1, 3)
    np.testing.assert_allclose(corners.mean(axis=0), KNOWN.ras_from_scene[:3, 3], atol=1.5)
    assert np.ptp(corners, axis=0) == pytest.approx([80, 80, 80], abs=2)


def test_density_lies_where_the_scene_lies_and_names_no_unit_before_it_is_scaled(folder, tmp_path):
    path = tmp_path / "density.nii.gz"
    value, _ = write_density(payload(folder, path), {}, Ear())
    image = nibabel.load(path)
    assert value["unit"] == "per unit of the scene"
    assert image.header.get_xyzt_units()[0] == "unknown"
    assert b"ARBITRARY SCALE" in bytes(image.header["descrip"])
    np.testing.assert_allclose(image.affine[:3, 3], 50 * np.array([-1, -1, -1]) + 25 / 6 / 2, atol=1e-3)
    known, _ = write_density(payload(folder, path, KNOWN), {}, Ear())
    image = nibabel.load(path)
    assert known["unit"] == "per mm" and image.header.get_xyzt_units()[0] == "mm"
    assert float(image.get_fdata().max()) == pytest.approx(2 * HALF / 80)
    assert b"SYNTHESIZED" in bytes(image.header["descrip"])


def test_a_scene_goes_to_another_place_and_opens_there(folder, tmp_path):
    out = tmp_path / "away" / "copy.field"
    out.parent.mkdir()
    (folder / "stray.bin").write_bytes(b"not of the scene")
    value, _ = copy_scene(payload(folder, out, KNOWN, with_frames=True), {}, Ear())
    assert is_same(read_placement(out), KNOWN)
    assert is_same(read_field(out).data.placement, KNOWN)
    assert (out / FRAMES_FOLDER / "00000.jpg").read_bytes() == b"a picture"
    assert (out / POINTS_NAME).is_file() and not (out / "stray.bin").exists()
    assert value["files"] == len([path for path in out.rglob("*") if path.is_file()])


def test_frames_may_stay_behind_and_links_always_do(folder, tmp_path):
    out = tmp_path / "copy.field"
    (folder / POINTS_NAME).unlink()
    (folder / POINTS_NAME).symlink_to("/etc/hostname")
    copy_scene(payload(folder, out, with_frames=False), {}, Ear())
    assert not (out / FRAMES_FOLDER).exists() and not (out / POINTS_NAME).exists()
    assert (out / PLACEMENT_NAME).is_file()


def test_a_scene_is_not_copied_into_itself_nor_over_other_things(folder, tmp_path):
    for place in (folder, folder / "inside"):
        with pytest.raises(InputRefused, match="scene itself"):
            copy_scene(payload(folder, place, with_frames=False), {}, Ear())
    other = tmp_path / "other"
    other.mkdir()
    (other / "mine.txt").write_text("mine")
    with pytest.raises(InputRefused, match="other files"):
        copy_scene(payload(folder, other, with_frames=False), {}, Ear())
    assert (other / "mine.txt").read_text() == "mine"


def test_a_copy_that_is_cancelled_leaves_nothing(folder, tmp_path):
    with pytest.raises(Cancelled):
        copy_scene(payload(folder, tmp_path / "copy.field", with_frames=True), {}, Ear(patience=2))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["cavity.field"]


def test_camera_paths_are_read_as_they_were_written(tmp_path):
    path = tmp_path / "path.json"
    written = CameraPath(keys=around(3), view_angle_deg=55, duration_s=4.5)
    write_camera_path(path, written)
    found = read_camera_path(path)
    np.testing.assert_array_equal(found.keys, written.keys)
    assert (found.view_angle_deg, found.duration_s) == (55, 4.5)


@pytest.mark.parametrize(
    "change",
    [
        {"keys": []},
        {"keys": [np.diag([2.0, 1, 1, 1]).tolist()]},
        {"view_angle_deg": 200},
        {"duration_s": -1},
        {"keys": "none"},
    ],
)
def test_damaged_camera_paths_are_refused(tmp_path, change):
    path = tmp_path / "path.json"
    write_camera_path(path, CameraPath(keys=around(2)))
    path.write_text(json.dumps({**json.loads(path.read_text()), **change}))
    with pytest.raises(InputRefused, match=r"path\.json"):
        read_camera_path(path)


def test_a_scene_without_cameras_has_no_cloud(tmp_path):
    bare = make_field(tmp_path / "bare.field", count=0, held_out=())
    with pytest.raises(InputRefused, match="does not know the cameras"):
        write_cloud(payload(bare, tmp_path / "a.ply"), {}, Ear())
