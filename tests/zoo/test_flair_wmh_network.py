"""Checks 1 and 2 of the paper file: parameter counts, shapes and ranges."""

from __future__ import annotations

import pytest
import torch

from medview.zoo.blocks import count_parameters
from medview.zoo.synthesize.flair_wmh.network import FlairLesionNet, Generator, Segmenter
from medview.zoo.synthesize.flair_wmh.settings import WIDTHS


def test_check_1_the_parameter_counts_are_those_of_the_paper_file():
    assert count_parameters(Segmenter()) == 8_289_857
    assert count_parameters(Generator()) == 8_288_257
    assert count_parameters(FlairLesionNet("none")) == 8_289_857 + 8_288_257
    # the unimodal baseline has as many as G
    assert count_parameters(FlairLesionNet("unimodal")) == 8_288_257


def test_check_2_shapes_and_ranges_of_both_networks():
    torch.manual_seed(0)
    t1 = torch.randn(2, 1, 200, 200)
    segmenter, generator = Segmenter(), Generator()
    with torch.inference_mode():
        lesions, flair = segmenter(torch.cat([t1, t1], dim=1)), generator(t1)
    assert lesions.shape == flair.shape == (2, 1, 200, 200)
    assert lesions.min() > 0 and lesions.max() < 1
    assert flair.min() < 0 < flair.max()


def test_the_whole_model_gives_flair_and_lesions_or_lesions_alone():
    t1 = torch.randn(1, 1, 32, 48)
    joint = FlairLesionNet("none", WIDTHS["small"])(t1)
    assert joint.flair.shape == joint.lesions.shape == (1, 1, 32, 48)
    alone = FlairLesionNet("unimodal", WIDTHS["small"])(t1)
    assert alone.flair is None and alone.lesions.shape == (1, 1, 32, 48)


@pytest.mark.parametrize("size", [(32, 48), (33, 47), (17, 31)])
def test_any_size_is_padded_in_the_middle_and_cut_back(size):
    net = Segmenter(1, WIDTHS["small"]).eval()
    with torch.inference_mode():
        assert net(torch.zeros(1, 1, *size)).shape == (1, 1, *size)
