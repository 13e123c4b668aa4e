"""What could run a program is refused with one sentence, and nothing of it was executed."""

from __future__ import annotations

import copy
import io
import json
import os
import pickle
import stat
import zipfile
from pathlib import Path

import numpy as np
import pytest
from makers import INFERENCE, METADATA, card_text, monai_folder, nnunet_folder, onnx_folder
from onnx_bytes import block, brightness_network, ints, model, node, number, port, tensor


class Bomb:
    """A pickle that makes a file when it is loaded."""

    def __init__(self, sentinel: Path) -> None:
        self.sentinel = sentinel

    def __reduce__(self):
        return (os.mkdir, (str(self.sentinel),))


@pytest.fixture
def sentinel(tmp_path):
    """What a program would leave behind; it must not be there after the test."""
    path = tmp_path / "executed"
    yield path
    assert not path.exists(), "something was executed"


@pytest.fixture
def refuses(medview, own_models, sentinel):
    """Installs, demands one refusal with some words in it, and that nothing stays behind."""

    def check(path, *words, told=()):
        said = medview("install", path, "--yes", *told)
        assert said.code == 3, (said.out, said.err)
        lines = said.err.strip().splitlines()
        errors = [line for line in lines if line.startswith("error: ")]
        assert len(errors) == 1 and "Traceback" not in said.err, said.err
        for word in words:
            assert word in errors[0], errors[0]
        assert not own_models.is_dir() or not list(own_models.iterdir()), "something was left behind"
        assert not sentinel.exists()

    return check


def torch_zip(path: Path, payload: object, protocol: int = 2) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("archive/data.pkl", pickle.dumps(payload, protocol))
        archive.writestr("archive/version", "3\n")


@pytest.mark.parametrize("protocol", [2, 4, 5])
def test_nnunet_checkpoint_with_a_foreign_class(refuses, tmp_path, sentinel, protocol):
    folder = nnunet_folder(tmp_path)
    torch_zip(folder / "fold_0" / "checkpoint_final.pth", {"network_weights": Bomb(sentinel)}, protocol)
    refuses(folder, "checkpoint_final.pth asks for", "could run a program", "Nothing of it was executed")


def test_nnunet_checkpoint_names_the_foreign_class(refuses, tmp_path, sentinel):
    folder = nnunet_folder(tmp_path)
    torch_zip(folder / "fold_0" / "checkpoint_final.pth", {"network_weights": Bomb(sentinel)})
    refuses(folder, "posix.mkdir" if os.name == "posix" else "nt.mkdir")


def test_the_second_wall_refuses_it_too(tmp_path, sentinel, monkeypatch):
    """Were the look through the pickle to miss it, torch's restricted unpickler would not."""
    from medview.core.errors import InputRefused
    from medview.zoo.foreign import weights

    path = tmp_path / "checkpoint_final.pth"
    torch_zip(path, {"network_weights": Bomb(sentinel)})
    monkeypatch.setattr(weights, "demand_tensors_only", lambda *_: None)
    with pytest.raises(InputRefused, match="Cannot use the weights"):
        weights.read_checkpoint(path, with_scalars=True)


def test_a_bare_pickle_is_no_checkpoint(refuses, tmp_path, sentinel):
    folder = nnunet_folder(tmp_path)
    (folder / "fold_0" / "checkpoint_final.pth").write_bytes(pickle.dumps(Bomb(sentinel)))
    refuses(folder, "was not written by torch.save")


def test_monai_weights_that_are_a_pickle(refuses, tmp_path, sentinel):
    folder = monai_folder(tmp_path)
    torch_zip(folder / "models" / "model.pt", {"w": Bomb(sentinel)})
    refuses(folder, "mkdir", "no tensor")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("imports", ["$import os"]),
        ("device", "$__import__('os').mkdir('SENTINEL')"),
        ("bundle_root", " $print()"),
        ("more", {"deep": [{"down": "$import glob"}]}),
    ],
)
def test_monai_bundle_with_an_expression(refuses, tmp_path, sentinel, name, value):
    table = json.loads(json.dumps({**INFERENCE, name: value}).replace("SENTINEL", str(sentinel)))
    refuses(monai_folder(tmp_path, table), "is a Python expression", name, "$", "executed")


