"""The network against its paper file: sizes, counts, attention."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from medview.zoo.blocks import count_parameters
from medview.zoo.segment.stroke_lesion.network import CrossAttention, StrokeNet
from medview.zoo.segment.stroke_lesion.settings import WIDTHS


def tiny(seed: int = 0, **how) -> StrokeNet:
    torch.manual_seed(seed)
    return StrokeNet(how.pop("maps", 3), how.pop("classes", 1), (2, 4, 4, 4, 4, 4), **how).eval()


def test_check_1_shapes_of_all_outputs_and_the_lowest_map():
    net = tiny()
    lowest = []
    net.bottleneck.register_forward_pre_hook(lambda _module, given: lowest.append(given[0].shape[-2:]))
    with torch.inference_mode():
        prediction = net(torch.rand(2, 3, 224, 224))
    assert [tuple(p.shape) for p in prediction.probabilities()] == [(2, 1, 224, 224)] * 6
    assert tuple(lowest[0]) == (3, 3)
    sides = [a.shape[-1] for a in prediction.attention]
    assert sides == [224, 112, 56, 28, 14, 7]
    for p in prediction.probabilities():
        assert p.min() >= 0 and p.max() <= 1


def test_check_1_parameter_counts_of_the_widths_of_the_paper_file():
    with torch.device("meta"):
        assert count_parameters(StrokeNet(3, 1)) == 32_115_628
        assert count_parameters(StrokeNet(3, 1, with_attention=False)) == 31_459_270
        assert count_parameters(StrokeNet(3, 1, with_bottleneck=False)) == 27_393_964
        assert count_parameters(StrokeNet(5, 3)) == 32_119_224
        attention = [m for m in StrokeNet(3, 1).modules() if isinstance(m, CrossAttention)]
    assert sum(count_parameters(module) for module in attention) == 656_358


@pytest.mark.parametrize("side", [64, 192, 200, 256])
def test_check_1_other_sizes_run(side):
    with torch.inference_mode():
        prediction = tiny(maps=5, classes=3)(torch.rand(1, 5, side, side))
    assert prediction.logits[-1].shape == (1, 3, side, side)
    assert torch.allclose(prediction.probabilities()[0].sum(1), torch.ones(1, side, side), atol=1e-5)


def test_check_3_a_score_of_zero_lets_half_of_the_features_through():
    torch.manual_seed(1)
    attention = CrossAttention(4, 6)
    nn.init.zeros_(attention.score.weight)
    nn.init.zeros_(attention.score.bias)
    skip = torch.rand(2, 4, 8, 8)
    a = attention(skip, torch.rand(2, 6, 8, 8))
    assert torch.equal(a, torch.full_like(a, 0.5))
    assert torch.equal(a * skip, skip / 2)


def test_check_3_a_bias_of_20_gives_the_network_without_attention():
    full, plain = tiny(3), tiny(4, with_attention=False)
    kept = {name: value for name, value in full.state_dict().items() if ".attention." not in name}
    plain.load_state_dict(kept)
    x = torch.rand(1, 3, 96, 96)
    with torch.inference_mode():
        before = full(x).probabilities()[-1]
        for level in full.decoder:
            nn.init.zeros_(level.attention.score.weight)
            nn.init.constant_(level.attention.score.bias, 20.0)
        after, wanted = full(x).probabilities()[-1], plain(x).probabilities()[-1]
    assert (after - wanted).abs().max() < 1e-4
    assert (before - wanted).abs().max() > 1e-4
    assert not plain(x).attention


def test_check_4_attention_keeps_the_ratio_of_two_channels():
    net, seen = tiny(5), []
    net.decoder[0].block.register_forward_pre_hook(lambda _module, given: seen.append(given[0]))
    skips = []
    net.encoder[0].register_forward_hook(lambda _module, _given, made: skips.append(made))
    with torch.inference_mode():
        prediction = net(torch.rand(1, 3, 64, 64))
    through, skip = seen[0][:, -2:], skips[0]
    assert torch.allclose(through[:, 0] * skip[:, 1], through[:, 1] * skip[:, 0], atol=1e-6)
    assert torch.allclose(through, prediction.attention[0] * skip, atol=1e-6)
    assert prediction.attention[0].std() > 0


def test_only_the_finest_output_is_computed_where_no_other_is_needed():
    net = tiny()
    x = torch.rand(1, 3, 64, 64)
    with torch.inference_mode():
        whole, short = net(x), net(x, need_all=False)
    assert len(short.logits) == 1
    assert torch.equal(short.logits[0], whole.logits[-1])


def test_the_small_width_is_an_eighth_part_or_so_of_the_paper_s():
    assert [wide // narrow for wide, narrow in zip(WIDTHS["paper"], WIDTHS["small"], strict=True)] == [4] * 6
