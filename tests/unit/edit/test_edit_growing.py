from __future__ import annotations

import numpy as np
import pytest

from medview.core.errors import InputRefused
from medview.core.geometry import Geometry
from medview.edit.livewire import Livewire
from medview.edit.seeds import grown_from_seeds, growth_box
from medview.edit.wand import confidence_connected, flooded, wand

GRID = Geometry.from_spacing((24, 24, 16), 1.0)
EVERYTHING = tuple(slice(0, n) for n in GRID.shape)
ONE_SLICE = (*EVERYTHING[:2], slice(8, 9))


def scan(noise: float = 3.0) -> tuple[np.ndarray, np.ndarray]:
    """A bright ball of radius 6 in a dark room, and a second bright one that it does not touch."""
    index = np.moveaxis(np.indices(GRID.shape), 0, -1)
    ball = np.linalg.norm(index - (9, 9, 8), axis=-1) <= 6
    other = np.linalg.norm(index - (20, 20, 8), axis=-1) <= 3
    values = 100.0 * (ball | other) + np.random.default_rng(1).normal(0, noise, GRID.shape)
    return values.astype(np.float32), ball


def test_a_wand_takes_what_is_alike_and_connected() -> None:
    values, ball = scan()
    assert (wand(values, (9, 9, 8), EVERYTHING, 30).in_box(EVERYTHING) == ball).all()


def test_a_wand_in_one_slice_stays_there() -> None:
    values, ball = scan()
    found = wand(values[ONE_SLICE], (9, 9, 8), ONE_SLICE, 30).in_box(EVERYTHING)
    assert (found[..., 8] == ball[..., 8]).all() and found.sum() == ball[..., 8].sum()


def test_a_wand_outside_the_scan_takes_nothing() -> None:
    values, _ = scan()
    values[0, 0, 0] = np.nan
    assert wand(values, (0, 0, 0), EVERYTHING, 30).is_empty


def test_confidence_connected_finds_the_ball_without_a_tolerance() -> None:
    values, ball = scan()
    found = confidence_connected(values, (9, 9, 8), EVERYTHING, 3.0, 4).in_box(EVERYTHING)
    assert 2 * (found & ball).sum() / (found.sum() + ball.sum()) > 0.97


def test_confidence_connected_refuses_a_place_without_a_scan() -> None:
    values, _ = scan()
    values[0, 0, 0] = np.nan
    with pytest.raises(InputRefused, match="no scan at this place"):
        confidence_connected(values, (0, 0, 0), EVERYTHING, 2.5, 2)


def test_a_flood_takes_the_hole_it_was_poured_in() -> None:
    numbers = np.ones(GRID.shape, np.uint8)
    numbers[5:9, 5:9, 5:9] = 0
    numbers[15:18, 5:9, 5:9] = 0
    assert flooded(numbers, (6, 6, 6), EVERYTHING).count == 64


def seeds() -> np.ndarray:
    drawn = np.zeros(GRID.shape, np.uint8)
    drawn[8:11, 9, 8] = 1
    drawn[1, 1:22, 8] = 2
    drawn[2:22, 22, 8] = 2
    drawn[8:10, 9, 1] = drawn[8:10, 9, 15] = 2
    return drawn


def test_strokes_grow_to_the_edges_of_the_scan() -> None:
    values, ball = scan()
    found = grown_from_seeds(values, seeds(), GRID.spacing_mm, smoothing_mm=0.7)
    assert set(np.unique(found)) == {1, 2}
    inside = found == 1
    assert 2 * (inside & ball).sum() / (inside.sum() + ball.sum()) > 0.9


def test_strokes_keep_their_own_labels() -> None:
    values, _ = scan()
    found = grown_from_seeds(values, seeds(), GRID.spacing_mm)
    assert (found[seeds() > 0] == seeds()[seeds() > 0]).all()


def test_nothing_grows_outside_the_scan() -> None:
    values, _ = scan()
    values[:, :, :3] = np.nan
    assert (grown_from_seeds(values, seeds(), GRID.spacing_mm)[:, :, :3] == 0).all()


def test_growth_has_room_around_the_strokes_and_needs_two_labels() -> None:
    assert growth_box(seeds(), GRID) == (slice(0, 24), slice(0, 24), slice(0, 16))
    for lonely in (np.where(seeds() == 1, 1, 0), np.zeros(GRID.shape, int)):
        with pytest.raises(InputRefused, match="two labels"):
            growth_box(lonely, GRID)


def test_a_livewire_follows_the_edge_instead_of_the_straight_line() -> None:
    i, j = np.indices((64, 64))
    radius = np.hypot(i - 32, j - 32)
    wire = Livewire((radius <= 20).astype(np.float32) * 100)
    wire.anchor((32 - 20, 32))
    path = wire.path((32, 32 + 20))
    away = np.abs(np.hypot(*(path - 32).T) - 20)
    assert away.max() <= 2 and (path[0] == (12, 32)).all() and (path[-1] == (32, 52)).all()


def test_a_livewire_ends_at_its_reach() -> None:
    wire = Livewire(np.zeros((80, 80), np.float32), reach_px=10)
    wire.anchor((40, 40))
    assert (wire.path((79, 40))[-1] == (50, 40)).all()
