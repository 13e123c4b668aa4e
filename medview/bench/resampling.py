"""Class probabilities to a scan's grid: ours beside a spline for each class, on one grid."""

from __future__ import annotations

import importlib
from pathlib import Path

from medview.bench.suite import Figure

_COMPARISON = "medview.zoo.resampling_comparison"


def measure(_scan: Path) -> list[Figure]:
    """Processor time, and memory beyond the input and the labels, as parts of what the splines take."""
    found = importlib.import_module(_COMPARISON).compare()
    return [
        Figure(name="resample_ratio_time", value=found["time_ratio"], n=1, spread=0),
        Figure(name="resample_ratio_memory", value=found["memory_ratio"], n=1, spread=0),
    ]
