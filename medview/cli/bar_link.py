"""What a job's target is given where no lane runs it: a progress bar to tell, and a place to work."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from medview.cli.terminal import Bar
from medview.core.volume import AnyArray


@dataclass(frozen=True)
class BarLink:
    """A `medview.jobs.execution.Link` with a progress bar behind it.

    Args:
        bar: Told of the progress; Ctrl+C cancels.
        scratch: A private folder.
        threads: How many threads the work may use.
    """

    bar: Bar
    scratch: Path
    threads: int

    def progress(self, fraction: float, message: str) -> None:
        """Show how much is done."""
        self.bar.progress(fraction, message)

    def preview(self, name: str, offset_ijk: tuple[int, int, int], array: AnyArray) -> None:
        """A terminal shows no pictures."""

    def report(self, step: int, values: Mapping[str, float]) -> None:
        """Show the newest numbers."""
        self.bar.report(step, values)

    def is_cancelled(self) -> bool:
        """Whether Ctrl+C was pressed."""
        return self.bar.is_cancelled()
