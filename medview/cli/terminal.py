"""Talking to a terminal: results, messages, a progress bar, Ctrl+C."""

from __future__ import annotations

import json
import signal
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from medview.core.errors import Cancelled, MedviewError
from medview.core.volume import AnyArray

_PLAIN_INTERVAL_S = 5.0
_BAR = "{percentage:3.0f} %|{bar:28}| {elapsed}<{remaining}  {desc}"
_BAR_OF_ITS_PACE = "{percentage:3.0f} %|{bar:28}| {elapsed}  {desc}"
"""For a message that tells the time left."""


def say(text: str) -> None:
    """Write a result line to standard output."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def say_json(value: object) -> None:
    """Write a result as JSON to standard output."""
    say(json.dumps(value, indent=2, allow_nan=False, default=str))


def tell(text: str) -> None:
    """Write a message line to standard error."""
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()


def tell_error(error: MedviewError) -> None:
    """Write a failure to standard error: one line, whatever its parts hold."""
    tell("error: " + " ".join(str(error).split()))


class WrongWords(MedviewError):
    """Words that are each well formed and make no sense together."""

    exit_code = 2


class Bar:
    """Progress with the time left: a bar on a terminal, a line now and then otherwise.

    It is also what a model's context reports to; Ctrl+C sets its cancel flag.

    Args:
        is_silent: Show nothing: another process speaks for this one.
    """

    def __init__(self, is_silent: bool = False) -> None:
        self._is_silent = is_silent
        self._is_cancelled = False
        self._started_s = time.monotonic()
        self._last_line_s = self._started_s
        self._bar: Any = None
        self._is_terminal = sys.stderr.isatty()
        self._numbers = ""

    def progress(self, fraction: float, message: str) -> None:
        """Show how much is done (0 to 1) and what is being done."""
        self.check_cancelled()
        text = f"{message}{self._numbers}"
        if self._is_silent:
            return
        if self._is_terminal:
            self._show_bar(fraction, text)
        elif time.monotonic() - self._last_line_s >= _PLAIN_INTERVAL_S:
            self._last_line_s = time.monotonic()
            tell(f"{fraction:4.0%}  {text}{'' if _tells_time(text) else self._time_left(fraction)}")

    def preview(self, name: str, offset_ijk: tuple[int, int, int], array: AnyArray) -> None:
        """A terminal shows no pictures."""

    def report(self, step: int, values: Mapping[str, float]) -> None:
        """Show the newest numbers of a training beside the bar."""
        shown = "  ".join(f"{name} {value:.4g}" for name, value in values.items())
        self._numbers = f"  [step {step}: {shown}]"

    def is_cancelled(self) -> bool:
        """Whether Ctrl+C was pressed."""
        return self._is_cancelled

    def check_cancelled(self) -> None:
        """Raise `Cancelled` after Ctrl+C."""
        if self._is_cancelled:
            raise Cancelled

    def cancel(self) -> None:
        """Ask the work to stop."""
        self._is_cancelled = True

    def close(self) -> None:
        """Leave the terminal tidy."""
        if self._bar is not None:
            self._bar.close()

    def _show_bar(self, fraction: float, text: str) -> None:
        from tqdm import tqdm

        if self._bar is None:
            self._bar = tqdm(total=1000, bar_format=_BAR, file=sys.stderr, leave=False)
        self._bar.bar_format = _BAR_OF_ITS_PACE if _tells_time(text) else _BAR
        self._bar.set_description_str(text, refresh=False)
        self._bar.n = round(fraction * 1000)
        self._bar.refresh()

    def _time_left(self, fraction: float) -> str:
        if fraction < 0.02:
            return ""
        left_s = (time.monotonic() - self._started_s) * (1 - fraction) / fraction
        return f", about {left_s:.0f} s left"


def _tells_time(text: str) -> bool:
    """Whether a run that knows its own pace tells it: one time left is enough."""
    return text.endswith(" left")


@contextmanager
def progress_bar(is_silent: bool = False) -> Iterator[Bar]:
    """A bar during some work; the first Ctrl+C cancels politely, the second one at once."""
    bar = Bar(is_silent)

    def on_interrupt(_number: int, _frame: object) -> None:
        if bar.is_cancelled():
            raise KeyboardInterrupt
        bar.cancel()

    before = signal.signal(signal.SIGINT, on_interrupt)
    try:
        yield bar
    finally:
        signal.signal(signal.SIGINT, before)
        bar.close()
