"""What a work list reads and keeps: cases, places of masks, and the file of states between two people."""

from __future__ import annotations

import json
import threading
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from worklist_folders import bids_folder, plain_folder, write_mask, write_scan

from medview.core.errors import InputRefused, RunFailed
from medview.core.labels import LabelEntry
from medview.session.worklist import place as place_module
from medview.session.worklist import state_file
from medview.session.worklist.cases import GIVEN, read_cases
from medview.session.worklist.notes import Note, noting
from medview.session.worklist.place import annotator_word, is_work_list, place_of
from medview.session.worklist.record import BadRecord, CaseState, ListRecord, WorkRecord, as_json, from_json
from medview.session.worklist.state_file import change_record, read_record


def cases_of(root, tmp_path):
    return read_cases(place_of(root, tmp_path / "own"))


def test_a_plain_folder_has_a_case_for_every_scan_and_every_folder(tmp_path) -> None:
    root = plain_folder(tmp_path / "scans")
    write_scan(root / "dora" / "t2.nii.gz")
    write_scan(root / "dora" / "flair.nii.gz")
    write_mask(root / "dora" / "t2_seg.nii.gz", np.s_[1:3, 1:3, 1:3])
    (root / "notes.txt").write_text("no scan")
    (root / "empty").mkdir()
    found = cases_of(root, tmp_path)
    assert [case.id for case in found] == ["anna", "bert", "cleo", "dora"]
    assert [path.name for path in found[3].scans] == ["flair.nii.gz", "t2.nii.gz"]
    assert dict(found[3].masks) == {GIVEN: root / "dora" / "t2_seg.nii.gz"}
    assert not found[0].masks


def test_a_folder_of_other_files_is_taken_for_dicom(tmp_path) -> None:
    root = tmp_path / "scans"
    (root / "patient").mkdir(parents=True)
    (root / "patient" / "IM0001").write_bytes(b"\0" * 200)
    (case,) = cases_of(root, tmp_path)
    assert case.scans == (root / "patient",)


def test_a_bids_data_set_has_a_case_for_every_visit_with_the_scans_of_anat(tmp_path) -> None:
    root = bids_folder(tmp_path / "set")
    found = cases_of(root, tmp_path)
    assert [case.id for case in found] == ["sub-01", "sub-02/ses-01", "sub-02/ses-02"]
    assert [path.name for path in found[0].scans] == ["sub-01_FLAIR.nii.gz", "sub-01_T1w.nii.gz"]
    assert [path.name for path in found[2].scans] == ["sub-02_ses-02_T2w.nii.gz"]
    assert set(found[0].masks) == {GIVEN, "tool (derivatives)"}
    assert found[0].kind == found[1].kind == "anat"


def test_masks_lie_where_bids_says_and_in_a_folder_of_their_own_elsewhere(tmp_path) -> None:
    bids, plain = bids_folder(tmp_path / "set"), plain_folder(tmp_path / "scans")
    place, other = place_of(bids, tmp_path / "own"), place_of(plain, tmp_path / "own")
    where = place.mask("sub-02/ses-01", "AB", "anat").relative_to(bids)
    assert where == Path("derivatives/medview/AB/sub-02/ses-01/anat/sub-02_ses-01_dseg.nii.gz")
    assert place.state == bids / "derivatives/medview/worklist.json"
    assert other.mask("anna", "AB").relative_to(plain) == Path("masks/AB/anna.nii.gz")
    assert other.rule("AB") == "masks/AB/CASE.nii.gz"
    assert not place.is_apart and not other.is_apart


def test_masks_of_annotators_are_found_again_and_are_no_cases(tmp_path) -> None:
    root = plain_folder(tmp_path / "scans")
    mine = write_mask(root / "masks" / "AB" / "anna.nii.gz", np.s_[1:3, 1:3, 1:3])
    found = cases_of(root, tmp_path)
    assert [case.id for case in found] == ["anna", "bert", "cleo"]
    assert dict(found[0].masks) == {"AB": mine}


def test_a_folder_that_cannot_be_written_has_its_list_among_the_persons_own(tmp_path, monkeypatch) -> None:
    root = plain_folder(tmp_path / "scans")
    monkeypatch.setattr(place_module.os, "access", lambda *_: False)
    place = place_of(root, tmp_path / "own")
    assert place.is_apart and place.masks.parent == tmp_path / "own"
    assert place.masks.name.startswith("scans-") and place.mask("anna", "AB").parent.parent == place.masks
    assert str(place.masks) in place.rule("AB")


def test_a_folder_without_scans_is_refused_and_so_is_one_that_is_not_there(tmp_path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputRefused, match="no subjects"):
        cases_of(tmp_path / "empty", tmp_path)
    with pytest.raises(InputRefused, match="no such folder"):
        cases_of(tmp_path / "gone", tmp_path)


def test_bids_and_what_was_a_list_before_is_known_as_one(tmp_path) -> None:
    root = plain_folder(tmp_path / "scans")
    assert is_work_list(bids_folder(tmp_path / "set"), tmp_path / "own")
    assert not is_work_list(root, tmp_path / "own")
    change_record(root / "masks" / "worklist.json", lambda record: record)
    assert is_work_list(root, tmp_path / "own")


