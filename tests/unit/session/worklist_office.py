"""A program without a window that works through a list, for the tests of work lists."""

from __future__ import annotations

import json

import nibabel as nib
import numpy as np

from medview.core.labels import Patch
from medview.jobs.lanes import InlineLane
from medview.session.session import Session
from medview.session.workflows import Workflows


class Office:
    """A program without a window, and the folder that it works on."""

    def __init__(self, root, config, name="AB"):
        self.root, self.config = root, config
        self.session, lane = Session(), InlineLane()
        self.workflows = Workflows(
            self.session,
            files_lane=lane,
            models_lane=lane,
            post=lambda work: work(),
            surface_maker="",
            journals=config / "journals",
        )
        self.failed, self.told = [], []
        self.workflows.failed.connect(lambda *words: self.failed.append(words))
        self.workflows.told.connect(self.told.append)
        self.worklist = self.workflows.worklist
        self.worklist.open_folder(root, name)

    @property
    def states(self):
        work = self.worklist.list
        return [work.state_of(case).value for case in work.cases]

    def paint(self, value=1, at=(2, 2, 2)):
        with self.session.stroke(self.worklist.mask.id, "Paint") as stroke:
            stroke.apply(Patch(at, np.full((2, 2, 1), value, np.uint8)))

    def work(self, seconds, now_s=0.0):
        """Let somebody work for so long without a pause."""
        for at_s in range(0, round(seconds) + 1, 10):
            self.worklist.look(now_s + at_s, is_active=True, has_worked=True)

    def noted(self, case, who="AB"):
        return json.loads((self.root / "masks/worklist.json").read_text())["cases"][case][who]

    def journals(self):
        self.workflows.recovery.recorder.settle()
        return sorted(path.name for path in (self.config / "journals").iterdir())


def voxels(path):
    return int(np.count_nonzero(np.asarray(nib.load(path).dataobj)))
