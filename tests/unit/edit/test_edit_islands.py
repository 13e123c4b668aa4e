from __future__ import annotations

import numpy as np

from medview.edit.islands import Islands
from medview.edit.region import NOTHING, Region


def three() -> Islands:
    mask = np.zeros((12, 12, 12), bool)
    mask[1:3, 1:3, 1:3] = True  # 8
    mask[3, 3, 3] = True  # touches it by a corner: 9
    mask[6:10, 6:10, 6] = True  # 16
    mask[11, 0, 0] = True  # 1
    return Islands.of(Region.of(mask))


def test_islands_come_by_size_and_touch_by_corners() -> None:
    islands = three()
    assert islands.counts.tolist() == [16, 9, 1]


def test_the_largest_and_those_of_a_size_are_kept() -> None:
    islands = three()
    assert islands.largest().count == 16
    assert islands.largest(2).count == 25
    assert islands.at_least(2).count == 25
    assert islands.at_least(17).is_empty


def test_nothing_has_no_islands() -> None:
    assert len(Islands.of(NOTHING)) == 0 and Islands.of(NOTHING).largest().is_empty