@pytest.mark.parametrize(
    "target",
    ["os.mkdir", "EvilTransform", "subprocess.Popen", "evil.UNet", "monai.bundle.run", "builtins.eval"],
)
def test_monai_bundle_with_an_unknown_target(refuses, tmp_path, target):
    table = copy.deepcopy(INFERENCE)
    table["preprocessing"]["transforms"].append({"_target_": target, "keys": "image"})
    refuses(monai_folder(tmp_path, table), target, "_target_", "is not known here")


def test_monai_bundle_whose_parts_are_called(refuses, tmp_path):
    table = {**INFERENCE, "network_def": {**INFERENCE["network_def"], "_mode_": "callable"}}
    refuses(monai_folder(tmp_path, table), "_mode_", "calls a function")


def test_monai_expressions_are_read_instead_from_a_plain_file(medview, own_models, tmp_path, sentinel):
    folder = monai_folder(tmp_path, {**INFERENCE, "device": f"$open('{sentinel}', 'w')"})
    (folder / "configs" / "medview.json").write_text(json.dumps(INFERENCE))
    assert medview("install", folder, "--yes").code == 0


def test_monai_references_in_a_circle(refuses, tmp_path):
    table = {**INFERENCE, "network_def": "@network", "network": "@network_def"}
    refuses(monai_folder(tmp_path, table), "circle")


@pytest.mark.parametrize(
    "location", ["../secret.bin", "/etc/passwd", "C:\\x.bin", "a/../../b", "\\\\host\\x"]
)
def test_onnx_with_an_outside_path(refuses, tmp_path, location):
    folder = onnx_folder(tmp_path / "net", network=brightness_network(location=location))
    (tmp_path / "secret.bin").write_bytes(bytes(8))
    refuses(folder, "outside the model's folder", location.split("\\")[-1][:4])


def test_onnx_with_an_outside_path_deep_in_an_attribute(refuses, tmp_path):
    inner = block(
        1,
        node(
            "Constant", [], ["c"], [block(1, "value") + block(5, tensor("t", np.zeros(1), location="../x"))]
        ),
    )
    branch = block(1, "then_branch") + block(6, inner) + number(20, 5)
    network = model(
        [node("If", ["x"], ["y"], [branch])], [], [port("x", (1, 1, 4, 4, 4))], [port("y", (1, 2, 4, 4, 4))]
    )
    refuses(onnx_folder(tmp_path / "net", network=network), "'../x'")


def test_onnx_with_a_link_to_the_outside(refuses, tmp_path):
    folder = onnx_folder(tmp_path / "net", network=brightness_network(location="weights.bin"))
    (folder / "weights.bin").symlink_to("/etc/passwd")
    refuses(folder, "link")


@pytest.mark.parametrize("domain", ["my.ops", "com.example", "ai.onnx.contrib", "pkg.torch"])
def test_onnx_with_a_custom_operator(refuses, tmp_path, domain):
    folder = onnx_folder(tmp_path / "net", network=brightness_network(domain=domain))
    refuses(folder, "the operator Conv", domain, "not part of ONNX")


def test_onnx_operator_of_the_runtime_that_opens_files(refuses, tmp_path):
    network = model(
        [node("EPContext", ["x"], ["y"], [ints("main_context", (1,))], "com.microsoft")],
        [], [port("x", (1, 1, 4, 4, 4))], [port("y", (1, 2, 4, 4, 4))],
    )  # fmt: skip
    refuses(onnx_folder(tmp_path / "net", network=network), "EPContext")


def test_onnx_that_is_none(refuses, tmp_path):
    refuses(
        onnx_folder(tmp_path / "net", network=b"\x08\x01 this is no network at all" * 9),
        "is not an ONNX file",
    )


def test_onnx_without_a_card(refuses, tmp_path):
    folder = onnx_folder(tmp_path / "net")
    (folder / "card.toml").unlink()
    refuses(folder, "card.toml is missing")


def zip_of(path: Path, entries: dict[str, bytes], *, mode: int = 0, packed: bool = True) -> Path:
    kind = zipfile.ZIP_DEFLATED if packed else zipfile.ZIP_STORED
    with zipfile.ZipFile(path, "w", kind) as archive:
        for name, data in entries.items():
            info = zipfile.ZipInfo(name)
            info.compress_type = kind
            info.external_attr = mode << 16
            archive.writestr(info, data)
    return path


