"""The network has the published size and shapes, and computes no more than is asked for."""

from __future__ import annotations

import pytest
import torch

from medview.zoo.blocks import count_parameters
from medview.zoo.segment.t2_vessels.network import VesselSynthesisNet
from medview.zoo.segment.t2_vessels.settings import WIDTHS


@pytest.mark.parametrize(
    ("modalities", "published", "exact"), [(1, 26.7e6, 26_645_122), (2, 33.4e6, 33_546_435)]
)
def test_paper_width_has_the_published_number_of_parameters(modalities, published, exact):
    count = count_parameters(VesselSynthesisNet(modalities))
    assert count == exact
    assert abs(count - published) < 0.01 * published


def test_parts_have_the_sizes_of_the_plan():
    net = VesselSynthesisNet()
    parts = (net.encoder, net.bottleneck, net.decoders, net.synthesis)
    assert [count_parameters(part) for part in parts] == [5_463_936, 7_969_536, 6_310_913, 6_900_737]


def test_small_width_has_its_number_of_parameters():
    assert count_parameters(VesselSynthesisNet(1, WIDTHS["small"])) == 1_670_818


def test_two_slices_of_400_pixels_give_outputs_of_400_pixels_and_a_bottleneck_of_25():
    net = VesselSynthesisNet(1, WIDTHS["paper"]).eval()
    seen = []
    net.bottleneck.register_forward_hook(lambda _m, _i, out: seen.append(tuple(out.shape)))
    with torch.inference_mode():
        vessels, rebuilt = net(torch.rand(2, 1, 400, 400))
    assert vessels.shape == rebuilt.shape == (2, 1, 400, 400)
    assert seen == [(2, 384, 25, 25)]
    assert float(vessels.min()) >= 0 and float(vessels.max()) <= 1


def test_two_modalities_are_rebuilt_as_two_channels():
    net = VesselSynthesisNet(2, WIDTHS["small"]).eval()
    with torch.inference_mode():
        vessels, rebuilt = net(torch.rand(1, 2, 32, 48))
    assert vessels.shape == (1, 1, 32, 48)
    assert rebuilt.shape == (1, 2, 32, 48)


def test_a_run_for_the_mask_alone_gives_the_same_mask_and_skips_the_fine_blocks_of_the_decoder():
    torch.manual_seed(0)
    net = VesselSynthesisNet(1, WIDTHS["small"]).eval()
    image = torch.rand(1, 1, 64, 32)
    touched = []
    for block in (*net.decoders[0].finer, net.decoders[0].head):
        block.register_forward_pre_hook(lambda module, _args: touched.append(module))
    with torch.inference_mode():
        alone = net(image, need_reconstruction=False)
        assert alone.reconstruction is None
        assert not touched
        whole = net(image)
    assert touched
    assert torch.equal(alone.vessels, whole.vessels)
