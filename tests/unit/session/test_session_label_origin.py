"""Labels know who changed them, and lose the mark of review when somebody does; undo brings both back."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from medview.core.labels import LabelEntry, LabelTable, Patch
from medview.core.layers import LayerId
from medview.core.origin import BY_HAND, HAND, Maker, MakerKind, Origin
from medview.session import masks
from medview.session.commands import ApplyPatches, ChangeLabelTable
from medview.session.journal.encoding import known_types
from medview.session.journal.plain import Packer, Unpacker
from medview.session.labels.table import add_label, change_labels, entry_of, label_map, take_entries

MODEL = Maker(
    kind=MakerKind.MODEL, name="vessels", version="1", weights_sha256="ab" * 32, params=(("threshold", 0.5),)
)


@pytest.fixture
def mask(workflows, session, scan_file):
    """A mask whose label 1 a model has made and a person reviewed; label 2 has no voxel."""
    workflows.opening.open_paths([scan_file()])
    layer_id = masks.new_mask(session)
    add_label(session, layer_id, "Vein")
    session.do(ApplyPatches.of("Result", layer_id, [box((0, 0, 0), 1)], by=MODEL))
    change_labels(session, layer_id, (1,), is_reviewed=True)
    return layer_id


def box(place, value, side=2):
    return Patch(place, np.full((side, side, side), value, np.uint8))


def told(session, mask, value):
    entry = entry_of(label_map(session, mask), value)
    return entry.origin.makers, entry.is_reviewed


def paint(session, mask, *patches):
    with session.stroke(mask, "Paint") as stroke:
        for patch in patches:
            stroke.apply(patch)


def test_a_stroke_on_a_models_label_corrects_it_within_its_own_step(session, mask, heard) -> None:
    assert told(session, mask, 1) == ((MODEL,), True)
    steps, revision = session.undo_stack.count, label_map(session, mask).revision
    paint(session, mask, box((5, 5, 5), 1), box((6, 5, 5), 1))
    assert told(session, mask, 1) == ((MODEL, HAND), False)
    assert session.undo_stack.count == steps + 1
    assert heard.told[-1] == "Mask has changed and is no longer marked as reviewed."
    painted = label_map(session, mask).revision
    assert session.state.layer(mask).revision == painted
    session.undo()
    assert told(session, mask, 1) == ((MODEL,), True) and label_map(session, mask).revision == revision
    session.redo()
    assert told(session, mask, 1) == ((MODEL, HAND), False) and label_map(session, mask).revision == painted


def test_only_labels_that_lost_or_won_voxels_are_touched(session, mask) -> None:
    add_label(session, mask, "Nerve")
    paint(session, mask, box((5, 5, 5), 3))
    assert told(session, mask, 1) == ((MODEL,), True)
    assert told(session, mask, 2) == ((), False) and told(session, mask, 3) == ((HAND,), False)
    # the same numbers once more: nothing changes
    change_labels(session, mask, (3,), is_reviewed=True)
    paint(session, mask, box((5, 5, 5), 3))
    assert told(session, mask, 3) == ((HAND,), True)
    # painted over: label 1 loses voxels, and is touched too
    paint(session, mask, box((1, 1, 1), 3))
    assert told(session, mask, 1) == ((MODEL, HAND), False)


def test_a_second_stroke_of_the_same_hand_changes_no_table(session, mask) -> None:
    paint(session, mask, box((5, 5, 5), 2))
    table = label_map(session, mask).table
    paint(session, mask, box((7, 5, 5), 2))
    assert label_map(session, mask).table is table


def test_far_dabs_of_one_stroke_that_overlap_leave_the_origin_right(session, mask) -> None:
    dabs = [box((0, 0, 0), 1), box((10, 8, 6), 1), box((0, 0, 0), 1), box((1, 0, 0), 1)]
    paint(session, mask, *dabs)
    assert told(session, mask, 1) == ((MODEL, HAND), False)


def test_a_model_that_works_on_handwork_is_noted_after_the_hand(session, mask) -> None:
    paint(session, mask, box((5, 5, 5), 2))
    session.do(ApplyPatches.of("Accept", mask, [box((6, 5, 5), 2)], by=MODEL))
    assert told(session, mask, 2) == ((HAND, MODEL), False)


def test_a_stroke_taken_back_leaves_mark_and_origin(session, mask) -> None:
    stroke = session.begin_stroke(mask, "Paint")
    stroke.apply(box((5, 5, 5), 1))
    stroke.roll_back()
    assert told(session, mask, 1) == ((MODEL,), True)


def test_merged_and_split_labels_keep_their_makers_and_are_to_be_reviewed(
    workflows, session, mask, heard
) -> None:
    paint(session, mask, box((5, 5, 5), 2))
    change_labels(session, mask, (2,), is_reviewed=True)
    workflows.labels.merge(mask, (2,), 1)
    assert told(session, mask, 1) == ((MODEL, HAND), False)
    assert heard.told[-1] == "Mask has changed and is no longer marked as reviewed."
    session.undo()
    assert told(session, mask, 1) == ((MODEL,), True) and told(session, mask, 2) == ((HAND,), True)
    session.redo()
    workflows.labels.split(mask, 1)
    assert told(session, mask, 1) == told(session, mask, 2) == ((MODEL, HAND), False)


def test_another_name_or_code_is_to_be_reviewed_but_not_another_colour(session, mask, heard) -> None:
    change_labels(session, mask, (1,), colour=(9, 9, 9), note="half")
    assert told(session, mask, 1)[1] and session.undo_stack.undo_title == "Note of Mask"
    change_labels(session, mask, (1,), name="Artery")
    assert not told(session, mask, 1)[1]
    change_labels(session, mask, (1,), is_reviewed=True)
    assert session.undo_stack.undo_title == "Artery reviewed"
    change_labels(session, mask, (1,), is_reviewed=False)
    assert session.undo_stack.undo_title == "Artery to be reviewed again"
    assert heard.told == ["Mask has changed and is no longer marked as reviewed."]


def test_a_table_file_says_nothing_about_the_voxels_of_this_mask(session, mask) -> None:
    entry = LabelEntry(value=1, name="Mask", colour=(1, 2, 3), origin=BY_HAND, is_reviewed=False)
    claim = replace(entry, value=2, is_reviewed=True)
    take_entries(session, mask, (entry, claim), "Load")
    assert told(session, mask, 1) == ((MODEL,), True) and told(session, mask, 2) == ((), False)


def test_origin_and_review_come_back_from_the_journal() -> None:
    entry = LabelEntry(value=1, name="a", colour=(1, 2, 3), origin=Origin((MODEL, HAND)), is_reviewed=True)
    commands = (
        ChangeLabelTable(layer_id=LayerId(1), table=LabelTable((entry,)), title="t"),
        ApplyPatches.of("Accept", LayerId(1), [box((0, 0, 0), 1)], by=MODEL),
        ApplyPatches.of("Merge", LayerId(1), [box((0, 0, 0), 1)], by=None),
    )
    packer = Packer()
    plain = json.loads(json.dumps(packer.pack(commands)))
    table, accepted, merged = Unpacker(known_types(), packer.parts, pytest.fail).unpack(plain)
    assert table.table.entries == (entry,) and accepted.by == MODEL and merged.by is None


def test_origin_and_review_are_saved_and_read_again(workflows, session, mask, tmp_path) -> None:
    paint(session, mask, box((5, 5, 5), 2))
    for name in ("a.nii.gz", "a.seg.nrrd", "a.mha"):
        workflows.saving.save_layer(mask, tmp_path / name)
        workflows.opening.open_paths([tmp_path / name])
        opened = session.state.active_id
        assert opened != mask
        assert told(session, opened, 1) == ((MODEL,), True) and told(session, opened, 2) == ((HAND,), False)
    # the header alone has it too
    (tmp_path / "a.labels.json").unlink()
    workflows.opening.open_paths([tmp_path / "a.seg.nrrd"])
    assert told(session, session.state.active_id, 1) == ((MODEL,), True)


def test_a_mask_from_a_file_that_says_nothing_is_the_files(tmp_path, workflows, session, mask) -> None:
    workflows.saving.save_layer(mask, tmp_path / "a.nii.gz")
    (tmp_path / "a.labels.json").unlink()
    workflows.opening.open_paths([tmp_path / "a.nii.gz"])
    file = Maker(kind=MakerKind.FILE, name="a.nii.gz")
    assert told(session, session.state.active_id, 1) == ((file,), False)
