"""Through a work list: what is saved, noted, let go and opened, and in which order."""

from __future__ import annotations

import json

import numpy as np
import pytest
from worklist_folders import bids_folder, plain_folder, write_mask
from worklist_office import Office, voxels

from medview.core.errors import InputRefused
from medview.core.labels import LabelEntry, Patch
from medview.io import atomic_file
from medview.jobs.job import Job
from medview.jobs.lanes import InlineLane
from medview.session import masks
from medview.session.job_desk import Reactions
from medview.session.journal.catalogue import orphans
from medview.session.labels.table import set_table
from medview.session.session import Session
from medview.session.workflows import Workflows
from medview.session.worklist import state_file
from medview.session.worklist.record import CaseState

DONE, IN_WORK, TO_DO, CHECKED = CaseState.DONE, CaseState.IN_WORK, CaseState.TO_DO, CaseState.CHECKED


@pytest.fixture
def office(tmp_path):
    made = Office(plain_folder(tmp_path / "scans"), tmp_path)
    yield made
    made.workflows.recovery.end()


def test_a_case_opens_with_its_scan_and_an_empty_mask_of_the_lists_labels(office) -> None:
    assert office.states == ["to do"] * 3 and not office.session.state.layers
    office.worklist.go_to("anna")
    scan, mask = office.session.state.layers
    assert scan.name == "anna" and mask.name == "anna AB" and not mask.data.array.any()
    assert office.session.state.active is mask and not mask.is_unsaved
    assert office.worklist.list.current == "anna" and office.worklist.mask is mask


def test_going_on_untouched_writes_nothing(office) -> None:
    office.worklist.go_to("anna")
    office.worklist.go_to("bert")
    assert not (office.root / "masks").exists() or not list((office.root / "masks").rglob("*.nii.gz"))
    assert office.states == ["to do"] * 3 and office.worklist.list.current == "bert"


def test_going_on_saves_the_mask_and_notes_that_it_is_in_work(office) -> None:
    office.worklist.go_to("anna")
    office.paint()
    office.worklist.go_to("bert")
    assert voxels(office.root / "masks/AB/anna.nii.gz") == 4
    assert office.states == ["in work", "to do", "to do"]
    assert [layer.name for layer in office.session.state.layers] == ["bert", "bert AB"]
    assert office.session.undo_stack.count == 1 and not office.failed
    office.worklist.go_to("anna")
    assert int(office.worklist.mask.data.array.sum()) == 4 and not office.worklist.mask.is_unsaved


def test_done_is_noted_with_the_time_at_work(office) -> None:
    office.worklist.go_to("anna")
    office.work(40)
    office.paint()
    office.worklist.go_to("bert", DONE)
    assert office.noted("anna")["state"] == "done" and office.noted("anna")["seconds"] == 40
    office.work(20, now_s=1000)
    office.worklist.go_to("cleo")
    assert office.noted("bert")["seconds"] == 20 and office.noted("bert")["state"] == "to do"


def test_done_without_a_stroke_saves_an_empty_mask(office) -> None:
    office.worklist.go_to("anna")
    office.worklist.go_to(None, DONE)
    assert voxels(office.root / "masks/AB/anna.nii.gz") == 0 and office.states[0] == "done"
    assert office.worklist.list.current == "anna" and len(office.session.state.layers) == 2


def test_a_new_start_finds_state_mask_and_time(office, tmp_path) -> None:
    office.worklist.go_to("anna")
    office.work(30)
    office.paint()
    office.worklist.go_to("bert", DONE)
    office.workflows.recovery.end()
    again = Office(office.root, tmp_path / "again")
    assert again.states == ["done", "to do", "to do"]
    again.worklist.go_to("anna")
    assert int(again.worklist.mask.data.array.sum()) == 4
    assert again.worklist.list.record.of("anna", "AB").seconds == 30
    again.workflows.recovery.end()


def test_the_journal_ends_with_its_case_and_a_new_one_begins(office) -> None:
    office.worklist.go_to("anna")
    office.paint()
    (first,) = office.journals()
    office.worklist.go_to("bert")
    (second,) = office.journals()
    assert first != second


def test_a_mask_that_cannot_be_saved_keeps_the_case_open_with_its_journal(office, monkeypatch) -> None:
    office.worklist.go_to("anna")
    office.paint()
    before = office.journals()

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(atomic_file, "_settle", full)
    office.worklist.go_to("bert", DONE)
    assert office.worklist.list.current == "anna" and office.worklist.mask.is_unsaved
    assert len(office.failed) == 1 and not office.worklist.is_moving
    assert office.journals() == before and office.states[0] == "to do"
    monkeypatch.undo()
    office.worklist.go_to("bert", DONE)
    assert office.states[0] == "done" and office.worklist.list.current == "bert"


