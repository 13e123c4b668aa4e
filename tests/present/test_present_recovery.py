"""Lost work: offered, looked at, restored, kept, discarded."""

from __future__ import annotations

from datetime import datetime

import numpy as np
import pytest
from scans import image_layer, volume

from medview.core.labels import Patch
from medview.present.recovery_presenter import when_words
from medview.session import masks
from medview.session.commands import AddLayers
from medview.session.journal.catalogue import OLD_DAYS, orphans


def open_scan(session, name="T2"):
    layer = image_layer(session, volume(name=name))
    session.do(AddLayers(title=f"Open {name}", layers=(layer,)))


@pytest.fixture
def crashed(remade):
    """A program that went away in the middle of a stroke."""
    made = remade()
    open_scan(made.session, "head")
    mask = masks.new_mask(made.session)
    stroke = made.session.begin_stroke(mask, "Brush")
    stroke.apply(Patch((1, 1, 1), np.ones((2, 2, 1), np.uint8)))
    recorder = made.workflows.recovery.recorder
    assert recorder.settle()
    recorder.leave()
    return made


@pytest.fixture
def lost(crashed, remade):
    """The next start of the program that went away."""
    desk = remade()
    yield desk
    desk.workflows.recovery.end()


def offer(desk):
    """Offer lost work; returns what has followed on the decision so far."""
    followed = []
    desk.program.recovery.offer(lambda: followed.append("then"))
    return followed


def test_lost_work_is_offered_with_name_steps_masks_and_a_picture(lost) -> None:
    followed = offer(lost)
    (row,) = lost.views.recovery.rows
    assert row.name == "head" and row.masks == "Mask" and row.why_not == "" and row.notes == ()
    assert row.facts.startswith("Today, ") and row.facts.endswith(", 3 steps")
    red = (row.picture[..., 0] > row.picture[..., 1] + 40).sum()
    assert row.picture.dtype == np.uint8 and red > 0
    assert followed == []


def test_restored_work_has_layers_and_history_and_is_kept_on(lost, crashed, remade) -> None:
    followed = offer(lost)
    lost.views.recovery.restore_asked.emit(lost.views.recovery.rows[0].offer_id)
    assert not lost.views.recovery.is_open and followed == ["then"]
    was, now = crashed.session, lost.session
    assert [layer.name for layer in now.state.layers] == ["head", "Mask"]
    assert np.array_equal(now.state.layers[1].data.array, was.state.layers[1].data.array)
    assert now.undo_stack.titles[-1] == "Brush" and lost.views.history.plan.position == 3
    lost.run("edit.undo")
    assert not now.state.layers[1].data.array.any()
    lost.workflows.recovery.recorder.settle()
    lost.workflows.recovery.recorder.leave()
    third = remade()
    offer(third)
    third.views.recovery.restore_asked.emit(third.views.recovery.rows[0].offer_id)
    assert third.session.undo_stack.position == 2 and third.session.undo_stack.count == 3
    third.workflows.recovery.end()


def test_kept_work_is_offered_again(lost) -> None:
    followed = offer(lost)
    lost.views.recovery.close()
    assert followed == ["then"] and lost.session.state.layers == ()
    offer(lost)
    assert len(lost.views.recovery.rows) == 1


def test_discarded_work_is_gone_after_a_question(lost) -> None:
    followed = offer(lost)
    offer_id = lost.views.recovery.rows[0].offer_id
    lost.views.recovery.discards = False
    lost.views.recovery.discard_asked.emit(offer_id)
    assert lost.views.recovery.is_open and lost.views.recovery.asked == ["head"]
    lost.views.recovery.discards = True
    lost.views.recovery.discard_asked.emit(offer_id)
    assert not lost.views.recovery.is_open and followed == ["then"]
    lost.run("file.lost_work")
    assert lost.window.hints[-1] == "There is no lost work."


def test_with_something_open_nothing_is_restored_over_it(lost) -> None:
    open_scan(lost.session)
    lost.run("file.lost_work")
    (row,) = lost.views.recovery.rows
    assert "Start medview again" in row.why_not
    lost.views.recovery.restore_asked.emit(row.offer_id)
    assert len(lost.session.state.layers) == 1 and lost.window.errors[-1][0] == "Cannot restore"


def test_old_journals_are_told_and_stay(lost, tmp_path) -> None:
    import os
    import time

    (folder,) = orphans(tmp_path / "config" / "journals")
    folder.release()
    long_ago_s = time.time() - (OLD_DAYS + 1) * 86400
    os.utime(folder.journal, (long_ago_s, long_ago_s))
    offer(lost)
    assert "Older than 30 days" in lost.views.recovery.rows[0].notes[0]


def test_a_session_that_ended_well_leaves_nothing(desk) -> None:
    open_scan(desk.session)
    masks.new_mask(desk.session)
    desk.window.answers["unsaved"] = "discard"
    desk.window.close_asked.emit()
    assert desk.window.closed
    followed = offer(desk)
    assert followed == ["then"] and desk.views.recovery.rows == ()


def test_a_cancelled_close_keeps_the_journal(desk) -> None:
    open_scan(desk.session)
    masks.new_mask(desk.session)
    desk.window.answers["unsaved"] = "cancel"
    desk.window.close_asked.emit()
    folder = desk.workflows.recovery.recorder.folder
    assert folder.is_dir()
    desk.workflows.recovery.end()
    assert not folder.exists()


@pytest.mark.parametrize(
    ("moment", "words"),
    [
        (datetime(2026, 5, 3, 9, 5), "Today, 9:05"),
        (datetime(2026, 5, 2, 23, 59), "Yesterday, 23:59"),
        (datetime(2026, 4, 30, 14, 0), "30 April 2026, 14:00"),
    ],
)
def test_moments_in_words(moment, words) -> None:
    assert when_words(moment, datetime(2026, 5, 3, 10, 0)) == words
