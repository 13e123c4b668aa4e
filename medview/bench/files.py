"""Reading and writing: our reader beside SimpleITK on the same file, turn by turn."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from pathlib import Path

from medview.bench.suite import Figure
from medview.io import readers
from medview.io.writers import write_volume

_TURNS = 3


def measure(scan: Path) -> list[Figure]:
    """Times of reading (with its ratio to SimpleITK's ReadImage) and of a checked save."""
    import SimpleITK

    readers.read(scan)  # both begin with the file in the system's cache
    pairs = [
        (_seconds(lambda: readers.read(scan)), _seconds(lambda: SimpleITK.ReadImage(str(scan))))
        for _ in range(_TURNS)
    ]
    ours, theirs = zip(*pairs, strict=True)
    ratios = [mine / other for mine, other in pairs]
    volume = readers.read(scan)[0]
    target = scan.with_name("saved.nii.gz")
    save_s = _seconds(lambda: write_volume(volume, target))
    return [
        _figure("load_seconds", ours),
        Figure(
            name="load_ratio_to_simpleitk",
            value=statistics.median(ours) / statistics.median(theirs),
            n=_TURNS,
            spread=max(ratios) - min(ratios),
        ),
        Figure(name="save_seconds", value=save_s, n=1, spread=0),
    ]


def _figure(name: str, times_s: tuple[float, ...]) -> Figure:
    return Figure(
        name=name, value=statistics.median(times_s), n=len(times_s), spread=max(times_s) - min(times_s)
    )


def _seconds(work: Callable[[], object]) -> float:
    started_s = time.perf_counter()
    work()
    return time.perf_counter() - started_s
