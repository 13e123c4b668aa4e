"""Smart clicks between the press and the answer: waiting, merging, staleness, memory."""

from __future__ import annotations

import numpy as np
import pytest

from medview.core.geometry import Geometry
from medview.core.hand import ClickEngine, HandOptions
from medview.core.labels import Patch
from medview.core.volume import Source, Volume, value_range
from medview.jobs.job import JobHandle
from medview.jobs.lanes import InlineLane, do_here
from medview.session import masks
from medview.session.clicking.question import Engine
from medview.session.clicking.talk import ClickAct, ClickTarget, Said, Talk, Talks
from medview.session.commands import AddLayers, ApplyPatches
from medview.session.files.layers_from import Content, layer_of

SHAPE = (40, 40, 6)


class HeldLane(InlineLane):
    """Answers when it is told to, and remembers what was asked."""

    def __init__(self) -> None:
        self.waiting: list[JobHandle] = []
        self.jobs = []

    def submit(self, job, on_event):
        self.waiting.append(JobHandle(job, on_event))
        self.jobs.append(job)
        return self.waiting[-1]

    def work(self) -> None:
        while self.waiting:
            do_here(self.waiting.pop(0))


@pytest.fixture
def lane(workflows) -> HeldLane:
    made = HeldLane()
    workflows.clicking.use_lane(made)
    return made


@pytest.fixture
def mask(session, workflows):
    data = np.zeros(SHAPE, np.float32)
    data[5:17, 8:30] = 100
    data[23:35, 8:30] = 80
    geometry = Geometry(SHAPE, np.eye(4))
    source = Source(path=None, format="synthetic", stored=geometry)
    volume = Volume(
        name="T2", data=data, geometry=geometry, source=source, values=value_range(data), modality="T2"
    )
    content = Content(name="T2", data=volume, source=volume.source)
    session.do(AddLayers(title="Open", layers=(layer_of(content, session.new_id(), "T2"),)))
    mask_id = masks.new_mask(session)
    session.set_active(mask_id)
    session.set_view(hand=HandOptions(click_engine=ClickEngine.INSTANT))
    return session.state.layer(mask_id)


@pytest.fixture
def say(workflows, mask):
    def say(i, j, said=Said.INCLUDE, k=3):
        target = ClickTarget(
            layer_id=mask.id, value=1, point_ras=(0, 0, k), normal_ras=(0, 0, 1), key=(mask.id, 1, k)
        )
        workflows.clicking.say(target, ClickAct(said=said, points_ras=((i, j, k),)))
        return target

    return say


def test_clicks_made_while_a_pass_runs_are_answered_together(session, lane, mask, say) -> None:
    say(10, 15)
    say(28, 15)
    say(28, 25, Said.EXCLUDE)
    assert len(lane.jobs) == 1
    lane.work()
    assert len(lane.jobs) == 2
    assert [len(lane.jobs[1].payload[name]) for name in ("include", "exclude")] == [2, 1]
    assert not lane.jobs[1].payload["is_first"] and "memory" in lane.jobs[1].arrays
    assert session.undo() == "Smart clicks 2 to 3 on Mask" and session.undo() == "Smart click 1 on Mask"
    assert not mask.data.array.any()


def test_an_answer_to_a_mask_that_changed_is_dropped_and_asked_again(session, lane, mask, say) -> None:
    say(10, 15)
    stroke = Patch((28, 15, 3), np.ones((2, 2, 1), np.uint8))
    session.do(ApplyPatches.of("Paint", mask.id, [stroke]))
    lane.work()
    assert len(lane.jobs) == 2 and lane.jobs[1].arrays["mask"][28, 15] == 1
    assert mask.data.array[28:30, 15:17, 3].all() and mask.data.array[5:17, 8:30, 3].mean() > 0.95
    assert session.undo() == "Smart click 1 on Mask" and session.undo() == "Paint"


def test_a_click_waits_for_no_stroke_and_no_other_slice(session, lane, mask, say) -> None:
    say(10, 15)
    say(10, 15, k=4)
    lane.work()
    assert mask.data.array[5:17, 8:30, 3:5].mean() > 0.95
    assert [session.undo(), session.undo()] == ["Smart click 1 on Mask"] * 2


