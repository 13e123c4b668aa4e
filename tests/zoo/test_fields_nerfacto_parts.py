"""Nerfacto's resampling, interlevel loss, contraction and networks against numbers worked out by hand."""

from __future__ import annotations

import pytest
import torch

from medview.zoo.fields.nerfacto.network import Nerfacto, build
from medview.zoo.fields.nerfacto.proposals import ProposalSampler
from medview.zoo.fields.nerfacto.resampling import interlevel_loss, resampled
from medview.zoo.fields.rays import Rays
from medview.zoo.fields.sampling import Histogram
from medview.zoo.fields.space import ContractedSpace, contracted

BOX = [[-1.0, -1.0, -1.0], [1.0, 1.0, 1.0]]
CONFIG = {
    "space": "contracted",
    "grid": {"levels": 8, "features": 2, "table": 2**14, "coarsest": 16, "finest": 256},
    "proposals": [
        {"levels": 2, "features": 2, "table": 2**12, "coarsest": 8, "finest": 16},
        {"levels": 2, "features": 2, "table": 2**12, "coarsest": 8, "finest": 32},
    ],
    "proposal_samples": [32, 12],
    "samples": 6,
    "views": 5,
}


def _rays(count: int) -> Rays:
    directions = torch.nn.functional.normalize(torch.randn(count, 3), dim=-1)
    ends = torch.ones(count)
    return Rays(origins=torch.zeros(count, 3), directions=directions, near=0.05 * ends, far=6 * ends)


def test_resampling_inverts_the_cumulative_sum_of_a_histogram():
    # with 0.01 added the masses are 0.51 and 0.99 of 1.5: cumulative 0, 0.34, 1
    edges, weights = torch.tensor([[0.0, 1.0, 3.0]]), torch.tensor([[0.5, 0.98]])
    found = resampled(edges, weights, torch.tensor([[0.0, 0.17, 0.34, 0.67, 1.0]]))
    torch.testing.assert_close(found, torch.tensor([[0.0, 0.5, 1.0, 2.0, 3.0]]))


def test_resampling_puts_nearly_all_samples_where_nearly_all_weight_is():
    edges, weights = torch.linspace(0, 1, 11)[None], torch.zeros(1, 10)
    weights[0, 3] = 1.0
    found = resampled(edges, weights, torch.linspace(0, 1, 101)[None])
    inside = ((found >= 0.3 - 1e-6) & (found <= 0.4 + 1e-6)).sum()
    # 1.01 of 1.1
    assert 91 <= inside <= 93
    assert (found.diff() >= 0).all()


def test_interlevel_loss_of_weights_above_what_their_proposal_bounds():
    proposal = Histogram(torch.tensor([[0.0, 1.0, 2.0]]), torch.tensor([[0.2, 0.6]], requires_grad=True))
    edges, weights = torch.tensor([[0.0, 0.5, 1.5, 2.0]]), torch.tensor([[0.5, 0.4, 0.1]])
    # bounds 0.2, 0.8, 0.6: only the first is broken, by 0.3
    loss = interlevel_loss(proposal, edges, weights)
    assert loss.item() == pytest.approx(0.3**2 / 0.5, rel=1e-5)
    loss.backward()
    torch.testing.assert_close(proposal.weights.grad, torch.tensor([[-2 * 0.3 / 0.5, 0.0]]))


def test_interlevel_loss_is_zero_where_intervals_and_weights_agree():
    edges, weights = torch.rand(4, 9).cumsum(-1), torch.rand(4, 8) / 8
    assert interlevel_loss(Histogram(edges, weights), edges, weights).item() == pytest.approx(0, abs=1e-9)


def test_contraction_leaves_the_unit_ball_and_squeezes_the_rest_into_radius_two():
    places = torch.tensor([[0.5, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, -4.0], [30.0, 40.0, 0.0]])
    wanted = torch.tensor([[0.5, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, -1.75], [1.188, 1.584, 0.0]])
    torch.testing.assert_close(contracted(places), wanted)


def test_parameters_of_the_cpu_preset():
    field = build(CONFIG, BOX).field
    counts = {name: sum(p.numel() for p in part.parameters()) for name, part in field.named_children()}
    assert counts["grid"] == 234_082
    assert counts["base"] == 2_128
    assert counts["head"] == (15 + 16 + 32 + 1) * 64 + 65 * 64 + 65 * 3 == 8_451
    assert counts["appearance"] == 5 * 32


def test_without_a_view_the_mean_appearance_counts():
    torch.manual_seed(0)
    field = build(CONFIG, BOX).field
    assert isinstance(field, Nerfacto)
    features, directions = torch.randn(4, 15), torch.nn.functional.normalize(torch.randn(4, 3), dim=-1)
    with torch.no_grad():
        unlike = field.colour(features, directions, torch.tensor([0, 1, 2, 3]))
        assert not torch.allclose(unlike, field.colour(features, directions))
        field.appearance.weight[:] = field.appearance.weight.mean(0)
        alike = field.colour(features, directions, torch.tensor([0, 1, 2, 3]))
        torch.testing.assert_close(alike, field.colour(features, directions))


def test_annealing_starts_without_trust_in_the_proposals():
    torch.manual_seed(0)
    sampler = build(CONFIG, BOX).sampler
    assert isinstance(sampler, ProposalSampler)
    assert sampler.annealing == 0
    with torch.no_grad():
        sampler.networks[0].base[2].bias.fill_(3.0)
    first = sampler.sample(_rays(3), None, None)  # type: ignore[arg-type]
    spaced = sampler._spaced(torch.cat([first.t_starts, first.t_ends[:, -1:]], 1))
    torch.testing.assert_close(spaced.diff(), spaced.diff()[:, :1].expand(3, 6), atol=1e-4, rtol=1e-3)
    sampler.refresh(100, None, torch.Generator())  # type: ignore[arg-type]
    assert sampler.annealing == pytest.approx(10 * 0.1 / (9 * 0.1 + 1), rel=1e-5)
    sampler.refresh(5000, None, torch.Generator())  # type: ignore[arg-type]
    assert sampler.annealing == pytest.approx(1)


def test_samples_rise_from_near_to_far_and_are_equal_in_inverse_distance_beyond_the_box():
    torch.manual_seed(0)
    space = ContractedSpace(BOX)
    sampler = ProposalSampler(space, [], [4], 4)
    distances = torch.tensor([0.05, 0.5, 1.0, 2.0, 50.0])
    torch.testing.assert_close(sampler._spaced(distances), torch.tensor([0.025, 0.25, 0.5, 0.75, 0.99]))
    torch.testing.assert_close(sampler._distance(sampler._spaced(distances)), distances)
    samples = build(CONFIG, BOX).sampler.sample(_rays(8), None, torch.Generator().manual_seed(1))
    assert (samples.lengths >= 0).all() and (samples.t_starts >= 0.05 - 1e-6).all()
    assert samples.t_ends[:, -1].max() <= 6 + 1e-4
    assert len(samples.proposals) == 2 and samples.proposals[0].weights.shape == (8, 32)


def test_only_the_proposals_learn_from_the_interlevel_loss():
    torch.manual_seed(0)
    scene = build(CONFIG, BOX)
    samples = scene.sampler.sample(_rays(8), scene.field, torch.Generator().manual_seed(1))
    weights = torch.rand(8, 6, requires_grad=True)
    scene.sampler.losses(samples, weights)["interlevel"].backward()
    assert weights.grad is None
    assert all(p.grad is not None for p in scene.sampler.networks.parameters())
