"""A scene laid upon a patient: by landmarks, by a known length; kept on disk, taken back, refused."""

from __future__ import annotations

import json
import math
from dataclasses import replace

import numpy as np
import pytest
from field_folders import make_field

from medview.core.errors import InputRefused
from medview.core.radiance import Placement, ScaleSource
from medview.core.scale_words import ARBITRARY, scale_banner, scale_facts, scale_words
from medview.ml.field_folder import PLACEMENT_NAME
from medview.session.fields.opening import read_field
from medview.session.fields.placing import is_same, pair_distances, read_placement, write_placement

LANDMARKS = [(0.1, 0.2, -0.3), (0.8, -0.1, 0.2), (-0.4, 0.6, 0.1), (0.2, -0.5, 0.7)]
QUARTER = np.array([[0.0, -80, 0, 12], [80, 0, 0, -30], [0, 0, 80, 250], [0, 0, 0, 1]])
"""80 mm per unit, a quarter turn about z, and a shift."""


@pytest.fixture
def scene(workflows, session, tmp_path):
    workflows.opening.open_paths((make_field(tmp_path / "cavity.field"),))
    return session.state.layers[0].id


def in_patient(point):
    return tuple(float(value) for value in (QUARTER @ [*point, 1])[:3])


def placement_of(session, layer_id) -> Placement:
    return session.state.layer(layer_id).data.placement


def add_pairs(workflows, layer_id, shifts=((0, 0, 0),) * 4):
    for point, shift in zip(LANDMARKS, shifts, strict=True):
        patient = tuple(np.add(in_patient(point), shift).tolist())
        workflows.placing.add_pair(layer_id, point, patient)


def test_exact_landmarks_lay_the_scene_upon_the_patient(workflows, session, scene, heard):
    add_pairs(workflows, scene)
    workflows.placing.apply(scene)
    placement = placement_of(session, scene)
    np.testing.assert_allclose(placement.ras_from_scene, QUARTER, atol=1e-9)
    assert placement.residual_mm < 1e-6
    assert placement.scale_source is ScaleSource.LANDMARKS and placement.is_measurable
    assert "80 mm per unit" in heard.told[-1] and not heard.failed


def test_a_landmark_out_of_place_leaves_the_residual_counted_by_hand(workflows, session, scene):
    # a square with its corners lifted by turns: no similarity takes that back, so 3 mm are left everywhere
    corners = [(1.0, 1, 0), (-1, 1, 0), (-1, -1, 0), (1, -1, 0)]
    for corner, lift in zip(corners, (3, -3, 3, -3), strict=True):
        workflows.placing.add_pair(scene, corner, (80 * corner[0], 80 * corner[1], lift))
    workflows.placing.apply(scene)
    placement = placement_of(session, scene)
    assert placement.residual_mm == pytest.approx(3, abs=1e-9)
    np.testing.assert_allclose(pair_distances(placement), [3] * 4, atol=1e-9)
    assert placement.mm_per_unit == pytest.approx(80)


def test_each_change_is_a_named_step_and_lies_on_disk_also_when_taken_back(workflows, session, scene):
    folder = session.state.layer(scene).data.folder
    add_pairs(workflows, scene)
    before = placement_of(session, scene)
    workflows.placing.apply(scene)
    assert session.undo_stack.undo_title == "Place the scene by 4 pairs"
    assert read_placement(folder).scale_source is ScaleSource.LANDMARKS
    session.undo()
    assert placement_of(session, scene) is before
    assert is_same(read_placement(folder), before)
    session.undo()
    assert len(placement_of(session, scene).landmarks) == 3
    assert len(read_placement(folder).landmarks) == 3
    session.redo()
    session.redo()
    assert read_placement(folder).residual_mm < 1e-6


def test_a_pair_can_be_taken_away(workflows, session, scene):
    add_pairs(workflows, scene)
    workflows.placing.remove_pair(scene, 1)
    assert [pair[0] for pair in placement_of(session, scene).landmarks] == [*LANDMARKS[:1], *LANDMARKS[2:]]
    workflows.placing.remove_pair(scene, 7)
    assert len(placement_of(session, scene).landmarks) == 3


