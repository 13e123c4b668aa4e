"""run, train: the promised JSON, files on the input's grid with provenance, Ctrl+C, resume."""

from __future__ import annotations

import json
import shutil
import signal
import time

import nibabel as nib
import numpy as np
import pytest

RUN_KEYS = {
    "model", "version", "weights_sha256", "outputs", "seconds", "device", "peak_memory_bytes", "params",
    "seed", "inputs",
}  # fmt: skip
LITTLE = (
    "width=small", "pixel_spacing_mm=2", "crop_px=96", "epochs_phase1=1", "epochs_phase2=1",
    "steps_per_epoch=2", "batch=2",
)  # fmt: skip


def settings(*words):
    return [part for word in words for part in ("--set", word)]


def test_a_run_writes_every_output_on_the_grid_of_its_input(medview, head_study, vessel_weights, tmp_path):
    out, scan = tmp_path / "results of run", head_study / "t2.nii.gz"
    said = medview("run", "t2-vessels", f"t2={scan}", "-o", out, "--weights", vessel_weights, "--seed", "7",
                   "--json", *settings("probability=true", "threshold=0.4"))  # fmt: skip
    assert said.code == 0, said.err
    facts = said.json
    assert facts.keys() >= RUN_KEYS
    assert facts.keys() - RUN_KEYS == {
        "program_version", "warnings", "notes", "runtime", "forecast_of_first_patch",
    }  # fmt: skip
    assert (facts["model"], facts["seed"], facts["device"]) == ("t2-vessels", 7, "cpu")
    assert facts["params"]["threshold"] == 0.4
    assert len(facts["weights_sha256"]) == 64
    assert [row.keys() for row in facts["inputs"]] == [{"role", "path", "sha256"}]
    assert {row["name"]: row["kind"] for row in facts["outputs"]} == {
        "vessels": "labels",
        "probability": "image",
    }
    stored = nib.load(scan)
    for row in facts["outputs"]:
        written = nib.load(row["path"])
        assert written.shape == stored.shape
        assert np.allclose(written.affine, stored.affine, atol=1e-4)
        beside = out / f"{row['name']}.provenance.json"
        beside = beside if beside.exists() else out / f"{row['name']}.nii.gz.provenance.json"
        assert json.loads(beside.read_text())["inputs"] == facts["inputs"]
    vessels = np.asanyarray(nib.load(out / "vessels.nii.gz").dataobj)
    likely = np.asanyarray(nib.load(out / "probability.nii.gz").dataobj)
    assert set(np.unique(vessels)) <= {0, 1}
    assert 0 <= likely.min() <= likely.max() <= 1
    assert ((likely >= 0.4) == vessels).mean() > 0.99


def test_a_scan_unlike_those_of_the_training_is_warned_of_before_the_run(
    medview, head_study, vessel_weights, tmp_path
):
    folder = tmp_path / "narrow"
    shutil.copytree(vessel_weights, folder)
    card = folder / "card.toml"
    ranges = """
[range]
subjects = 3
spacing_min_mm = [0.1, 0.1, 0.1]
spacing_max_mm = [0.2, 0.2, 0.2]
"""
    card.write_text(card.read_text() + ranges)
    said = medview("run", "t2-vessels", f"t2={head_study / 't2.nii.gz'}", "-o", tmp_path / "out", "--json",
                   "--weights", folder)  # fmt: skip
    assert said.code == 0, said.err
    assert "warning: T2 scan: voxels measure" in said.err and "in training 0.1 to 0.2 mm" in said.err
    told = said.json["warnings"]
    assert len(told) == 3 and all("voxels measure" in sentence for sentence in told)
    beside = json.loads((tmp_path / "out" / "vessels.provenance.json").read_text())
    assert beside["warnings"] == told and beside["output"] == "vessels" and beside["synthesized"] is True


def test_the_card_is_told_as_text_and_as_json_and_the_self_test_is_repeated(medview, shipped_models):
    text = medview("models", "t2-vessels").out
    for words in ("Known failures: Clinical use", "Measured results (mean",
                  "The paper's ordering, and ours (mean", "Reliability of Cerebral artery",
                  "Expected calibration error", "SHA-256"):  # fmt: skip
        assert words in text
    page = medview("models", "t2-vessels", "--json").json["card"]
    assert {fact["heading"] for fact in page["facts"]} >= {"Licence", "Paper", "Trained on", "Weights"}
    assert page["tables"] and page["curves"][0]["points"] and page["self_test"]
    said = medview("models", "t2-vessels", "--self-test")
    assert said.code == 0 and said.out.startswith("Self-test passed: vessels: ")


def test_one_output_may_be_a_file(here, head_study, vessel_weights, tmp_path):
    out = tmp_path / "vessels of Zoë.nii.gz"
    words = ("run", "t2-vessels", f"t2={head_study / 't2.nii.gz'}", "-o", out, "--weights", vessel_weights)
    said = here(*words)
    assert said.code == 0, said.err
    assert said.out.strip() == str(out)
    assert out.exists()
    several = here(*words, *settings("probability=true"))
    several.demand_refusal()


