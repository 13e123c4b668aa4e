"""The part of evaluate that compares a trained scene with its capture, view by view."""

from __future__ import annotations

import argparse
import math
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from medview.cli.bar_link import BarLink
from medview.cli.terminal import progress_bar, say, say_json, tell
from medview.jobs.execution import usable_threads
from medview.measure.perceptual import NO_WEIGHTS
from medview.measure.view_quality_table import MEASURES, ViewRow, cells_of, plain_rows, spread_of

_HEADS = ("view", "", "PSNR circle", "frame", "SSIM circle", "frame", "LPIPS circle", "frame")
_WIDTHS = (22, 10, 13, 9, 13, 9, 14, 12)


def add_scene_words(compare: argparse.ArgumentParser) -> None:
    """Declare the words that concern scenes only."""
    compare.add_argument("--lpips", type=Path, metavar="WEIGHTS",
                         help="of a scene: weights of AlexNet or VGG16 for LPIPS")  # fmt: skip
    compare.add_argument("--csv", type=Path, metavar="FILE", help="of a scene: write the table of views")
    compare.add_argument("--held-out", action="store_true", help="of a scene: only views not trained on")


def evaluate_scene(arguments: argparse.Namespace) -> int:
    """Measure, print, and write where asked; REFERENCE is the capture, RESULT the scene's folder."""
    from medview.session.fields.view_numbers import measure_views
    from medview.session.fields.view_table import write_view_table

    payload = {
        "folder": str(arguments.result),
        "capture": str(arguments.reference),
        "weights": None if arguments.lpips is None else str(arguments.lpips),
        "held_out_only": arguments.held_out,
    }
    with tempfile.TemporaryDirectory(prefix="medview-") as scratch, progress_bar() as bar:
        rows, _ = measure_views(payload, {}, BarLink(bar, Path(scratch), usable_threads()))
    if arguments.csv is not None:
        write_view_table(arguments.csv, rows)
        tell(f"wrote {arguments.csv}")
    if arguments.json:
        say_json({"kind": "scene", "views": plain_rows(rows), "held_out": _means(rows)})
        return 0
    for line in _lines(rows):
        say(line)
    return 0


def _means(rows: Sequence[ViewRow]) -> dict[str, Any]:
    held_out = [row for row in rows if row.is_held_out]
    found = {measure: spread_of(held_out, measure) for measure in MEASURES}
    return {
        measure: None if spread is None else {"mean": _finite(spread.mean), "sd": _finite(spread.deviation)}
        for measure, spread in found.items()
    }


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _lines(rows: Sequence[ViewRow]) -> list[str]:
    held_out = [row for row in rows if row.is_held_out]
    spreads = [spread_of(held_out, measure) for measure in MEASURES]
    words = [NO_WEIGHTS if spread is None else f"{spread.mean:.4g}" for spread in spreads]
    last = _line((f"mean of {len(held_out)} held out", "", *words))
    return [_line(_HEADS), *(_line(cells_of(row)) for row in rows), last]


def _line(cells: Sequence[str]) -> str:
    first, *others = (
        f"{cell:<{width}}" if place == 0 else f"{cell:>{width}}"
        for place, (cell, width) in enumerate(zip(cells, _WIDTHS, strict=True))
    )
    return "".join([first, *others]).rstrip()
