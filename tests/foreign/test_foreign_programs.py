"""Programs: never without a yes, in a process of their own, cancelled with it, trusted byte for byte."""

from __future__ import annotations

import os
import threading

import nibabel as nib
import numpy as np
import pytest
from makers import card_text, scan_file

PYTHON = """
import os, pathlib
pathlib.Path({seen!r}).write_text(str(os.getpid()) + " " + os.environ.get("A_SECRET", "none"))

def run(piece):
    import numpy as np
    return np.concatenate([0.5 - piece, piece - 0.5], 1)
"""


@pytest.fixture
def program(tmp_path):
    """A folder with Python code that tells on itself when it runs."""
    folder = tmp_path / "code"
    folder.mkdir()
    seen = tmp_path / "seen.txt"
    (folder / "entry.py").write_text(PYTHON.format(seen=str(seen)))
    settings = 'labels = ["Bright"]\npatch = [16, 16, 8]'
    (folder / "card.toml").write_text(card_text("bright-code", "entry.py", settings, "program"))
    return folder, seen


def run_it(medview, tmp_path, model_id, *words):
    scan, data = scan_file(tmp_path)
    out = tmp_path / "out.nii.gz"
    said = medview("run", model_id, f"image={scan}", "-o", out, *words)
    return said, out, data


def test_a_program_is_not_installed_without_trust(medview, own_models, program):
    folder, seen = program
    said = medview("install", folder, "--yes")
    assert said.code == 3
    assert "can do anything that you can do" in said.err
    assert "--trust" in said.err
    assert not list(own_models.iterdir())
    assert not seen.exists()


def test_a_trusted_program_runs_in_a_process_of_its_own(medview, program, tmp_path, monkeypatch):
    folder, seen = program
    monkeypatch.setenv("A_SECRET", "open sesame")
    assert medview("install", folder, "--yes", "--trust").code == 0
    assert not seen.exists(), "installing ran it"
    said, out, data = run_it(medview, tmp_path, "bright-code")
    assert said.code == 0, said.err
    assert (np.asanyarray(nib.load(out).dataobj) == (data > 0.5)).all()
    number, secret = seen.read_text().split()
    assert int(number) != os.getpid()
    assert secret == "none", "the program saw the person's environment"


def test_a_program_put_there_by_hand_waits_for_trust(medview, own_models, program, tmp_path):
    folder, seen = program
    own_models.mkdir(parents=True)
    folder.rename(own_models / "code")
    assert "have not said that you trust it" in medview("models").out
    said, _, _ = run_it(medview, tmp_path, "bright-code")
    assert said.code == 3 and not seen.exists()
    said, _, _ = run_it(medview, tmp_path, "bright-code", "--trust")
    assert said.code == 0, said.err
    assert "trusted from now on" in said.err


def test_trust_ends_with_the_first_changed_byte(medview, own_models, program, tmp_path):
    folder, seen = program
    medview("install", folder, "--yes", "--trust")
    entry = own_models / "bright-code" / "entry.py"
    entry.write_text(entry.read_text() + "\n# changed\n")
    said, _, _ = run_it(medview, tmp_path, "bright-code")
    assert said.code == 3
    assert not seen.exists()


def test_a_model_cannot_bring_its_own_trust(medview, program, tmp_path, monkeypatch):
    from medview.ml.foreign.folders import read_model
    from medview.ml.foreign.model import content_sha256
    from medview.ml.foreign.trust import is_trusted

    folder, _ = program
    (folder / "trusted_programs.json").write_text(f'{{"{content_sha256(folder)}": "yes"}}')
    assert not is_trusted(read_model(folder))


