"""A network for slices becomes one for regions that sees the same in a volume of equal slices."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import torch
from pe_med_parts import SMALL

from medview.zoo.interactive.pe_med.inflation import inflated
from medview.zoo.interactive.pe_med.network import PeMed


def test_a_volume_of_equal_slices_is_answered_as_one_slice() -> None:
    torch.manual_seed(0)
    flat, settings = PeMed(SMALL).eval(), replace(SMALL, dims=3)
    deep = PeMed(settings).eval()
    deep.load_state_dict(inflated(flat.state_dict(), settings))
    one = [torch.randn(1, 64, 64, 1), *(torch.rand(1, 64, 64, n) for n in (2, 2, 1, 1))]
    with torch.inference_mode():
        wanted = flat(*one)[0, ..., 0]
        found = deep(*(part[:, None].expand(-1, 64, -1, -1, -1) for part in one))[0, 32, ..., 0]
    assert np.corrcoef(wanted.ravel(), found.ravel())[0, 1] > 0.9
    assert (wanted - found).abs().mean() < 0.3 * wanted.std()


def test_every_tensor_fits_and_known_channels_are_kept() -> None:
    settings = replace(SMALL, dims=3)
    flat = PeMed(SMALL).state_dict()
    grown = inflated(flat, settings)
    PeMed(settings).load_state_dict(grown)
    assert torch.equal(grown["stages.0.norm.weight"], flat["stages.0.norm.weight"])
    half = flat["detail.middle_mix.conv.bias"]
    assert torch.equal(grown["detail.middle_mix.conv.bias"][: len(half)], half)
