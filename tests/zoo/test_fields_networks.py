"""Networks of instant-ngp and NeRF: sizes of P09, harmonics, density (checks 2 and 7)."""

from __future__ import annotations

import math

import pytest
import torch

from medview.zoo.fields.density import density_of
from medview.zoo.fields.harmonics import harmonics
from medview.zoo.fields.instant_ngp import training as instant_ngp
from medview.zoo.fields.instant_ngp.network import build as build_ngp
from medview.zoo.fields.method import SceneFacts, built
from medview.zoo.fields.nerf.network import build as build_nerf
from medview.zoo.fields.nerf.network import waves

BOX = [[-1.1] * 3, [1.1] * 3]


def numbers(module: torch.nn.Module) -> int:
    return sum(each.numel() for each in module.parameters())


def config(preset: str, **params):
    told = {"occupancy": "auto", "space": "box", "pose_refine": False, "progressive": False}
    sizes = instant_ngp.PRESETS[preset]
    asked = {**told, "samples": sizes.samples, **params}
    return instant_ngp.config(asked, sizes, SceneFacts(views=36, is_moving=False, longest_side=64))


def directions(count: int = 200) -> torch.Tensor:
    drawn = torch.randn((count, 3), generator=torch.Generator().manual_seed(0))
    return drawn / drawn.norm(dim=1, keepdim=True)


def test_demo_network_has_the_papers_number_of_parameters():
    field = build_ngp(config("cpu-demo"), BOX).field
    assert numbers(field.grid) == 234_082
    assert numbers(field.base) == 2_128
    assert numbers(field.head) == 6_403
    assert numbers(field) == 242_613


def test_default_network_has_the_papers_number_of_parameters():
    field = build_ngp(config("gpu-default"), BOX).field
    assert [numbers(part) for part in (field.grid, field.base, field.head)] == [12_197_850, 3_152, 6_403]


def test_nerf_has_the_papers_number_of_parameters():
    assert numbers(build_nerf({"space": "box", "samples": 8}, BOX)) == 595_844


def test_nerfs_waves_are_63_and_27_numbers_and_begin_with_the_position():
    place = torch.tensor([[0.25, -0.5, 0.125]])
    assert waves(place, 4).shape == (1, 27)
    found = waves(place, 10)[0]
    assert found.shape == (63,)
    assert found[:3].tolist() == place[0].tolist()
    assert float(found[3]) == pytest.approx(math.sin(math.pi * 0.25))
    assert float(found[6 + 3 * 2 - 3 + 1]) == pytest.approx(math.sin(2 * math.pi * -0.5), abs=1e-6)


def test_harmonics_begin_with_a_constant_and_have_one_length():
    found = harmonics(directions())
    assert found.shape == (200, 16)
    torch.testing.assert_close(found[:, 0], torch.full((200,), 0.282095), atol=1e-6, rtol=0)
    total = found.square().sum(1)
    torch.testing.assert_close(total, torch.full((200,), 16 / (4 * math.pi)), atol=1e-5, rtol=0)


def test_harmonics_are_orthogonal_over_the_sphere():
    found = harmonics(directions(200_000))
    products = found.T @ found / len(found) * 4 * math.pi
    torch.testing.assert_close(products, torch.eye(16), atol=0.03, rtol=0)


def test_density_is_clamped_and_so_is_its_slope():
    raw = torch.tensor([0.0, 2.0, 20.0, -20.0], requires_grad=True)
    sigma = density_of(raw)
    sigma.sum().backward()
    assert sigma.tolist() == pytest.approx([1, math.exp(2), math.exp(15), math.exp(-20)])
    assert raw.grad.tolist() == pytest.approx([1, math.exp(2), math.exp(15), math.exp(-15)])


@pytest.mark.parametrize("build", [build_ngp, build_nerf])
def test_fields_answer_with_one_density_and_one_colour_for_each_place(build):
    field = build(config("cpu-demo"), BOX).field
    sigma, features = field.density(torch.rand(50, 3))
    colours = field.colour(features, directions(50))
    assert sigma.shape == (50,) and colours.shape == (50, 3)
    assert bool((sigma >= 0).all()) and bool(((colours > 0) & (colours < 1)).all())


def test_a_scene_is_built_from_what_its_folder_says():
    made = config("cpu-demo", occupancy="64")
    scene = built("instant-ngp", made, BOX)
    assert numbers(scene) == 242_613
    assert scene.sampler.cells == 64


@pytest.mark.parametrize(
    ("model_id", "told"),
    [("no-such-method", {}), ("../secrets", {}), ("instant-ngp", {"space": "box"}), ("nerf", {"space": "x"})],
)
def test_what_is_no_scene_is_refused_in_one_sentence(model_id, told):
    from medview.core.errors import InputRefused

    with pytest.raises(InputRefused, match="Cannot open a scene"):
        built(model_id, told, BOX)
