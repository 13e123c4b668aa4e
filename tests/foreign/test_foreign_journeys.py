"""Each format whole: installed by command, listed, run on an oblique flipped scan, on exactly its grid."""

from __future__ import annotations

import shutil
import zipfile
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest
from makers import monai_folder, nnunet_folder, onnx_folder, scan_file
from onnx_bytes import brightness_network


def dice(a, b):
    return 2 * (a & b).sum() / max(1, a.sum() + b.sum())


def result_of(out, scan):
    """The written labels, after a look at their grid."""
    made, stored = nib.load(out), nib.load(scan)
    assert made.shape == stored.shape
    assert np.allclose(made.affine, stored.affine, atol=1e-5)
    return np.asanyarray(made.dataobj)


def install_and_run(medview, folder, tmp_path, model_id, *words):
    said = medview("install", folder, "--yes", "--json")
    assert said.code == 0, said.err
    assert said.json["id"] == model_id
    listed = medview("models", "--json").json
    assert model_id in [row["id"] for row in listed]
    scan, data = scan_file(tmp_path)
    out = tmp_path / "out.nii.gz"
    said = medview("run", model_id, f"image={scan}", "-o", out, "--json", *words)
    assert said.code == 0, said.err
    assert said.json["weights_sha256"] and said.json["model"] == model_id
    return result_of(out, scan), data


def test_onnx_labels_are_exact_where_nothing_is_resampled(medview, tmp_path):
    settings = 'labels = ["Bright"]\npatch = [16, 16, 8]\norientation = "LPS"'
    folder = onnx_folder(tmp_path / "net", settings)
    labels, data = install_and_run(medview, folder, tmp_path, "bright-onnx")
    assert (labels == (data > 0.5)).all()
    assert labels.any()


def test_onnx_slice_by_slice_in_two_dimensions(medview, tmp_path):
    settings = 'labels = ["Bright"]\ndims = 2\nslice_axis = 2\npatch = [16, 16]'
    folder = onnx_folder(tmp_path / "net", settings, brightness_network(dims=2))
    labels, data = install_and_run(medview, folder, tmp_path, "bright-onnx")
    assert (labels == (data > 0.5)).all()


def test_onnx_resampled_and_normalised_keeps_the_shapes(medview, tmp_path):
    rule = 'normalise = {kind = "range", from = [0, 2], to = [0, 1]}'
    settings = f'labels = ["Bright"]\nspacing_mm = [1.0, 1.0, 1.0]\n{rule}'
    folder = onnx_folder(tmp_path / "net", settings, level=0.3)
    labels, data = install_and_run(medview, folder, tmp_path, "bright-onnx")
    assert dice(labels > 0, data > 0.6) > 0.97


def test_onnx_with_weights_in_a_second_file_of_its_folder(medview, tmp_path):
    network = brightness_network(location="weights.bin")
    folder = onnx_folder(tmp_path / "net", network=network)
    (folder / "weights.bin").write_bytes(np.array([-40, 40], "<f4").tobytes())
    labels, data = install_and_run(medview, folder, tmp_path, "bright-onnx")
    assert (labels == (data > 0.5)).all()


def test_onnx_doubt_on_request(medview, tmp_path):
    """Probability, entropy and spread, as of every segmentation model."""
    medview("install", onnx_folder(tmp_path / "net", gain=4.0), "--yes")
    scan, data = scan_file(tmp_path)
    asked = [
        word for name in ("probability=true", "entropy=true", "spread=flips") for word in ("--set", name)
    ]
    said = medview("run", "bright-onnx", f"image={scan}", "-o", tmp_path / "out", *asked)
    assert said.code == 0, said.err
    made = {
        name: result_of(tmp_path / "out" / f"{name}.nii.gz", scan)
        for name in ("probability", "entropy", "spread")
    }
    wanted = 1 / (1 + np.exp(-8 * (data - 0.5)))
    assert np.allclose(made["probability"], wanted, atol=1e-5)
    doubt = -(wanted * np.log2(wanted) + (1 - wanted) * np.log2(1 - wanted))
    assert np.allclose(made["entropy"], doubt, atol=1e-4)
    # a network that looks at single voxels answers the same in the mirror
    assert np.abs(made["spread"]).max() < 1e-6


