"""Models of others share the ladder, the runtimes and the cancelling of our own."""

from __future__ import annotations

import threading
import time

import numpy as np
import pytest
import torch
from torch import nn

from medview.core.errors import Cancelled
from medview.ml.context import RunContext, Silence
from medview.ml.foreign.recipe import Window
from medview.zoo.foreign.frugal import FrugalSweep
from medview.zoo.foreign.predictors import TorchPredictor
from medview.zoo.foreign.windows import Sweep, piece_count, sweep
from medview.zoo.runtimes import conversions, openvino_program

SHAPE = (64, 40, 48)
SHORT = "[enforce fail at alloc_cpu.cpp:117] DefaultCPUAllocator: can't allocate memory"


@pytest.fixture
def image():
    return np.random.default_rng(0).random((1, *SHAPE), np.float32)


def settings(**window):
    return Sweep(window=Window(**window), channels=1)


class Narrow(nn.Module):
    """Takes pieces up to some length only."""

    def __init__(self, most):
        super().__init__()
        self.most = most

    def forward(self, x):
        if max(x.shape[2:]) > self.most:
            raise RuntimeError(SHORT)
        return 2 * x


def test_whole_images_are_cut_into_smaller_pieces_where_memory_runs_short(image, tmp_path):
    ctx = RunContext(scratch=tmp_path, runtime="torch")
    network = TorchPredictor(Narrow(40), ctx)
    swept = FrugalSweep([network], settings(multiple=8), SHAPE, ctx)
    assert np.allclose(swept(network, image, (0, 1)), 2 * image, atol=1e-6)
    assert ctx.notes == [
        "Memory ran short: pieces of 32 x 40 x 48 voxels.",
        "Memory ran short: pieces of 32 x 40 x 24 voxels.",
    ]


def test_pieces_of_the_model_s_own_size_are_never_cut(image, tmp_path):
    ctx = RunContext(scratch=tmp_path, runtime="torch")
    network = TorchPredictor(Narrow(16), ctx)
    swept = FrugalSweep([network], settings(patch=(32, 32, 32)), SHAPE, ctx)
    with pytest.raises(MemoryError):
        swept(network, image, (0, 1))
    assert ctx.notes == []


def test_other_errors_are_not_taken_for_a_shortage(image, tmp_path):
    ctx = RunContext(scratch=tmp_path, runtime="torch")

    def broken(piece):
        raise RuntimeError("a defect")

    with pytest.raises(RuntimeError, match="defect"):
        FrugalSweep([broken], settings(), SHAPE, ctx)(broken, image, (0, 1))


def test_the_number_of_pieces_is_known_beforehand(image, tmp_path):
    calls = []
    for how in ({"patch": (32, 32, 32)}, {"multiple": 16}, {"patch": (100, 16, 16), "overlap": 0.25}):
        calls.clear()
        wanted = settings(**how)
        sweep(lambda piece: calls.append(1) or piece, image, wanted, RunContext(scratch=tmp_path), (0, 1))
        assert piece_count(wanted, SHAPE) == len(calls)


class Deep(nn.Module):
    """Many small layers, and several answers as deep supervision gives them."""

    def __init__(self, layers):
        super().__init__()
        self.layers = nn.Sequential(*(nn.Conv3d(8, 8, 3, padding=1) for _ in range(layers)))

    def forward(self, x):
        made = self.layers(x)
        return made, made[:, :, ::2]


class Impatient(Silence):
    def __init__(self):
        self.cancelled = False

    def is_cancelled(self):
        return self.cancelled


def test_a_run_ends_within_a_second_in_the_middle_of_a_piece(tmp_path):
    listener = Impatient()
    ctx = RunContext(scratch=tmp_path, listener=listener, runtime="torch")
    network = TorchPredictor(Deep(3000), ctx)
    said_s = []

    def cancel():
        said_s.append(time.monotonic())
        listener.cancelled = True

    threading.Timer(0.5, cancel).start()
    with pytest.raises(Cancelled):
        network(np.zeros((1, 8, 32, 32, 32), np.float32))
    assert time.monotonic() - said_s[0] < 1


@pytest.mark.skipif(not openvino_program.is_installed(), reason="OpenVINO is not installed")
def test_openvino_computes_a_network_of_others_and_its_first_answer_counts(tmp_path, monkeypatch):
    monkeypatch.setattr(conversions, "conversions_folder", lambda: tmp_path / "openvino")
    torch.manual_seed(0)
    net = Deep(3).eval()
    ctx = RunContext(scratch=tmp_path, runtime="openvino")
    predictor = TorchPredictor(net, ctx)
    predictor.expect(4)
    piece = np.random.default_rng(1).random((1, 8, 24, 24, 24), np.float32)
    with torch.inference_mode():
        wanted = net(torch.from_numpy(piece))[0].numpy()
    for _ in range(2):
        made = predictor(piece)
        assert made.shape == wanted.shape and np.allclose(made, wanted, atol=1e-4)
    assert ctx.facts["runtime"].startswith("OpenVINO")


def test_without_openvino_torch_computes_and_the_run_says_so(tmp_path, monkeypatch):
    monkeypatch.setattr(openvino_program, "is_installed", lambda: False)
    ctx = RunContext(scratch=tmp_path)
    predictor = TorchPredictor(Deep(2), ctx)
    predictor.expect(1000)
    predictor(np.zeros((1, 8, 8, 8, 8), np.float32))
    assert ctx.facts["runtime"] == "torch"