def test_a_state_that_cannot_be_noted_keeps_the_case_open_and_the_time(office, monkeypatch) -> None:
    office.worklist.go_to("anna")
    office.work(30)
    office.paint()

    def refused(path, _text):
        raise atomic_file.failure(path, PermissionError(13, "Permission denied"))

    monkeypatch.setattr(state_file, "write_text", refused)
    office.worklist.go_to("bert", DONE)
    assert office.worklist.list.current == "anna" and len(office.failed) == 1
    assert office.worklist.seconds_here == 30 and not office.worklist.is_moving
    monkeypatch.undo()
    office.worklist.go_to("bert", DONE)
    assert office.noted("anna")["seconds"] == 30


def test_a_case_that_cannot_be_read_leaves_the_one_before_open_and_saved(office) -> None:
    (office.root / "bert.nii.gz").write_bytes(b"no scan")
    office.worklist.go_to("anna")
    office.paint()
    office.worklist.go_to("bert")
    assert office.worklist.list.current == "anna" and office.failed
    assert not office.worklist.mask.is_unsaved and office.states[0] == "in work"
    office.worklist.go_to("cleo")
    assert office.worklist.list.current == "cleo"


def test_killed_between_the_mask_and_its_state_the_case_is_in_work(office, tmp_path, monkeypatch) -> None:
    office.worklist.go_to("anna")
    office.paint()
    monkeypatch.setattr(office.worklist._work, "note", lambda *_: None)  # the program ends here
    office.worklist.go_to("bert", DONE)
    office.workflows.recovery.recorder.leave()
    again = Office(office.root, tmp_path)
    assert again.states == ["in work", "to do", "to do"]
    again.worklist.go_to("anna")
    assert int(again.worklist.mask.data.array.sum()) == 4
    # what the journal would bring back lies on disk: nothing of it is offered as lost
    again.workflows.recovery.end()
    offers = []
    again.workflows.recovery.look(offers.append)
    assert offers == [()]


def test_lost_work_that_came_back_is_the_open_case_again(office, tmp_path) -> None:
    office.worklist.go_to("anna")
    office.paint()
    office.worklist.go_to("bert")
    office.paint(at=(4, 4, 4))
    office.workflows.recovery.recorder.settle()
    office.workflows.recovery.recorder.leave()
    lane = InlineLane()
    session = Session()
    workflows = Workflows(
        session, files_lane=lane, models_lane=lane, post=lambda work: work(), surface_maker="",
        journals=tmp_path / "journals",
    )  # fmt: skip
    offers = []
    workflows.recovery.look(offers.extend)
    (offer,) = offers
    workflows.recovery.restore(offer.offer_id)
    workflows.worklist.open_folder(office.root, "AB")
    assert workflows.worklist.list.current == "bert"
    assert workflows.worklist.mask.is_unsaved
    workflows.worklist.go_to("cleo")
    assert voxels(office.root / "masks/AB/bert.nii.gz") == 4
    assert not orphans(tmp_path / "journals")
    workflows.recovery.end()


def test_a_running_job_of_the_case_keeps_it_open(office) -> None:
    office.worklist.go_to("anna")
    waiting = []

    class Waiting(InlineLane):
        def submit(self, job, on_event):
            waiting.append(job)

    desk = office.worklist._work.desk
    job_id = desk.start(Waiting(), Job(title="Vessels", target="x:y"), Reactions(done=lambda _: None))
    with pytest.raises(InputRefused, match=r"“Vessels” is still running"):
        office.worklist.go_to("bert")
    assert office.worklist.list.current == "anna" and waiting and job_id


def test_unsaved_layers_beside_the_mask_are_told_before(office) -> None:
    office.worklist.go_to("anna")
    office.paint()
    assert office.worklist.beside() == ()
    other = masks.new_mask(office.session, office.session.state.layers[0].id)
    with office.session.stroke(other, "Paint") as stroke:
        stroke.apply(Patch((1, 1, 1), np.ones((1, 1, 1), np.uint8)))
    assert [layer.id for layer in office.worklist.beside()] == [other]


def test_the_labels_of_one_mask_become_those_of_every_case(office) -> None:
    office.worklist.go_to("anna")
    mask = office.worklist.mask
    table = mask.data.table.with_entry(LabelEntry(value=7, name="Oedema", colour=(1, 2, 3)))
    set_table(office.session, mask.id, table, "Add Oedema")
    office.worklist.take_labels()
    office.worklist.go_to("bert")
    assert [entry.value for entry in office.worklist.mask.data.table.entries] == [1, 7]
    assert "2 labels" in office.told[-1] or any("2 labels" in line for line in office.told)


