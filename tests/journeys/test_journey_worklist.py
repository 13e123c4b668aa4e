"""A work list by mouse and keys: open it, paint, done and next, close, open again."""

from __future__ import annotations

import json

import nibabel as nib
import numpy as np
import pytest
from person import AXIAL, CTRL
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QLineEdit

from medview.gui.case_table import CaseTable
from medview.session.settings import Settings

_SHIFT = CTRL | Qt.KeyboardModifier.ShiftModifier


@pytest.fixture
def name():
    """A person whose name stands in the preferences."""
    Settings().set("annotator", "AB")
    return "AB"


@pytest.fixture
def folder(tmp_path):
    """Three made-up scans in a folder."""
    root = tmp_path / "scans"
    root.mkdir()
    for number, case in enumerate(("anna", "bert", "cleo")):
        data = np.random.default_rng(number).integers(100, 900, (48, 44, 20)).astype(np.int16)
        nib.save(nib.Nifti1Image(data, np.diag([1.5, 1.5, 3.0, 1.0])), root / f"{case}_T2w.nii.gz")
    return root


@pytest.fixture
def bids(shared_data, tmp_path):
    """Two real scans of a stroke as the subjects of a BIDS data set, by links."""
    found = shared_data / "brain_multimodal" / "stroke_cstar"
    root = tmp_path / "set"
    for subject, scans in (("01", {"FLAIR": "FLAIR", "T1w": "T1"}), ("02", {"T2w": "T2"})):
        anatomy = root / f"sub-{subject}" / "anat"
        anatomy.mkdir(parents=True)
        for suffix, scan in scans.items():
            path = found / f"{scan}.nii.gz"
            if not path.is_file():
                pytest.skip("the stroke scans are not among the real scans here")
            (anatomy / f"sub-{subject}_{suffix}.nii.gz").symlink_to(path)
    (root / "dataset_description.json").write_text('{"Name": "stroke", "BIDSVersion": "1.8.0"}')
    return root


def open_list(person, root):
    person.app.program.desk.open_work_list(root)
    person.wait(lambda: person.app.workflows.worklist.list is not None, "the list")
    person.settle()


def table(person) -> CaseTable:
    return person.window.findChild(CaseTable)


def states(person):
    work = person.app.workflows.worklist.list
    return [work.state_of(case).value for case in work.cases]


def arrive(person, case):
    worklist = person.app.workflows.worklist
    person.wait(lambda: worklist.list.current == case and not worklist.is_moving, f"the case {case}")
    person.wait_idle()


def brush(person):
    person.choose("Brush")
    middle = person.canvas(AXIAL).rect().center()
    person.drag(AXIAL, middle, middle + QPoint(20, 8), middle + QPoint(30, 8))


def voxels(path):
    return int(np.count_nonzero(np.asarray(nib.load(path).dataobj)))


def test_a_list_is_worked_through_by_keys_and_found_again(sit_down, folder, name):
    person = sit_down()
    assert "queue of cases" in open_panel(person)
    open_list(person, folder)
    assert "0 of 3 done" in person.words and "masks/AB/CASE.nii.gz" in person.words
    person.key(Qt.Key.Key_PageDown, CTRL)
    arrive(person, "anna_T2w")
    brush(person)
    painted = int(np.count_nonzero(person.layers[-1].data.array))
    assert painted > 20
    person.key(Qt.Key.Key_Return, CTRL)
    arrive(person, "bert_T2w")
    assert person.names == ["bert_T2w", "bert_T2w AB"] and not person.layers[-1].data.array.any()
    assert states(person) == ["done", "to do", "to do"] and "1 of 3 done" in open_panel(person)
    brush(person)
    person.key(Qt.Key.Key_PageDown, CTRL)
    arrive(person, "cleo_T2w")
    assert states(person) == ["done", "in work", "to do"] and not person.message
    person.leave()
    again = sit_down()
    again.app.view.recent_chosen.emit(folder)
    again.wait(lambda: again.app.workflows.worklist.list is not None, "the list")
    assert states(again) == ["done", "in work", "to do"]
    again.settle()
    first = table(again).model().index(0, 0)
    table(again).doubleClicked.emit(first)
    arrive(again, "anna_T2w")
    assert int(np.count_nonzero(again.layers[-1].data.array)) == painted
    assert voxels(folder / "masks/AB/anna_T2w.nii.gz") == painted
    found = json.loads((folder / "masks/worklist.json").read_text())
    assert found["cases"]["anna_T2w"]["AB"]["state"] == "done"
    assert found["cases"]["anna_T2w"]["AB"]["seconds"] > 0


def open_panel(person):
    person.open_tab("Cases")
    person.settle()
    return person.words


def test_the_search_field_limits_the_list_and_a_second_person_checks(sit_down, folder, name):
    person = sit_down()
    open_list(person, folder)
    person.key(Qt.Key.Key_PageDown, CTRL)
    arrive(person, "anna_T2w")
    brush(person)
    open_panel(person)
    person.press("Done and next")
    arrive(person, "bert_T2w")
    search = next(b for b in person.window.findChildren(QLineEdit) if b.accessibleName() == "Find a case")
    search.setText("cleo")
    person.settle()
    assert table(person).model().rowCount() == 1
    search.clear()
    person.app.settings.set("annotator", "CD")
    worklist = person.app.workflows.worklist
    person.wait(lambda: worklist.list.annotator == "CD", "the second person")
    person.app.view.worklist.whose_chosen.emit("AB")
    person.wait(lambda: worklist.list.whose == "AB", "the first one's masks")
    person.app.view.worklist.case_chosen.emit("anna_T2w")
    arrive(person, "anna_T2w")
    open_panel(person)
    assert person.button("Checked and next").isEnabled()
    person.key(Qt.Key.Key_Return, _SHIFT)
    person.wait(lambda: states(person)[0] == "checked", "the check")


def test_real_scans_in_a_bids_data_set(sit_down, bids, name):
    person = sit_down()
    person.drop(bids)
    person.wait(lambda: person.app.workflows.worklist.list is not None, "the list")
    person.settle()
    assert "0 of 2 done" in person.words
    person.key(Qt.Key.Key_PageDown, CTRL)
    arrive(person, "sub-01")
    assert person.names == ["sub-01_FLAIR", "sub-01_T1w", "sub-01 AB"]
    brush(person)
    painted = int(np.count_nonzero(person.layers[-1].data.array))
    person.key(Qt.Key.Key_Return, CTRL)
    arrive(person, "sub-02")
    mask = bids / "derivatives/medview/AB/sub-01/anat/sub-01_dseg.nii.gz"
    scan = nib.load(bids / "sub-01/anat/sub-01_FLAIR.nii.gz")
    assert voxels(mask) == painted and np.allclose(nib.load(mask).affine, scan.affine, atol=1e-4)
    assert nib.load(mask).shape == scan.shape[:3] and states(person) == ["done", "to do"]
    person.leave()
    again = sit_down()
    open_list(again, bids)
    again.app.view.worklist.case_chosen.emit("sub-01")
    arrive(again, "sub-01")
    assert int(np.count_nonzero(again.layers[-1].data.array)) == painted
    assert states(again) == ["done", "to do"]
