"""Work on a label map that takes a while: read in a job, taken on the window's thread."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from medview.core.layers import LayerId
from medview.core.volume import AnyArray
from medview.jobs.execution import Link
from medview.jobs.job import Job, JobDone
from medview.jobs.lanes import Lane
from medview.session.job_desk import JobDesk, Reactions
from medview.session.labels.table import label_map
from medview.session.session import Session

Deed = Callable[..., Any]
Take = Callable[[Any], None]


class MaskJobs:
    """Asks functions about label maps.

    Where the mask has changed meanwhile, the job is done again: what is taken fits what is there.

    Args:
        session: Whose masks.
        desk: Where the jobs are started.
        lane: A lane of this process.
    """

    def __init__(self, session: Session, desk: JobDesk, lane: Lane) -> None:
        self._session = session
        self._desk = desk
        self._lane = lane

    def compute(
        self, layer_id: LayerId, title: str, deed: Deed, arguments: tuple[Any, ...], take: Take
    ) -> str:
        """Call ``deed(labels, *arguments)`` in a job and take its answer; returns the job's id."""
        self._session.close_stroke()
        labels = label_map(self._session, layer_id)
        revision = labels.revision
        payload = {"deed": deed, "labels": labels, "arguments": arguments}
        job = Job(title=title, target=_computed, payload=payload)

        def done(event: JobDone) -> None:
            if self._session.state.layer(layer_id) is None:
                return
            if labels.revision != revision or self._session.is_painting:
                self.compute(layer_id, title, deed, arguments, take)
            else:
                take(event.value)

        return self._desk.start(self._lane, job, Reactions(done=done))


def _computed(
    payload: Mapping[str, Any], _arrays: Mapping[str, AnyArray], link: Link
) -> tuple[Any, Mapping[str, AnyArray]]:
    """Job target: what a function says of a label map."""
    link.progress(0.1, "Reading the mask")
    return payload["deed"](payload["labels"], *payload["arguments"]), {}
