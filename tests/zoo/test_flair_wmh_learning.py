"""Checks 6, 7 and 9 of the paper file: the networks learn, the joint one keeps clear of decoys, crops fit."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from medview.measure.overlap import overlap_of
from medview.zoo.slicewise.grid import SliceGrid
from medview.zoo.synthesize.flair_wmh.network import FlairLesionNet
from medview.zoo.synthesize.flair_wmh.settings import WIDTHS
from medview.zoo.synthesize.flair_wmh.steps import generator_losses, segmenter_losses


def slices(count, seed, side):
    """A brain ellipse; lesions faint in T1, bright in FLAIR; decoys as dark in T1, not bright in FLAIR."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[:side, :side] - side / 2
    wide, high = 0.38 * side, 0.44 * side
    brain = (x / wide) ** 2 + (y / high) ** 2 < 1
    t1, flair, lesions = (np.zeros((count, 1, side, side), np.float32) for _ in range(3))
    for n in range(count):
        t1[n, 0], flair[n, 0] = 1.0, 0.5
        for is_lesion in (True, True, True, False, False, False):
            angle, part, radius = rng.uniform(0, 2 * np.pi), rng.uniform(0, 0.7), rng.uniform(2.0, 4.0)
            middle = part * wide * np.cos(angle), part * high * np.sin(angle)
            # decoys are long and thin, as perivascular spaces are
            stretch = 1.0 if is_lesion else 1.8
            spot = ((x - middle[0]) * stretch) ** 2 + ((y - middle[1]) / stretch) ** 2 < radius**2
            t1[n, 0][spot] = 0.7
            flair[n, 0][spot] = 1.0 if is_lesion else 0.45
            lesions[n, 0][spot] = float(is_lesion)
    t1 = (t1 + rng.normal(0, 0.03, t1.shape) - 0.95) / 0.12 * brain
    flair = (flair + rng.normal(0, 0.03, t1.shape) - 0.55) / 0.15 * brain
    return tuple(torch.from_numpy(each.astype(np.float32)) for each in (t1, flair, lesions))


def train(ablation, data, steps, batch=8, seed=0):
    torch.manual_seed(seed)
    net = FlairLesionNet(ablation, WIDTHS["small"]).to(memory_format=torch.channels_last)
    learners = {name: torch.optim.Adam(module.parameters(), 1e-3) for name, module in net.named_children()}
    rng = np.random.default_rng(seed)
    for _ in range(steps):
        part = torch.from_numpy(rng.permutation(len(data[0]))[:batch])
        t1, flair, lesions = (each[part] for each in data)
        loss = segmenter_losses(net.generator, net.segmenter, (t1, lesions))
        descend(learners["segmenter"], loss)
        if net.generator is not None:
            loss = generator_losses(net.generator, net.segmenter, (t1, flair, lesions))
            descend(learners["generator"], loss)
    return net


def descend(learner, losses):
    learner.zero_grad()
    losses["total"].backward()
    learner.step()


def psnr_db(wanted, given):
    return 20 * np.log10(float(wanted.max() - wanted.min()) / float((wanted - given).square().mean().sqrt()))


@pytest.fixture(scope="module")
def overfitted():
    torch.set_num_threads(1)
    data = slices(8, seed=1, side=64)
    return train("none", data, steps=100), data


def test_check_6_a_hundred_alternations_on_eight_slices_give_a_flair_and_find_the_lesions(overfitted):
    net, (t1, flair, lesions) = overfitted
    # batch normalisation as it was learned with
    with torch.no_grad():
        made, logits = net(t1)
    assert psnr_db(flair, made) > 25
    assert overlap_of(lesions.numpy() > 0, logits.numpy() >= 0).dice > 0.9


def test_check_7_on_slices_never_seen_the_joint_variant_finds_no_more_in_excess_than_t1_alone():
    torch.set_num_threads(1)
    learned, (t1, _, lesions) = slices(48, seed=2, side=48), slices(40, seed=3, side=48)
    excess = {}
    for ablation in ("none", "unimodal"):
        net = train(ablation, learned, steps=110).eval()
        with torch.inference_mode():
            found = net(t1).lesions.numpy() >= 0
        excess[ablation] = overlap_of(lesions.numpy() > 0, found)
        assert excess[ablation].dice > 0.7
    assert excess["none"].excess <= excess["unimodal"].excess


@pytest.mark.parametrize("size", [(150, 300), (199, 201), (200, 200), (257, 182), (300, 150)])
def test_check_9_cropping_and_uncropping_gives_back_what_lies_in_the_window(size):
    image = torch.from_numpy(np.random.default_rng(5).normal(size=(1, 1, *size)).astype(np.float32))
    grid = SliceGrid.window(size, (1.0, 1.0), 1.0, (200, 200))
    seen = grid.to_network(image)
    assert seen.shape == (1, 1, 200, 200)
    back = grid.from_network(seen)
    assert back.shape == image.shape
    inside = grid.from_network(torch.ones_like(seen)) > 0.5
    assert int(inside.sum()) == min(size[0], 200) * min(size[1], 200)
    assert torch.equal(back[inside], image[inside])
    assert not back[~inside].any()
