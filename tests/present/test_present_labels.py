"""The label table against a fake view: what it shows, and what a person's deeds become."""

from __future__ import annotations

import numpy as np
import pytest
from scans import image_layer, mask_layer

from medview.core.labels import LabelEntry, Patch
from medview.core.overwrite import Overwrite, OverwriteRule
from medview.core.state import Tool
from medview.io.label_tables.files import read_label_table
from medview.present.labels_presenter import volume_text
from medview.session.commands import AddLayers

ENTRIES = (
    LabelEntry(value=1, name="Vessel", colour=(230, 40, 40)),
    LabelEntry(value=2, name="Lesion", colour=(0, 158, 115)),
    LabelEntry(value=5, name="Bone", colour=(1, 2, 3)),
)


@pytest.fixture
def table(desk):
    """The fake table over a mask with 8 voxels of label 1 and 4 of label 2, on voxels of 3 mm³."""
    layers = tuple(make(desk.session) for make in (image_layer, lambda s: mask_layer(s, entries=ENTRIES)))
    desk.session.do(AddLayers(title="Open", layers=layers))
    with desk.session.stroke(layers[-1].id, "Paint") as stroke:
        stroke.apply(Patch((0, 0, 0), np.full((2, 2, 2), 1, np.uint8)))
        stroke.apply(Patch((4, 0, 0), np.full((2, 2, 1), 2, np.uint8)))
    return desk.views.labels


def labels(desk):
    return desk.session.state.active.data


def told(desk):
    return desk.window.errors[-1] if desk.window.errors else None


def test_rows_have_volumes_that_follow_every_stroke(desk, table) -> None:
    assert [(row.entry.name, row.volume) for row in table.plan.rows] == [
        ("Vessel", "0.0240"), ("Lesion", "0.0120"), ("Bone", ""),
    ]  # fmt: skip
    stroke = desk.session.begin_stroke(desk.session.state.active_id, "Paint")
    stroke.apply(Patch((4, 0, 0), np.full((2, 2, 1), 5, np.uint8)))
    assert [row.volume for row in table.plan.rows] == ["0.0240", "", "0.0120"]
    stroke.roll_back()
    assert [row.volume for row in table.plan.rows] == ["0.0240", "0.0120", ""]


@pytest.mark.parametrize(
    ("ml", "text"),
    [(0, ""), (0.00012, "0.000120"), (1.234, "1.23"), (12.34, "12.3"), (99.94, "99.9"), (1234.5, "1234")],
)
def test_volumes_have_three_figures(ml, text) -> None:
    assert volume_text(ml) == text


def test_without_a_mask_the_table_is_empty_and_says_why(desk, table) -> None:
    desk.session.set_active(desk.session.state.layers[0].id)
    assert table.plan.rows == () and table.plan.why_not.startswith("Choose a mask")
    assert desk.why_not("labels.load") == desk.why_not("labels.take_brain") == table.plan.why_not
    table.removed.emit((1,))
    assert told(desk) is None


def test_looking_around_makes_no_rows_anew(desk, table) -> None:
    shown = len(table.plans)
    for x in range(5):
        desk.session.set_view(cursor_ras=(float(x), 0.0, 0.0))
    assert len(table.plans) == shown


def test_names_colours_locks_eyes_and_notes_are_undo_steps(desk, table) -> None:
    for values, changes, title in (
        ((1,), {"name": "Artery"}, "Rename Vessel"),
        ((1, 2), {"locked": True}, "Lock 2 labels"),
        ((2,), {"visible": False}, "Hide Lesion"),
        ((5,), {"note": "half"}, "Note of Bone"),
        ((5,), {"colour": (9, 9, 9)}, "Colour of Bone"),
    ):
        table.changed.emit(values, changes)
        assert desk.session.undo_stack.undo_title == title
        for row in table.plan.rows:
            if row.entry.value in values:
                assert all(getattr(row.entry, field) == value for field, value in changes.items())


def test_a_hidden_label_is_drawn_nowhere_and_cannot_be_painted_unseen(desk, table) -> None:
    table.chosen.emit(2)
    assert [colour[0] for colour in desk.axial.plan.layers[-1].colours] == [1, 2, 5]
    table.changed.emit((2,), {"visible": False})
    assert [colour[0] for colour in desk.axial.plan.layers[-1].colours] == [1, 5]
    assert desk.views.edit.plan.why_not == "Lesion is hidden; show it before painting."


