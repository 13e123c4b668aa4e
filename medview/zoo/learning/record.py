"""Writing down what was drawn for each batch, one line of JSON per batch and process."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType
from typing import IO

from medview.zoo.learning.draws import Draw, as_line, from_line


class Record:
    """An open record; lines from `first_step` on, left by a run that was killed, are taken off first.

    Args:
        path: The file; None to record nothing.
        first_step: The step that comes next.
    """

    def __init__(self, path: Path | None, first_step: int) -> None:
        self._path, self._first_step = path, first_step
        self._stream: IO[str] | None = None

    def __enter__(self) -> Record:
        if self._path is not None:
            kept = _lines_before(self._path, self._first_step)
            draft = self._path.with_suffix(".part")
            draft.write_text("".join(kept), encoding="utf-8")
            draft.replace(self._path)
            self._stream = self._path.open("a", encoding="utf-8")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._stream is not None:
            self._stream.close()

    def add(self, draw: Draw) -> None:
        """Write one line."""
        if self._stream is not None:
            self._stream.write(as_line(draw) + "\n")


def _lines_before(path: Path, step: int) -> list[str]:
    """Whole lines of steps before `step`; a line that was cut off ends the list."""
    kept: list[str] = []
    if not path.is_file():
        return kept
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            try:
                draw = from_line(line)
            except (ValueError, KeyError, TypeError):
                break
            if draw.step < step:
                kept.append(line)
    return kept