def test_too_few_pairs_are_refused_and_nothing_changes(workflows, session, scene):
    workflows.placing.add_pair(scene, (0, 0, 0), (1, 2, 3))
    before = placement_of(session, scene)
    with pytest.raises(InputRefused, match="1 of 3 pairs"):
        workflows.placing.apply(scene)
    assert placement_of(session, scene) is before


def test_a_known_length_scales_about_the_middle_of_its_ends(workflows, session, scene):
    # 0.6 units are 30 mm at first; 12 mm are true, so that a unit becomes 20 mm
    start, end = (0.2, 0.0, 0.1), (0.2, 0.6, 0.1)
    workflows.placing.scale(scene, start, end, 12.0)
    placement = placement_of(session, scene)
    assert placement.mm_per_unit == pytest.approx(20)
    assert placement.scale_source is ScaleSource.LENGTH
    a, b = ((placement.ras_from_scene @ [*point, 1])[:3] for point in (start, end))
    assert math.dist(a, b) == pytest.approx(12)
    np.testing.assert_allclose((a + b) / 2, [10, 15, 5])
    session.undo()
    assert placement_of(session, scene).mm_per_unit == pytest.approx(50)


@pytest.mark.parametrize(
    ("end", "length", "words"),
    [((0.5, 0, 0), 0.0, "no length"), ((0.5, 0, 0), math.nan, "no length"), ((0, 0, 0), 5.0, "same point")],
)
def test_lengths_that_are_refused(workflows, session, scene, end, length, words):
    with pytest.raises(InputRefused, match=words):
        workflows.placing.scale(scene, (0, 0, 0), end, length)
    assert not placement_of(session, scene).is_measurable


def test_the_place_is_there_when_the_scene_is_opened_again(workflows, session, scene):
    add_pairs(workflows, scene)
    workflows.placing.apply(scene)
    again = read_field(session.state.layer(scene).data.folder)
    assert is_same(again.data.placement, placement_of(session, scene))
    assert not any(PLACEMENT_NAME in words for words in again.warnings)


def test_a_scene_point_is_where_the_crosshair_lies_in_the_scene(workflows, scene):
    assert workflows.placing.scene_point(scene, (25.0, -50.0, 10.0)) == pytest.approx((0.5, -1, 0.2))


@pytest.mark.parametrize(
    "change",
    [
        {"ras_from_scene": [[1, 0, 0, 0], [0, 2, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]]},
        {"ras_from_scene": [[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, -1, 0], [0, 0, 0, 1]]},
        {"format": 9},
        {"scale_source": "guessed"},
        {"landmarks": [[[0, 0, 0]]]},
        {"residual_mm": "small"},
    ],
)
def test_a_damaged_place_is_left_out_with_a_warning(tmp_path, change):
    folder = make_field(tmp_path / "a.field")
    write_placement(folder, Placement(ras_from_scene=np.eye(4)))
    path = folder / PLACEMENT_NAME
    path.write_text(json.dumps({**json.loads(path.read_text()), **change}))
    with pytest.raises(InputRefused):
        read_placement(folder)
    content = read_field(folder)
    assert content.data.placement.mm_per_unit == pytest.approx(50)
    assert any(PLACEMENT_NAME in words for words in content.warnings)


def test_what_is_said_of_the_size():
    free = Placement(ras_from_scene=np.diag([50.0, 50, 50, 1]))
    assert scale_banner(free) == ARBITRARY
    assert scale_words(free) == "1 unit is 50 mm for show only."
    assert scale_facts(free)["unit"] == "arbitrary" and scale_facts(free)["mm_per_unit"] is None
    known = replace(free, scale_source=ScaleSource.LANDMARKS, residual_mm=0.824)
    assert scale_banner(known) == ""
    assert scale_words(known) == "1 unit is 50 mm, from pairs of landmarks (0.82 mm root mean square)."
    assert scale_facts(known)["unit"] == "mm"
