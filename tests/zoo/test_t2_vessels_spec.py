"""What the program knows of the model costs no torch, and the forecast counts what the network computes."""

from __future__ import annotations

import subprocess
import sys

import pytest
import torch

from medview.core.params import defaults
from medview.zoo.segment.t2_vessels.forecast import macs_per_pixel
from medview.zoo.segment.t2_vessels.network import VesselSynthesisNet
from medview.zoo.segment.t2_vessels.settings import WIDTHS, NetworkSettings, TrainSettings
from medview.zoo.segment.t2_vessels.spec import SPEC
from medview.zoo.slicewise.cost import batch_size


def test_spec_and_forecast_load_no_torch():
    code = (
        "import sys, medview.zoo.segment.t2_vessels.spec, medview.zoo.segment.t2_vessels.forecast;"
        "sys.exit('torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_defaults_are_those_of_the_paper_file():
    assert NetworkSettings() == TrainSettings.from_params(defaults(SPEC.train_params)).network
    found = defaults(SPEC.train_params)
    assert (found["learning_rate"], found["epochs_phase1"], found["epochs_phase2"]) == (2e-4, 50, 150)
    assert (found["dilation_px"], found["mtl"], found["modalities"], found["crop_px"]) == (
        10,
        "uncertainty",
        "T2",
        400,
    )
    assert defaults(SPEC.params)["threshold"] == 0.5


def test_every_result_is_marked_as_inferred():
    assert SPEC.note == "Synthesised vessels are inferred, not imaged."
    assert all(output.synthesized for output in SPEC.outputs)


@pytest.mark.parametrize(("modalities", "is_rebuilt"), [(1, True), (2, True), (1, False)])
def test_the_forecast_counts_the_multiplications_of_the_network(modalities, is_rebuilt):
    net, counted = VesselSynthesisNet(modalities, WIDTHS["small"]), []
    for layer in net.modules():
        if isinstance(layer, torch.nn.Conv2d):
            layer.register_forward_hook(lambda m, _i, out: counted.append(m.weight[0].numel() * out.numel()))
    with torch.inference_mode():
        net(torch.zeros(1, modalities, 64, 64), need_reconstruction=is_rebuilt)
    branches = modalities + 1 if is_rebuilt else 1
    assert macs_per_pixel(WIDTHS["small"], branches) == pytest.approx(sum(counted) / 64**2, rel=0.1)


def test_batches_shrink_with_the_slice_and_with_the_network():
    assert batch_size(224, 272, 16) == 4
    assert batch_size(400, 400, 64) == 1
    assert batch_size(64, 64, 16) == 8