def test_spread_is_found_where_mirrored_answers_differ(tmp_path):
    from medview.ml.context import RunContext
    from medview.ml.foreign.folders import read_model
    from medview.ml.foreign.recipe import Orient, Permute
    from medview.zoo.foreign.doubt import Doubt
    from medview.zoo.foreign.frugal import FrugalSweep
    from medview.zoo.foreign.windows import Sweep

    model = read_model(onnx_folder(tmp_path / "net"))
    steps = (Orient("PIR"), Permute((2, 0, 1)))  # left-right first, front-back second
    doubt = Doubt.wanted({"spread": "flip"}, model, steps)
    assert doubt.mirrors == ((0,),)
    side = np.zeros((1, 4, 3, 2), np.float32)

    def sees_the_first_rows(piece):
        found = np.zeros((1, 2, *piece.shape[2:]), np.float32)
        found[:, 1, :2] = 50
        found[:, 0, 2:] = 50
        return found

    settings, ctx = Sweep(window=model.recipe.window, channels=2), RunContext(scratch=tmp_path)
    swept = FrugalSweep([sees_the_first_rows], settings, side.shape[1:], ctx)
    mean, spread = doubt.passes([sees_the_first_rows], side, swept)
    assert np.allclose(spread, 0.5)
    assert np.allclose(mean, 25)


@pytest.mark.parametrize("residual", [False, True])
def test_nnunet_results_folder(medview, tmp_path, residual):
    folder = nnunet_folder(tmp_path / "Dataset777_Bright", residual=residual)
    labels, data = install_and_run(medview, folder, tmp_path, "bright-3d_fullres")
    assert dice(labels > 0, data > 0.6) > 0.85


def test_nnunet_folds_and_mirroring_can_be_averaged(medview, tmp_path):
    folder = nnunet_folder(tmp_path, folds=2)
    labels, data = install_and_run(
        medview, folder, tmp_path, "bright-3d_fullres", "--set", "folds=all", "--set", "mirroring=true"
    )
    assert dice(labels > 0, data > 0.6) > 0.85


def test_nnunet_from_a_zip_keeps_what_the_folder_name_said(medview, own_models, tmp_path):
    folder = nnunet_folder(tmp_path / "in" / "Dataset777_Bright")
    (folder / "fold_0" / "progress.png").write_bytes(b"not needed")
    archive = shutil.make_archive(str(tmp_path / "bright"), "zip", tmp_path / "in")
    said = medview("install", archive, "--yes", "--json")
    assert said.code == 0, said.err
    kept = own_models / "bright-3d_fullres"
    assert sorted(path.name for path in kept.iterdir()) == [
        "card.toml",
        "dataset.json",
        "fold_0",
        "plans.json",
    ]
    assert [path.name for path in (kept / "fold_0").iterdir()] == ["checkpoint_final.pth"]
    assert "CC-BY-4.0" in (kept / "card.toml").read_text()


def test_monai_bundle(medview, tmp_path):
    labels, data = install_and_run(medview, monai_folder(tmp_path), tmp_path, "bright_bundle")
    assert dice(labels > 0, data > 0.6) > 0.8


def test_weights_that_were_changed_after_installing_are_refused(medview, own_models, tmp_path):
    medview("install", onnx_folder(tmp_path / "net"), "--yes")
    place = own_models / "bright-onnx" / "net.onnx"
    place.write_bytes(brightness_network(level=0.1))
    scan, _ = scan_file(tmp_path)
    said = medview("run", "bright-onnx", f"image={scan}", "-o", tmp_path / "out.nii.gz")
    assert said.code == 3
    assert "not those that its card describes" in said.err


def test_a_folder_put_there_by_hand_is_listed_too(medview, own_models, tmp_path):
    onnx_folder(own_models / "mine")
    said = medview("models", "bright-onnx")
    assert said.code == 0
    assert "licence CC0-1.0" in said.out


def test_a_checkpoint_of_an_older_numpy_is_read(medview, tmp_path):
    """numpy before 2 kept its scalars under numpy.core, and checkpoints name them so."""
    folder = nnunet_folder(tmp_path / "Dataset777_Bright")
    path = folder / "fold_0" / "checkpoint_final.pth"
    rewritten = path.with_suffix(".new")
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(rewritten, "w", zipfile.ZIP_STORED) as new:
        for item in old.infolist():
            data = old.read(item)
            if item.filename.endswith("data.pkl"):
                assert b"cnumpy._core.multiarray\n" in data
                data = data.replace(b"cnumpy._core.multiarray\n", b"cnumpy.core.multiarray\n")
            new.writestr(item.filename, data)
    rewritten.replace(path)
    labels, _ = install_and_run(medview, folder, tmp_path, "bright-3d_fullres")
    assert labels.any()


def test_native_weights_are_installed_for_their_method(medview, own_models, tmp_path):
    source = Path(__file__).parents[2] / "models" / "t2-vessels-demo"
    mine = shutil.copytree(source, tmp_path / "my-vessels")
    said = medview("install", mine, "--yes", "--json")
    assert said.code == 0, said.err
    assert said.json["id"] == "t2-vessels" and said.json["licence"]
    assert (own_models / "my-vessels" / "weights.safetensors").is_file()
    (own_models / "my-vessels" / "weights.safetensors").unlink()
    (mine / "weights.safetensors").write_bytes(b"other numbers")
    said = medview("install", mine, "--yes")
    assert said.code == 3 and "not the file that its card describes" in said.err
