"""What a synthetic study is: scans, reference labels and all that was drawn."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from medview.core.geometry import Geometry
from medview.core.volume import Volume

LabelEntry = tuple[int, str, tuple[int, int, int]]
Labels = tuple[NDArray[np.uint8], Geometry, tuple[LabelEntry, ...]]


class StudyKind(Enum):
    """What a study holds, and so how it is opened."""

    SCANS = "scans"
    CAPTURE = "capture"


@dataclass(frozen=True, kw_only=True)
class StudySpec:
    """A synthetic study that can be asked for.

    Args:
        name: Word to ask with.
        title: What people read.
        summary: One sentence.
        kind: `SCANS` are made by `make_study`, a `CAPTURE` (film with cameras) by `make_capture`.
    """

    name: str
    title: str
    summary: str
    kind: StudyKind = StudyKind.SCANS


@dataclass(frozen=True, eq=False, kw_only=True)
class Study:
    """A synthetic study.

    Args:
        name: Name of its `StudySpec`.
        seed: The number it was made from.
        volumes: Scans by role.
        labels: Reference labels by name: array, grid, and (value, name, colour) of each label.
        facts: All that was drawn and set, as plain JSON values.
    """

    name: str
    seed: int
    volumes: dict[str, Volume]
    labels: dict[str, Labels]
    facts: dict[str, Any]