def test_a_second_person_checks_and_a_later_change_takes_the_check_away(office, tmp_path) -> None:
    office.worklist.go_to("anna")
    office.paint()
    office.worklist.go_to("bert", DONE)
    second = Office(office.root, tmp_path / "second", "CD")
    assert second.states == ["to do"] * 3 and second.worklist.list.annotators == ("CD", "AB")
    second.worklist.look_at("AB")
    assert second.states == ["done", "to do", "to do"]
    second.worklist.go_to("anna")
    second.work(20)
    assert int(second.worklist.mask.data.array.sum()) == 4 and not second.worklist.list.is_own
    second.worklist.go_to(None, CHECKED)
    assert second.states[0] == "checked" and second.noted("anna")["checked_by"] == "CD"
    assert second.noted("anna")["checking_seconds"] == 20
    second.workflows.recovery.end()
    office.worklist.go_to("anna")
    assert office.states[0] == "checked"
    office.paint(at=(5, 5, 5))
    office.worklist.go_to("bert")
    assert office.states[0] == "done" and "checked_by" not in office.noted("anna")


def test_what_a_checker_paints_is_never_saved_over_the_mask(office, tmp_path) -> None:
    office.worklist.go_to("anna")
    office.paint()
    office.worklist.go_to("bert", DONE)
    second = Office(office.root, tmp_path / "second", "CD")
    second.worklist.look_at("AB")
    second.worklist.go_to("anna")
    second.paint(at=(6, 6, 6))
    assert [layer.name for layer in second.worklist.beside()] == ["anna AB"]
    assert second.worklist.mask.path is None
    second.worklist.go_to("bert", CHECKED)
    assert voxels(office.root / "masks/AB/anna.nii.gz") == 4
    second.workflows.recovery.end()


def test_a_mask_saved_under_another_name_is_saved_in_its_place_as_well(office, tmp_path) -> None:
    office.worklist.go_to("anna")
    office.paint()
    office.workflows.saving.save_layer(office.worklist.mask.id, tmp_path / "elsewhere.nii.gz")
    assert not office.worklist.mask.is_unsaved
    office.worklist.go_to("bert", DONE)
    assert voxels(office.root / "masks/AB/anna.nii.gz") == 4 and office.states[0] == "done"


def test_a_mask_that_was_removed_is_not_missed_and_comes_back_with_its_case(office) -> None:
    office.worklist.go_to("anna")
    office.paint()
    office.worklist.go_to("bert")
    office.worklist.go_to("anna")
    office.session.undo()
    assert office.worklist.mask is None and office.session.state.layers == ()
    office.worklist.go_to("bert")
    office.worklist.go_to("anna")
    assert int(office.worklist.mask.data.array.sum()) == 4


def test_a_bids_data_set_is_worked_through_and_others_masks_are_listed(tmp_path) -> None:
    office = Office(bids_folder(tmp_path / "set"), tmp_path)
    assert office.worklist.list.annotators == ("AB", "given (with the scans)", "tool (derivatives)")
    office.worklist.go_to("sub-02/ses-01")
    office.paint()
    office.worklist.go_to("sub-01", DONE)
    where = "derivatives/medview/AB/sub-02/ses-01/anat/sub-02_ses-01_dseg.nii.gz"
    assert voxels(office.root / where) == 4
    described = json.loads((office.root / "derivatives/medview/dataset_description.json").read_text())
    assert described["DatasetType"] == "derivative" and described["GeneratedBy"][0]["Name"] == "medview"
    assert [layer.name for layer in office.session.state.layers] == [
        "sub-01_FLAIR",
        "sub-01_T1w",
        "sub-01 AB",
    ]
    office.worklist.look_at("tool (derivatives)")
    office.worklist.go_to("sub-01")
    assert int(office.worklist.mask.data.array.sum()) == 4 * 3 * 3
    office.workflows.recovery.end()


def test_an_existing_mask_is_opened_and_keeps_its_labels_behind_those_of_the_list(tmp_path) -> None:
    root = plain_folder(tmp_path / "scans")
    write_mask(root / "masks/AB/anna.nii.gz", np.s_[2:4, 2:4, 2:4], value=5)
    office = Office(root, tmp_path)
    assert office.states == ["in work", "to do", "to do"]
    office.worklist.go_to("anna")
    assert 5 in office.worklist.mask.data.table.values and not office.worklist.mask.is_unsaved
    office.workflows.recovery.end()


def test_closing_the_list_saves_and_leaves_the_case_open(office) -> None:
    office.worklist.go_to("anna")
    office.paint()
    office.worklist.close()
    assert office.worklist.list is None and len(office.session.state.layers) == 2
    assert voxels(office.root / "masks/AB/anna.nii.gz") == 4


def test_the_end_of_the_program_notes_the_time(office) -> None:
    office.worklist.go_to("anna")
    office.work(30)
    office.worklist.end()
    assert office.noted("anna") == {"state": "to do", "seconds": 30}


def test_time_is_noted_every_minute(office) -> None:
    office.worklist.go_to("anna")
    office.work(70)
    assert office.noted("anna")["seconds"] == 60 and office.worklist.seconds_here == 10
