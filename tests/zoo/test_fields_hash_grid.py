"""The hash grid against the numbers of P09 (checks 2, 3 and the second half of 10)."""

from __future__ import annotations

import pytest
import torch

from medview.zoo.fields.hash_grid import GridSize, HashGrid, corner_index

DEMO = GridSize()
LARGE = GridSize(levels=16, table=2**19, finest=2048)


def encoded(grid: HashGrid, *position: float) -> torch.Tensor:
    with torch.no_grad():
        return grid(torch.tensor([position]))[0]


def lively(size: GridSize = DEMO) -> HashGrid:
    grid = HashGrid(size)
    torch.nn.init.uniform_(grid.table, -1, 1, generator=torch.Generator().manual_seed(3))
    return grid


@pytest.mark.parametrize(
    ("corner", "table", "place"),
    [
        ((1, 2, 3), 2**14, 13788),
        ((1, 2, 3), 2**19, 128476),
        ((10, 20, 30), 2**14, 680),
        ((10, 20, 30), 2**19, 246440),
    ],
)
def test_hash_of_a_corner_is_that_of_the_paper(corner, table, place):
    lowest = torch.tensor(corner, dtype=torch.int32)[:, None]
    assert int(corner_index(lowest, 2048, table)[0, 0, 0, 0]) == place


def test_corners_are_numbered_densely_where_there_is_room():
    lowest = torch.tensor([[3], [5], [7]], dtype=torch.int32)
    places = corner_index(lowest, 16, 17**3)[..., 0]
    assert int(places[0, 0, 0]) == 3 + 5 * 17 + 7 * 17**2
    assert int(places[1, 0, 1]) == 4 + 5 * 17 + 8 * 17**2


def test_resolutions_and_numbers_of_entries_are_those_of_the_paper():
    assert DEMO.resolutions == (16, 23, 35, 52, 78, 115, 172, 256)
    assert sum(DEMO.entries) * DEMO.features == 234_082
    assert LARGE.resolutions[0] == 16 and LARGE.resolutions[-1] == 2048
    assert sum(LARGE.entries) * LARGE.features == 12_197_850


def test_first_entries_are_small():
    entries = HashGrid(DEMO).table
    assert 0.99e-4 < float(entries.detach().abs().max()) <= 1e-4


def test_encoding_is_continuous_across_cell_faces():
    grid, shift = HashGrid(DEMO), 1e-7
    for level, cells in enumerate(DEMO.resolutions):
        face = (cells // 2) / cells
        before, after = encoded(grid, face - shift, 0.3, 0.6), encoded(grid, face + shift, 0.3, 0.6)
        assert float((before - after).abs().max()) < 1e-5, level


def test_encoding_of_strong_entries_changes_by_no_more_than_its_slope():
    grid, shift = lively(), 1e-6
    for cells in DEMO.resolutions:
        face = (cells // 2) / cells
        step = (encoded(grid, 0.3, face - shift, 0.6) - encoded(grid, 0.3, face + shift, 0.6)).abs().max()
        assert float(step) < 2 * shift * 2 * 256 * 1.5


def test_encoding_at_a_grid_corner_is_the_table_entry():
    grid = lively()
    corner = (5, 9, 12)
    place = 5 + 9 * 17 + 12 * 17**2
    found = encoded(grid, *(number / 16 for number in corner))[:2]
    torch.testing.assert_close(found, grid.table.detach()[:, place])
    hashed = (5 ^ (9 * 2654435761) ^ (12 * 805459861)) % 2**14
    finest = sum(DEMO.entries[:-1]) + hashed
    found = encoded(grid, *(number / 256 for number in corner))[-2:]
    torch.testing.assert_close(found, grid.table.detach()[:, finest])


def test_the_farthest_corner_of_the_cube_has_an_entry():
    grid = lively()
    torch.testing.assert_close(encoded(grid, 1, 1, 1)[:2], grid.table.detach()[:, 17**3 - 1])


def test_slopes_of_entries_agree_with_plain_autograd():
    grid = lively(GridSize(levels=2, table=2**9, coarsest=5, finest=40))
    places = torch.rand((30, 3), generator=torch.Generator().manual_seed(1))
    pull = torch.rand((30, 4), generator=torch.Generator().manual_seed(2))
    (grid(places) * pull).sum().backward()
    table = grid.table.detach().clone().requires_grad_()
    rows = []
    for level, part in enumerate(table.split(grid.size.entries, 1)):
        index, weights = grid._corners(places, level)
        rows += [(row[index.long()] * weights).sum(0) for row in part]
    (torch.stack(rows).T * pull).sum().backward()
    torch.testing.assert_close(grid.table.grad, table.grad)


def test_slope_of_a_position_agrees_with_finite_differences_inside_a_cell():
    grid = lively(GridSize(levels=3, coarsest=4, finest=16)).double()
    place = torch.tensor([[0.33, 0.46, 0.71]], dtype=torch.float64, requires_grad=True)
    grid(place).sum().backward()
    assert place.grad is not None
    with torch.no_grad():
        for axis in range(3):
            step = torch.zeros(1, 3, dtype=torch.float64)
            step[0, axis] = 1e-6
            slope = (grid(place + step).sum() - grid(place - step).sum()) / 2e-6
            assert float(place.grad[0, axis]) == pytest.approx(float(slope), rel=1e-6)


def test_levels_open_up_from_coarse_to_fine():
    grid = lively()
    full = encoded(grid, 0.2, 0.5, 0.9)
    grid.open_up(2.25)
    part = encoded(grid, 0.2, 0.5, 0.9)
    torch.testing.assert_close(part[:4], full[:4])
    torch.testing.assert_close(part[4:6], 0.25 * full[4:6])
    assert float(part[6:].abs().max()) == 0
    grid.open_up(8)
    assert torch.equal(encoded(grid, 0.2, 0.5, 0.9), full)
