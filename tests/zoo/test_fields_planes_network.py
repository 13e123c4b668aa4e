"""K-planes' encoding and field against numbers worked out by hand."""

from __future__ import annotations

import pytest
import torch

from medview.zoo.fields.k_planes.network import KPlanes, build
from medview.zoo.fields.k_planes.planes import Planes
from medview.zoo.fields.k_planes.smoothness import (
    motion,
    total_variation,
    total_variation_in_space,
    unevenness_in_time,
)
from medview.zoo.fields.k_planes.training import resolutions

BOX = [[-1.0, -1.0, -1.0], [1.0, 1.0, 1.0]]
CONFIG = {
    "space": "box",
    "resolutions": [32, 64, 128],
    "channels": 8,
    "instants": 0,
    "hidden": 16,
    "samples": 8,
    "smoothness": {"space": 0.01, "time": 0.01, "motion": 0.001},
}


def test_at_a_node_the_features_are_the_product_of_the_three_entries_there():
    planes = Planes((5, 9), 2)
    i, j, k = 1, 3, 4
    found = planes(torch.tensor([[i, j, k]]) / 4)
    small, large = planes.space
    wanted = [small[0, :, j, i] * small[1, :, k, i] * small[2, :, k, j]]
    i, j, k = 2 * i, 2 * j, 2 * k
    wanted.append(large[0, :, j, i] * large[1, :, k, i] * large[2, :, k, j])
    torch.testing.assert_close(found[:, 0], torch.cat(wanted))


def test_between_nodes_each_plane_is_bilinear():
    planes = Planes((2,), 1)
    with torch.no_grad():
        planes.space[0].copy_(
            torch.tensor([[[[1.0, 2], [3, 5]]], [[[1.0, 1], [1, 1]]], [[[1.0, 1], [1, 1]]]])
        )
    # rows run along y: at x = 1/4, y = 1/2 the mean of 1.25 and 3.5
    assert planes(torch.tensor([[0.25, 0.5, 0.7]])).item() == pytest.approx(2.375)


def test_outside_of_the_cube_the_nearest_border_counts():
    planes = Planes((4,), 3)
    inside, outside = planes(torch.tensor([[1.0, 0.0, 0.5]])), planes(torch.tensor([[1.4, -0.2, 0.5]]))
    torch.testing.assert_close(inside, outside)


def test_fresh_time_planes_make_no_difference():
    torch.manual_seed(0)
    moving = Planes((8, 16), 4, instants=5)
    still = Planes((8, 16), 4)
    still.load_state_dict(moving.state_dict(), strict=False)
    unit, times = torch.rand(50, 3), torch.rand(50)
    torch.testing.assert_close(moving(unit, times), still(unit))


def test_at_a_node_in_time_the_features_are_the_product_of_six_entries():
    torch.manual_seed(0)
    planes = Planes((5,), 2, instants=3)
    with torch.no_grad():
        planes.time[0].uniform_(0.5, 2)
    i, j, k, moment = 1, 3, 4, 1
    found = planes(torch.tensor([[i, j, k]]) / 4, torch.tensor([moment / 2]))
    space, time = planes.space[0], planes.time[0]
    wanted = space[0, :, j, i] * space[1, :, k, i] * space[2, :, k, j]
    wanted = wanted * time[0, :, moment, i] * time[1, :, moment, j] * time[2, :, moment, k]
    torch.testing.assert_close(found[:, 0], wanted)


def test_regularisers_of_small_planes():
    planes = torch.tensor([[0.0, 1.0, 3.0], [0.0, 1.0, 3.0]]).expand(3, 1, 2, 3)
    # along the rows (1 + 4) / 2, across them nothing
    assert total_variation([planes, planes]).item() == pytest.approx(5.0)
    assert total_variation_in_space([planes]).item() == pytest.approx(2.5)
    in_time = planes.transpose(-1, -2)
    assert unevenness_in_time([in_time]).item() == pytest.approx(1.0)
    assert motion([planes]).item() == pytest.approx(1.0)


def test_parameters_of_the_cpu_preset():
    field = build(CONFIG, BOX).field
    counts = {
        name: sum(part.numel() for part in module.parameters()) for name, module in field.named_children()
    }
    assert counts["planes"] == 3 * 8 * (32**2 + 64**2 + 128**2) == 516_096
    assert sum(counts.values()) - counts["planes"] == (24 + 1) * 16 + 17 + (27 + 1) * 16 + 17 * 3 == 916


def test_shapes_and_ranges():
    torch.manual_seed(0)
    field = build({**CONFIG, "instants": 4}, BOX).field
    positions = torch.rand(7, 3) * 2 - 1
    sigma, features = field.density(positions, torch.rand(7))
    colours = field.colour(features, torch.nn.functional.normalize(positions, dim=-1))
    assert sigma.shape == (7,) and features.shape == (7, 24) and colours.shape == (7, 3)
    assert (sigma >= 0).all() and (colours > 0).all() and (colours < 1).all()


def test_density_and_colour_are_the_two_networks_written_out():
    torch.manual_seed(0)
    field = build(CONFIG, BOX).field
    assert isinstance(field, KPlanes)
    positions = torch.rand(5, 3) * 2 - 1
    directions = torch.nn.functional.normalize(torch.randn(5, 3), dim=-1)
    sigma, features = field.density(positions)
    wanted = field.thickness_out(field.thickness(features).relu())[:, 0].exp()
    torch.testing.assert_close(sigma, wanted)
    hidden = field.tint(torch.cat([features, directions], 1)).relu()
    torch.testing.assert_close(field.colour(features, directions), field.tint_out(hidden).sigmoid())


def test_slope_of_positions_agrees_with_finite_differences():
    torch.manual_seed(0)
    planes = Planes((8, 16), 4).double()
    unit = (torch.rand(6, 3, dtype=torch.float64) * 0.9 + 0.05).requires_grad_()
    assert torch.autograd.gradcheck(planes, (unit,), eps=1e-7, atol=1e-5)


@pytest.mark.parametrize(
    ("longest_side", "wanted"), [(24, [8, 16]), (64, [16, 64]), (240, [32, 128]), (1920, [32, 128])]
)
def test_planes_are_as_fine_as_the_pictures_up_to_what_a_cpu_takes(longest_side, wanted):
    assert resolutions(longest_side, most=128, scales=2) == wanted
