from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from medview.core.codes import Code, Terminology
from medview.core.errors import InputRefused, LabelLocked
from medview.core.labels import LabelEntry, Patch
from medview.core.origin import BY_HAND, NOT_STATED
from medview.io.label_tables.files import read_label_table
from medview.session import masks
from medview.session.labels.table import (
    add_label,
    change_labels,
    free_values,
    label_map,
    move_labels,
    take_entries,
)
from medview.session.labels.vocabulary import bundled_tables


@pytest.fixture
def mask(workflows, session, scan_file):
    """A mask with three labels: two boxes of 1, one of 2, none of 3."""
    workflows.opening.open_paths([scan_file()])
    layer_id = masks.new_mask(session)
    for name in ("Vein", "Nerve"):
        add_label(session, layer_id, name)
    with session.stroke(layer_id, "Paint") as stroke:
        stroke.apply(Patch((0, 0, 0), np.full((2, 2, 2), 1, np.uint8)))
        stroke.apply(Patch((5, 5, 5), np.full((3, 3, 3), 1, np.uint8)))
        stroke.apply(Patch((0, 5, 0), np.full((2, 2, 1), 2, np.uint8)))
    return layer_id


def names(session, mask):
    return [entry.name for entry in label_map(session, mask).table.entries]


def counts(session, mask):
    labels = label_map(session, mask)
    return {value: labels.voxel_count(value) for value in labels.held_values()}


def test_each_deed_is_a_named_step_and_undo_brings_back_voxels_and_table(workflows, session, mask) -> None:
    before = counts(session, mask), label_map(session, mask).table
    workflows.labels.merge(mask, (2, 3), 1)
    assert names(session, mask) == ["Mask"] and counts(session, mask) == {1: 39}
    assert session.undo() == "Merge 2 labels into Mask"
    assert (counts(session, mask), label_map(session, mask).table) == before
    assert session.redo() == "Merge 2 labels into Mask" and counts(session, mask) == {1: 39}
    session.undo()
    workflows.labels.remove(mask, (1,))
    assert names(session, mask) == ["Vein", "Nerve"] and counts(session, mask) == {2: 4}
    assert session.undo() == "Remove Mask"
    workflows.labels.split(mask, 1)
    assert names(session, mask) == ["Mask", "Mask 2", "Vein", "Nerve"]
    assert counts(session, mask) == {1: 27, 2: 4, 4: 8}
    assert session.undo() == "Split Mask"
    assert (counts(session, mask), label_map(session, mask).table) == before


def test_the_steps_hold_patches_and_no_array(workflows, session, mask) -> None:
    workflows.labels.merge(mask, (1,), 2)
    assert session.undo_stack.history[-1].title == "Merge Mask into Vein"
    assert session.undo_stack.history[-1].nbytes < 2000


def test_locked_labels_are_refused_before_anything_happens(workflows, session, mask, heard) -> None:
    change_labels(session, mask, (1,), locked=True)
    before = counts(session, mask), label_map(session, mask).table
    for deed in (
        lambda: workflows.labels.merge(mask, (2,), 1),
        lambda: workflows.labels.merge(mask, (1,), 2),
        lambda: workflows.labels.remove(mask, (2, 1)),
        lambda: workflows.labels.split(mask, 1),
    ):
        with pytest.raises(LabelLocked, match="Cannot change Mask: the label is locked"):
            deed()
    assert (counts(session, mask), label_map(session, mask).table) == before


def test_several_labels_are_locked_hidden_and_moved_together(session, mask) -> None:
    change_labels(session, mask, (1, 3), locked=True)
    assert label_map(session, mask).table.locked_values == (1, 3)
    change_labels(session, mask, (1, 3), locked=True)
    assert session.undo_stack.undo_title == "Lock 2 labels"
    change_labels(session, mask, (2,), note="half done")
    assert session.undo() == "Note of Vein" and label_map(session, mask).table.find(2).note == ""
    move_labels(session, mask, (2, 3), -1)
    assert names(session, mask) == ["Vein", "Nerve", "Mask"]
    assert session.undo_stack.undo_title == "Move 2 labels up"
    move_labels(session, mask, (2, 3), -1)
    assert names(session, mask) == ["Vein", "Nerve", "Mask"]
    move_labels(session, mask, (2,), 5)
    assert names(session, mask) == ["Vein", "Nerve", "Mask"]
    move_labels(session, mask, (2, 1), 1)
    assert names(session, mask) == ["Nerve", "Vein", "Mask"]


