"""Real programs of torch: exported (.pt2) and scripted (.pt) networks, run apart, cancelled, refused."""

from __future__ import annotations

import os
import pickle
import time
import zipfile

import nibabel as nib
import numpy as np
import pytest
import torch
from makers import card_text, scan_file

from medview.core.errors import Cancelled
from medview.core.geometry import Geometry
from medview.ml.context import RunContext, Silence
from medview.ml.foreign.folders import read_model
from medview.ml.foreign.trust import trust
from medview.ml.request import InputArray, RunRequest
from medview.zoo.foreign.pipeline import run

PATCH = (16, 16, 8)
SETTINGS = f'labels = ["Bright"]\npatch = {list(PATCH)}'


class Brightness(torch.nn.Module):
    """Says bright above a half, by way of a convolution that lets everything through."""

    def __init__(self, layers: int = 1) -> None:
        super().__init__()
        self.layers = torch.nn.ModuleList(
            torch.nn.Conv3d(1, 1, 3, padding=1, bias=False) for _ in range(layers)
        )
        for layer in self.layers:
            torch.nn.init.dirac_(layer.weight)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        for layer in self.layers:
            x = layer(x)
        return torch.cat([0.5 - x, x - 0.5], 1)


def exported(folder, layers=1, patch=PATCH):
    """A model folder of an exported network."""
    folder.mkdir(parents=True)
    program = torch.export.export(Brightness(layers).eval(), (torch.zeros(1, 1, *patch),))
    torch.export.save(program, folder / "net.pt2")
    settings = f'labels = ["Bright"]\npatch = {list(patch)}'
    (folder / "card.toml").write_text(card_text("bright-exported", "net.pt2", settings, "program"))
    return folder


def scripted(folder):
    """A model folder of a scripted network."""
    folder.mkdir(parents=True)
    with pytest.warns(DeprecationWarning):
        torch.jit.trace(Brightness().eval(), torch.zeros(1, 1, *PATCH)).save(str(folder / "net.pt"))
    (folder / "card.toml").write_text(card_text("bright-scripted", "net.pt", SETTINGS, "program"))
    return folder


@pytest.mark.parametrize(("make", "name"), [(exported, "exported"), (scripted, "scripted")])
def test_a_network_put_there_by_hand_runs_over_a_volume_once_it_is_trusted(
    medview, own_models, tmp_path, make, name
):
    make(own_models / name)
    scan, data = scan_file(tmp_path)
    out = tmp_path / "out.nii.gz"
    words = ("run", f"bright-{name}", f"image={scan}", "-o", out)
    refused = medview(*words)
    assert refused.code == 3 and "you have not said that you trust it" in refused.err
    assert not out.exists()
    said = medview(*words, "--trust")
    assert said.code == 0, said.err
    image = nib.load(out)
    assert (np.asanyarray(image.dataobj) == (data > 0.5)).all()
    assert np.allclose(image.affine, nib.load(scan).affine, atol=1e-4)
    again = medview(*words, "--no-cache")
    assert again.code == 0, again.err


def test_an_exported_network_is_installed_with_its_stored_answer(medview, own_models, tmp_path, rng):
    folder = exported(tmp_path / "exported")
    given = rng.normal(size=(1, *PATCH)).astype(np.float32)
    np.save(folder / "test_input.npy", given)
    np.save(folder / "test_output.npy", np.concatenate([0.5 - given, given - 0.5]))
    assert medview("install", folder, "--yes").code == 3
    said = medview("install", folder, "--yes", "--trust")
    assert said.code == 0 and "Passed" in said.out, said.err


def test_cancelling_ends_an_exported_network_in_the_middle(own_models, tmp_path):
    patch = (96, 96, 96)
    model = read_model(exported(own_models / "exported", 300, patch))
    trust(model)
    begun_s = []

    class Impatient(Silence):
        """Cancels half a second after the program has begun to compute."""

        def progress(self, fraction: float, message: str) -> None:
            if message == "Running the program" and not begun_s:
                begun_s.append(time.monotonic())

        def is_cancelled(self) -> bool:
            return bool(begun_s) and time.monotonic() - begun_s[0] > 0.5

    grid = Geometry.from_spacing(patch, 1.0)
    scan = InputArray(array=np.ones(patch, np.float32), geometry=grid)
    request = RunRequest(model_id=model.id, version="1", inputs={"image": scan}, weights=model.folder)
    with pytest.raises(Cancelled):
        run(request, RunContext(scratch=tmp_path, listener=Impatient()))
    assert time.monotonic() - begun_s[0] < 1.5
    assert not (tmp_path / "answer.json").exists()


class Hostile:
    """Its unpickling makes a file."""

    def __init__(self, path) -> None:
        self.path = str(path)

    def __reduce__(self):
        return (os.mknod, (self.path,))


@pytest.mark.parametrize("file", ["net.pt2", "net.pt"])
def test_a_hostile_file_does_nothing_before_the_question_is_answered(medview, own_models, tmp_path, file):
    left_behind, control = tmp_path / "executed", tmp_path / "control"
    pickle.loads(pickle.dumps(Hostile(control)))
    assert control.exists(), "the file is hostile to whoever unpickles it"
    folder = tmp_path / "hostile"
    folder.mkdir()
    with zipfile.ZipFile(folder / file, "w") as archive:
        for name in ("data.pkl", "constants.pkl", "data/sample_inputs/model.pt"):
            archive.writestr(f"net/{name}", pickle.dumps(Hostile(left_behind)))
        archive.writestr("net/archive_format", "pt2")
        archive.writestr("net/code/__torch__.py", "")
    (folder / "card.toml").write_text(card_text("hostile", file, SETTINGS, "program"))
    said = medview("install", folder, "--yes")
    assert said.code == 3 and "can do anything that you can do" in said.err
    assert not list(own_models.iterdir())
    folder.rename(own_models / "hostile")
    scan, _ = scan_file(tmp_path)
    assert "have not said that you trust it" in medview("models").out
    assert medview("run", "hostile", f"image={scan}", "-o", tmp_path / "out.nii.gz").code == 3
    assert not left_behind.exists()
