"""The table of views: rows, what they come to together, words for what is missing."""

import math

import numpy as np
import pytest

from medview.measure.perceptual import PerceptualDistance
from medview.measure.view_quality_table import (
    MEASURES,
    TITLES,
    ViewRow,
    cells_of,
    curve_of,
    plain_rows,
    spread_of,
    view_table,
)

SIDE = 12
WHOLE = np.ones((SIDE, SIDE), bool)


def row(name: str, psnr: float, is_held_out: bool = False, lpips: float | None = None) -> ViewRow:
    return ViewRow(
        name=name, is_held_out=is_held_out, psnr_circle=psnr, psnr_frame=psnr, ssim_circle=0.5,
        ssim_frame=0.25, lpips_circle=lpips, lpips_frame=lpips,
    )  # fmt: skip


def test_a_row_for_every_view_says_whether_it_was_held_out() -> None:
    truth = np.full((SIDE, SIDE, 3), 0.5)
    images, both = np.stack([truth + 0.1, truth + 0.01]), np.stack([WHOLE, WHOLE])
    table = view_table(["a", "b"], [1], images, np.stack([truth, truth]), both)
    assert [item.is_held_out for item in table] == [False, True]
    assert [item.psnr_circle for item in table] == pytest.approx([20, 40])
    assert [item.lpips_frame for item in table] == [None, None]


def test_distances_go_to_their_rows() -> None:
    truth = np.full((SIDE, SIDE, 3), 0.5)
    found = [PerceptualDistance(circle=0.1, frame=0.2)]
    table = view_table(["a"], [], truth[None], truth[None], WHOLE[None], found)
    assert (table[0].lpips_circle, table[0].lpips_frame) == (0.1, 0.2)


def test_mean_and_deviation_of_a_sample() -> None:
    spread = spread_of([row("a", 20.0), row("b", 24.0), row("c", math.inf)], "psnr_frame")
    assert spread is not None
    assert (spread.mean, spread.count) == (22.0, 2)
    assert spread.deviation == pytest.approx(math.sqrt(8))


def test_without_weights_there_is_no_mean_and_the_cell_says_so() -> None:
    rows = [row("a", 20.0)]
    assert spread_of(rows, "lpips_frame") is None
    assert cells_of(rows[0]) == ("a", "", "20.00", "20.00", "0.5000", "0.2500", "no weights", "no weights")


def test_curves_of_held_out_and_other_views_have_their_numbers() -> None:
    rows = [row("a", 20.0), row("b", 24.0, is_held_out=True), row("c", math.nan)]
    assert curve_of(rows, "psnr_circle", held_out=True) == [(1.0, 24.0)]
    assert curve_of(rows, "psnr_circle", held_out=False) == [(0.0, 20.0)]


def test_plain_rows_hold_nothing_that_json_refuses() -> None:
    assert plain_rows([row("a", math.inf)])[0]["psnr_circle"] is None
    assert set(TITLES) == set(MEASURES)
