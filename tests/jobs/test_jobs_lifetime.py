from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from medview.core.errors import RunFailed
from medview.jobs.job import JobCancelled, JobDone, JobFailed, JobProgressed
from medview.jobs.scratch import Scratch

PATIENCE_S = 20


def scratch_of(lane):
    return lane._supervisor._scratch.path


def test_closing_while_work_runs_cancels_it_and_leaves_no_process_and_no_file(make_lane, submit):
    lane = make_lane()
    pid = submit("describe_process", lane).wait(PATIENCE_S).value["pid"]
    busy, queued = submit("work_and_never_check", lane), submit("describe_process", lane)
    while not busy.recorder.of(JobProgressed):
        time.sleep(0.005)
    assert scratch_of(lane).is_dir()
    began_s = time.monotonic()
    lane.close()
    assert time.monotonic() - began_s < 2.5
    assert isinstance(busy.end, JobCancelled)
    assert isinstance(queued.end, JobCancelled)
    assert not psutil.pid_exists(pid)
    assert not scratch_of(lane).exists()
    lane.close()


def test_a_closed_lane_refuses_work_in_words(make_lane, submit):
    lane = make_lane()
    lane.close()
    with pytest.raises(RunFailed, match="the program is closing"):
        submit("describe_process", lane)


def test_warming_imports_once_and_again_after_a_kill(make_lane, submit):
    lane = make_lane()
    lane.warm(("wave", "no_such_library"))
    assert "wave" in submit("describe_process", lane).wait(PATIENCE_S).value["modules"]
    submit("kill_itself", lane).wait(PATIENCE_S)
    assert "wave" in submit("describe_process", lane).wait(PATIENCE_S).value["modules"]


@pytest.mark.logs_warnings
def test_a_listener_that_fails_harms_nobody(make_lane, submit, caplog):
    lane = make_lane()
    handle = submit("report_progress", lane)
    handle.recorder.events = None
    assert isinstance(handle.wait(PATIENCE_S), JobDone)
    assert isinstance(submit("report_progress", lane).wait(PATIENCE_S), JobDone)
    assert "A listener of job" in caplog.text
    caplog.clear()


@pytest.mark.parametrize(
    ("command", "words"),
    [
        (("/no/such/program",), "No such file"),
        ((sys.executable, "-c", "raise SystemExit('library is broken')"), "library is broken"),
    ],
)
def test_a_child_that_cannot_start_fails_the_job_in_words(make_lane, submit, command, words):
    handle = submit("describe_process", make_lane(command=command))
    end = handle.wait(PATIENCE_S)
    assert isinstance(end, JobFailed)
    assert words in str(end.error)


def test_the_child_dies_with_its_parent_and_the_next_start_removes_the_files(tmp_path):
    script = (
        "import os, signal, sys\n"
        "from pathlib import Path\n"
        "from medview.jobs.job import Job\n"
        "from medview.jobs.process_lane import ProcessLane\n"
        "sys.path.insert(0, sys.argv[2])\n"
        "from conftest import COMMAND\n"
        "lane = ProcessLane(command=COMMAND, root=Path(sys.argv[1]))\n"
        "job = Job(title='x', target='fake_targets:describe_process')\n"
        "print(lane.submit(job, lambda event: None).wait(20).value['pid'], flush=True)\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    here = Path(__file__).parent
    environment = {**os.environ, "PYTHONPATH": f"{here.parents[1]}:{here}"}
    done = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path), str(here)],
        env=environment,
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
    )
    pid = int(done.stdout)
    end_s = time.monotonic() + 5
    while psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE:
        assert time.monotonic() < end_s, "the child outlived its parent"
        time.sleep(0.02)
    assert len(list(tmp_path.iterdir())) == 1
    fresh = Scratch(tmp_path)
    assert list(tmp_path.iterdir()) == [fresh.path]


def test_an_interpreter_that_ends_with_a_busy_lane_does_not_hang(tmp_path):
    script = (
        "import sys\n"
        "from pathlib import Path\n"
        "from medview.jobs.job import Job\n"
        "from medview.jobs.process_lane import ProcessLane\n"
        "sys.path.insert(0, sys.argv[2])\n"
        "from conftest import COMMAND\n"
        "lane = ProcessLane(command=COMMAND, root=Path(sys.argv[1]))\n"
        "lane.submit(Job(title='x', target='fake_targets:work_and_never_check'), lambda event: None)\n"
    )
    here = Path(__file__).parent
    environment = {**os.environ, "PYTHONPATH": f"{here.parents[1]}:{here}"}
    subprocess.run(
        [sys.executable, "-c", script, str(tmp_path), str(here)],
        env=environment,
        check=True,
        timeout=PATIENCE_S,
    )
    assert list(tmp_path.iterdir()) == []


def test_the_programs_own_entry_point_serves_as_the_child(make_lane, submit):
    lane = make_lane(command=None)
    modules = submit("describe_process", lane).wait(PATIENCE_S).value["modules"]
    assert "medview.jobs.worker" in modules
    assert not {"torch", "PySide6", "vtkmodules", "medview.cli.main"} & set(modules)
