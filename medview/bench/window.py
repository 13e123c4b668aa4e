"""The window at work on the large scan: opening, scrolling, crosshair, painting, undo, 3-D, memory."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from itertools import cycle, islice
from pathlib import Path

import numpy as np
import psutil

from medview.bench.driver import Driver, p95
from medview.bench.suite import Figure
from medview.core.labels import LabelMap, Patch
from medview.core.state import Layout, Orientation, Tool
from medview.present.ports.slice_port import Pointer
from medview.session import masks

_STEPS = 120
_STAMPS = 60
_PANE_PX = (600, 450)
_BRUSH_VOXELS = 30


def measure(scan: Path) -> list[Figure]:
    """Take all figures of the window, in the order of a person's work."""
    driver = Driver()
    driver.settle()
    driver.rest()
    start_bytes = _peak_bytes()
    figures = _open(driver, scan)
    base = driver.app.session.state.base
    assert base is not None
    array_bytes = base.data.data.nbytes if not isinstance(base.data, LabelMap) else 1
    figures += _crosshair(driver)
    figures += _volume(driver)
    # With the scan in all four panes; the mask of the figures below has bytes of its own.
    peak_bytes = _peak_bytes()
    figures += _scroll(driver)
    figures += _paint(driver)
    ratio = (peak_bytes - start_bytes) / array_bytes
    driver.close()
    return [*figures, Figure(name="peak_memory_ratio", value=ratio, n=1, spread=0)]


def _peak_bytes() -> int:
    for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmHWM"):
            return int(line.split()[1]) * 1024
    return int(psutil.Process().memory_info().rss)


def _open(driver: Driver, scan: Path) -> list[Figure]:
    """From the wish to open to the first slice drawn, and to all four panes drawn."""
    app, drawn_s = driver.app, []
    started_s = time.perf_counter()
    app.workflows.opened.connect(lambda _: drawn_s.append(_first_frame_s(driver, started_s)))
    app.workflows.opening.open_paths([scan])
    driver.wait_until(lambda: bool(drawn_s), "the first slice")
    driver.settle()
    all_s = time.perf_counter() - started_s
    return [
        Figure(name="first_slice_s", value=drawn_s[0], n=1, spread=0),
        Figure(name="all_views_s", value=all_s, n=1, spread=0),
    ]


def _first_frame_s(driver: Driver, started_s: float) -> float:
    driver.app.view.slices[Orientation.AXIAL].widget.draw()
    return time.perf_counter() - started_s


def _crosshair(driver: Driver) -> list[Figure]:
    """The crosshair dragged through the axial pane: all three slices follow."""
    session, base = driver.app.session, driver.app.session.state.base
    assert base is not None
    lower, upper = base.geometry.bounds_ras * 0.5
    places = [lower + (upper - lower) * part for part in np.linspace(0, 1, _STEPS)]

    def go(place: np.ndarray) -> Callable[[], object]:
        x, y, z = (float(part) for part in place)
        return lambda: session.set_view(cursor_ras=(x, y, z))

    return [p95("crosshair_p95_ms", driver.times_ms([go(place) for place in places]))]


def _volume(driver: Driver) -> list[Figure]:
    """A turn of the 3-D pane at the quality that it has while moving."""
    view = driver.app.view.volume
    driver.app.session.set_view(layout=Layout.VOLUME)
    driver.app.view.window.resize(driver.app.view.window.width(), driver.app.view.window.height())
    driver.settle()
    painter = view.painter

    def turn() -> None:
        drawn = painter.pictures_drawn
        painter.ask(lambda scene: scene.rotate(4, 0))
        driver.wait_until(lambda: painter.pictures_drawn > drawn, "a picture in 3-D")

    painter.ask(lambda scene: scene.set_interactive(True))
    turn()
    times = driver.times_ms([turn] * 20)
    painter.ask(lambda scene: scene.set_interactive(False))
    return [p95("volume_render_ms", times)]


def _scroll(driver: Driver) -> list[Figure]:
    """One pane of 600×450 pixels with a label overlay, scrolled by the wheel."""
    app = driver.app
    app.session.set_view(layout=Layout.AXIAL)
    mask = masks.new_mask(app.workflows.session)
    _fill(driver, mask)
    pane = app.view.slices[Orientation.AXIAL]
    pane.widget.setFixedSize(*_PANE_PX)
    driver.wait_for_jobs()
    steps = list(islice(cycle([1] * 30 + [-1] * 30), _STEPS))

    def scroll(step: int) -> Callable[[], object]:
        return lambda: pane.scrolled.emit(step, False, False)

    return [p95("scroll_p95_ms", driver.times_ms([scroll(step) for step in steps]))]


def _fill(driver: Driver, mask_id: object) -> None:
    """Put a large ball into the mask, so that the overlay has something to draw."""
    session = driver.app.session
    layer = next(layer for layer in session.state.layers if layer.id == mask_id)
    assert isinstance(layer.data, LabelMap)
    i, j, k = np.ogrid[tuple(slice(-1, 1, n * 1j) for n in layer.geometry.shape)]
    in_plane = (i**2 + j**2)[..., 0]
    with session.stroke(layer.id, "Ball") as edit:
        for place, height in enumerate(k.ravel()):
            disc = in_plane + height**2 < 0.4
            edit.apply(Patch((0, 0, place), disc[..., None].astype(layer.data.array.dtype)))


def _paint(driver: Driver) -> list[Figure]:
    """Stamps with a brush of thirty voxels' radius, each drawn; then undo, each drawn."""
    app = driver.app
    base = app.session.state.base
    assert base is not None
    app.session.set_view(tool=Tool.BRUSH, brush_radius_mm=_BRUSH_VOXELS * base.geometry.spacing_mm[0])
    pane = app.view.slices[Orientation.AXIAL]
    scale = pane.widget.devicePixelRatioF()
    first = Pointer(position_ras=(0, 0, 0), position_px=(0, 0), mm_per_pixel=pane.scene.mm_per_pixel)

    def pointer(step: int) -> Pointer:
        x, y = 120 + 5 * (step % 70), 120 + 3 * (step % 60)
        return replace(first, position_px=(x, y), position_ras=pane.scene.ras_at(x * scale, y * scale))

    stamps: list[float] = []
    steps_before = len(app.session.undo_stack.titles)
    for start in range(0, _STAMPS, 6):
        pane.pressed.emit(pointer(start))
        moves = [lambda step=step: pane.moved.emit(pointer(step)) for step in range(start + 1, start + 6)]
        stamps += driver.times_ms(moves)
        pane.released.emit(pointer(start + 5))
    strokes = len(app.session.undo_stack.titles) - steps_before
    undos = driver.times_ms([app.session.undo] * strokes)
    driver.wait_for_jobs()
    return [p95("brush_p95_ms", stamps), p95("undo_p95_ms", undos)]
