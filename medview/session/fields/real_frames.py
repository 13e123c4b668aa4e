"""The real pictures of a field's cameras: read in the background when they are wanted, a few kept."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from psygnal import Signal

from medview.core.errors import MedviewError
from medview.core.plans import Shared
from medview.core.volume import AnyArray
from medview.jobs.execution import Link
from medview.jobs.job import Job, JobDone
from medview.jobs.lanes import Lane
from medview.ml.field_folder import FRAMES_FOLDER
from medview.session.fields.pictures import small_picture
from medview.session.job_desk import JobDesk, Reactions
from medview.session.notices import Notices

Key = tuple[Path, int]

_KEPT = 12
_WIDEST_PX = 4096


class RealFrames:
    """Pictures by folder and number of the view.

    Args:
        desk: Where the reading is started.
        notices: Told of a picture that cannot be read, once.
        lane: Where files are read.

    Attributes:
        arrived: Emitted when another picture is there.
    """

    arrived = Signal()

    def __init__(self, desk: JobDesk, notices: Notices, lane: Lane) -> None:
        self._desk = desk
        self._notices = notices
        self._lane = lane
        self._pictures: OrderedDict[Key, Shared] = OrderedDict()
        self._asked: set[Key] = set()

    def picture(self, folder: Path, number: int) -> Shared | None:
        """The picture (h, w, 3) uint8 of a view; None while it is read, and where it cannot be."""
        key = (folder, number)
        found = self._pictures.get(key)
        if found is not None:
            self._pictures.move_to_end(key)
        elif key not in self._asked:
            self._asked.add(key)
            path = folder / FRAMES_FOLDER / f"{number:05}.jpg"
            job = Job(title=f"Reading {path.name}", target=read_frame, payload={"path": path})
            self._desk.start(
                self._lane,
                job,
                Reactions(done=lambda event: self._take(key, event), failed=self._fail),
                is_shown=False,
            )
        return found

    def _take(self, key: Key, event: JobDone) -> None:
        self._asked.discard(key)
        self._pictures[key] = Shared(event.arrays["picture"])
        while len(self._pictures) > _KEPT:
            self._pictures.popitem(last=False)
        self.arrived.emit()

    def _fail(self, error: MedviewError) -> None:
        self._notices.fail(error)


def read_frame(
    payload: Mapping[str, Any], _arrays: Mapping[str, AnyArray], _link: Link
) -> tuple[None, dict[str, AnyArray]]:
    """Job target: the picture at ``path``."""
    return None, {"picture": small_picture(payload["path"], _WIDEST_PX).picture}
