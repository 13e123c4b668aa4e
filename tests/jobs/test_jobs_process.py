from __future__ import annotations

import math
import os
import time
from pathlib import Path

import numpy as np
import pytest

from medview.core.errors import InputRefused, RunFailed
from medview.jobs.job import (
    Job,
    JobCancelled,
    JobDone,
    JobFailed,
    JobPreviewed,
    JobProgressed,
    JobReported,
    JobStarted,
    JobState,
)

PATIENCE_S = 20


def wait_until_working(handle):
    end_s = time.monotonic() + PATIENCE_S
    while not handle.recorder.of(JobProgressed):
        assert time.monotonic() < end_s, "the job never began"
        time.sleep(0.005)


def failure_of(handle):
    end = handle.wait(PATIENCE_S)
    assert isinstance(end, JobFailed)
    assert handle.state is JobState.FAILED
    return end


def pid_of(submit):
    return submit("describe_process").wait(PATIENCE_S).value["pid"]


def test_progress_and_training_numbers_arrive_in_order_and_end_with_the_value(submit):
    handle = submit("report_progress", payload={"radius": 2.5, "names": ["a", "ä"]})
    end = handle.wait(PATIENCE_S)
    assert isinstance(end, JobDone)
    assert end.value == {"echo": {"radius": 2.5, "names": ["a", "ä"]}}
    kinds = [type(event) for event in handle.recorder.events]
    assert kinds == [JobStarted, JobProgressed, JobProgressed, JobReported, JobDone]
    first, last = handle.recorder.of(JobProgressed)
    assert (first.progress.fraction, first.progress.message) == (0.25, "first quarter")
    assert last.progress.fraction == 1.0
    report = handle.recorder.of(JobReported)[0]
    assert (report.step, report.values["loss"]) == (3, 0.5)
    assert math.isnan(report.values["broken"])


def test_arrays_go_down_read_only_and_come_back_with_previews(submit, rng):
    image = rng.random((5, 6, 7)).astype(np.float32)[::-1]
    handle = submit("double", arrays={"image": image})
    end = handle.wait(PATIENCE_S)
    np.testing.assert_array_equal(end.arrays["result"], image * 2)
    assert end.value == {"writeable": False}
    preview = handle.recorder.of(JobPreviewed)[0]
    assert (preview.name, preview.offset_ijk) == ("result", (1, 2, 3))
    assert preview.array.shape == (2, 2, 2)
    assert (preview.array == 7).all()


def test_the_child_is_polite_private_and_free_of_torch_and_windows(submit):
    facts = submit("describe_process").wait(PATIENCE_S).value
    assert not {"torch", "PySide6", "vtk", "vtkmodules"} & set(facts["modules"])
    assert (facts["threads"], facts["policy"]) == ("1", "PASSIVE")
    assert facts["nice"] >= 5
    assert facts["scratch_mode"] == "0o700"


def test_two_jobs_use_the_same_child_one_after_the_other(submit):
    first, second = submit("describe_process"), submit("describe_process")
    ends = [handle.wait(PATIENCE_S) for handle in (first, second)]
    assert ends[0].value["pid"] == ends[1].value["pid"]
    assert ends[0].value["scratch"] != ends[1].value["scratch"]


def test_the_folder_of_a_job_is_gone_after_its_end(submit):
    scratch = submit("describe_process").wait(PATIENCE_S).value["scratch"]
    assert not Path(scratch).exists()


def test_cancel_of_work_that_checks_ends_within_a_second_and_keeps_the_child(submit, lane):
    pid = pid_of(submit)
    handle = submit("work_and_check")
    wait_until_working(handle)
    began_s = time.monotonic()
    lane.cancel(handle)
    assert handle.state in (JobState.CANCELLING, JobState.CANCELLED)
    end = handle.wait(PATIENCE_S)
    assert isinstance(end, JobCancelled)
    assert time.monotonic() - began_s < 0.6
    assert pid_of(submit) == pid


def test_cancel_of_work_that_never_checks_kills_within_a_second_and_the_next_job_runs(submit, lane):
    pid = pid_of(submit)
    handle = submit("work_and_never_check")
    wait_until_working(handle)
    began_s = time.monotonic()
    lane.cancel(handle)
    assert isinstance(handle.wait(PATIENCE_S), JobCancelled)
    assert time.monotonic() - began_s < 1.2
    assert handle.state is JobState.CANCELLED
    assert pid_of(submit) != pid


