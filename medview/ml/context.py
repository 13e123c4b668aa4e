"""All that a running model may see of the program: where to work, and whom to tell."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from medview.core.errors import Cancelled
from medview.core.volume import AnyArray

MIN_INTERVAL_S = 0.1
RUNTIMES = ("auto", "torch", "openvino")
"""What may compute a network: whatever is faster, torch, or OpenVINO where it is installed (CPU only)."""


class Listener(Protocol):
    """Who hears of a run: a job's link to its lane, or a progress bar on a terminal."""

    def progress(self, fraction: float, message: str) -> None:
        """Take how much is done (0 to 1) and what is being done."""

    def preview(self, name: str, offset_ijk: tuple[int, int, int], array: AnyArray) -> None:
        """Take a finished box of an output."""

    def report(self, step: int, values: Mapping[str, float]) -> None:
        """Take the numbers of one training step."""

    def is_cancelled(self) -> bool:
        """Whether the person has cancelled."""


class Silence:
    """A listener for runs that nobody watches."""

    def progress(self, fraction: float, message: str) -> None:
        """Hear nothing."""

    def preview(self, name: str, offset_ijk: tuple[int, int, int], array: AnyArray) -> None:
        """Hear nothing."""

    def report(self, step: int, values: Mapping[str, float]) -> None:
        """Hear nothing."""

    def is_cancelled(self) -> bool:
        """Never."""
        return False


@dataclass(kw_only=True)
class RunContext:
    """What a model's ``run`` or ``train`` function is given beside its request.

    Args:
        scratch: A private folder that exists and is removed after the run.
        device: What torch understands: ``"cpu"`` or ``"cuda"``; never ``"auto"``.
        seed: Start of the random numbers.
        threads: How many threads the run may use.
        listener: Who hears of it.
        runtime: What computes a network; one of `RUNTIMES`.
        notes: Sentences about how the run went, for its provenance; see `note`.
        facts: What else belongs into its provenance; see `record`.
    """

    scratch: Path
    device: str = "cpu"
    seed: int = 0
    threads: int = 1
    listener: Listener = field(default_factory=Silence)
    runtime: str = "auto"
    notes: list[str] = field(default_factory=list)
    facts: dict[str, Any] = field(default_factory=dict)
    _last_told_s: float = field(default=-math.inf, init=False, repr=False)
    _message: str = field(default="", init=False, repr=False)
    _fraction: float = field(default=0.0, init=False, repr=False)

    def check_cancelled(self) -> None:
        """Raise `Cancelled` once the person has cancelled; call it at least ten times a second."""
        if self.listener.is_cancelled():
            raise Cancelled

    def progress(self, fraction: float, message: str = "") -> None:
        """Tell how much is done; also checks for cancelling, so that loops need one call only.

        At most ten calls a second are passed on; the end always is.

        Args:
            fraction: 0 to 1.
            message: What is being done now, such as ``"Reading slices"``; empty: as before.

        Raises:
            Cancelled: The person has cancelled.
        """
        self.check_cancelled()
        now = time.monotonic()
        self._message = message or self._message
        if now - self._last_told_s >= MIN_INTERVAL_S or fraction >= 1:
            self._last_told_s = now
            self._fraction = min(max(float(fraction), 0.0), 1.0)
            self.listener.progress(self._fraction, self._message)

    def note(self, sentence: str) -> None:
        """Tell something about how the run goes, and keep it for the provenance: once, if said again.

        Args:
            sentence: Whole, such as ``"Memory ran short: four slices at once instead of eight."``
        """
        if sentence not in self.notes:
            self.notes.append(sentence)
            self.listener.progress(self._fraction, sentence)

    def record(self, name: str, value: Any) -> None:
        """Keep a fact for the provenance, such as ``record("runtime", "torch")``; plain JSON only."""
        self.facts[name] = value

    def preview(self, output_name: str, offset_ijk: tuple[int, int, int], array: AnyArray) -> None:
        """Show a finished box of an output while the rest is still being made.

        Args:
            output_name: As in the spec.
            offset_ijk: The output voxel at which the box begins.
            array: (I, J, K) box; it is copied before the call returns.
        """
        i, j, k = (int(n) for n in offset_ijk)
        self.listener.preview(output_name, (i, j, k), np.array(array))

    def report(self, step: int, values: Mapping[str, float]) -> None:
        """Add one point to the training curves, such as ``report(120, {"loss": 0.31})``."""
        self.listener.report(int(step), {name: float(value) for name, value in values.items()})

    def generator(self, stream: int = 0) -> np.random.Generator:
        """Random numbers that depend on the run's seed and on ``stream`` only."""
        return np.random.default_rng([self.seed, stream])
