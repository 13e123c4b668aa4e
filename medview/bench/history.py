"""A long day of painting on a large scan: 2,000 strokes on 512×512×600 voxels, with journal and window.

The time of a stamp or an undo runs from the mouse's move, or the key, until the slice is drawn and the window
has also done everything else that followed: volumes in the label table, the readout, the history.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import psutil

from medview.bench.driver import Driver, p95
from medview.bench.suite import Figure
from medview.core.geometry import Geometry
from medview.core.state import Layout, Orientation, Tool
from medview.core.volume import Source, Volume, value_range
from medview.gui.slice_view import SliceView
from medview.io.writers import write_volume
from medview.present.ports.slice_port import Pointer
from medview.session.masks import new_mask

_SHAPE, _SPACING_MM = (512, 512, 600), (0.7, 0.7, 0.7)
_STROKES, _STAMPS, _TIMED = 2000, 3, 10
_BRUSH_MM = 7.0
_UNDOS = 60
_LAGS = 20
_PANE_PX = (600, 450)
_MB = 2**20


def measure(folder: Path) -> list[Figure]:
    """Paint, each stamp drawn; then undo, each drawn; then jump to the beginning and back."""
    driver = Driver()
    app = driver.app
    app.workflows.opening.open_paths([_large_scan(folder)])
    driver.wait_for_jobs()
    app.session.set_view(layout=Layout.AXIAL)
    new_mask(app.session)
    app.session.set_view(tool=Tool.BRUSH, brush_radius_mm=_BRUSH_MM)
    pane = app.view.slices[Orientation.AXIAL]
    pane.widget.setFixedSize(*_PANE_PX)
    driver.settle()
    figures = _strokes(driver, pane)
    figures += [p95("undo_600_p95_ms", driver.times_ms([app.session.undo] * _UNDOS))]
    figures += _jumps(driver) + _lags(driver, pane)
    driver.close()
    return figures


def _large_scan(folder: Path) -> Path:
    geometry = Geometry.from_spacing(_SHAPE, _SPACING_MM)
    data = np.empty(_SHAPE, np.int16, order="F")
    slab = np.random.default_rng(600).integers(-100, 300, _SHAPE[:2]).astype(np.int16)
    for k in range(_SHAPE[2]):
        data[:, :, k] = np.roll(slab, 7 * k, axis=0)
    source = Source(path=None, format="synthetic", stored=geometry, dtype="int16")
    volume = Volume(name="large", data=data, geometry=geometry, source=source, values=value_range(data))
    path = folder / "large.nii"
    write_volume(volume, path)
    return path


def _pointers(pane: SliceView, stroke: int) -> list[Pointer]:
    """A short stroke at a place of its own."""
    scale = pane.widget.devicePixelRatioF()
    x, y = 90 + 29 * stroke % 420, 60 + 17 * stroke % 330
    first = Pointer(position_ras=(0, 0, 0), position_px=(0, 0), mm_per_pixel=pane.scene.mm_per_pixel)
    places = [(x + 6 * step, y + 3 * step) for step in range(_STAMPS + 1)]
    return [
        replace(first, position_px=(px, py), position_ras=pane.scene.ras_at(px * scale, py * scale))
        for px, py in places
    ]


def _strokes(driver: Driver, pane: SliceView) -> list[Figure]:
    """Every twentieth stroke on another slice; every tenth is drawn stamp by stamp and timed."""
    stack, stamps, pushes = driver.app.session.undo_stack, [], []
    before_bytes, steps_before = psutil.Process().memory_info().rss, stack.nbytes
    for stroke in range(_STROKES):
        if stroke % 20 == 0:
            pane.scrolled.emit(1, False, False)
        pointers = _pointers(pane, stroke)
        pane.pressed.emit(pointers[0])
        moves: list[Callable[[], object]] = [lambda p=p: pane.moved.emit(p) for p in pointers[1:]]
        if stroke % _TIMED:
            moves[-1]()
            pane.released.emit(pointers[-1])
        else:
            stamps += driver.times_ms(moves)
            pushes += driver.times_ms([lambda p=pointers[-1]: pane.released.emit(p)])
    driver.wait_for_jobs()
    grown_mb = (psutil.Process().memory_info().rss - before_bytes) / _MB
    step_bytes = (stack.nbytes - steps_before) / _STROKES
    return [
        p95("brush_600_p95_ms", stamps),
        p95("stroke_end_600_p95_ms", pushes),
        Figure(name="history_2000_mb", value=grown_mb, n=1, spread=0),
        Figure(name="history_step_kb", value=step_bytes / 1024, n=_STROKES, spread=0),
    ]


def _jumps(driver: Driver) -> list[Figure]:
    """From the newest step to the mask's beginning and back, each drawn once."""
    session = driver.app.session
    newest = session.undo_stack.position
    times = driver.times_ms([lambda: session.go_to(2), lambda: session.go_to(newest)] * 2)
    return [p95("history_jump_ms", times)]


def _lags(driver: Driver, pane: SliceView) -> list[Figure]:
    """From the end of a stroke until the disk has it."""
    recorder, lags = driver.app.workflows.recovery.recorder, []
    assert recorder is not None
    recorder.settle(60)
    for stroke in range(_LAGS):
        pointers = _pointers(pane, stroke)
        pane.pressed.emit(pointers[0])
        pane.released.emit(pointers[-1])
        started_s = time.perf_counter()
        recorder.settle(60)
        lags.append(time.perf_counter() - started_s)
    return [p95("journal_lag_s", lags)]
