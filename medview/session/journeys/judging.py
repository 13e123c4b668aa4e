"""The journey of judging: doubtful places of a result, and two results side by side."""

from __future__ import annotations

from collections.abc import Callable

from medview.core.layers import Layer
from medview.jobs.lanes import Lane
from medview.measure.agreement import demand_same_grid
from medview.session.files.layers_from import Content
from medview.session.job_desk import JobDesk
from medview.session.journeys.opening import Opening
from medview.session.judging.comparison import start_comparison
from medview.session.judging.doubts import Doubts
from medview.session.notices import Notices
from medview.session.session import Session


class Judging:
    """Shows where to look before a result is believed.

    Args:
        session: Whose results.
        desk: Where the jobs are listed.
        notices: Told what was found.
        lane: Where comparisons and searches run.
        opening: Adds the layer that a comparison makes.

    Attributes:
        doubts: Walks through the doubtful places of a result.
    """

    def __init__(
        self, session: Session, desk: JobDesk, notices: Notices, lane: Lane, opening: Opening
    ) -> None:
        self._session = session
        self._desk = desk
        self._lane = lane
        self._opening = opening
        self.doubts = Doubts(session, desk, notices, lane)

    def compare(self, first: Layer, second: Layer, told: Callable[[str], None]) -> str:
        """Add a layer with where two masks differ; `told` gets the numbers. Returns the job's id.

        Raises:
            InputRefused: They lie on different grids.
        """
        demand_same_grid(first.geometry, second.geometry)

        def take(content: Content, text: str) -> None:
            self._opening.add("Compare two results", (content,))
            told(text)

        return start_comparison(self._desk, self._lane, (first, second), take)
