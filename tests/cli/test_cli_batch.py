"""batch: a table of all subjects, resumed where it was left, in processes here or of a Dask scheduler."""

from __future__ import annotations

import csv
import importlib.util
import json
import shutil
import signal
import subprocess
import sys
import time

import nibabel as nib
import numpy as np
import pytest

from medview.io.writers import write_volume
from medview.ml.card import read_card
from medview.phantoms.studies import make_study
from tests.cli.conftest import ROOT, environment

ARTERY = "vessels: Cerebral artery (mL)"


@pytest.fixture
def people(head_study, tmp_path):
    """Two good subjects, one with a damaged scan, one without a scan, one in the form of BIDS."""
    folder = tmp_path / "many people"
    good = (head_study / "t2.nii.gz").read_bytes()
    for name in ("anna", "bert"):
        (folder / name).mkdir(parents=True)
        (folder / name / "t2.nii.gz").write_bytes(good)
    (folder / "damaged").mkdir()
    (folder / "damaged" / "t2.nii.gz").write_bytes(good[:2000])
    (folder / "empty").mkdir()
    anat = folder / "sub-07" / "ses-1" / "anat"
    anat.mkdir(parents=True)
    (anat / "sub-07_ses-1_T2w.nii.gz").write_bytes(good)
    return folder


@pytest.fixture
def batch(medview, vessel_weights, people, tmp_path):
    out = tmp_path / "results of all"

    def run(*words):
        given = ("--data", people, "--out", out, "--weights", vessel_weights, "--runtime", "torch")
        said = medview("batch", "t2-vessels", *given, *words)
        return said, out

    return run


def rows_of(out):
    with (out / "results.csv").open(encoding="utf-8", newline="") as stream:
        return {row["subject"]: row for row in csv.DictReader(stream)}


def test_a_bad_scan_does_not_stop_the_others_and_a_second_batch_skips_what_is_done(batch, people):
    said, out = batch("--workers", "2")
    assert said.code == 0, said.err
    rows = rows_of(out)
    assert list(rows) == ["anna", "bert", "damaged", "empty", "sub-07/ses-1"]
    assert [row["state"] for row in rows.values()] == ["done", "done", "failed", "failed", "done"]
    assert "t2.nii.gz" in rows["damaged"]["reason"] and "t2" in rows["empty"]["reason"]
    assert "failed: damaged: " in said.err and "3 done, 0 done before, 2 failed" in said.err
    volumes = [
        float(rows[name]["vessels: Cerebral artery (mL)"]) for name in ("anna", "bert", "sub-07/ses-1")
    ]
    image = nib.load(out / "anna" / "vessels.nii.gz")
    found = np.asanyarray(image.dataobj)
    assert volumes[0] == pytest.approx(found.sum() * abs(np.linalg.det(image.affine)) / 1000, rel=1e-3)
    assert volumes[0] == volumes[1] == volumes[2] > 0
    beside = json.loads((out / "sub-07" / "ses-1" / "vessels.provenance.json").read_text())
    assert beside["outputs"][0]["path"] == str(out / "sub-07" / "ses-1" / "vessels.nii.gz")
    assert not list(out.rglob(".*"))

    (people / "damaged" / "t2.nii.gz").write_bytes((people / "anna" / "t2.nii.gz").read_bytes())
    written = (out / "anna" / "vessels.nii.gz").stat().st_mtime_ns
    again, _ = batch("--json")
    assert again.code == 0, again.err
    states = {row["subject"]: row["state"] for row in again.json["subjects"]}
    assert states == {
        "anna": "skipped", "bert": "skipped", "damaged": "done", "empty": "failed", "sub-07/ses-1": "skipped",
    }  # fmt: skip
    assert (out / "anna" / "vessels.nii.gz").stat().st_mtime_ns == written
    assert rows_of(out)["anna"][ARTERY] == rows["anna"][ARTERY]
    other, _ = batch("--set", "threshold=0.4", "--json")
    assert {row["state"] for row in other.json["subjects"]} == {"done", "failed"}


@pytest.fixture
def stroke_patients(tmp_path):
    """Two patients with MR maps, one with CT maps, one with maps that no weights read together."""
    folder = tmp_path / "stroke patients"
    for name, kind, seed in (("anna", "mr", 5), ("bert", "ct", 6), ("carl", "mr", 7)):
        study = make_study(f"stroke-{kind}", seed, 6.0)
        (folder / name).mkdir(parents=True)
        for role, volume in study.volumes.items():
            write_volume(volume, folder / name / f"{role}.nii.gz")
    (folder / "dora").mkdir()
    for role, source in (("adc", "anna"), ("ncct", "bert")):
        shutil.copy(folder / source / f"{role}.nii.gz", folder / "dora")
    return folder


