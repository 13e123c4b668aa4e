from __future__ import annotations

import sys
from pathlib import Path

import pytest

from medview.jobs.job import Job
from medview.jobs.process_lane import ProcessLane

COMMAND = (sys.executable, "-P", "-c", "import sys; from medview.jobs.worker import main; sys.exit(main())")


class Recorder:
    """Keeps a job's events; the real listener of a real lane."""

    def __init__(self):
        self.events = []

    def __call__(self, event):
        self.events.append(event)

    def of(self, kind):
        return [event for event in self.events if isinstance(event, kind)]


@pytest.fixture(scope="module")
def scratch_root(tmp_path_factory):
    return tmp_path_factory.mktemp("scratch")


@pytest.fixture(scope="module")
def make_lane(scratch_root):
    lanes = []
    here = str(Path(__file__).parent)
    root = str(Path(__file__).parents[2])

    def make(**arguments):
        environment = {"PYTHONPATH": f"{root}:{here}", **arguments.pop("environment", {})}
        settings = {"command": COMMAND, "threads": 1, "root": scratch_root, "environment": environment}
        lanes.append(ProcessLane(**{**settings, **arguments}))
        return lanes[-1]

    yield make
    for lane in lanes:
        lane.close()


@pytest.fixture(scope="module")
def lane(make_lane):
    return make_lane()


@pytest.fixture
def submit(lane):
    def run(function, lane=lane, **facts):
        recorder = Recorder()
        job = Job(title="Vessels in T2", target=f"fake_targets:{function}", **facts)
        handle = lane.submit(job, recorder)
        handle.recorder = recorder
        return handle

    return run
