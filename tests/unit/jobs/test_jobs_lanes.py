from __future__ import annotations

import threading

import numpy as np
import pytest

from medview.core.errors import Cancelled, InputRefused, RunFailed
from medview.jobs.job import Job, JobCancelled, JobDone, JobFailed, JobProgressed, JobStarted, JobState
from medview.jobs.lanes import InlineLane, ThreadLane

PATIENCE_S = 5


@pytest.fixture(params=[InlineLane, ThreadLane])
def lane(request):
    made = request.param()
    yield made
    made.close()


def work(payload, arrays, link):
    link.progress(0.5, "half")
    (link.scratch / "draft").write_text("x")
    return {"scratch": link.scratch, "had": payload["had"]}, {"sum": arrays["a"] + 1}


def refuse(payload, arrays, link):
    raise InputRefused("Cannot open x", "it is empty")


def wait_for_cancel(payload, arrays, link):
    payload["began"].set()
    while not link.is_cancelled():
        payload["pause"].wait(0.01)
    raise Cancelled


def test_a_function_of_this_process_runs_with_any_payload(lane):
    events = []
    marker = object()
    job = Job(title="Reading", target=work, payload={"had": marker}, arrays={"a": np.arange(3)})
    end = lane.submit(job, events.append).wait(PATIENCE_S)
    assert isinstance(end, JobDone)
    assert end.value["had"] is marker
    assert end.arrays["sum"].tolist() == [1, 2, 3]
    assert [type(event) for event in events] == [JobStarted, JobProgressed, JobDone]
    assert not end.value["scratch"].exists()


def test_a_target_may_be_named(lane):
    end = lane.submit(Job(title="Reading", target="json:no_such_function"), lambda event: None).wait(
        PATIENCE_S
    )
    assert isinstance(end, JobFailed)
    assert "no_such_function" in end.error.detail


def test_an_error_for_people_is_passed_on_as_it_is(lane):
    handle = lane.submit(Job(title="Reading", target=refuse), lambda event: None)
    end = handle.wait(PATIENCE_S)
    assert type(end.error) is InputRefused
    assert "refuse" in end.traceback
    assert handle.state is JobState.FAILED


def test_inline_work_is_cancelled_through_its_own_event():
    # the handle is not returned yet, so the listener cancels through what the target shares with it
    lane, shared = InlineLane(), {}

    def target(payload, arrays, link):
        lane.cancel(link._handle)
        shared["seen"] = link.is_cancelled()
        raise Cancelled

    assert isinstance(lane.submit(Job(title="x", target=target), lambda event: None).end, JobCancelled)
    assert shared["seen"]


def test_a_running_and_a_queued_job_are_cancelled_on_the_thread():
    lane = ThreadLane()
    facts = {"began": threading.Event(), "pause": threading.Event()}
    running = lane.submit(Job(title="x", target=wait_for_cancel, payload=facts), lambda event: None)
    queued = lane.submit(Job(title="y", target=work), lambda event: None)
    assert facts["began"].wait(PATIENCE_S)
    lane.cancel(queued)
    lane.cancel(running)
    assert isinstance(running.wait(PATIENCE_S), JobCancelled)
    assert isinstance(queued.wait(PATIENCE_S), JobCancelled)
    lane.close()


def test_closing_the_thread_cancels_what_runs_and_refuses_what_comes():
    lane = ThreadLane()
    facts = {"began": threading.Event(), "pause": threading.Event()}
    running = lane.submit(Job(title="x", target=wait_for_cancel, payload=facts), lambda event: None)
    queued = lane.submit(Job(title="y", target=work), lambda event: None)
    assert facts["began"].wait(PATIENCE_S)
    lane.close()
    assert isinstance(running.end, JobCancelled)
    assert isinstance(queued.end, JobCancelled)
    with pytest.raises(RunFailed, match="closing"):
        lane.submit(Job(title="z", target=work), lambda event: None)


def test_events_of_the_thread_come_from_one_background_thread():
    lane, threads = ThreadLane(), set()
    job = Job(title="x", target=work, payload={"had": 1}, arrays={"a": np.arange(2)})
    for _ in range(3):
        lane.submit(job, lambda event: threads.add(threading.get_ident())).wait(PATIENCE_S)
    lane.close()
    assert len(threads) == 1
    assert threading.get_ident() not in threads
