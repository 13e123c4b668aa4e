"""PE-MED's network against the paper's sizes and hand-made numbers."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn

from medview.core.errors import InputRefused
from medview.measure.clicks import Click
from medview.zoo.interactive.pe_med.backbone import Attention, attend
from medview.zoo.interactive.pe_med.dialogue import Dialogue
from medview.zoo.interactive.pe_med.guidance import discs, guidance, likeness
from medview.zoo.interactive.pe_med.losses import click_loss, normalised_focal_loss
from medview.zoo.interactive.pe_med.network import Memory, PeMed
from medview.zoo.interactive.pe_med.settings import PAPER_B0, NetworkSettings

SMALL = NetworkSettings(
    widths=(16, 32, 64, 128), blocks=(1, 1, 1, 1), heads=(1, 2, 4, 8), reductions=(4, 2, 1, 1), grid=64
)


def count(module: nn.Module) -> int:
    return sum(parameter.numel() for parameter in module.parameters())


def inputs(settings: NetworkSettings, side: int) -> tuple[torch.Tensor, ...]:
    shape = (1, *(side,) * settings.dims)
    guided = (*shape, settings.guidance)
    return (
        torch.randn(*shape, 1),
        torch.rand(guided),
        torch.rand(guided),
        torch.randn(*shape, 1),
        torch.rand(*shape, 1),
    )


def test_b0_has_the_published_number_of_parameters() -> None:
    assert count(PeMed(PAPER_B0, channels=3).stages) == 3_319_392
    net = PeMed(PAPER_B0)
    assert count(net.palm) == 500_384
    assert count(net) == 3_965_170


def test_b0_halves_a_slice_of_224_pixels_to_56_28_14_and_7() -> None:
    net = PeMed(PAPER_B0).eval()
    image, pos, neg, last, prev = inputs(PAPER_B0, 224)
    with torch.inference_mode():
        scales = net.scales(net.stages[0](image), pos, neg, prev)
        assert [tuple(scale.shape[1:]) for scale in scales] == [
            (56, 56, 32), (28, 28, 64), (14, 14, 160), (7, 7, 256),
        ]  # fmt: skip
        assert net(image, pos, neg, last, prev).shape == (1, 224, 224, 1)


@pytest.mark.parametrize("side", [64, 96])
def test_slices_of_any_size_keep_it(side: int) -> None:
    net = PeMed(SMALL).eval()
    assert net(*inputs(SMALL, side)).shape == (1, side, side, 1)


def test_regions_of_a_volume_keep_their_size() -> None:
    settings = replace(SMALL, dims=3, grid=32, detail=4)
    net = PeMed(settings).eval()
    assert net(*inputs(settings, 32)).shape == (1, 32, 32, 32, 1)


def test_attention_scales_by_the_root_of_the_width() -> None:
    query, key = torch.tensor([[1.0, 0.0]]), torch.eye(2)
    assert attend(query, key, torch.tensor([[2.0], [4.0]])).item() == pytest.approx(2.6605, abs=1e-4)


def test_shortened_keys_look_at_the_source_not_at_the_query() -> None:
    torch.manual_seed(0)
    unit = Attention(2, 8, 2, 4)
    query, source = torch.randn(1, 8, 8, 8), torch.randn(1, 8, 8, 8)
    assert unit(query, source).shape == query.shape
    assert not torch.allclose(unit(query, source), unit(query, source + torch.randn_like(source)))


@pytest.mark.parametrize(("place", "pixels"), [((32, 32), 81), ((0, 0), 26)])
def test_discs_cover_what_their_radius_says(place: tuple[int, int], pixels: int) -> None:
    assert discs((64, 64), np.array([place], float), 5).sum() == pixels


def test_likeness_is_one_where_the_value_is_that_of_a_click() -> None:
    image = np.full((16, 16), 0.2, np.float32)
    image[:, 8:] = 0.8
    alike = likeness(image, np.array([[3.0, 12.0]]))
    assert alike[:, 8:] == pytest.approx(1.0)
    assert alike[:, :8].max() < 1e-6
    assert likeness(image, np.zeros((0, 2))).max() == 0


def test_discs_of_many_clicks_are_a_union() -> None:
    maps = guidance(PAPER_B0, np.zeros((32, 32), np.float32), np.array([[10.0, 10], [10, 11]]))
    assert maps.shape == (32, 32, 1)
    assert set(np.unique(maps)) == {0.0, 1.0}


@pytest.mark.parametrize("settings", [SMALL, replace(SMALL, detail=0, likeness=False)])
def test_where_a_click_lies_reaches_the_prompt_and_the_answer(settings: NetworkSettings) -> None:
    torch.manual_seed(0)
    net, answers = PeMed(settings).eval(), []
    flat = np.full((1, 64, 64), 0.5, np.float32)
    for place in ((15, 15), (47, 47)):
        dialogue = Dialogue(settings, flat)
        dialogue.say([[Click(place, True)]])
        with torch.inference_mode():
            pos, neg = dialogue._maps(True), dialogue._maps(False)
            said = net.palm.prompt(pos, neg, dialogue.prev)
            assert said.std((1, 2)).max() > 0.01
            answers.append(dialogue.answer(net))
    assert (answers[0] - answers[1]).abs().max() > 1e-3


def test_memory_begins_at_0_018_and_stays_inside_0_and_1() -> None:
    memory, logits = Memory(), torch.linspace(-20, 20, 64)[:, None]
    net = PeMed(SMALL)
    assert torch.allclose(net.memory(logits), torch.tensor(0.017986), atol=1e-6)
    assert ((memory(logits) > 0) & (memory(logits) < 1)).all()


def test_without_memory_nothing_is_added() -> None:
    torch.manual_seed(0)
    net, (image, pos, neg, last, prev) = PeMed(SMALL).eval(), inputs(SMALL, 64)
    with torch.inference_mode():
        difference = net(image, pos, neg, last, prev) - net(image, pos, neg, None, prev)
    assert torch.allclose(difference, torch.tensor(0.017986), atol=1e-5)


def test_the_loss_of_four_pixels_by_hand() -> None:
    truth = torch.tensor([[1.0, 0.0, 0.0, 1.0]])
    logits = torch.logit(torch.tensor([[0.8, 0.1, 0.3, 0.4]]))
    assert normalised_focal_loss(logits, truth).item() == pytest.approx(0.37194, abs=1e-5)


def test_ignored_pixels_count_for_nothing() -> None:
    truth = torch.tensor([[1.0, 0.0, 0.0, 1.0, -1.0]])
    logits = torch.logit(torch.tensor([[0.8, 0.1, 0.3, 0.4, 0.999]]))
    assert normalised_focal_loss(logits, truth).item() == pytest.approx(0.37194, abs=1e-5)


def test_settings_survive_a_card_and_others_are_refused() -> None:
    assert NetworkSettings.from_card(SMALL.as_card() | {"temperature": 1.0}) == SMALL
    with pytest.raises(InputRefused):
        NetworkSettings.from_card({**SMALL.as_card(), "widths": [16, 32]})
    with pytest.raises(InputRefused):
        NetworkSettings.from_card({**SMALL.as_card(), "dims": 4})


def test_the_loss_of_overlap_is_added_with_its_weight() -> None:
    truth = torch.tensor([[1.0, 0.0, 0.0, 1.0]])
    logits = torch.logit(torch.tensor([[0.8, 0.1, 0.3, 0.4]]))
    overlap = 1 - (2 * 1.2 + 1) / (1.6 + 2 + 1)
    assert click_loss(logits, truth, 0.0).item() == pytest.approx(0.37194, abs=1e-5)
    assert click_loss(logits, truth, 0.5).item() == pytest.approx(0.37194 + 0.5 * overlap, abs=1e-5)
