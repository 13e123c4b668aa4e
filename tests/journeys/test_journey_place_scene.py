"""A scene beside a CT: laid upon it by landmarks, taken back, scaled by a length, carried away."""

from __future__ import annotations

import sys
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest
from PySide6.QtWidgets import QPushButton

from medview.core.radiance import ScaleSource
from medview.gui import dialogs
from medview.phantoms.laparoscopy.abdomen import p09_poses
from medview.session.fields.opening import read_field
from medview.session.fields.placing import pair_distances, read_placement

sys.path.append(str(Path(__file__).parents[1] / "unit" / "session"))
from field_folders import make_field

LANDMARKS = [(0.35, -0.35, -0.1), (0.45, 0.3, -0.2), (0.1, 0.1, -0.55), (-0.75, 0.0, 0.25)]
"""Middles of the three organs of P09's abdomen, and the port."""
RAS_FROM_SCENE = np.array([[0.0, -110, 0, 5], [110, 0, 0, -20], [0, 0, 110, 40], [0, 0, 0, 1]])


@pytest.fixture
def scene_folder(tmp_path):
    return make_field(tmp_path / "abdomen.field", model_id="k-planes", count=40, poses=p09_poses())


@pytest.fixture
def person(sit_down, tmp_path, scene_folder):
    """Someone with a CT and the scene of P09 open."""
    ct = np.full((60, 50, 40), -1000, np.int16)
    ct[10:50, 10:40, 5:35] = 40
    affine = np.diag([5.0, 5, 5, 1])
    affine[:3, 3] = -150, -125, -100
    nib.save(nib.Nifti1Image(ct, affine), tmp_path / "ct.nii.gz")
    someone = sit_down()
    someone.open(tmp_path / "ct.nii.gz")
    someone.app.workflows.opening.open_paths((scene_folder,))
    someone.wait(lambda: any(layer.is_field for layer in someone.state.layers), "the scene")
    someone.wait_idle()
    someone.app.view.scene.reveal()
    someone.app.view.scene.open_step("place")
    return someone


def press(person, text):
    widgets = (person.app.view.placing.widget, person.app.view.scene_out.widget)
    found = next(
        button for widget in widgets for button in widget.findChildren(QPushButton) if button.text() == text
    )
    assert found.isEnabled(), found.toolTip()
    found.click()
    person.settle()


def placement(person):
    return next(layer.data.placement for layer in person.state.layers if layer.is_field)


def in_patient(point):
    return (RAS_FROM_SCENE @ [*point, 1])[:3]


def pair(person, point, patient):
    look_at = person.app.session.set_view
    look_at(cursor_ras=tuple((placement(person).ras_from_scene @ [*point, 1])[:3].tolist()))
    press(person, "Mark in scene")
    look_at(cursor_ras=tuple(float(value) for value in patient))
    press(person, "Add pair")


def test_four_landmarks_lay_the_scene_upon_the_ct(person, scene_folder):
    assert not placement(person).is_measurable
    for point in LANDMARKS:
        pair(person, point, in_patient(point))
    press(person, "Place the scene")
    assert placement(person).residual_mm < 1e-6
    np.testing.assert_allclose(placement(person).ras_from_scene, RAS_FROM_SCENE, atol=1e-6)
    person.wait_idle()
    assert read_placement(scene_folder).scale_source is ScaleSource.LANDMARKS
    person.choose("Undo Place the scene by 4 pairs")
    person.wait_idle()
    assert not placement(person).is_measurable
    assert read_placement(scene_folder).scale_source is ScaleSource.ARBITRARY
    assert len(placement(person).landmarks) == 4


def test_a_landmark_that_was_missed_shows_in_what_is_left(person):
    # corners of a square, lifted 4 mm by turns: no similarity takes that back
    corners = [(0.5, 0.5, 0), (-0.5, 0.5, 0), (-0.5, -0.5, 0), (0.5, -0.5, 0)]
    for corner, lift in zip(corners, (4, -4, 4, -4), strict=True):
        pair(person, corner, np.add(in_patient(corner), (0, 0, lift)))
    press(person, "Place the scene")
    assert placement(person).residual_mm == pytest.approx(4, abs=1e-9)
    np.testing.assert_allclose(pair_distances(placement(person)), [4] * 4, atol=1e-9)
    assert "Residual 4.00 mm" in person.app.view.placing._residual.text()


def test_a_known_length_scales_it_and_the_copy_opens_where_it_lies(person, tmp_path, monkeypatch):
    look_at = person.app.session.set_view
    look_at(cursor_ras=(0.0, 0.0, 0.0))
    press(person, "Mark one end")
    look_at(cursor_ras=(25.0, 0.0, 0.0))
    press(person, "Mark other end")
    person.app.view.placing._length.setValue(40.0)
    press(person, "Scale")
    assert placement(person).mm_per_unit == pytest.approx(80)
    person.app.view.scene.open_step("export")
    away = tmp_path / "away.field"
    monkeypatch.setattr(dialogs, "ask_export_path", lambda *_: away)
    press(person, "Scene folder…")
    person.wait(away.is_dir, "the copy", 60)
    person.wait_idle()
    found = read_field(away).data.placement
    assert found.scale_source is ScaleSource.LENGTH and found.mm_per_unit == pytest.approx(80)