def test_a_file_gives_words_and_takes_no_lock_code_or_note_away(
    workflows, session, mask, heard, tmp_path
) -> None:
    artery = Terminology(type=Code("51114001", "SCT", "Artery"))
    change_labels(session, mask, (1,), locked=True, note="done", terms=artery)
    entries = (
        LabelEntry(value=1, name="Artery", colour=(1, 2, 3)),
        LabelEntry(value=200, name="Bone", colour=(4, 5, 6)),
    )
    path = tmp_path / "names.csv"
    path.write_text("value,name\n1,Artery\n200,Bone\n")
    workflows.labels.load(mask, path)
    first, *_, last = label_map(session, mask).table.entries
    assert (first.name, first.locked, first.note, first.terms) == ("Artery", True, "done", artery)
    assert (last.value, last.name) == (200, "Bone") and session.undo() == "Load labels from names.csv"
    take_entries(session, mask, entries, "Take")
    assert label_map(session, mask).table.find(1).colour == (1, 2, 3)
    path.write_text("value,name\n300,Large\n")
    workflows.labels.load(mask, path)
    assert heard.failed[-1][1] == "it has label 300, and this mask holds numbers up to 255"
    path.write_text("nothing")
    workflows.labels.load(mask, path)
    assert heard.failed[-1][0] == "Cannot open names.csv"


def test_a_saved_table_is_read_back_and_losses_are_told(workflows, session, mask, heard, tmp_path) -> None:
    change_labels(session, mask, (2,), locked=True, note="n")
    workflows.labels.save(mask, tmp_path / "t.json")
    kept = label_map(session, mask).table.entries
    # whose work the voxels of this mask are is no part of a table for any mask
    assert kept[0].origin == BY_HAND
    assert read_label_table(tmp_path / "t.json") == tuple(replace(e, origin=NOT_STATED) for e in kept)
    assert heard.told[-1] == "Saved 3 labels to t.json."
    workflows.labels.save(mask, tmp_path / "t.txt")
    assert heard.told[-1] == "Saved 3 labels to t.txt. This format keeps no codes, locks and notes."


def test_jumping_moves_the_crosshair_onto_the_label(workflows, session, mask, heard) -> None:
    labels = label_map(session, mask)
    workflows.labels.jump_to(mask, 1)
    assert labels.array[labels.geometry.voxel_at(session.state.view.cursor_ras)] == 1
    workflows.labels.jump_to(mask, 3)
    assert heard.told[-1] == "Nerve has no voxels yet."


def test_measuring_tells_volume_pieces_and_what_the_scan_holds(workflows, session, mask) -> None:
    told = []
    workflows.labels.measure(mask, (1, 3), told.append)
    ml = label_map(session, mask).volume_ml(1)
    assert f"Volume: {ml:.3f} mL (35 voxels)\nPieces: 2\n" in told[0]
    assert "brain_T2: mean" in told[0] and "Nerve (number 3)\nNo voxels yet" in told[0]


def test_a_deed_is_computed_again_where_the_mask_has_changed_meanwhile(workflows, session, mask) -> None:
    lane, waiting = workflows.labels._jobs._lane, []

    class Slow:
        def submit(self, job, on_event):
            waiting.append((job, on_event))
            return lane.submit(job, lambda event: waiting.append((event, on_event)))

    workflows.labels._jobs._lane = Slow()
    workflows.labels.remove(mask, (1,))
    with session.stroke(mask, "Late") as stroke:
        stroke.apply(Patch((9, 9, 5), np.full((1, 1, 1), 1, np.uint8)))
    workflows.labels._jobs._lane = lane
    for event, on_event in waiting[1:]:
        on_event(event)
    assert 1 not in counts(session, mask) and names(session, mask) == ["Vein", "Nerve"]
    session.undo()
    assert counts(session, mask)[1] == 36


def test_a_mask_that_is_full_says_so(session, mask) -> None:
    take_entries(
        session, mask, [LabelEntry(value=v, name=str(v), colour=(0, 0, 0)) for v in range(4, 256)], "Many"
    )
    assert free_values(label_map(session, mask)) == ()
    with pytest.raises(InputRefused, match="this mask holds 255 labels at most"):
        add_label(session, mask)


def test_a_table_of_the_program_names_and_codes_labels_in_one_step(workflows, session, mask) -> None:
    table = next(table for table in bundled_tables() if table.table_id == "heart")
    workflows.labels.take(mask, table)
    assert session.undo_stack.undo_title == "Take labels of Heart"
    assert label_map(session, mask).table.find(1).terms.type == Code("87878005", "SCT", "Left ventricle")


def test_a_saved_mask_brings_back_codes_locks_eyes_and_notes(workflows, session, mask, tmp_path) -> None:
    terms = Terminology(category=Code("85756007", "SCT", "Tissue"), type=Code("29092000", "SCT", "Vein"))
    change_labels(session, mask, (2,), locked=True, visible=False, note="half done", terms=terms)
    move_labels(session, mask, (2,), -1)
    workflows.saving.save_layer(mask, tmp_path / "mask.nii.gz")
    workflows.opening.open_paths([tmp_path / "mask.nii.gz"])
    again = session.state.layers[-1]
    assert again.data.table == label_map(session, mask).table
    session.set_active(mask)
    workflows.labels.remove(mask, (1, 3))
    change_labels(session, mask, (2,), locked=False)
    workflows.labels.remove(mask, (2,))
    workflows.saving.save_layer(mask, tmp_path / "mask.nii.gz")
    assert not (tmp_path / "mask.labels.json").exists()