def test_words_that_a_model_does_not_know_are_refused(here, head_study, vessel_weights, tmp_path):
    scan, out = head_study / "t2.nii.gz", tmp_path / "out"
    weights = ("--weights", vessel_weights)

    def run(*words, model="t2-vessels"):
        return here("run", model, *words, "-o", out).demand_refusal()

    assert "Known" in run(f"t2={scan}", *weights, model="t9")
    assert "flair" in run(f"flair={scan}", *weights)
    assert "threshold" in run(f"t2={scan}", *weights, *settings("threshold=7")).lower()
    assert "colour" in run(f"t2={scan}", *weights, *settings("colour=red"))
    assert "none.nii" in run(f"t2={tmp_path / 'none.nii'}", *weights)
    assert str(tmp_path) in run(f"t2={scan}", "--weights", tmp_path)
    run(f"t1={scan}", *weights)
    assert not out.exists()
    taken = tmp_path / "taken"
    taken.write_text("a file")
    said = here("run", "t2-vessels", f"t2={scan}", "-o", taken, *weights)
    said.demand_refusal(code=said.code)
    assert taken.read_text() == "a file"


def test_the_result_does_not_replace_the_scan(here, head_study, vessel_weights, tmp_path):
    scan = tmp_path / "t2.nii.gz"
    scan.write_bytes((head_study / "t2.nii.gz").read_bytes())
    said = here("run", "t2-vessels", f"t2={scan}", "-o", scan, "--weights", vessel_weights)
    said.demand_refusal()
    assert scan.read_bytes() == (head_study / "t2.nii.gz").read_bytes()


def test_ctrl_c_stops_a_run_and_leaves_nothing(start, vessel_weights, tmp_path):
    big = tmp_path / "t2.nii.gz"
    nib.save(nib.Nifti1Image(np.random.default_rng(0).random((200, 200, 400), np.float32), np.eye(4)), big)
    out = tmp_path / "out"
    child = start("run", "t2-vessels", f"t2={big}", "-o", out, "--weights", vessel_weights)
    time.sleep(6)
    assert child.poll() is None, child.stderr.read()
    child.send_signal(signal.SIGINT)
    child.wait(20)
    words = child.stderr.read()
    assert child.returncode == 130, words
    assert words.strip().endswith("cancelled")
    assert "Traceback" not in words
    assert not out.exists() or not list(out.iterdir())


def test_ctrl_c_stops_a_sample_and_leaves_nothing(start, tmp_path):
    child = start("sample", "head-mr", tmp_path / "study", "--spacing", "1.5")
    time.sleep(2.5)
    assert child.poll() is None
    child.send_signal(signal.SIGINT)
    child.wait(60)
    words = child.stderr.read()
    assert child.returncode == 130, words
    assert "Traceback" not in words
    assert list(tmp_path.iterdir()) == []


@pytest.fixture
def subjects(head_study, tmp_path):
    """Two subjects of a data folder, named as the model's roles and outputs."""
    folder = tmp_path / "training data"
    for number in (1, 2):
        place = folder / f"subject {number}"
        place.mkdir(parents=True)
        for name in ("t2", "vessels"):
            (place / f"{name}.nii.gz").write_bytes((head_study / f"{name}.nii.gz").read_bytes())
    return folder


def test_a_training_writes_a_model_folder_that_runs_and_goes_on(here, medview, subjects, tmp_path):
    out = tmp_path / "my model"
    words = ("train", "t2-vessels", "--data", subjects, "--out", out, "--device", "cpu")
    said = medview(*words, *settings(*LITTLE), seconds=200)
    assert said.code == 0, said.err
    assert said.out.splitlines()[-1] == str(out)
    assert "validation_dice" in said.out
    assert {"card.toml", "weights.safetensors"} <= {path.name for path in out.iterdir()}
    more = here(*words, *settings(*LITTLE[:-3], "epochs_phase2=2", *LITTLE[-2:]), "--resume")
    assert more.code == 0, more.err
    scan = subjects / "subject 1" / "t2.nii.gz"
    ran = here("run", "t2-vessels", f"t2={scan}", "-o", tmp_path / "v.nii.gz", "--weights", out)
    assert ran.code == 0, ran.err
    other = here(*words, *settings(*LITTLE[:-1], "batch=3"), "--resume")
    assert "batch" in other.demand_refusal()


def test_a_training_without_data_is_refused_and_makes_nothing(here, tmp_path):
    out = tmp_path / "model"
    here("train", "t2-vessels", "--data", tmp_path / "none", "--out", out).demand_refusal()
    (tmp_path / "empty" / "subject").mkdir(parents=True)
    assert (
        "t2.nii.gz"
        in here("train", "t2-vessels", "--data", tmp_path / "empty", "--out", out).demand_refusal()
    )
    assert not out.exists()
    here("train", "t2-vessels", "--data", tmp_path / "empty", "--out", out, "--resume").demand_refusal()


def test_a_figure_of_files_is_measured_without_a_display(medview):
    said = medview("bench", "save_seconds", "--json", seconds=280)
    assert said.code == 0, said.err
    report = said.json
    assert report.keys() == {"machine", "results"}
    (row,) = report["results"]
    assert row.keys() == {"name", "value", "unit", "lower_is_better", "n", "spread"}
    assert (row["name"], row["unit"], row["lower_is_better"]) == ("save_seconds", "s", True)
    assert row["value"] > 0