def test_each_subject_is_run_with_weights_that_read_its_scans(medview, stroke_patients, tmp_path):
    shas = {kind: read_card(ROOT / "models" / f"stroke-lesion-{kind}-demo").sha256 for kind in ("mr", "ct")}
    words = ("batch", "stroke-lesion", "--data", stroke_patients, "--out", tmp_path / "out", "--json")
    said = medview(*words)
    assert said.code == 0, said.err
    rows = {row["subject"]: row for row in said.json["subjects"]}
    assert {name: row["state"] for name, row in rows.items()} == {
        "anna": "done", "bert": "done", "carl": "done", "dora": "failed",
    }  # fmt: skip
    assert [rows[name]["weights_sha256"] for name in ("anna", "bert", "carl")] == [
        shas["mr"], shas["ct"], shas["mr"],
    ]  # fmt: skip
    assert "ncct" in rows["dora"]["reason"] and rows["dora"]["weights_sha256"] == ""
    for name, kind in (("anna", "mr"), ("bert", "ct")):
        beside = json.loads((tmp_path / "out" / name / "lesion.provenance.json").read_text())
        assert beside["weights_sha256"] == shas[kind]
    again = medview(*words)
    states = [row["state"] for row in again.json["subjects"]]
    assert states == ["skipped", "skipped", "skipped", "failed"]


def test_weights_that_were_named_serve_all_subjects_that_they_can_read(medview, stroke_patients, tmp_path):
    words = ("batch", "stroke-lesion", "--data", stroke_patients, "--out", tmp_path / "out", "--json")
    said = medview(*words, "--weights", ROOT / "models" / "stroke-lesion-ct-demo")
    states = {row["subject"]: row["state"] for row in said.json["subjects"]}
    assert states == {"anna": "failed", "bert": "done", "carl": "failed", "dora": "failed"}


def test_a_folder_without_subjects_is_refused(here, vessel_weights, tmp_path):
    (tmp_path / "none").mkdir()
    words = ("batch", "t2-vessels", "--out", tmp_path / "out", "--weights", vessel_weights, "--data")
    assert "no subject" in here(*words, tmp_path / "none").demand_refusal()
    here(*words, tmp_path / "missing").demand_refusal()
    assert here(*words, tmp_path, "--workers", "0").code == 2
    assert not (tmp_path / "out").exists()


def test_ctrl_c_leaves_whole_subjects_and_a_table(start, vessel_weights, tmp_path):
    folder, out = tmp_path / "people", tmp_path / "out"
    small = np.random.default_rng(0).random((40, 40, 4), np.float32)
    for name, scan in (("a", small), ("b", np.tile(small, (5, 5, 100))), ("c", small)):
        (folder / name).mkdir(parents=True)
        nib.save(nib.Nifti1Image(scan, np.eye(4)), folder / name / "t2.nii.gz")
    child = start("batch", "t2-vessels", "--data", folder, "--out", out, "--weights", vessel_weights,
                  "--runtime", "torch")  # fmt: skip
    end_s = time.monotonic() + 90
    while not (out / "a" / "batch.json").exists() and time.monotonic() < end_s:
        time.sleep(0.1)
    time.sleep(0.7)
    assert child.poll() is None, child.stderr.read()
    child.send_signal(signal.SIGINT)
    child.wait(30)
    words = child.stderr.read()
    assert child.returncode == 130, words
    assert "Traceback" not in words
    assert {name: row["state"] for name, row in rows_of(out).items()} == {
        "a": "done", "b": "cancelled", "c": "waiting",
    }  # fmt: skip
    assert sorted(path.name for path in out.iterdir()) == ["a", "results.csv", "results.json"]
    assert sorted(path.name for path in (out / "a").iterdir()) == [
        "batch.json", "vessels.labels.json", "vessels.nii.gz", "vessels.provenance.json",
    ]  # fmt: skip


@pytest.fixture
def scheduler(tmp_path):
    """A real scheduler with two worker processes, without dashboards."""
    if importlib.util.find_spec("distributed") is None:
        pytest.skip("Dask is not installed (pip install 'medview[cluster]')")
    file, children = tmp_path / "scheduler.json", []
    silent = subprocess.DEVNULL
    plain = {"env": environment(), "stdout": silent, "stderr": silent, "cwd": tmp_path}
    words = [sys.executable, "-m", "distributed.cli.dask_scheduler", "--no-dashboard", "--host", "127.0.0.1"]
    children.append(subprocess.Popen([*words, "--port", "0", "--scheduler-file", str(file)], **plain))
    end_s = time.monotonic() + 60
    while not file.exists() and time.monotonic() < end_s:
        time.sleep(0.1)
    address = json.loads(file.read_text())["address"]
    words = [sys.executable, "-m", "distributed.cli.dask_worker", address, "--no-dashboard", "--no-nanny"]
    children += [subprocess.Popen([*words, "--nthreads", "1"], **plain) for _ in range(2)]
    yield address
    for child in reversed(children):
        child.terminate()
        child.wait(30)


def test_the_workers_of_a_scheduler_do_the_same(scheduler, batch):
    said, out = batch("--scheduler", scheduler)
    assert said.code == 0, said.err
    states = [row["state"] for row in rows_of(out).values()]
    assert states == ["done", "done", "failed", "failed", "done"]
    assert (out / "bert" / "vessels.nii.gz").exists()


def test_a_scheduler_that_does_not_answer_is_refused(batch):
    if importlib.util.find_spec("distributed") is None:
        pytest.skip("Dask is not installed (pip install 'medview[cluster]')")
    said, _ = batch("--scheduler", "tcp://127.0.0.1:9")
    assert "Cannot use the scheduler" in said.demand_refusal()
