"""Checks 3 to 5 of the paper file: loss values, and what each step of the alternation leaves alone."""

from __future__ import annotations

import copy

import pytest
import torch
from torch import nn

from medview.zoo.synthesize.flair_wmh.losses import cross_entropy, generator_loss, segmentation_loss
from medview.zoo.synthesize.flair_wmh.network import Generator, Segmenter
from medview.zoo.synthesize.flair_wmh.settings import WIDTHS
from medview.zoo.synthesize.flair_wmh.steps import generator_losses, segmenter_losses


def nets(seed=0):
    torch.manual_seed(seed)
    return Generator(WIDTHS["small"]), Segmenter(2, WIDTHS["small"])


def batch(seed=1):
    torch.manual_seed(seed)
    t1, flair = torch.randn(2, 1, 32, 32), torch.randn(2, 1, 32, 32)
    return t1, flair, (torch.rand(2, 1, 32, 32) > 0.8).float()


def state(module):
    return copy.deepcopy(module.state_dict())


def same(before, module):
    return all(torch.equal(before[name], value) for name, value in module.state_dict().items())


def test_check_3_cross_entropy_and_generator_loss_by_hand():
    entropy = cross_entropy(torch.tensor([0.8, 0.1]), torch.tensor([1.0, 0.0]))
    assert entropy.item() == pytest.approx(0.16425, abs=1e-5)
    assert generator_loss(torch.tensor(0.25), entropy).item() == pytest.approx(0.41425, abs=1e-5)
    logits = torch.logit(torch.tensor([0.8, 0.1]))
    assert segmentation_loss(logits, torch.tensor([1.0, 0.0])).item() == pytest.approx(0.16425, abs=1e-5)


def test_the_dice_switch_adds_the_soft_dice_loss():
    logits, target = torch.logit(torch.tensor([0.8, 0.1])), torch.tensor([1.0, 0.0])
    # twice the overlap of 0.8, over the sum of 0.9 and 1, each with 1 added
    both = segmentation_loss(logits, target, with_dice=True).item()
    assert both == pytest.approx(0.16425 + 1 - 2.6 / 2.9, abs=1e-5)


def test_check_4_step_1_changes_no_number_of_g():
    generator, segmenter = nets()
    t1, _, lesions = batch()
    before, learner = state(generator), torch.optim.Adam(segmenter.parameters(), 1e-3)
    changed = state(segmenter)
    segmenter_losses(generator, segmenter, (t1, lesions))["total"].backward()
    learner.step()
    assert same(before, generator)
    assert not same(changed, segmenter)
    assert all(parameter.grad is None for parameter in generator.parameters())


def test_check_4_step_2_changes_no_number_of_c_yet_its_judgement_reaches_g():
    generator, segmenter = nets()
    before = state(segmenter)
    losses = generator_losses(generator, segmenter, batch())
    reached = torch.autograd.grad(losses["guidance"], generator.net.head.weight, retain_graph=True)[0]
    assert reached.abs().max() > 0
    learner = torch.optim.Adam([*generator.parameters(), *segmenter.parameters()], 1e-3)
    losses["total"].backward()
    learner.step()
    # running averages included
    assert same(before, segmenter)
    assert all(parameter.requires_grad for parameter in segmenter.parameters())
    assert all(norm.track_running_stats for norm in segmenter.modules() if isinstance(norm, nn.BatchNorm2d))


def test_check_5_without_the_segmenter_s_weight_the_joint_step_is_the_offline_step():
    updated = []
    for lambda_seg, has_segmenter in ((0.0, True), (1.0, False)):
        generator, segmenter = nets()
        learner = torch.optim.Adam(generator.parameters(), 1e-3)
        judge = segmenter if has_segmenter else None
        generator_losses(generator, judge, batch(), lambda_seg=lambda_seg)["total"].backward()
        learner.step()
        updated.append(state(generator))
    for name, value in updated[0].items():
        assert torch.allclose(value.float(), updated[1][name].float(), atol=1e-6)
