"""The list of steps: what stands in it, and going to one of them."""

from __future__ import annotations

import numpy as np
import pytest
from scans import image_layer, volume

from medview.core.labels import Patch
from medview.core.undo import UndoStack
from medview.present.history_presenter import bytes_words, resolve_history
from medview.session import masks
from medview.session.commands import AddLayers


def open_scan(session, name="T2"):
    layer = image_layer(session, volume(name=name))
    session.do(AddLayers(title=f"Open {name}", layers=(layer,)))


@pytest.fixture
def painted(desk):
    """Three strokes on a mask over a scan."""
    open_scan(desk.session)
    mask = masks.new_mask(desk.session)
    for n in range(3):
        with desk.session.stroke(mask, f"Stroke {n}") as stroke:
            stroke.apply(Patch((n, 1, 1), np.ones((2, 2, 1), np.uint8)))
    return desk


def titles(desk):
    return list(desk.views.history.plan.titles)


def test_steps_stand_oldest_first_behind_the_beginning_with_the_present_marked(painted) -> None:
    plan = painted.views.history.plan
    assert titles(painted)[0] == "Beginning" and titles(painted)[-3:] == ["Stroke 0", "Stroke 1", "Stroke 2"]
    assert plan.position == len(plan.titles) - 1
    painted.run("edit.undo")
    plan = painted.views.history.plan
    assert plan.position == len(plan.titles) - 2
    last = len(plan.titles) - 1
    assert "undone" in plan.tip(last) and ", done" in plan.tip(last - 1)
    assert f"of {last}" in plan.tip(last) and "bytes" in plan.tip(last)


def test_going_to_a_step_is_one_change_however_far_it_is(painted) -> None:
    session, heard = painted.session, []
    count = session.undo_stack.count
    session.changed.connect(lambda old, new: heard.append((old, new)))
    before = len(painted.axial.plans)
    painted.views.history.chosen.emit(2)
    assert session.undo_stack.position == 2 and len(heard) == 1
    assert len(painted.axial.plans) <= before + 1
    assert not session.state.layers[-1].data.array.any()
    painted.views.history.chosen.emit(count)
    assert len(heard) == 2 and session.state.layers[-1].data.array.any()


def test_the_summary_tells_steps_and_bytes(painted) -> None:
    painted.run("edit.undo")
    plan, stack = painted.views.history.plan, painted.session.undo_stack
    assert plan.summary == f"{stack.count} steps, {bytes_words(stack.nbytes)}"
    assert "1 undone" in plan.summary_tip and "of 512 MB" in plan.summary_tip


class Heavy:
    """A step that costs what it says."""

    def __init__(self, title, nbytes):
        self.title, self.nbytes = title, nbytes

    def apply(self, target):
        pass

    revert = apply

    def merged(self, following):
        return None


def test_steps_lost_to_the_budget_are_said() -> None:
    stack = UndoStack(None, 512 * 2**20)
    for n in range(4):
        stack.push(Heavy(f"step {n}", 200 * 2**20))
    plan = resolve_history(stack)
    assert plan.titles == ("Older steps were let go: budget 512 MB", "step 2", "step 3")
    assert plan.dropped == 2 and "2 steps" in plan.tip(0)
    assert plan.tip(1) == "step 2\nStep 3 of 4, done, 200 MB"
    assert "2 steps let go" in plan.summary_tip


def test_the_menu_brings_the_list_to_the_front(desk) -> None:
    desk.run("edit.history")
    assert desk.views.history.reveals == 1


@pytest.mark.parametrize(
    ("count", "words"),
    [(0, "0 bytes"), (1023, "1023 bytes"), (1536, "1.5 kB"), (2**20, "1 MB"), (2**20 * 5 // 2, "2.5 MB")],
)
def test_bytes_in_words(count, words) -> None:
    assert bytes_words(count) == words
