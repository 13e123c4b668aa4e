"""APU-Net's network: the numbered checks 1, 2, 7 and 8 of the paper file, and what a run needs of it."""

from __future__ import annotations

import pytest
import torch

from medview.zoo.blocks import count_parameters
from medview.zoo.segment.cardiac_pathology.losses import WeightGenerator
from medview.zoo.segment.cardiac_pathology.network import ApuNet, new_network
from medview.zoo.segment.cardiac_pathology.objective import ApuObjective
from medview.zoo.segment.cardiac_pathology.settings import WIDTHS, NetworkSettings, TrainSettings
from medview.zoo.segment.cardiac_pathology.spec import SPEC


def settings(**changes: object) -> TrainSettings:
    params = {param.name: param.default for param in SPEC.train_params}
    return TrainSettings.from_params({**params, "width": "small", **changes})


@pytest.mark.parametrize(
    ("width", "maps", "count"),
    [
        ("paper", "", 31_042_629),
        ("paper", "full", 59_286_917),
        ("paper", "single", 37_324_526),
        ("small", "", 1_943_829),
        ("small", "full", 3_710_309),
    ],
)
def test_check_1_parameter_counts(width: str, maps: str, count: int) -> None:
    with torch.device("meta"):
        assert count_parameters(ApuNet(WIDTHS[width], maps)) == count


def test_check_1_the_weight_generator_gives_bounded_weights_that_sum_to_five() -> None:
    generator = WeightGenerator()
    assert count_parameters(generator) == 97_957
    for scale in (0.0, 1e3):
        with torch.no_grad():
            generator.body[-1].bias += torch.tensor([9.0, -9.0, -9.0, -9.0, -9.0]) * scale
            weights = generator(torch.randn(3, 1, 64, 64))
        assert weights.shape == (3, 5)
        assert torch.allclose(weights.sum(dim=1), torch.full((3,), 5.0), atol=1e-5)
        assert float(weights.min()) >= 0.164 - 1e-3
        assert float(weights.max()) <= 3.244 + 1e-3
    # driven to its ends, it reaches them
    assert float(weights[:, 0].min()) > 3.2


@pytest.mark.parametrize("maps", ["", "full", "single"])
def test_check_2_shapes_and_probabilities(maps: str) -> None:
    net = ApuNet(WIDTHS["small"], maps).eval()
    with torch.inference_mode():
        logits, attention = net.with_attention(torch.randn(2, 1, 128, 128))
    probability = torch.softmax(logits, dim=1)
    assert probability.shape == (2, 5, 128, 128)
    assert torch.allclose(probability.sum(dim=1), torch.ones(2, 128, 128), atol=1e-5)
    wanted = [(2, 1, 128 // 2**n, 128 // 2**n) for n in range(4)] if maps else []
    assert [tuple(each.shape) for each in attention] == wanted
    assert all(0 <= float(each.min()) <= float(each.max()) <= 1 for each in attention)


@pytest.mark.parametrize("maps", ["full", "single"])
def test_check_7_attention_that_lets_everything_pass_gives_the_baseline(maps: str) -> None:
    torch.manual_seed(0)
    attended = ApuNet(WIDTHS["small"], maps).eval()
    plain = ApuNet(WIDTHS["small"], "").eval()
    plain.load_state_dict({k: v for k, v in attended.state_dict().items() if ".attention." not in k})
    x = torch.randn(1, 1, 64, 64)
    with torch.inference_mode():
        assert not torch.allclose(attended(x), plain(x), atol=1e-3)
        for block in (*attended.encoder, *attended.decoder):
            block.attention[-1].weight.zero_()
            block.attention[-1].bias.fill_(20.0)
        assert torch.allclose(attended(x), plain(x), atol=1e-5)


def test_check_8_the_weight_generator_learns_along_and_is_not_part_of_the_prediction() -> None:
    torch.manual_seed(0)
    objective = ApuObjective(settings())
    images = torch.randn(2, 1, 32, 32)
    target = torch.nn.functional.one_hot(torch.randint(0, 5, (2, 32, 32)), 5).permute(0, 3, 1, 2).float()
    objective(images, target)["total"].backward()
    slopes = [float(parameter.grad.abs().sum()) for parameter in objective.generator.parameters()]
    assert sum(slope > 0 for slope in slopes) > len(slopes) / 2
    objective.eval()
    with torch.inference_mode():
        before = objective.net(images)
        objective.generator = None
        assert torch.equal(objective.net(images), before)
    assert not any("generator" in name for name in objective.net.state_dict())


def test_all_variants_begin_with_the_same_main_weights() -> None:
    states = []
    for name in ("none", "attention", "penalty"):
        torch.manual_seed(3)
        states.append(ApuObjective(settings(ablation=name)).net.state_dict())
    assert all(torch.equal(states[0][key], other[key]) for other in states[1:] for key in states[0])


@pytest.mark.parametrize(
    ("ablation", "has_attention", "has_generator", "has_penalty"),
    [
        ("none", True, True, False),
        ("baseline", False, False, False),
        ("attention", True, False, False),
        ("penalty", True, True, True),
    ],
)
def test_an_ablation_is_a_variant_of_the_papers_table(
    ablation: str, has_attention: bool, has_generator: bool, has_penalty: bool
) -> None:
    asked = settings(ablation=ablation, attention=True, awce=True, penalty_weight=0.0)
    objective = ApuObjective(asked)
    target = torch.full((2, 5, 32, 32), 0.2)
    with torch.no_grad():
        losses = objective(torch.randn(2, 1, 32, 32), target)
    assert (objective.net.encoder[0].attention is not None) == has_attention
    assert (objective.generator is not None) == has_generator
    assert ("penalty" in losses) == has_penalty
    if has_penalty:
        assert float(losses["total"]) == pytest.approx(
            float(losses["cross_entropy"] + 0.01 * losses["penalty"]), rel=1e-5
        )


def test_a_card_brings_the_network_back() -> None:
    wanted = NetworkSettings(width="small", attention_maps="single", pixel_mm=1.6, crop_px=96)
    assert NetworkSettings.from_card(wanted.as_table()) == wanted
    assert new_network(wanted).decoder[0].attention[-1].out_channels == 1
