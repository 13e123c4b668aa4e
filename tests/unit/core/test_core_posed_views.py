"""The split of the method, and what views refuse."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from captures_making import views

from medview.core.posed_views import split_of


@pytest.mark.parametrize(
    ("count", "training", "held_out"),
    [(62, 56, 6), (310, 279, 31), (647, 583, 64), (1392, 1253, 139), (2667, 2401, 266)],
)
def test_split_of_the_five_sets_of_the_paper(count: int, training: int, held_out: int) -> None:
    """P09, preprocessing 5 and check 5."""
    trained_on, rest = split_of(count)
    assert (len(trained_on), len(rest)) == (training, held_out)
    assert (trained_on[0], trained_on[-1]) == (0, count - 1)
    np.testing.assert_array_equal(np.sort(np.concatenate([trained_on, rest])), np.arange(count))
    assert np.diff(trained_on).max() <= 2


@pytest.mark.parametrize("count", range(1, 12))
def test_split_of_few_views(count: int) -> None:
    trained_on, rest = split_of(count)
    assert len(np.unique(trained_on)) == len(trained_on) == -(-9 * count // 10)
    assert len(trained_on) + len(rest) == count


def test_only_the_chosen_views_remain_and_the_surface_stays() -> None:
    made = views(np.random.default_rng(3), 5)
    chosen = made.only(np.array([3, 1]))
    assert chosen.names == ("00003", "00001")
    for name in ("images", "valid", "poses", "times", "depths"):
        np.testing.assert_array_equal(getattr(chosen, name), getattr(made, name)[[3, 1]])
    assert chosen.points is made.points
    assert made.only(np.array([0])).bounds is None
    assert replace(made, bounds=(1, 9)).only(np.array([0])).bounds == (1, 9)
    assert (chosen.is_metric, chosen.is_synthetic) == (made.is_metric, made.is_synthetic)
    assert replace(made, depths=None).only(np.array([0])).depths is None


@pytest.mark.parametrize("name", ["names", "lenses", "poses", "times", "valid"])
def test_counts_that_differ_are_refused(name: str) -> None:
    made = views(np.random.default_rng(3), 4)
    with pytest.raises(ValueError, match="not of one number"):
        replace(made, **{name: getattr(made, name)[:3]})


def test_lenses_of_another_size_are_refused() -> None:
    made = views(np.random.default_rng(3), 2)
    other = made.lenses[0].resized(32, 24)
    with pytest.raises(ValueError, match="another size"):
        replace(made, lenses=(other, made.lenses[1]))
