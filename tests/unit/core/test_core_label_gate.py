"""The gate: voxels of locked labels cannot change, and what undo and redo restore passes it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from medview.core.errors import LabelLocked, MedviewError
from medview.core.geometry import Geometry
from medview.core.labels import LabelEntry, LabelMap, LabelTable, Patch, default_entry
from medview.core.layers import LabelsDisplay, Layer, LayerKind
from medview.session.commands import AddLayers, ApplyPatches, ChangeLabelTable
from medview.session.session import Session

SHAPE = (5, 4, 3)
GRID = Geometry.from_spacing(SHAPE, (1, 1.5, 2))
VALUES = (1, 2, 3)

numbers = arrays.arrays(np.uint8, SHAPE, elements=st.integers(0, 3))
masks = arrays.arrays(np.bool_, SHAPE)


def table(*locked: int) -> LabelTable:
    return LabelTable(tuple(replace(default_entry(v), locked=v in locked) for v in VALUES))


@settings(deadline=None)
@given(before=numbers, after=numbers, mask=masks, locked=st.sets(st.sampled_from(VALUES)))
def test_a_patch_passes_exactly_where_no_locked_label_loses_or_wins_a_voxel(before, after, mask, locked):
    labels = LabelMap(before.copy(), GRID, table(*locked))
    touched = mask & (before != after)
    harms = bool(np.isin(before[touched], list(locked)).any() or np.isin(after[touched], list(locked)).any())
    patch = Patch((0, 0, 0), after, mask)
    with labels.edit():
        if harms:
            with pytest.raises(LabelLocked):
                labels.apply(patch)
            assert np.array_equal(labels.array, before) and labels.revision == 0
        else:
            labels.apply(patch)
            assert np.array_equal(labels.array, np.where(mask, after, before))
    for value in range(4):
        assert labels.voxel_count(value) == int((labels.array == value).sum())


def test_the_refusal_names_the_label_and_says_what_to_do() -> None:
    labels = LabelMap(np.zeros(SHAPE, np.uint8), GRID)
    labels.table = LabelTable((LabelEntry(value=2, name="Liver", colour=(1, 2, 3), locked=True),))
    with labels.edit(), pytest.raises(LabelLocked) as told:
        labels.apply(Patch((0, 0, 0), np.full((1, 1, 1), 2, np.uint8)))
    words = "Cannot change Liver: the label is locked. Unlock it in the label table first (L)."
    assert str(told.value) == words and isinstance(told.value, MedviewError)


def test_a_patch_of_another_number_type_is_refused() -> None:
    labels = LabelMap(np.zeros(SHAPE, np.uint8), GRID)
    with labels.edit(), pytest.raises(ValueError, match="uint8 is needed"):
        labels.apply(Patch((0, 0, 0), np.full((1, 1, 1), 300, np.uint16)))


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("order", ["C", "F"])
def test_voxels_are_counted_once_and_kept_up_to_date_by_patches(rng, dtype, order) -> None:
    array = np.asarray(rng.integers(0, 5, (70, 60, 500)), dtype, order=order)
    array[0, 0, 0] = np.iinfo(dtype).max
    labels = LabelMap(array, Geometry.from_spacing(array.shape, (1, 2, 0.5)))
    for _ in range(20):
        low = rng.integers(0, 50, 3)
        values = rng.integers(0, 7, (9, 8, 7)).astype(dtype)
        with labels.edit():
            labels.apply(Patch(tuple(int(n) for n in low), values, rng.random((9, 8, 7)) > 0.4))
    for value in (0, 1, 4, 6, int(np.iinfo(dtype).max)):
        assert labels.voxel_count(value) == int((labels.array == value).sum())
    assert labels.volume_ml(1) == pytest.approx(labels.voxel_count(1) / 1000)
    assert labels.voxel_count(70000) == 0
    held = tuple(int(value) for value in np.unique(labels.array) if value)
    assert labels.held_values() == held


def test_an_empty_map_counts_nothing_and_takes_no_memory() -> None:
    labels = LabelMap.empty(Geometry.from_spacing((2000, 2000, 2000), 1), table())
    assert labels.voxel_count(0) == 8_000_000_000 and labels.held_values() == ()


class Annotator(RuleBasedStateMachine):
    """Paints, locks, undoes and redoes at random: the map is always what the history says."""

    def __init__(self) -> None:
        super().__init__()
        self.session = Session()
        data = LabelMap(np.zeros(SHAPE, np.uint8), GRID, table())
        self.id = self.session.new_id()
        layer = Layer(id=self.id, name="m", kind=LayerKind.LABELS, data=data, display=LabelsDisplay())
        self.session.do(AddLayers(title="Open", layers=(layer,)))
        self.past, self.future = [self.picture()], []

    @property
    def labels(self) -> LabelMap:
        return self.session.state.layer(self.id).data

    def picture(self):
        return self.labels.array.tobytes(), self.labels.table

    def attempt(self, command) -> None:
        before = self.picture()
        try:
            self.session.do(command)
        except LabelLocked:
            assert self.picture() == before
            return
        self.past.append(self.picture())
        self.future = []

    @rule(values=numbers, mask=masks, more=numbers)
    def paint(self, values, mask, more) -> None:
        """Two patches in one step: where the second is refused, the first is taken back."""
        locked = set(self.labels.table.locked_values)
        held = self.labels.array.copy()
        patches = [Patch((0, 0, 0), values, mask), Patch((0, 0, 0), more)]
        self.attempt(ApplyPatches.of(f"Paint {len(self.past)}", self.id, patches))
        for value in locked:
            assert np.array_equal(self.labels.array == value, held == value)

    @rule(value=st.sampled_from(VALUES))
    def turn_lock(self, value) -> None:
        entry = self.labels.table.find(value)
        changed = self.labels.table.with_entry(replace(entry, locked=not entry.locked))
        self.attempt(ChangeLabelTable(layer_id=self.id, table=changed, title=f"Lock {len(self.past)}"))

    @rule()
    def undo(self) -> None:
        if len(self.past) > 1:
            self.session.undo()
            self.future.append(self.past.pop())

    @rule()
    def redo(self) -> None:
        if self.future:
            self.session.redo()
            self.past.append(self.future.pop())

    @invariant()
    def the_map_is_what_the_history_says(self) -> None:
        assert self.picture() == self.past[-1]
        counts = np.bincount(self.labels.array.ravel(), minlength=4)
        assert [self.labels.voxel_count(value) for value in range(4)] == counts.tolist()


Annotator.TestCase.settings = settings(
    max_examples=100,
    stateful_step_count=30,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    derandomize=True,
)
TestAnnotator = Annotator.TestCase
