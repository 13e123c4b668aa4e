"""A session without a window: what the panes would show, for pictures of files."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from medview.cli.terminal import tell
from medview.core.errors import InputRefused
from medview.core.state import SessionState
from medview.jobs.lanes import InlineLane
from medview.session.files.opening import SeriesQuestion
from medview.session.session import Session
from medview.session.workflows import Workflows


@dataclass
class _Troubles:
    """What the workflows said that a person must know."""

    refusals: list[InputRefused] = field(default_factory=list)

    def fail(self, title: str, detail: str, hint: str) -> None:
        self.refusals.append(InputRefused(title, detail, hint))

    def ask(self, question: SeriesQuestion) -> None:
        names = ", ".join(choice.title for choice in question.choices[:6])
        detail = f"it holds {len(question.choices)} series ({names})"
        self.refusals.append(
            InputRefused(f"Cannot draw {question.path.name}", detail, "Name the files of one of them.")
        )


def opened_state(paths: list[Path], labels: Path | None) -> SessionState:
    """Open files as the window would, surfaces included.

    Raises:
        InputRefused: A file was refused, or holds several series.
    """
    session, troubles = Session(), _Troubles()
    lane = InlineLane()

    def now(call: Callable[[], None]) -> None:
        call()

    workflows = Workflows(session, files_lane=lane, models_lane=lane, post=now)
    workflows.failed.connect(troubles.fail)
    workflows.series_found.connect(troubles.ask)
    workflows.warned.connect(_note)
    for path in (*paths, *((labels,) if labels else ())):
        workflows.opening.open_paths([path])
        if troubles.refusals:
            raise troubles.refusals[0]
    return session.state


def _note(title: str, sentences: tuple[str, ...]) -> None:
    for sentence in sentences:
        tell(f"note: {title}: {sentence}")
