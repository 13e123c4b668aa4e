"""Dilation, attention map and losses against numbers made by hand."""

from __future__ import annotations

import math

import pytest
import torch

from medview.zoo.losses import dice_loss, rare_cross_entropy
from medview.zoo.segment.t2_vessels.losses import (
    TaskWeighting,
    attention_map,
    local_loss,
    phase2_losses,
    reconstruction_loss,
    soft_dilate,
)
from medview.zoo.segment.t2_vessels.network import VesselSynthesisNet
from medview.zoo.segment.t2_vessels.objective import VesselObjective
from medview.zoo.segment.t2_vessels.settings import WIDTHS


def point(value: float = 1.0) -> torch.Tensor:
    mask = torch.zeros(1, 1, 64, 64)
    mask[0, 0, 30, 33] = value
    return mask


@pytest.mark.parametrize(("radius", "pixels"), [(0, 1), (1, 9), (10, 441)])
def test_a_single_pixel_dilates_to_a_square(radius, pixels):
    assert int(soft_dilate(point(), radius).sum()) == pixels


def test_a_soft_pixel_keeps_its_value_in_the_whole_square():
    grown = soft_dilate(point(0.3), 10)
    assert torch.allclose(grown[0, 0, 20:41, 23:44], torch.tensor(0.3))
    assert float(grown.sum()) == pytest.approx(441 * 0.3, rel=1e-5)


def test_the_attention_map_is_zero_beyond_ten_pixels_of_any_vessel():
    torch.manual_seed(0)
    vessels = torch.zeros(1, 1, 80, 80)
    places = torch.tensor([[5, 70], [40, 41], [79, 0]])
    vessels[0, 0, places[:, 0], places[:, 1]] = torch.rand(3)
    attention = attention_map(torch.rand(1, 1, 80, 80) + 0.1, vessels, 10)
    i, j = torch.meshgrid(torch.arange(80), torch.arange(80), indexing="ij")
    distance = torch.stack([torch.maximum((i - a).abs(), (j - b).abs()) for a, b in places]).amin(0)
    assert bool((attention[0, 0][distance > 10] == 0).all())
    assert bool((attention[0, 0][distance <= 10] > 0).all())


def test_equation_2_gives_the_number_made_by_hand():
    weighting = TaskWeighting()
    with torch.no_grad():
        weighting.log_variance.copy_(torch.tensor([0.0, math.log(0.25)]))
    assert weighting(torch.tensor(0.4), torch.tensor(0.1)).item() == pytest.approx(-0.2931, abs=1e-4)


def test_the_learned_variance_goes_to_the_loss():
    weighting = TaskWeighting()
    optimiser = torch.optim.Adam(weighting.parameters(), lr=0.05)
    for _ in range(400):
        optimiser.zero_grad()
        weighting(torch.tensor(0.37), torch.tensor(0.012)).backward()
        optimiser.step()
    assert torch.exp(weighting.log_variance).tolist() == pytest.approx([0.37, 0.012], rel=0.02)


def test_a_loss_of_zero_does_not_make_the_weighting_diverge():
    weighting = TaskWeighting()
    with torch.no_grad():
        weighting.log_variance.fill_(-500.0)
    assert weighting(torch.tensor(0.0), torch.tensor(0.0)).item() == pytest.approx(-6.0)


def test_fixed_weights_are_halves_and_are_not_learned():
    weighting = TaskWeighting(learned=False)
    assert weighting(torch.tensor(0.4), torch.tensor(0.2)).item() == pytest.approx(0.3)
    assert not any(parameter.requires_grad for parameter in weighting.parameters())


def test_dice_loss_of_two_predicted_and_one_true_pixel_is_a_third():
    predicted, true = torch.tensor([1.0, 1.0, 0.0, 0.0]), torch.tensor([1.0, 0.0, 0.0, 0.0])
    assert float(dice_loss(predicted, true, epsilon=0)) == pytest.approx(1 / 3, abs=1e-4)
    assert float(dice_loss(torch.zeros(4), torch.zeros(4))) == 0.0


def test_cross_entropy_is_shared_among_the_target_s_voxels():
    predicted, true = torch.tensor([0.5, 0.5, 0.0, 0.25]), torch.tensor([1.0, 1.0, 0.0, 0.0])
    assert float(rare_cross_entropy(predicted, true)) == pytest.approx(
        (2 * math.log(2) - math.log(0.75)) / 2, abs=1e-4
    )
    assert float(rare_cross_entropy(torch.zeros(1000), torch.zeros(1000))) == pytest.approx(0, abs=1e-2)


def test_where_a_vessel_is_missed_cross_entropy_has_the_slope_that_dice_lacks():
    true = torch.zeros(1, 1, 64, 64)
    true[..., 30:34, 30:34] = 1
    slopes = {}
    for name, loss in (("dice", dice_loss), ("entropy", rare_cross_entropy)):
        logits = torch.full_like(true, -7.0).requires_grad_()
        loss(torch.sigmoid(logits), true).backward()
        slopes[name] = logits.grad[true > 0].abs().mean().item()
    assert slopes["entropy"] > 20 * slopes["dice"]


def test_the_local_loss_is_a_mean_over_the_whole_slice_summed_over_modalities():
    image = torch.ones(1, 2, 64, 64)
    off = local_loss(image * 0.5, image, point(), point(), 10)
    assert float(off) == pytest.approx(2 * 0.5 * 441 / 64**2, rel=1e-5)
    assert float(local_loss(image * 0.5, image, point(), point(), None)) == pytest.approx(2 * 0.5)


def small_objective() -> VesselObjective:
    torch.manual_seed(0)
    return VesselObjective(VesselSynthesisNet(1, (4, 4, 8, 8)), is_weighting_learned=True, radius_px=10)


def gradient_sum(module: torch.nn.Module) -> float:
    return sum(float(p.grad.abs().sum()) for p in module.parameters() if p.grad is not None)


def test_in_phase_1_the_synthesis_branch_has_no_gradient():
    objective, images = small_objective(), torch.rand(2, 1, 32, 32)
    losses = objective(images, torch.zeros(2, 1, 32, 32), False)
    losses["total"].backward()
    assert all(parameter.grad is None for parameter in objective.net.synthesis.parameters())
    assert gradient_sum(objective.net.decoders) > 0
    assert gradient_sum(objective.net.encoder) > 0


def test_phase_1_minimises_the_mean_absolute_error():
    objective, images = small_objective(), torch.rand(2, 1, 32, 32)
    total = objective(images, torch.zeros(2, 1, 32, 32), False)["total"]
    rebuilt = objective.net(images).reconstruction
    assert total.item() == pytest.approx((rebuilt - images).abs().mean().item(), rel=1e-6)
    assert float(reconstruction_loss(images + 0.25, images)) == pytest.approx(0.25, rel=1e-5)


def test_the_local_loss_alone_reaches_both_branches():
    objective, images = small_objective(), torch.rand(2, 1, 32, 32)
    masks = torch.zeros(2, 1, 32, 32)
    masks[:, :, 10:14, 10:14] = 1
    _, local = phase2_losses(objective.net(images), images, masks, 3)
    local.backward()
    assert gradient_sum(objective.net.synthesis) > 0
    assert gradient_sum(objective.net.decoders) > 0


def test_small_and_paper_widths_are_the_only_ones():
    assert WIDTHS == {"paper": (64, 128, 256, 384), "small": (16, 32, 64, 96)}
