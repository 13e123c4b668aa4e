"""A data folder is surveyed by names, plain or BIDS with sessions and derivatives, and read on one grid."""

from __future__ import annotations

import json

import nibabel as nib
import numpy as np
import pytest

from medview.core.errors import InputRefused
from medview.ml.spec import InputSpec, LabelSpec, ModelSpec, OutputSpec, Task
from medview.session.files.subjects import collect_subjects, survey

LESION = OutputSpec(
    name="lesion", title="Lesion", kind="labels", labels=(LabelSpec(value=1, name="L", colour=(1, 2, 3)),)
)
SPEC = ModelSpec(
    id="lesions",
    version="1",
    title="Lesions",
    task=Task.SEGMENT,
    summary="",
    inputs=(
        InputSpec(role="flair", title="FLAIR"),
        InputSpec(role="t1", title="T1", required=False),
    ),
    outputs=(
        LESION,
        OutputSpec(name="probability", title="P", kind="image", on_request=True),
    ),
    entry="x:y",
)


def put(path, value=1, shape=(4, 5, 3), spacing=2.0):
    path.parent.mkdir(parents=True, exist_ok=True)
    array = np.full(shape, value, np.uint8 if value < 2 else np.float32)
    nib.save(nib.Nifti1Image(array, np.diag([spacing, spacing, spacing, 1])), path)


@pytest.fixture
def bids(tmp_path):
    """A BIDS data set as its specification draws one: two sessions, masks among the derivatives."""
    root = tmp_path / "bids"
    root.mkdir()
    (root / "dataset_description.json").write_text(json.dumps({"Name": "x", "BIDSVersion": "1.10.0"}))
    for session in ("ses-1", "ses-2"):
        anat = root / "sub-01" / session / "anat"
        put(anat / f"sub-01_{session}_FLAIR.nii.gz", 30)
        put(anat / f"sub-01_{session}_acq-fast_FLAIR.nii.gz", 40)
        put(anat / f"sub-01_{session}_T1w.nii.gz", 50)
        (anat / f"sub-01_{session}_FLAIR.json").write_text("{}")
        masks = root / "derivatives" / "manual" / "sub-01" / session / "anat"
        put(masks / f"sub-01_{session}_label-lesion_mask.nii.gz")
        put(masks / f"sub-01_{session}_desc-brain_mask.nii.gz", 0)
    put(root / "sub-02" / "anat" / "sub-02_FLAIR.nii.gz", 60)
    put(root / "derivatives" / "manual" / "sub-02" / "anat" / "sub-02_label-lesion_mask.nii.gz")
    put(root / "sub-03" / "anat" / "sub-03_FLAIR.nii.gz", 70)
    put(root / "derivatives" / "manual" / "sub-03" / "anat" / "sub-03_desc-brain_mask.nii.gz")
    return root


def test_a_bids_folder_is_read_session_by_session_with_masks_from_derivatives(bids):
    found = {subject.id: subject for subject in survey(bids, SPEC)}
    assert list(found) == ["sub-01/ses-1", "sub-01/ses-2", "sub-02", "sub-03"]
    second = found["sub-01/ses-2"]
    assert {name: path.name for name, path in second.files.items()} == {
        "flair": "sub-01_ses-2_FLAIR.nii.gz",
        "t1": "sub-01_ses-2_T1w.nii.gz",
        "lesion": "sub-01_ses-2_label-lesion_mask.nii.gz",
    }
    assert "lesion" in found["sub-02"].files and not found["sub-02"].missing


def test_a_brain_mask_is_no_lesion_and_what_is_missing_is_named(bids):
    last = survey(bids, SPEC)[-1]
    assert (last.id, last.missing) == ("sub-03", ("lesion",))


def test_complete_subjects_are_read_onto_arrays(bids, tmp_path):
    told = []
    subjects = collect_subjects(bids, SPEC, tmp_path, lambda part, words: told.append(words), lambda: None)
    assert [subject.id for subject in subjects] == ["sub-01/ses-1", "sub-01/ses-2", "sub-02"]
    assert told[0] == "reading sub-01/ses-1"
    assert subjects[0].load("flair").shape == (4, 5, 3) and float(subjects[0].load("flair").max()) == 30
    assert subjects[0].load("lesion").max() == 1
    assert subjects[2].arrays.keys() == {"flair", "lesion"}


@pytest.mark.parametrize(
    "name", ["sub-01_ses-0001_msk", "sub-01_desc-lesion_mask", "sub-01_label-Lesion_dseg", "sub-01_lesion"]
)
def test_masks_are_told_by_label_description_or_by_being_the_only_one(tmp_path, name):
    put(tmp_path / "sub-01" / "ses-0001" / "dwi" / "sub-01_ses-0001_FLAIR.nii.gz", 9)
    put(tmp_path / "derivatives" / "sub-01" / "ses-0001" / f"{name}.nii.gz")
    assert survey(tmp_path, SPEC)[0].missing == ()


def test_a_mask_of_another_session_is_not_taken(tmp_path):
    for session in ("ses-a", "ses-b"):
        put(tmp_path / "sub-01" / session / "anat" / f"sub-01_{session}_FLAIR.nii.gz", 9)
    put(tmp_path / "sub-01" / "ses-b" / "anat" / "sub-01_ses-b_label-lesion_mask.nii.gz")
    put(tmp_path / "sub-01" / "ses-a" / "anat" / "sub-01_ses-b_label-lesion_mask.nii.gz")
    assert [subject.missing for subject in survey(tmp_path, SPEC)] == [("lesion",), ()]


def test_a_plain_folder_is_told_by_role_names(tmp_path):
    for name in ("ann", "bob"):
        put(tmp_path / name / "flair.nii.gz", 5)
        put(tmp_path / name / "lesion.nii.gz")
    (tmp_path / ".hidden").mkdir()
    (tmp_path / "bob" / "lesion.nii.gz").unlink()
    assert [(s.id, s.missing) for s in survey(tmp_path, SPEC)] == [("ann", ()), ("bob", ("lesion",))]


def test_different_grids_and_empty_folders_are_refused(tmp_path):
    put(tmp_path / "ann" / "flair.nii.gz", 5)
    with pytest.raises(InputRefused, match=r"flair\.nii\.gz and lesion\.nii\.gz"):
        collect_subjects(tmp_path, SPEC, tmp_path, lambda *_: None, lambda: None)
    put(tmp_path / "ann" / "lesion.nii.gz", spacing=1.0)
    with pytest.raises(InputRefused, match="different grids"):
        collect_subjects(tmp_path, SPEC, tmp_path, lambda *_: None, lambda: None)
    with pytest.raises(InputRefused, match="no such folder"):
        survey(tmp_path / "nowhere", SPEC)
