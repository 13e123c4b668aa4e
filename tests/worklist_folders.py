"""Folders of small scans for the tests of work lists."""

from __future__ import annotations

from pathlib import Path

import nibabel as nib
import numpy as np

SHAPE = (10, 9, 8)


def write_scan(path: Path, seed: int = 0) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    data = np.random.default_rng(seed).integers(50, 900, SHAPE).astype(np.int16)
    nib.save(nib.Nifti1Image(data, np.diag([1.0, 1.0, 2.0, 1.0])), path)
    return path


def write_mask(path: Path, box: tuple[slice, ...], value: int = 1) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    data = np.zeros(SHAPE, np.uint8)
    data[box] = value
    nib.save(nib.Nifti1Image(data, np.diag([1.0, 1.0, 2.0, 1.0])), path)
    return path


def plain_folder(root: Path, names: tuple[str, ...] = ("anna", "bert", "cleo")) -> Path:
    """A folder with a scan for every case."""
    for number, name in enumerate(names):
        write_scan(root / f"{name}.nii.gz", number)
    return root


def bids_folder(root: Path) -> Path:
    """Two subjects, the second of two sessions; a mask among the scans, and another pipeline's."""
    root.mkdir(parents=True, exist_ok=True)
    (root / "dataset_description.json").write_text('{"Name": "test", "BIDSVersion": "1.8.0"}')
    write_scan(root / "sub-01/anat/sub-01_T1w.nii.gz", 1)
    write_scan(root / "sub-01/anat/sub-01_FLAIR.nii.gz", 2)
    write_scan(root / "sub-01/func/sub-01_task-rest_bold.nii.gz", 3)
    for visit in ("01", "02"):
        write_scan(root / f"sub-02/ses-{visit}/anat/sub-02_ses-{visit}_T2w.nii.gz", 4)
    write_mask(root / "sub-01/anat/sub-01_label-lesion_mask.nii.gz", np.s_[2:5, 2:5, 2:5])
    write_mask(root / "derivatives/tool/sub-01/anat/sub-01_dseg.nii.gz", np.s_[2:6, 2:5, 2:5])
    (root / "code").mkdir()
    return root