def test_escape_drops_what_has_no_answer(workflows, session, lane, mask, say) -> None:
    target = say(10, 15)
    say(28, 15)
    assert len(workflows.clicking.acts(target)) == 2
    assert workflows.clicking.cancel() and not workflows.clicking.cancel()
    lane.work()
    assert not mask.data.array.any() and workflows.clicking.acts(target) == ()
    say(28, 15)
    lane.work()
    assert session.undo_stack.undo_title == "Smart click 1 on Mask"


def test_taking_back_begins_with_clicks_that_wait(workflows, lane, mask, say) -> None:
    target = say(10, 15)
    say(28, 15)
    assert workflows.clicking.take_back()
    lane.work()
    assert len(lane.jobs) == 1 and len(workflows.clicking.acts(target)) == 1
    assert workflows.clicking.take_back() and not mask.data.array.any()
    assert not workflows.clicking.take_back()


def test_undo_brings_back_the_memory_of_that_moment_bit_for_bit(workflows, session, lane, say) -> None:
    say(10, 15)
    lane.work()
    say(28, 15)
    lane.work()
    sent = lane.jobs[1]
    session.undo()
    say(28, 15)
    lane.work()
    assert lane.jobs[2].payload == sent.payload
    for name, array in sent.arrays.items():
        np.testing.assert_array_equal(lane.jobs[2].arrays[name], array)


def test_after_hand_work_the_mask_itself_is_the_start(session, lane, mask, say) -> None:
    say(10, 15)
    lane.work()
    session.do(ApplyPatches.of("Paint", mask.id, [Patch((38, 38, 0), np.ones((1, 1, 1), np.uint8))]))
    say(28, 15)
    lane.work()
    job = lane.jobs[-1]
    assert job.payload["is_first"] and "memory" not in job.arrays and job.arrays["mask"].sum() > 200


def test_a_click_that_fails_is_told_and_the_next_one_is_answered(workflows, heard, lane, mask, say) -> None:
    say(10, 15)
    lane.waiting[0].job.arrays["image"].resize((0,), refcheck=False)
    lane.work()
    assert len(heard.failed) == 1
    say(10, 15)
    lane.work()
    assert mask.data.array.any()


def test_without_weights_the_model_s_place_is_taken_and_told(workflows, session, heard, lane, mask) -> None:
    session.set_view(hand=HandOptions(click_engine=ClickEngine.MODEL))
    assert workflows.clicking.why_no_model() == "The weights of PE-MED are not installed."
    workflows.clicking.prepare()
    workflows.clicking.prepare()
    assert [job.target for job in lane.jobs] == ["medview.session.clicking.instant:answer"]
    assert heard.told[0].endswith("Smart click answers with Instant (no model).")


def test_talks_beyond_the_budget_are_forgotten_oldest_first(mask) -> None:
    talks, labels = Talks(most_bytes=5100), mask.data
    target = ClickTarget(layer_id=mask.id, value=1, point_ras=(0, 0, 0), normal_ras=None, key=(1, 1))
    for revision in range(4):
        labels.recall(revision)
        talks.keep(target, labels, Talk(memory=np.zeros(500, np.float32)))
    known = []
    for revision in range(4):
        labels.recall(revision)
        known.append(talks.at(target, labels).memory is not None)
    assert known == [False, False, True, True]


def nothing_but_the_clicks(payload, arrays, _link):
    """An engine that takes everything away that was not clicked."""
    found = np.zeros(arrays["image"].shape, np.uint8)
    for i, j in np.rint(payload["include"]).astype(int).tolist():
        found[i - 1 : i + 2, j - 1 : j + 2] = 1
    return {"seconds": 0.0}, {"mask": found, "memory": found.astype(np.float32)}


def test_work_on_another_object_of_the_label_stays_until_it_is_pointed_at(
    session, lane, mask, say, monkeypatch
) -> None:
    engine = Engine(name="harsh", target=nothing_but_the_clicks, facts={})
    monkeypatch.setattr("medview.session.journeys.clicking._INSTANT", engine)
    session.do(ApplyPatches.of("Paint", mask.id, [Patch((30, 20, 3), np.ones((4, 4, 1), np.uint8))]))
    held = mask.data.array
    for act in ((10, 15, Said.INCLUDE), (5, 35, Said.EXCLUDE)):
        say(*act)
        lane.work()
        assert held[30:34, 20:24, 3].all() and held[:, :, 3].sum() == 16 + 9
    say(31, 21, Said.EXCLUDE)
    lane.work()
    assert not held[30:34, 20:24, 3].any() and held[:, :, 3].sum() == 9
