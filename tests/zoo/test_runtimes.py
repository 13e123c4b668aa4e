"""Runtimes give the same labels, tell when they do not, can be cancelled, and send nothing anywhere."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from collections import OrderedDict
from dataclasses import replace

import pytest
import torch
from torch import nn

from medview.core.errors import Cancelled, InputRefused
from medview.ml.context import RunContext
from medview.zoo.blocks import ConvNormAct, DoublingConv
from medview.zoo.inference import cancellable
from medview.zoo.runtimes import choice, conversions, openvino_program
from medview.zoo.runtimes import prepared as preparations
from medview.zoo.runtimes.choice import Programs
from medview.zoo.runtimes.lean import ChannelsLastInstanceNorm, doubled_kernel, lean
from medview.zoo.runtimes.prepared import prepared, signature
from medview.zoo.runtimes.torch_program import TorchProgram

needs_openvino = pytest.mark.skipif(
    not openvino_program.is_installed(), reason="OpenVINO is not installed (pip install 'medview[fast-cpu]')"
)


class Listener:
    def __init__(self, cancelled=False):
        self.cancelled = cancelled

    def progress(self, fraction, message):
        pass

    def preview(self, name, offset_ijk, array):
        pass

    def report(self, step, values):
        pass

    def is_cancelled(self):
        return self.cancelled


class Small(nn.Module):
    """A probability and three classes, with both kinds of normalisation."""

    def __init__(self, width=8):
        super().__init__()
        torch.manual_seed(1)
        self.body = nn.Sequential(
            nn.Conv2d(1, width, 3, padding=1, bias=False), nn.BatchNorm2d(width), nn.ReLU(),
            ConvNormAct(width, width), nn.Conv2d(width, width, 3, padding=1), nn.BatchNorm2d(width),
        )  # fmt: skip
        self.up = nn.Sequential(nn.Upsample(scale_factor=2, mode="nearest"), ConvNormAct(width, width))
        self.merge = nn.Sequential(DoublingConv(width, width, width), nn.BatchNorm2d(width))
        self.head = nn.Conv2d(width, 4, 1)
        for layer in self.modules():
            if isinstance(layer, nn.BatchNorm2d):
                nn.init.normal_(layer.running_mean)
                nn.init.uniform_(layer.running_var, 0.5, 2.0)
                nn.init.uniform_(layer.weight, 0.5, 2.0)

    def forward(self, x):
        body = self.body(x)
        coarse = nn.functional.max_pool2d(body, 2)
        scores = self.head(self.merge((coarse, body)) + self.up(coarse))
        return torch.sigmoid(scores[:, :1]), torch.softmax(scores[:, 1:], dim=1)


class Erratic(nn.Module):
    """Answers otherwise each time it is asked, so that no conversion can be the same."""

    def forward(self, x):
        return torch.sigmoid(torch.randn_like(x))


@pytest.fixture
def ctx(tmp_path, monkeypatch):
    monkeypatch.setattr(conversions, "conversions_folder", lambda: tmp_path / "openvino")
    monkeypatch.setattr(preparations, "_kept", OrderedDict())
    return RunContext(scratch=tmp_path, listener=Listener())


@pytest.fixture
def batch():
    return torch.rand(4, 1, 48, 32, generator=torch.Generator().manual_seed(0))


def plain(network, batch):
    with torch.inference_mode():
        return network.eval()(batch)


def test_rewriting_changes_nothing_but_rounding_and_leaves_the_network_as_it_was(batch):
    network = Small().eval()
    before = plain(network, batch)
    rewritten = lean(network)
    kinds = [type(layer) for layer in rewritten.modules()]
    assert not {nn.BatchNorm2d, nn.InstanceNorm2d, nn.Upsample, DoublingConv} & set(kinds)
    assert kinds.count(nn.ConvTranspose2d) == 2
    assert [type(layer) for layer in network.modules()] == [type(layer) for layer in Small().modules()]
    for first, second in zip(before, plain(network, batch), strict=True):
        assert torch.equal(first, second)
    for first, second in zip(before, plain(rewritten, batch), strict=True):
        assert torch.allclose(first, second, atol=1e-5)


def test_a_doubled_map_is_convolved_by_one_transposed_convolution_borders_included():
    weight, small = torch.randn(3, 2, 3, 3, dtype=torch.float64), torch.randn(1, 2, 5, 4, dtype=torch.float64)
    doubled = small.repeat_interleave(2, dim=2).repeat_interleave(2, dim=3)
    wanted = nn.functional.conv2d(doubled, weight, padding=1)
    made = nn.functional.conv_transpose2d(small, doubled_kernel(weight), stride=2, padding=1)
    assert torch.allclose(made, wanted, atol=1e-12)


def test_means_far_from_zero_cost_no_digits_that_matter():
    norm = nn.InstanceNorm2d(3, affine=True).eval().requires_grad_(False)
    x = torch.randn(2, 3, 200, 160, generator=torch.Generator().manual_seed(3)) + 10.0
    wanted = norm.double()(x.double())
    made = ChannelsLastInstanceNorm(norm.float())(x.contiguous(memory_format=torch.channels_last))
    assert float((made - wanted).abs().max()) < 1e-3


def test_what_cannot_be_rewritten_stays():
    odd = nn.Sequential(
        nn.Upsample(scale_factor=3, mode="nearest"), nn.Conv2d(2, 2, 3, padding=1), nn.InstanceNorm2d(2),
        nn.Upsample(scale_factor=2, mode="nearest"), nn.Conv2d(2, 2, 3, padding=1, groups=2),
        nn.InstanceNorm2d(2, track_running_stats=True), nn.ReLU(), nn.BatchNorm2d(2),
    )  # fmt: skip
    kinds = [type(layer) for layer in lean(odd)]
    assert kinds == [
        nn.Upsample, nn.Conv2d, ChannelsLastInstanceNorm, nn.Upsample, nn.Conv2d, nn.InstanceNorm2d, nn.ReLU,
        nn.BatchNorm2d,
    ]  # fmt: skip


def test_torch_gives_what_the_plain_network_gives(ctx, batch):
    network = Small()
    programs = Programs(network, replace(ctx, runtime="torch"), 1)
    for first, second in zip(plain(network, batch), programs(batch), strict=True):
        assert torch.allclose(first, second, atol=1e-5)


@needs_openvino
def test_openvino_gives_the_same_labels_and_is_converted_once(ctx, batch, monkeypatch):
    network = Small()
    ctx.runtime = "openvino"
    programs = Programs(network, ctx, 3)
    wanted = plain(network, batch)
    for maps in (programs(batch), programs(batch)):
        share, difference = conversions.compared(wanted, maps)
        assert share > 0.999 and difference < 1e-3
    assert ctx.facts["runtime"].startswith("OpenVINO") and not ctx.notes
    last = programs(batch[:3])
    assert [len(item) for item in last] == [3, 3]
    assert torch.allclose(last[1], wanted[1][:3], atol=1e-3)

    def converted(*_given):
        raise AssertionError("it was converted already")

    monkeypatch.setattr(openvino_program, "converted", converted)
    preparations._kept.clear()
    assert conversions.compared(wanted, Programs(Small(), ctx, 3)(batch))[0] > 0.999
    with pytest.raises(AssertionError, match="already"):
        Programs(Small(width=16), ctx, 3)(batch)


@needs_openvino
def test_a_loaded_conversion_stays_loaded_in_its_process(ctx, batch, monkeypatch):
    network = Small()
    ctx.runtime = "openvino"
    Programs(network, ctx, 3)(batch)

    def read(*_given):
        raise AssertionError("it is loaded already")

    monkeypatch.setattr(choice, "stored_check", read)
    for runtime in ("openvino", "auto"):
        again = replace(ctx, runtime=runtime, facts={})
        Programs(network, again, 1)(batch)
        assert again.facts["runtime"].startswith("OpenVINO")


@needs_openvino
@pytest.mark.parametrize("harm", ["cut", "flip", "forged", "gone"])
def test_a_damaged_conversion_is_never_loaded_but_made_anew(ctx, batch, harm):
    network = Small()
    ctx.runtime = "openvino"
    wanted = Programs(network, ctx, 3)(batch)
    (folder,) = (ctx.scratch / "openvino").iterdir()
    blob = folder / conversions.BLOB
    good = blob.read_bytes()
    if harm == "gone":
        blob.unlink()
    else:
        bad = {"cut": good[:-9], "flip": good[:-9] + b"!" + good[-8:], "forged": b"another program's"}[harm]
        blob.write_bytes(bad)
    if harm == "forged":  # with the right hash of the wrong thing
        check = json.loads((folder / conversions.CHECK).read_text())
        check["blob_sha256"] = hashlib.sha256(blob.read_bytes()).hexdigest()
        (folder / conversions.CHECK).write_text(json.dumps(check))
    preparations._kept.clear()
    made = Programs(network, ctx, 3)(batch)
    assert conversions.compared(wanted, made)[0] > 0.999
    assert ctx.facts["runtime"].startswith("OpenVINO")
    (again,) = (ctx.scratch / "openvino").iterdir()
    assert conversions.stored_blob(again.name, conversions.stored_check(again.name)) is not None


def check_of(seconds=0.1):
    return conversions.Check(equal_share=1.0, largest_difference=0.0, torch_s=0.2, runtime_s=seconds)


def test_conversions_are_the_persons_alone(ctx):
    folder = conversions.conversions_folder()
    folder.mkdir(mode=0o775)
    conversions.keep("one", b"network", check_of())
    assert folder.stat().st_mode & 0o777 == 0o700
    assert conversions.stored_blob("one", conversions.stored_check("one")) == b"network"
    (folder / "one").chmod(0o777)
    assert conversions.stored_check("one") is None
    (folder / "one").chmod(0o700)
    (folder / "two").symlink_to(folder / "one")
    assert conversions.stored_check("two") is None


def test_the_oldest_conversions_go_when_the_budget_is_full(ctx, monkeypatch):
    folder = conversions.conversions_folder()
    monkeypatch.setattr(conversions, "BUDGET_BYTES", 2500)
    for age, name in ((30, "first"), (20, "second")):
        conversions.keep(name, bytes(900), check_of())
        os.utime(folder / name, (1000 - age, 1000 - age))
    conversions.stored_blob("first", conversions.stored_check("first"))  # used now, so no longer the oldest
    (folder / ".draft-dead").mkdir()
    os.utime(folder / ".draft-dead", (1, 1))
    conversions.keep("third", bytes(900), check_of())
    assert sorted(path.name for path in folder.iterdir()) == ["first", "third"]


def test_a_full_disk_keeps_no_conversion_and_is_no_error(ctx, monkeypatch):
    def full(*_given):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(conversions.Path, "write_bytes", full)
    conversions.keep("one", b"network", check_of())
    assert list(conversions.conversions_folder().iterdir()) == []


def test_what_a_network_does_with_its_weights_is_part_of_its_name():
    class Level(nn.Module):
        def __init__(self, net, level):
            super().__init__()
            self.net, self._level = net, level

    net = Small()
    assert signature(Level(net, 1)) == signature(Level(net, 1))
    assert signature(Level(net, 1)) != signature(Level(net, 2))


def test_a_network_is_prepared_once_and_again_after_its_weights_have_changed(ctx, batch):
    network = Small()
    first = prepared(network)
    assert prepared(network) is first
    assert TorchProgram(network, "cpu").prepared is first
    before = TorchProgram(network, "cpu")(batch, ctx)[0]
    with torch.no_grad():
        network.head.bias += 1.0
    assert prepared(network) is not first
    after = TorchProgram(network, "cpu")(batch, ctx)[0]
    assert torch.allclose(after, plain(network, batch)[0], atol=1e-5)
    assert not torch.allclose(after, before, atol=1e-2)


def test_the_hooks_of_one_run_are_no_other_runs(ctx, batch):
    network = Small()
    running, other = TorchProgram(network, "cpu"), TorchProgram(network, "cpu")
    running(batch, ctx), other(batch, ctx)
    cancelled = replace(ctx, listener=Listener(cancelled=True))
    with cancellable(running._network, cancelled):
        other(batch, ctx)
        with pytest.raises(Cancelled):
            running(batch, ctx)


@needs_openvino
def test_where_labels_differ_torch_computes_and_the_run_says_so(ctx, batch):
    ctx.runtime = "openvino"
    programs = Programs(Erratic(), ctx, 2)
    programs(batch)
    assert ctx.facts["runtime"] == "torch"
    assert len(ctx.notes) == 1 and ctx.notes[0].endswith("torch computes.")


@needs_openvino
def test_a_short_run_is_not_worth_a_conversion(ctx, batch):
    Programs(Small(), ctx, 2)(batch)
    assert ctx.facts["runtime"] == "torch"
    assert not (ctx.scratch / "openvino").exists()


@needs_openvino
def test_a_known_conversion_is_loaded_once_it_would_have_paid(ctx, batch, monkeypatch):
    monkeypatch.setattr(choice, "stored_check", lambda _key: check_of())
    monkeypatch.setattr(choice, "stored_blob", lambda _key, _check: b"blob")
    taken = []
    monkeypatch.setattr(
        openvino_program, "restored", lambda *_given: taken.append(1) or TorchProgram(Small(), "cpu")
    )
    network = Small()
    Programs(network, ctx, 4)(batch)  # would save 0.4 s
    assert not taken
    Programs(network, ctx, 4)(batch)  # 0.8 s in two runs
    assert taken
    preparations._kept.clear()
    Programs(network, ctx, 50)(batch)
    assert len(taken) == 2


@needs_openvino
def test_openvino_stops_in_the_middle_of_a_batch(ctx):
    large = torch.rand(8, 1, 192, 192)
    network = Small(width=32).eval()
    program = openvino_program.converted(network, large, 1)
    whole = program(large, ctx)
    ctx.listener.cancelled = True
    with pytest.raises(Cancelled):
        program(large, ctx)
    ctx.listener.cancelled = False
    assert torch.equal(program(large, ctx)[0], whole[0])


@needs_openvino
def test_openvino_is_imported_without_its_telemetry_even_where_that_is_installed(tmp_path):
    spy = tmp_path / "openvino_telemetry"
    spy.mkdir()
    (spy / "__init__.py").write_text(f"open({str(tmp_path / 'told')!r}, 'w').close()\n")
    code = (
        "from medview.zoo.runtimes.openvino_program import openvino;"
        "import sys; package = openvino(); package.Core();"
        "print(sorted(n for n in sys.modules if n.startswith('openvino_telemetry') and sys.modules[n]))"
    )
    paths = {"PYTHONPATH": f"{tmp_path}:{':'.join(filter(None, sys.path))}"}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=paths, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "[]"
    assert not (tmp_path / "told").exists()


def test_openvino_is_refused_where_it_cannot_be(ctx, monkeypatch):
    ctx.runtime = "openvino"
    with pytest.raises(InputRefused, match="CPU only"):
        choice._demand_openvino("cuda")
    monkeypatch.setattr(openvino_program, "is_installed", lambda: False)
    with pytest.raises(InputRefused, match="fast-cpu"):
        Programs(Small(), ctx, 1)


def test_a_plain_program_is_the_network_itself():
    network = Small()
    assert TorchProgram(network, "cpu", is_plain=True)._network is network
