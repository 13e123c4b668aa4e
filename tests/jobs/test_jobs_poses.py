"""A search for poses in the real child process: cancelled within two seconds, nothing half-written stays."""

from __future__ import annotations

import time

import numpy as np
import pytest

from medview.io.captures.frames import write_picture
from medview.jobs.job import Job, JobCancelled, JobProgressed

PATIENCE_S = 40


@pytest.mark.parametrize("after", ["Features", "Matching"])
def test_a_search_for_poses_ends_within_two_seconds_of_cancelling(lane, scratch_root, tmp_path, rng, after):
    pytest.importorskip("pycolmap", reason="pycolmap (extra 'poses') is missing")
    size = (480, 640, 3) if after == "Features" else (96, 128, 3)
    for number in range(20):
        write_picture(tmp_path / f"{number:03d}.png", rng.integers(0, 255, size).astype(np.uint8))
    before = sorted(path.name for path in tmp_path.iterdir())
    told = []
    payload = {"frames": str(tmp_path), "circle": None}
    job = Job(title="Poses", target="medview.session.fields.pose_job:find_poses", payload=payload)
    handle = lane.submit(job, told.append)
    end_s = time.monotonic() + PATIENCE_S
    while not any(isinstance(event, JobProgressed) and after in event.progress.message for event in told):
        assert time.monotonic() < end_s, "the search never came so far"
        assert handle.end is None, handle.end
        time.sleep(0.01)
    start_s = time.monotonic()
    lane.cancel(handle)
    assert isinstance(handle.wait(PATIENCE_S), JobCancelled)
    assert time.monotonic() - start_s < 2
    assert sorted(path.name for path in tmp_path.iterdir()) == before
    assert not list(scratch_root.rglob("features.db"))