def test_a_result_that_comes_after_cancel_is_dropped(submit, lane):
    handle = submit("finish_although_cancelled")
    wait_until_working(handle)
    lane.cancel(handle)
    assert isinstance(handle.wait(PATIENCE_S), JobCancelled)


def test_a_queued_job_is_cancelled_without_being_started(submit, lane):
    working, queued = submit("work_and_check"), submit("describe_process")
    wait_until_working(working)
    lane.cancel(queued)
    assert isinstance(queued.wait(PATIENCE_S), JobCancelled)
    assert not queued.recorder.of(JobStarted)
    lane.cancel(working)
    assert isinstance(working.wait(PATIENCE_S), JobCancelled)


def test_an_error_for_people_arrives_word_for_word(submit):
    end = failure_of(submit("refuse"))
    assert isinstance(end.error, InputRefused)
    assert str(end.error) == "Cannot use scan: it is a picture of a cat. Choose a scan."


def test_a_defect_arrives_with_its_traceback(submit):
    end = failure_of(submit("divide_by_zero"))
    assert "ZeroDivisionError: division by zero" in str(end.error)
    assert "fake_targets.py" in end.traceback
    assert "divide_by_zero" in end.traceback


def test_a_killed_child_is_told_as_memory_with_numbers_and_the_next_job_runs(submit):
    end = failure_of(submit("kill_itself", memory_bytes=4.2e9))
    assert isinstance(end.error, RunFailed)
    assert end.error.title == "Vessels in T2 failed"
    assert "was killed, probably because memory ran out: it needed about 4.2 GB," in end.error.detail
    assert "Close other programs" in end.error.hint
    assert pid_of(submit) != os.getpid()


def test_a_segmentation_fault_costs_only_its_job(submit):
    end = failure_of(submit("crash"))
    assert "the model process crashed (Segmentation fault)" in end.error.detail
    assert isinstance(submit("report_progress").wait(PATIENCE_S), JobDone)


def test_running_out_of_memory_is_told_in_words_and_the_child_lives_on(submit):
    pid = pid_of(submit)
    end = failure_of(submit("run_out_of_memory", memory_bytes=1e9))
    assert "memory ran out: it needed about 1.0 GB" in end.error.detail
    assert pid_of(submit) == pid


def test_garbage_on_every_stream_disturbs_nothing(submit):
    assert submit("print_garbage").wait(PATIENCE_S).value == {"said": "fine"}
    assert isinstance(submit("report_progress").wait(PATIENCE_S), JobDone)


def test_work_that_exits_fails_and_the_child_lives_on(submit):
    pid = pid_of(submit)
    end = failure_of(submit("leave"))
    assert "tried to end the program" in end.error.detail
    assert pid_of(submit) == pid


def test_a_hard_exit_tells_the_status_and_the_last_words(submit):
    end = failure_of(submit("leave_hard"))
    assert "ended by itself with status 7" in end.error.detail
    assert "the library gave up" in end.error.hint


def test_a_grandchild_that_holds_the_pipes_does_not_hide_the_death(submit):
    began_s = time.monotonic()
    assert "was killed" in failure_of(submit("die_with_a_grandchild")).error.detail
    assert time.monotonic() - began_s < 10


def test_large_results_come_whole(submit):
    end = submit("make_large", payload={"shape": [256, 256, 256]}).wait(PATIENCE_S)
    assert end.arrays["large"].shape == (256, 256, 256)
    assert end.arrays["large"][-1, -1, -1] == 5
    assert end.arrays["small"].tolist() == [0, 1, 2]


@pytest.mark.parametrize("function", ["return_an_object", "return_python_objects", "no_such_function"])
def test_what_cannot_travel_fails_the_job_only(submit, function):
    failure_of(submit(function))
    assert isinstance(submit("report_progress").wait(PATIENCE_S), JobDone)


def test_arrays_of_python_objects_are_not_sent(submit):
    failure_of(submit("double", arrays={"image": np.array([object()])}))
    assert isinstance(submit("report_progress").wait(PATIENCE_S), JobDone)


def test_functions_are_not_taken(lane):
    with pytest.raises(TypeError):
        lane.submit(Job(title="x", target=print), print)