GOOD = {
    "net.onnx": brightness_network(),
    "card.toml": card_text("bright", "net.onnx", 'labels = ["B"]').encode(),
}


@pytest.mark.parametrize(
    "name", ["../evil.txt", "a/../../evil.txt", "/tmp/evil.txt", "..\\evil.txt", "C:\\evil.txt", "C:evil.txt"]
)
def test_zip_whose_names_lead_out(refuses, tmp_path, name):
    archive = zip_of(tmp_path / "net.zip", {**GOOD, name: b"evil"})
    refuses(archive, "leads out of the model's folder")
    assert not list(tmp_path.rglob("evil.txt"))


def test_zip_with_a_link(refuses, tmp_path):
    archive = zip_of(tmp_path / "net.zip", {"link": b"/etc/passwd"}, mode=stat.S_IFLNK | 0o777)
    refuses(archive, "is a link")


def test_zip_that_bursts(refuses, tmp_path):
    archive = zip_of(tmp_path / "net.zip", {**GOOD, "weights.bin": bytes(60_000_000)})
    assert archive.stat().st_size < 100_000
    refuses(archive, "would grow 200 times")


def test_zip_that_lies_about_its_sizes(refuses, tmp_path):
    archive = zip_of(tmp_path / "net.zip", {"card.toml": b"x" * 5000, "net.onnx": GOOD["net.onnx"]})
    data = archive.read_bytes()
    real, told = (5000).to_bytes(4, "little"), (10).to_bytes(4, "little")
    archive.write_bytes(data.replace(real, told))
    refuses(archive)


def test_zip_with_a_name_twice(refuses, tmp_path):
    path = tmp_path / "net.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for name in ("card.toml", "CARD.toml"):
            archive.writestr(name, GOOD["card.toml"])
    refuses(path, "twice")


def test_folder_with_a_link(refuses, tmp_path):
    folder = onnx_folder(tmp_path / "net")
    (folder / "more").symlink_to(tmp_path)
    refuses(folder, "more is a link")


def test_no_model_at_all(refuses, tmp_path):
    (tmp_path / "empty").mkdir()
    (tmp_path / "empty" / "readme.txt").write_text("hello")
    refuses(tmp_path / "empty", "no model that is known here")


def test_deep_or_large_json_is_not_parsed(refuses, tmp_path):
    folder = monai_folder(tmp_path)
    (folder / "configs" / "inference.json").write_text('{"a":' * 5000 + "1" + "}" * 5000)
    refuses(folder, "nested more than")


def test_metadata_is_plain_text_whatever_it_says(medview, own_models, tmp_path, sentinel):
    """Texts of the metadata are shown, never read as anything else."""
    folder = monai_folder(tmp_path)
    told = {**METADATA, "description": f"$__import__('os').mkdir('{sentinel}')"}
    (folder / "configs" / "metadata.json").write_text(json.dumps(told))
    assert medview("install", folder, "--yes").code == 0


def test_an_id_of_a_built_in_method_is_not_for_the_taking(refuses, tmp_path):
    folder = onnx_folder(tmp_path / "net")
    (folder / "card.toml").write_text(card_text("t2-vessels", "net.onnx", 'labels = ["Bright"]'))
    refuses(folder, "calls itself t2-vessels")


def test_a_network_of_other_sizes_than_its_plans(medview, own_models, tmp_path):
    """Named at the run: the tensors are looked at by the model process only."""
    import torch
    from makers import scan_file

    folder = nnunet_folder(tmp_path)
    path = folder / "fold_0" / "checkpoint_final.pth"
    buffer = io.BytesIO()
    torch.save({"network_weights": {"encoder.x": torch.zeros(2)}}, buffer)
    path.write_bytes(buffer.getvalue())
    assert medview("install", folder, "--yes").code == 0
    scan, _ = scan_file(tmp_path)
    said = medview("run", "bright-3d_fullres", f"image={scan}", "-o", tmp_path / "o.nii.gz")
    assert said.code == 3
    assert "Missing key" in said.err
