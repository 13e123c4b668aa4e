"""The measuring process: ``python -m medview.bench.child GROUP SCAN`` prints its figures as JSON."""

from __future__ import annotations

import importlib
import json
import sys
from pathlib import Path

_MODULES = {
    "files": "medview.bench.files",
    "start": "medview.bench.start",
    "window": "medview.bench.window",
    "model": "medview.bench.model",
    "resampling": "medview.bench.resampling",
    "inference": "medview.bench.inference",
    "training": "medview.bench.training",
    "history": "medview.bench.history",
    "scene": "medview.bench.scene",
    "kills": "medview.bench.kills",
}


def main(words: list[str]) -> int:
    """Measure one group."""
    group, scan = words
    figures = importlib.import_module(_MODULES[group]).measure(Path(scan))
    sys.stdout.write(json.dumps([figure.as_json() for figure in figures]) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