@pytest.mark.parametrize(
    ("name", "word"), [("AB", "AB"), (" Dr. Ada  B. ", "Dr-Ada-B"), ("../x", "x"), ("Jörg Ümit", "Jörg-Ümit")]
)
def test_a_name_becomes_a_word_that_any_disk_takes(name, word) -> None:
    assert annotator_word(name) == word


def test_a_name_without_letters_is_refused() -> None:
    with pytest.raises(InputRefused, match="no letters"):
        annotator_word(" ../ ")


# the file


def record() -> ListRecord:
    lesion = LabelEntry(value=3, name="Lesion", colour=(1, 2, 3))
    one = WorkRecord(state=CaseState.DONE, seconds=12.5, changed="2026-05-03T10:00:00+02:00")
    two = WorkRecord(state=CaseState.CHECKED, seconds=3.0, checked_by="CD", checking_seconds=7.0)
    return ListRecord(labels=(lesion,), work={"anna": {"AB": one, "EF": two}}, unknown={"later": [1]})


def test_a_record_comes_back_from_json_as_it_was() -> None:
    assert from_json(json.loads(json.dumps(as_json(record())))) == record()


@pytest.mark.parametrize(
    "found",
    [
        [],
        {"version": "1"},
        {"version": 2},
        {"version": 1, "cases": []},
        {"version": 1, "cases": {"a": 3}},
        {"version": 1, "cases": {"a": {"AB": {"state": "lost"}}}},
        {"version": 1, "cases": {"a": {"AB": 5}}},
        {"version": 1, "labels": [{"value": -1}]},
    ],
)
def test_nonsense_is_no_record(found) -> None:
    with pytest.raises(BadRecord):
        from_json(found)


def test_a_damaged_file_is_told_and_stays_as_it_is(tmp_path) -> None:
    path = tmp_path / "worklist.json"
    path.write_text('{"version": 1,')
    with pytest.raises(InputRefused, match="no whole JSON"):
        change_record(path, lambda found: found)
    assert path.read_text() == '{"version": 1,' and list(tmp_path.iterdir()) == [path]


def test_many_who_write_at_once_lose_nothing(tmp_path) -> None:
    path = tmp_path / "masks" / "worklist.json"

    def work(name):
        for _ in range(10):
            note = Note(case_id="anna", whose=name, by=name, seconds=1.0, mark=CaseState.DONE)
            change_record(path, noting(note))

    threads = [threading.Thread(target=work, args=(name,)) for name in ("AB", "CD", "EF")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = read_record(path)
    assert {name: work.seconds for name, work in found.work["anna"].items()} == dict.fromkeys(
        ("AB", "CD", "EF"), 10.0
    )
    assert [entry.name for entry in path.parent.iterdir()] == ["worklist.json"]


def test_a_lock_that_a_dead_program_left_is_taken_away(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(state_file, "_STALE_S", 0.2)
    (tmp_path / ".worklist.lock").touch()
    begun_s = time.monotonic()
    change_record(tmp_path / "worklist.json", lambda _: record())
    assert read_record(tmp_path / "worklist.json") == record()
    assert time.monotonic() - begun_s >= 0.2


def test_a_lock_that_lives_is_not_waited_for_for_ever(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(state_file, "_PATIENCE_S", 0.2)
    (tmp_path / ".worklist.lock").touch()
    with pytest.raises(RunFailed, match="another program"):
        change_record(tmp_path / "worklist.json", lambda found: found)


def test_a_note_adds_time_to_what_others_have_noted_meanwhile() -> None:
    note = Note(case_id="anna", whose="AB", by="AB", seconds=2.5, mark=CaseState.IN_WORK)
    work = noting(note)(record()).of("anna", "AB")
    assert work.seconds == 15.0 and work.state is CaseState.IN_WORK and work.changed > "2026-05-04"
    assert noting(replace(note, seconds=0.0, mark=None))(record()) == record()


def test_what_a_second_person_notes_is_the_check_and_its_time() -> None:
    note = Note(case_id="anna", whose="AB", by="CD", seconds=4.0, mark=CaseState.CHECKED)
    work = noting(note)(record()).of("anna", "AB")
    assert (work.state, work.checked_by) == (CaseState.CHECKED, "CD")
    assert (work.seconds, work.checking_seconds) == (12.5, 4.0)


def test_a_mask_that_was_changed_after_the_check_is_checked_no_more() -> None:
    note = Note(case_id="anna", whose="EF", by="EF", seconds=1.0, has_mask=True)
    assert noting(note)(record()).of("anna", "EF").state is CaseState.CHECKED
    work = noting(replace(note, is_new=True))(record()).of("anna", "EF")
    assert (work.state, work.checked_by) == (CaseState.DONE, "")


def test_a_saved_mask_is_in_work_without_a_word() -> None:
    note = Note(case_id="bert", whose="AB", by="AB", seconds=0.0, has_mask=True)
    assert noting(note)(record()).of("bert", "AB").state is CaseState.IN_WORK
    assert noting(replace(note, has_mask=False))(record()) == record()
