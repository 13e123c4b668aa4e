from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from medview.core.geometry import Geometry
from medview.core.labels import LabelMap, LabelTable, Patch, default_entry
from medview.core.overwrite import Overwrite, OverwriteRule
from medview.edit.brush import swept_disc
from medview.edit.permission import Permission, permitted
from medview.edit.region import painted

SHAPE = (5, 4, 3)
GRID = Geometry.from_spacing(SHAPE, 1)
numbers = arrays.arrays(np.uint8, SHAPE, elements=st.integers(0, 4))
rules = st.one_of(
    st.just(OverwriteRule()),
    st.just(OverwriteRule(kind=Overwrite.BACKGROUND)),
    st.frozensets(st.integers(0, 9)).map(lambda found: OverwriteRule(kind=Overwrite.CHOSEN, chosen=found)),
)


def label_map(array, *locked: int) -> LabelMap:
    entries = tuple(replace(default_entry(v), locked=v in locked) for v in (1, 2, 3, 4))
    return LabelMap(array, GRID, LabelTable(entries))


@settings(deadline=None)
@given(
    before=numbers,
    after=numbers,
    mask=st.one_of(st.none(), arrays.arrays(np.bool_, SHAPE)),
    locked=st.sets(st.integers(1, 4)),
    rule=rules,
    own=st.one_of(st.none(), st.integers(1, 4)),
)
def test_what_is_left_of_a_patch_is_what_the_rule_lets_through_voxel_by_voxel(
    before, after, mask, locked, rule, own
):
    labels = label_map(before.copy(), *locked)
    patch = permitted(labels, Patch((0, 0, 0), after, mask), Permission(rule=rule, own=own))
    expected = before.copy()
    for place in np.ndindex(SHAPE):
        now, then = int(before[place]), int(after[place])
        may = {
            Overwrite.UNLOCKED: True,
            Overwrite.BACKGROUND: now in (0, own),
            Overwrite.CHOSEN: now in rule.chosen or now == own,
        }[rule.kind]
        if may and (mask is None or mask[place]) and now not in locked and then not in locked:
            expected[place] = then
    assert np.array_equal(labels.array, before)
    if patch is not None:
        for axis in range(3):
            sides = patch.mask.any(axis=tuple(other for other in range(3) if other != axis))
            assert sides[0] and sides[-1]
        with labels.edit():
            labels.apply(patch)
    assert np.array_equal(labels.array, expected)
    assert (patch is None) == np.array_equal(before, expected)


def test_under_background_only_a_slip_of_the_label_in_hand_can_be_erased_and_others_cannot() -> None:
    array = np.zeros(SHAPE, np.uint8)
    array[:2], array[2:4] = 1, 2
    labels = label_map(array)
    hand = Permission(rule=OverwriteRule(kind=Overwrite.BACKGROUND), own=1)
    patch = permitted(labels, Patch((0, 0, 0), np.zeros(SHAPE, np.uint8)), hand)
    with labels.edit():
        labels.apply(patch)
    assert not (labels.array == 1).any() and (labels.array == 2).sum() == 2 * 4 * 3


@pytest.mark.parametrize(
    ("rule", "count"),
    [
        (OverwriteRule(), 81),
        (OverwriteRule(kind=Overwrite.BACKGROUND), 81 - 13),
        (OverwriteRule(kind=Overwrite.CHOSEN, chosen=frozenset({2})), 13),
        (OverwriteRule(kind=Overwrite.CHOSEN, chosen=frozenset({9})), 0),
    ],
)
def test_the_brush_paints_over_what_the_rule_says(rule, count) -> None:
    labels = LabelMap(np.zeros((40, 40, 3), np.uint8), Geometry.from_spacing((40, 40, 3), 1))
    center = labels.geometry.ras_of((20, 20, 1))
    with labels.edit():
        labels.apply(painted(labels, swept_disc(labels.geometry, center, center, (0, 0, 1), 2), 2))
        patch = painted(labels, swept_disc(labels.geometry, center, center, (0, 0, 1), 5), 1)
        patch = permitted(labels, patch, Permission(rule=rule, own=1))
        if patch is not None:
            labels.apply(patch)
    assert (labels.array == 1).sum() == count
