"""The table of a batch: a row per subject, as CSV for people and JSON for programs, always whole on disk."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from medview.io.atomic_file import write_text

CSV_NAME = "results.csv"
JSON_NAME = "results.json"


@dataclass(frozen=True, kw_only=True)
class Row:
    """What came of one subject.

    Args:
        subject: Name of its folder, with the session's behind a slash.
        state: ``done``, ``skipped`` (done before, from the same), ``failed``, ``cancelled`` or ``waiting``.
        seconds: That its run took.
        volumes_ml: By ``output: label``.
        reason: Why it failed, or what the run had to say.
        weights_sha256: Of the weights that it was or is run with.
    """

    subject: str
    state: str
    seconds: float = 0.0
    volumes_ml: Mapping[str, float] = field(default_factory=dict)
    reason: str = ""
    weights_sha256: str = ""


@dataclass
class Table:
    """All rows of a batch, in the order of the subjects.

    Args:
        folder: Where the two files are kept.
        facts: What holds for all: model, version, parameters …
        rows: By subject.
    """

    folder: Path
    facts: Mapping[str, Any]
    rows: dict[str, Row]

    def put(self, row: Row) -> None:
        """Take a subject's row, and write both files anew.

        Raises:
            RunFailed: The disk or its rights do not allow it.
        """
        self.rows[row.subject] = row
        self.write()

    def write(self) -> None:
        """Write both files, each in one step."""
        write_text(self.folder / CSV_NAME, self._csv())
        report = {**self.facts, "subjects": [asdict(row) for row in self.rows.values()]}
        write_text(self.folder / JSON_NAME, json.dumps(report, indent=1, default=str) + "\n")

    def count(self, state: str) -> int:
        """Number of subjects in a state."""
        return sum(row.state == state for row in self.rows.values())

    def _csv(self) -> str:
        labels = list(dict.fromkeys(name for row in self.rows.values() for name in row.volumes_ml))
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(["subject", "state", "seconds", *(f"{name} (mL)" for name in labels), "reason"])
        for row in self.rows.values():
            volumes = [row.volumes_ml.get(name, "") for name in labels]
            writer.writerow([row.subject, row.state, f"{row.seconds:.1f}", *volumes, row.reason])
        return text.getvalue()
