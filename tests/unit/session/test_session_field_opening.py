"""A trained scene opened as a layer: what comes along, what is refused, what the journal brings back."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from field_folders import make_field

from medview.core.errors import InputRefused
from medview.core.labels import LabelMap, LabelTable
from medview.core.layers import LayerKind
from medview.core.radiance import FIRST_MM_PER_UNIT, FieldDisplay, Placement, ScaleSource
from medview.core.state import Layout
from medview.ml.field_folder import BAKED_NAME, FACTS_NAME, POINTS_NAME
from medview.session.commands import ChangeLayer
from medview.session.fields.opening import read_field
from medview.session.files.layers_from import Content
from medview.session.journal.catalogue import orphans
from medview.session.journal.recorder import Recorder
from medview.session.journal.replay import replay
from medview.session.journal.sight import middle_picture
from medview.session.models.installs import looks_like_model
from medview.session.models.suggestions import suggest_layers


def test_a_field_folder_opens_as_one_layer_that_is_saved(workflows, session, heard, tmp_path):
    folder = make_field(tmp_path / "cavity.field")
    workflows.opening.open_paths((folder,))
    (layer,) = session.state.layers
    assert (layer.name, layer.kind, layer.path) == ("cavity", LayerKind.FIELD, folder)
    assert isinstance(layer.display, FieldDisplay)
    assert not layer.is_unsaved
    assert layer.provenance["scores"] == {"psnr circle": 21.5}
    assert layer.data.held_out == (4,)
    assert layer.data.points.shape == (3, 3)
    assert heard.failed == []
    session.undo()
    assert session.state.layers == ()


def test_the_description_of_a_field_stands_for_its_folder(workflows, session, tmp_path):
    folder = make_field(tmp_path / "cavity.field")
    workflows.opening.open_paths((folder / FACTS_NAME,))
    assert [layer.path for layer in session.state.layers] == [folder]


def test_cells_fill_the_box_and_lie_in_millimetres(tmp_path):
    field = read_field(make_field(tmp_path / "a.field")).data
    low, high = field.geometry.bounds_ras
    assert np.allclose(low, np.array([-1, -1, -1]) * FIRST_MM_PER_UNIT)
    assert np.allclose(high, np.array([1, 1, 2]) * FIRST_MM_PER_UNIT)
    assert field.placement.scale_source is ScaleSource.ARBITRARY


def test_a_capture_in_millimetres_gives_the_scene_its_size(tmp_path):
    placement = read_field(make_field(tmp_path / "a.field", is_metric=True)).data.placement
    assert placement.scale_source is ScaleSource.CAPTURE
    assert placement.mm_per_unit == pytest.approx(0.5), "the scene is the capture times two"


@pytest.mark.parametrize(
    ("name", "words"),
    [
        (FACTS_NAME, "damaged"),
        ("card.toml", "card"),
        (BAKED_NAME, "baked.npy is damaged"),
    ],
)
def test_damaged_files_are_refused_in_one_sentence(tmp_path, name, words):
    folder = make_field(tmp_path / "a.field")
    (folder / name).write_bytes(b"\x00\x01 nothing of it")
    with pytest.raises(InputRefused, match=words) as refusal:
        read_field(folder)
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize("name", ["card.toml", BAKED_NAME, "weights.safetensors"])
def test_missing_files_are_refused(tmp_path, name):
    folder = make_field(tmp_path / "a.field")
    (folder / name).unlink()
    with pytest.raises(InputRefused, match="missing"):
        read_field(folder)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"box": np.array([[1.0, -1, -1], [-1, 1, 1]])}, "box is empty"),
        ({"near": 3.0}, "distances"),
        ({"scene_from_capture": np.diag([0.0, 1, 1, 1])}, "folded"),
        ({"held_out": (99,)}, "held-out"),
        ({"times": np.full(10, 7.0)}, "times"),
    ],
)
def test_descriptions_that_make_no_sense_are_refused(tmp_path, changes, words):
    with pytest.raises(InputRefused, match=words):
        read_field(make_field(tmp_path / "a.field", **changes))


def test_a_lens_of_words_is_refused(tmp_path):
    folder = make_field(tmp_path / "a.field")
    table = json.loads((folder / FACTS_NAME).read_text())
    table["lenses"][0]["fx"] = "wide"
    (folder / FACTS_NAME).write_text(json.dumps(table))
    with pytest.raises(InputRefused, match="lens"):
        read_field(folder)


def test_damaged_points_are_left_out_with_a_warning(tmp_path):
    folder = make_field(tmp_path / "a.field")
    (folder / POINTS_NAME).write_bytes(b"PK nothing")
    content = read_field(folder)
    assert content.data.points.shape == (0, 3)
    assert any("points.npz is damaged" in warning for warning in content.warnings)


def test_no_model_reads_a_field(workflows, session, tmp_path):
    workflows.opening.open_paths((make_field(tmp_path / "a.field"),))
    for spec in workflows.models.specs():
        assert all(not ids for ids in suggest_layers(spec, session.state).values())


def test_a_journal_brings_a_field_back_in_its_place(session, tmp_path, workflows):
    folder = make_field(tmp_path / "a.field")
    recorder = Recorder(session, tmp_path / "journals", lambda work: work(), lambda _trouble: None)
    workflows.opening.open_paths((folder,))
    (layer,) = session.state.layers
    moved = Placement(ras_from_scene=np.diag([7.0, 7, 7, 1]), scale_source=ScaleSource.LENGTH)
    data = replace(layer.data, placement=moved)
    session.do(ChangeLayer(layer_id=layer.id, changes={"data": data}, title="Scale"))
    assert recorder.settle()
    recorder.leave()
    (lost,) = orphans(tmp_path / "journals")
    again = replay(lost)
    assert again.notes == ()
    (found,) = again.session.state.layers
    assert found.data.placement.scale_source is ScaleSource.LENGTH
    assert np.array_equal(found.data.placement.ras_from_scene, moved.ras_from_scene)
    assert np.array_equal(found.data.baked, layer.data.baked)
    assert again.session.undo() == "Scale"
    lost.release()


def test_lost_work_of_a_field_alone_or_with_a_mask_has_a_sight(session, tmp_path, workflows):
    workflows.opening.open_paths((make_field(tmp_path / "a.field"),))
    assert middle_picture(session.state) is None
    (field,) = session.state.layers
    labels = LabelMap.empty(field.geometry, LabelTable.for_values(np.array([1])))
    workflows.opening.add("New mask", (Content(name="Mask", data=labels),))
    assert middle_picture(session.state).shape[2] == 3


def test_a_field_that_was_trained_on_since_does_not_come_back(session, tmp_path, workflows):
    folder = make_field(tmp_path / "a.field")
    recorder = Recorder(session, tmp_path / "journals", lambda work: work(), lambda _trouble: None)
    workflows.opening.open_paths((folder,))
    assert recorder.settle()
    recorder.leave()
    (folder / FACTS_NAME).write_text((folder / FACTS_NAME).read_text() + " ")
    (lost,) = orphans(tmp_path / "journals")
    again = replay(lost)
    assert again.session.state.layers == ()
    assert "The scene cavity was not found as it was" in again.notes[0]
    lost.release()


def test_a_field_alone_is_looked_at_in_3d_and_is_not_saved_as_a_file(workflows, session, heard, tmp_path):
    workflows.opening.open_paths((make_field(tmp_path / "a.field"),))
    assert session.state.view.layout is Layout.VOLUME
    (layer,) = session.state.layers
    with pytest.raises(InputRefused, match="lies in the folder"):
        workflows.saving.save_layer(layer.id, tmp_path / "a.nii.gz")
    assert not (tmp_path / "a.nii.gz").exists()


def test_beside_a_scan_a_field_leaves_the_layout_alone(workflows, session, scan_file, tmp_path):
    workflows.opening.open_paths((scan_file(),))
    workflows.opening.open_paths((make_field(tmp_path / "a.field"),))
    assert session.state.view.layout is Layout.FOUR_UP
    assert session.state.base.name == "brain_T2", "the scan sets planes and steps"


def test_a_scene_is_no_model_to_install(tmp_path):
    assert not looks_like_model(make_field(tmp_path / "a.field"))
