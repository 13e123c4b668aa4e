"""The program is killed while it goes from case to case of a work list: nothing is lost, no state lies."""

from __future__ import annotations

import json
import signal
import subprocess
import sys

import nibabel as nib
import numpy as np
import pytest

from medview.jobs.lanes import InlineLane
from medview.session.session import Session
from medview.session.workflows import Workflows
from medview.session.worklist.record import CaseState

_KILLED = """
import os, signal, sys
from pathlib import Path
import numpy as np
from medview.core.labels import Patch
from medview.jobs.lanes import InlineLane
from medview.session.session import Session
from medview.session.workflows import Workflows
from medview.session.worklist import open_work, state_file
from medview.session.worklist.record import CaseState

folder, journals, moment = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]
session, lane = Session(), InlineLane()
work = Workflows(session, files_lane=lane, models_lane=lane, post=lambda call: call(),
                 surface_maker="", journals=journals)
work.worklist.open_folder(folder, "AB")
work.worklist.go_to("anna")
with session.stroke(work.worklist.mask.id, "Brush") as stroke:
    stroke.apply(Patch((20, 20, 10), np.ones((4, 4, 1), np.uint8)))
work.recovery.recorder.settle()

def die(*_words):
    os.kill(os.getpid(), signal.SIGKILL)

if moment == "before the mask":
    work.worklist._way._save = die
if moment == "before the state":
    state_file.write_text = die
if moment == "after the state":
    work.worklist._way._read = die
work.worklist.go_to("bert", CaseState.DONE)
"""


@pytest.fixture
def folder(tmp_path):
    """Two made-up scans in a folder."""
    root = tmp_path / "scans"
    root.mkdir()
    for number, case in enumerate(("anna", "bert")):
        data = np.random.default_rng(number).integers(100, 900, (48, 44, 20)).astype(np.int16)
        nib.save(nib.Nifti1Image(data, np.diag([1.5, 1.5, 3.0, 1.0])), root / f"{case}.nii.gz")
    return root


def next_start(folder, journals):
    """The program as it starts again, with lost work taken back, and how often that was offered."""
    lane = InlineLane()
    work = Workflows(
        Session(),
        files_lane=lane,
        models_lane=lane,
        post=lambda call: call(),
        surface_maker="",
        journals=journals,
    )
    offers = []
    work.recovery.look(offers.extend)
    for offer in offers:
        work.recovery.restore(offer.offer_id)
    work.worklist.open_folder(folder, "AB")
    return work, len(offers)


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="this system knows no kill -9")
@pytest.mark.parametrize(
    ("moment", "state"),
    [
        ("before the mask", CaseState.TO_DO),
        ("before the state", CaseState.IN_WORK),
        ("after the state", CaseState.DONE),
    ],
)
def test_a_kill_on_the_way_to_the_next_case_loses_nothing(folder, tmp_path, moment, state):
    program, journals = tmp_path / "killed.py", tmp_path / "journals"
    program.write_text(_KILLED)
    words = [sys.executable, str(program), str(folder), str(journals), moment]
    assert subprocess.run(words, check=False, timeout=180).returncode == -signal.SIGKILL
    mask = folder / "masks" / "AB" / "anna.nii.gz"
    assert mask.exists() == (moment != "before the mask")
    work, offers = next_start(folder, journals)
    assert offers == 1 or moment != "before the mask"
    worklist = work.worklist
    assert worklist.list.state_of(worklist.list.case("anna")) is state
    worklist.go_to("anna")
    assert int(np.count_nonzero(worklist.mask.data.array)) == 16
    worklist.go_to("bert", CaseState.DONE)
    assert worklist.list.state_of(worklist.list.case("anna")) is CaseState.DONE
    assert int(np.count_nonzero(np.asarray(nib.load(mask).dataobj))) == 16
    found = json.loads((folder / "masks" / "worklist.json").read_text())
    assert found["cases"]["anna"]["AB"]["state"] == "done"
    work.recovery.end()
