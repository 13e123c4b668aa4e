"""Draws the 3-D pane on a thread of its own, so that a slow picture never holds up the window.

VTK lets other threads run while it draws. The painter owns its render window and scene; the window's
thread sends it changes and is handed finished pictures. Changes that arrive while a picture is being
drawn are taken together for the next one.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from medview.core.plans import Theme, Vector
from medview.render.field_stage import Tell
from medview.render.offscreen import offscreen_window
from medview.render.volume_scene import VolumeScene

Change = Callable[[VolumeScene], object]
Picture = NDArray[np.uint8]

_JOIN_S = 10.0


class VolumePainter:
    """A volume scene behind a thread.

    Args:
        theme: Colours to begin with.
        show: Handed each finished (H, W, 3) uint8 picture, on the painter's thread.
        tell: Handed each view of a radiance field that comes to rest, on the painter's thread.

    `pictures_drawn` counts them.
    """

    def __init__(
        self, theme: Theme, show: Callable[[Picture], object], tell: Tell = lambda _view: None
    ) -> None:
        self._theme = theme
        self._show = show
        self._tell = tell
        self._news = threading.Condition()
        self._changes: list[Change] = []
        self._size_px = (0, 0)
        self._is_wanted = False
        self._is_closing = False
        self.pictures_drawn = 0
        self._thread = threading.Thread(target=self._work, name="medview-3d", daemon=True)
        self._thread.start()

    def ask(self, change: Change | None = None) -> None:
        """Draw soon, after this change. Returns at once; safe from every thread."""
        with self._news:
            if change is not None:
                self._changes.append(change)
            self._is_wanted = True
            self._news.notify()

    def resize(self, width_px: int, height_px: int, scale: float) -> None:
        """Draw for a pane of this many device pixels; a size below one pixel pauses drawing."""
        with self._news:
            self._size_px = (width_px, height_px)
        self.ask(lambda scene: scene.set_device_scale(scale))

    def pick(self, x_px: float, y_px: float, answer: Callable[[Vector | None], object]) -> None:
        """Find what is seen at device pixels from the top left; `answer` is called on the painting thread."""
        self.ask(lambda scene: answer(scene.pick(x_px, y_px)))

    def close(self) -> None:
        """Give everything back on the thread that made it, and wait for that."""
        with self._news:
            self._is_closing = True
            self._news.notify()
        self._thread.join(_JOIN_S)

    def _work(self) -> None:
        if not self._wait():
            return
        window = offscreen_window(self._size_px)
        scene = VolumeScene(window, self._theme, self._tell)
        try:
            is_open = True
            while is_open:
                changes, size_px = self._taken()
                if tuple(window.GetSize()) != size_px:
                    window.SetSize(*size_px)
                for change in changes:
                    change(scene)
                self._show(scene.frame())
                self.pictures_drawn += 1
                is_open = self._wait()
        finally:
            scene.close()
            window.Finalize()

    def _wait(self) -> bool:
        """Sleep until there is something to draw; False when the painter is closing."""
        with self._news:
            self._news.wait_for(lambda: self._is_closing or (self._is_wanted and min(self._size_px) > 0))
            return not self._is_closing

    def _taken(self) -> tuple[list[Change], tuple[int, int]]:
        with self._news:
            changes, self._changes = self._changes, []
            self._is_wanted = False
            return changes, self._size_px