def test_torchscript_runs_apart_and_repeats_its_stored_answer(medview, tmp_path, rng):
    import torch

    class Net(torch.nn.Module):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return torch.cat([0.5 - x, x - 0.5], 1)

    folder = tmp_path / "script"
    folder.mkdir()
    with pytest.warns(DeprecationWarning):
        torch.jit.script(Net()).save(str(folder / "net.pt"))
    given = rng.normal(size=(1, 8, 8, 8)).astype(np.float32)
    np.save(folder / "test_input.npy", given)
    np.save(folder / "test_output.npy", np.concatenate([0.5 - given, given - 0.5]))
    card = card_text("script", "net.pt", 'labels = ["Bright"]\npatch = [8, 8, 8]', "program")
    (folder / "card.toml").write_text(card)
    said = medview("install", folder, "--yes", "--trust")
    assert said.code == 0, said.err
    assert "Passed" in said.out
    said, out, data = run_it(medview, tmp_path, "script")
    assert said.code == 0, said.err
    assert (np.asanyarray(nib.load(out).dataobj) == (data > 0.5)).all()


def test_a_program_that_fails_says_so_in_one_sentence(medview, program, tmp_path):
    folder, _ = program
    (folder / "entry.py").write_text("def run(piece):\n    raise SystemExit(7)\n")
    medview("install", folder, "--yes", "--trust")
    said, out, _ = run_it(medview, tmp_path, "bright-code")
    assert said.code == 4
    assert "ended with 7" in said.err
    assert not out.exists()


def test_cancelling_ends_the_process_of_a_program(program, tmp_path):
    from medview.core.errors import Cancelled
    from medview.core.geometry import Geometry
    from medview.ml.context import RunContext, Silence
    from medview.ml.foreign.folders import read_model
    from medview.ml.foreign.trust import trust
    from medview.ml.request import InputArray, RunRequest
    from medview.zoo.foreign.pipeline import run

    folder, _ = program
    pid_file = tmp_path / "pid"
    (folder / "entry.py").write_text(
        f"import os, time, pathlib\npathlib.Path({str(pid_file)!r}).write_text(str(os.getpid()))\n"
        "def run(piece):\n    time.sleep(60)\n"
    )
    trust(read_model(folder))

    class Impatient(Silence):
        def is_cancelled(self) -> bool:
            return pid_file.exists() and pid_file.read_text() != ""

    grid = Geometry.from_spacing((8, 8, 8), 1.0)
    scan = InputArray(array=np.ones((8, 8, 8), np.float32), geometry=grid)
    request = RunRequest(model_id="bright-code", version="1", inputs={"image": scan}, weights=folder)
    (tmp_path / "scratch").mkdir()
    with pytest.raises(Cancelled):
        run(request, RunContext(scratch=tmp_path / "scratch", listener=Impatient()))
    with pytest.raises(ProcessLookupError):
        os.kill(int(pid_file.read_text()), 0)


def test_onnx_stops_between_operators(tmp_path):
    """A network of many layers does not come to its end once the person has cancelled."""
    from makers import onnx_folder
    from onnx_bytes import block, model, node, number, port, tensor

    from medview.core.errors import Cancelled
    from medview.ml.context import RunContext, Silence
    from medview.ml.foreign.folders import read_model
    from medview.zoo.foreign.predictors import onnx_predictor

    count, shape = 400, (1, 1, "p", "q", "r")
    pads = block(1, "pads") + b"".join(number(8, 4) for _ in range(6)) + number(20, 7)
    layers = [node("Conv", [f"x{n}", "w"], [f"x{n + 1}"], [pads]) for n in range(count)]
    axis = block(1, "axis") + number(3, 1) + number(20, 2)
    last = node("Concat", [f"x{count}"] * 2, ["y"], [axis])
    weight = tensor("w", np.full((1, 1, 9, 9, 9), 1e-3, np.float32))
    network = model([*layers, last], [weight], [port("x0", shape)], [port("y", (1, 2, *shape[2:]))])
    folder = onnx_folder(tmp_path / "net", network=network)
    started = threading.Event()

    class Impatient(Silence):
        def is_cancelled(self) -> bool:
            return started.is_set()

    predictor = onnx_predictor(read_model(folder), RunContext(scratch=tmp_path, listener=Impatient()))
    threading.Timer(0.2, started.set).start()
    with pytest.raises(Cancelled):
        predictor(np.ones((1, 1, 40, 40, 40), np.float32))