def test_removing_asks_where_voxels_would_go_and_takes_up_another_label(desk, table) -> None:
    table.chosen.emit(1)
    table.answer = False
    table.removed.emit((1, 2))
    assert table.questions == ["Remove 2 labels with 0.0360 mL from the mask?"]
    assert len(table.plan.rows) == 3
    table.answer = True
    table.removed.emit((1,))
    assert table.questions[-1] == "Remove Vessel and its 0.0240 mL from the mask?"
    assert [row.entry.value for row in table.plan.rows] == [2, 5] and table.plan.value == 2
    table.removed.emit((5,))
    assert len(table.questions) == 2
    assert desk.session.undo() == "Remove Bone" and desk.session.undo() == "Remove Vessel"
    assert labels(desk).voxel_count(1) == 8


def test_a_locked_label_is_refused_without_a_question(desk, table) -> None:
    table.changed.emit((1,), {"locked": True})
    for act in (
        lambda: table.removed.emit((1,)),
        lambda: table.merged.emit((2,), 1),
        lambda: table.split_asked.emit(1),
    ):
        act()
        assert told(desk)[:2] == ("Cannot change Vessel", "the label is locked")
    assert table.questions == [] and labels(desk).voxel_count(1) == 8


def test_merge_move_split_jump_and_measure_reach_the_mask(desk, table) -> None:
    table.moved.emit((5,), -1)
    assert [row.entry.value for row in table.plan.rows] == [1, 5, 2]
    table.merged.emit((2, 5), 1)
    assert [row.entry.value for row in table.plan.rows] == [1] and labels(desk).voxel_count(1) == 12
    table.split_asked.emit(1)
    assert [row.entry.name for row in table.plan.rows] == ["Vessel", "Vessel 2"]
    table.jump_asked.emit(1)
    place = labels(desk).geometry.voxel_at(desk.session.state.view.cursor_ras)
    assert labels(desk).array[place] == 1
    table.measure_asked.emit((1,))
    assert desk.window.texts[-1][0] == "Labels measured" and "8 voxels" in desk.window.texts[-1][1]


def test_the_editor_gets_the_label_and_the_codes_that_are_known(desk, table) -> None:
    table.editor_asked.emit(2)
    entry, words = table.editors[-1]
    assert entry.name == "Lesion" and any(code.meaning == "Kidney" for code in words.types)
    assert [code.meaning for code in words.sides] == ["Left", "Right"]


def test_the_rule_is_part_of_the_view_and_every_stroke_keeps_to_it(desk, table) -> None:
    table.rule_changed.emit(OverwriteRule(kind=Overwrite.BACKGROUND))
    assert table.plan.rule.kind is Overwrite.BACKGROUND
    table.chosen.emit(5)
    desk.session.set_view(tool=Tool.BRUSH, brush_radius_mm=50.0)
    place = tuple(float(mm) for mm in labels(desk).geometry.ras_of((1, 1, 0)))
    desk.axial.drag(place, place)
    assert (labels(desk).voxel_count(1), labels(desk).voxel_count(2)) == (8, 4)
    assert labels(desk).voxel_count(5) == 10 * 12 - 8
    desk.session.set_view(tool=Tool.ERASER)
    desk.axial.drag(place, place)
    assert labels(desk).voxel_count(5) == 0
    assert (labels(desk).voxel_count(1), labels(desk).voxel_count(2)) == (8, 4)


def test_labels_are_loaded_saved_and_taken_from_the_menu(desk, table, tmp_path) -> None:
    desk.run("labels.load")
    path = desk.window.answers["labels file"] = tmp_path / "in.csv"
    path.write_text("value,name\n2,Tumour\n")
    desk.run("labels.load")
    assert table.plan.rows[1].entry.name == "Tumour"
    desk.window.answers["labels path"] = tmp_path / "out.ctbl"
    desk.run("labels.save")
    assert desk.window.suggested.name == "vessels_labels.json"
    assert [entry.name for entry in read_label_table(tmp_path / "out.ctbl")] == ["Vessel", "Tumour", "Bone"]
    assert "keeps no codes" not in desk.window.hints[-1]
    desk.run("labels.take_lesions")
    assert table.plan.rows[1].entry.name == "Primary tumour"
    table.added.emit()
    assert table.plan.rows[-1].entry.value == table.plan.value == 14


def test_jumping_is_off_where_there_is_nothing_to_look_at(desk, table) -> None:
    desk.session.set_view(label_value=5)
    assert desk.why_not("labels.jump") == "The chosen label has no voxels yet."
    desk.session.set_view(label_value=1)
    assert desk.why_not("labels.jump") == ""
