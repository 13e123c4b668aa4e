"""A scene of the synthetic abdomen (P09) in the window: how soon it opens, moves and is sharp."""

from __future__ import annotations

import statistics
import tempfile
from pathlib import Path

from medview.bench.driver import p95
from medview.bench.model import Heartbeat
from medview.bench.scene_fields import PLANES, STEPS, train_scene
from medview.bench.scene_pane import ScenePane
from medview.bench.scene_speed import measure_speed
from medview.bench.suite import Figure

_DRAGS, _OPENINGS = 20, 3


def measure(_scan: Path) -> list[Figure]:
    """Train two scenes, compare how fast they are rendered, and use the one of planes in the window."""
    with tempfile.TemporaryDirectory(prefix="medview-bench-scene-") as name:
        folders = {method: Path(name) / f"{method}.field" for method in STEPS}
        for method, folder in folders.items():
            train_scene(method, folder, STEPS[method])
        return [*measure_speed(folders), *_measure_window(folders[PLANES])]


def _measure_window(folder: Path) -> list[Figure]:
    """Open the scene thrice; drag it alone, and with a mesh in it; then let it refine."""
    pane = ScenePane()
    openings = [pane.open(folder) for _ in range(_OPENINGS)]
    figures = [
        Figure(
            name="scene_open_s",
            value=statistics.median(openings),
            n=len(openings),
            spread=max(openings) - min(openings),
        )
    ]
    figures += _first_moving(pane, "alone")
    pane.add_ball()
    figures += _first_moving(pane, "mesh")
    figures += _refining(pane)
    pane.driver.close()
    return figures


def _first_moving(pane: ScenePane, what: str) -> list[Figure]:
    """From a mouse's move to the first picture of the moving view: the 95 % quantile, and the worst."""
    times = [pane.drag() for _ in range(_DRAGS)]
    usual = p95(f"scene_first_moving_ms[{what}]", times)
    worst = Figure(
        name=f"scene_first_moving_worst_ms[{what}]",
        value=max(times),
        n=len(times),
        spread=max(times) - min(times),
    )
    return [usual, worst]


def _refining(pane: ScenePane) -> list[Figure]:
    """The longest pause of the window while the pane refines, and how long that takes."""
    beat = Heartbeat()
    beat.start()
    seconds = pane.refine()
    beat.stop()
    gaps = sorted(beat.gaps_ms)
    middle = gaps[len(gaps) // 2]
    return [
        Figure(name="scene_gap_refining_ms", value=gaps[-1], n=len(gaps), spread=gaps[-1] - middle),
        Figure(name="scene_refined_s", value=seconds, n=1, spread=0),
    ]
