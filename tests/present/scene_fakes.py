"""Fakes of the groups that place scenes and write them out: they keep what they were shown."""

from __future__ import annotations

from psygnal import Signal


class FakePlacingView:
    mark_asked = Signal(str)
    pair_asked = Signal()
    pair_chosen = Signal(int)
    pair_removed = Signal(int)
    apply_asked = Signal()
    scale_asked = Signal(float)

    def __init__(self):
        self.plans = []

    def show(self, plan):
        self.plans.append(plan)


class FakeSceneOutView:
    key_added = Signal()
    key_removed = Signal(int)
    key_moved = Signal(int, int)
    key_shown = Signal(int)
    value_changed = Signal(str, object)
    export_asked = Signal(str)

    def __init__(self):
        self.plans = []

    def show(self, plan):
        self.plans.append(plan)
