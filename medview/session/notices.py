"""What the session's workflows tell: signals that carry plain values."""

from __future__ import annotations

from psygnal import Signal

from medview.core.errors import MedviewError


class Notices:
    """One place to listen.

    Attributes:
        failed: Title, detail and hint of a failure; cancelling is none.
        warned: A title, and sentences about what was guessed or repaired.
        told: One line for the status bar.
        outcome: What came of the last model run, and whether it is an error.
        opened: Ids of layers that were added.
        series_found: A `SeriesQuestion`: a person must choose.
        capture_found: The path of frames or a video that a scene can be trained on.
    """

    failed = Signal(str, str, str)
    warned = Signal(str, tuple)
    told = Signal(str)
    outcome = Signal(str, bool)
    opened = Signal(tuple)
    series_found = Signal(object)
    capture_found = Signal(object)

    def fail(self, error: MedviewError) -> None:
        """Tell a failure."""
        self.failed.emit(error.title, error.detail, error.hint)
