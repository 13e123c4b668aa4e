"""info, convert, sample, evaluate: keys as promised, odd paths, nothing half-written."""

from __future__ import annotations

import json
import os
import shutil
import stat

import nibabel as nib
import numpy as np
import pytest

INFO_KEYS = {
    "path", "format", "kind", "shape", "spacing_mm", "axis_codes", "ras_from_ijk", "dtype", "components",
    "frames", "modality", "value_unit", "value_min", "value_max", "value_mean", "labels", "warnings",
}  # fmt: skip


def listing(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


def test_info_tells_the_stored_grid_under_the_promised_keys(here, scan):
    (row,) = here("info", scan, "--json").json
    assert row.keys() == INFO_KEYS
    stored = nib.load(scan)
    assert row["path"] == str(scan)
    assert row["shape"] == [20, 24, 10]
    assert row["axis_codes"] == "LPS"
    assert row["spacing_mm"] == [2, 2, 3]
    assert np.allclose(row["ras_from_ijk"], stored.affine)
    assert row["dtype"] == "int16"
    assert row["kind"] == "image"
    assert (row["components"], row["frames"]) == (1, 1)
    data = np.asanyarray(stored.dataobj)
    assert (row["value_min"], row["value_max"]) == (data.min(), data.max())
    assert row["value_mean"] == pytest.approx(data.mean(), rel=1e-4)


def test_info_tells_the_good_files_and_refuses_the_bad_ones(medview, scan, tmp_path):
    bad = tmp_path / "bad.nii.gz"
    bad.write_bytes(scan.read_bytes()[:200])
    said = medview("info", bad, scan, tmp_path, "--json")
    assert said.code == 3
    assert [row["path"] for row in said.json][:1] == [str(scan)]
    assert any("bad.nii.gz" in line for line in said.refusals)
    assert "Traceback" not in said.err
    text = medview("info", scan)
    assert text.code == 0
    assert "20×24×10" in text.out


@pytest.mark.parametrize("folder", ["nifti_odd", "dicom"])
def test_info_answers_for_every_odd_file_in_words(here, shared_data, folder):
    silent = []
    files = [path for path in sorted((shared_data / folder).rglob("*")) if path.is_file()]
    for path in files:
        said = here("info", path, "--json")
        assert said.code in (0, 3), (path, said.err)
        assert "Traceback" not in said.err
        if said.code == 0:
            rows = said.json
            assert rows, path
            assert all(row.keys() == INFO_KEYS for row in rows), path
        elif len(said.refusals) != 1 or len(said.err.splitlines()) != 1:
            silent.append((str(path), said.err))
    assert not silent


@pytest.mark.parametrize("ending", [".nii", ".nii.gz", ".nrrd", ".mha"])
def test_convert_keeps_voxels_and_grid(here, scan, tmp_path, ending):
    out = tmp_path / f"converted Ω{ending}"
    said = here("convert", scan, out)
    assert (said.code, said.out.strip()) == (0, str(out))
    (before,), (after,) = here("info", scan, "--json").json, here("info", out, "--json").json
    assert np.allclose(before["ras_from_ijk"], after["ras_from_ijk"])
    assert before["shape"] == after["shape"]
    assert before["value_mean"] == after["value_mean"]
    if ending.startswith(".nii"):
        assert np.array_equal(nib.load(scan).dataobj, nib.load(out).dataobj)


@pytest.mark.parametrize("name", ["out.xyz", "out", ".nii.gz", "folder.nii.gz"])
def test_convert_refuses_names_that_cannot_be_written(here, scan, tmp_path, name):
    (tmp_path / "folder.nii.gz").mkdir()
    before = listing(tmp_path)
    here("convert", scan, tmp_path / name).demand_refusal(code=3)
    assert listing(tmp_path) == before


def test_convert_onto_its_own_source_keeps_the_scan(here, scan):
    data = np.asanyarray(nib.load(scan).dataobj).copy()
    assert here("convert", scan, scan).code == 0
    assert np.array_equal(nib.load(scan).dataobj, data)
    assert listing(scan.parent) == [scan.name]


def test_convert_makes_or_refuses_a_folder_that_is_missing(here, scan, tmp_path):
    out = tmp_path / "new" / "folder" / "out.nii.gz"
    said = here("convert", scan, out)
    if said.code:
        said.demand_refusal(code=said.code)
        assert not out.parent.exists()
    else:
        assert nib.load(out).shape == (20, 24, 10)


@pytest.mark.skipif(hasattr(os, "geteuid") and os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_cannot_be_written_is_4_and_left_as_it_was(here, scan, tmp_path):
    locked = tmp_path / "locked"
    locked.mkdir()
    locked.chmod(stat.S_IRUSR | stat.S_IXUSR)
    said = here("convert", scan, locked / "out.nii.gz")
    said.demand_refusal(code=said.code)
    assert listing(locked) == []


def test_a_device_that_is_full_is_told_in_one_line(medview, scan):
    said = medview("convert", scan, "/proc/out.nii.gz")
    assert said.code in (3, 4)
    said.demand_refusal(code=said.code)


def test_samples_are_listed_and_written_with_labels_and_facts(here, head_study):
    assert "head-mr" in here("sample", "--list").out
    assert "head-mr" in here("sample").out
    facts = json.loads((head_study / "study.json").read_text())
    assert facts
    names = {path.name for path in head_study.glob("*.nii.gz")}
    assert {"t1.nii.gz", "t2.nii.gz", "vessels.nii.gz"} <= names
    rows = here("info", head_study / "vessels.nii.gz", "--json").json
    assert rows[0]["kind"] == "labels"
    assert rows[0]["labels"]


def test_a_sample_that_does_not_exist_or_has_no_room_is_refused(here, tmp_path):
    assert "head-mr" in here("sample", "no-such", tmp_path / "x").demand_refusal()
    assert not (tmp_path / "x").exists()
    (tmp_path / "file").write_text("taken")
    said = here("sample", "head-mr", tmp_path / "file", "--spacing", "6")
    said.demand_refusal(code=said.code)
    assert said.code in (3, 4)
    for words in (("--spacing", "0"), ("--spacing", "nan"), ("--spacing", "-1"), ("--seed", "-5")):
        here("sample", "head-mr", tmp_path / "y", *words).demand_refusal()
    assert not (tmp_path / "y").exists()


def test_evaluate_compares_label_maps(here, masks):
    said = here("evaluate", *masks, "--json")
    report = said.json
    assert report.keys() == {"kind", "labels", "mean_dice"}
    assert report["kind"] == "labels"
    one, two = report["labels"]
    assert one.keys() == {"value", "name", "dice", "hd95_mm", "assd_mm", "volume_ref_ml", "volume_res_ml"}
    assert one["dice"] == pytest.approx(7 / 8)
    assert one["volume_ref_ml"] == pytest.approx(8 * 8 * 4 * 2 / 1000)
    assert two["dice"] == 1
    assert two["hd95_mm"] == 0
    assert report["mean_dice"] == pytest.approx((7 / 8 + 1) / 2)
    text = here("evaluate", *masks)
    assert "0.875" in text.out
    assert text.err == ""


def test_evaluate_of_empty_maps_has_null_for_what_cannot_be_said(here, masks, tmp_path):
    empty = tmp_path / "empty.nii.gz"
    nib.save(nib.Nifti1Image(np.zeros((20, 20, 10), np.uint8), np.diag([1.0, 1.0, 2.0, 1.0])), empty)
    report = here("evaluate", masks[0], empty, "--json").json
    assert [row["dice"] for row in report["labels"]] == [0, 0]
    assert [row["hd95_mm"] for row in report["labels"]] == [None, None]
    both = here("evaluate", empty, empty, "--json")
    assert both.code == 0
    assert both.json["kind"] in ("labels", "images")
    assert here("evaluate", empty, empty).code == 0


def test_evaluate_compares_images(here, scan):
    report = here("evaluate", scan, scan, "--json").json
    assert report.keys() == {"kind", "mae", "rmse", "psnr_db", "ssim"}
    assert report["kind"] == "images"
    assert (report["mae"], report["rmse"]) == (0, 0)
    assert report["ssim"] == pytest.approx(1)
    assert here("evaluate", scan, scan).code == 0


def test_evaluate_refuses_maps_on_different_grids(here, masks, scan):
    here("evaluate", masks[0], scan).demand_refusal()


def test_a_folder_of_several_series_is_refused_with_their_names(here, shared_data, tmp_path):
    source = shared_data / "dicom" / "ct_head_GE_CT8800_93slices"
    for number in (1, 2, 3):
        shutil.copy(source / f"CTHead{number}.dcm", tmp_path)
    said = here("convert", tmp_path, tmp_path / "out.nii.gz")
    assert said.code in (0, 3)
    assert "Traceback" not in said.err
