"""The tools that are measured by clicks, each as a function from one more click to the new mask."""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from medview.edit.wand import wand
from medview.jobs.execution import resolved
from medview.measure.clicks import Click, Mask
from medview.ml.registry import installed

THREADS = 2
WAND_PART = 0.1
"""Tolerance of the wand, in parts of the picture's range: as the tool begins."""
_SMART = "medview.zoo.interactive.pe_med.clicking:answer"
_FOREST = "medview.edit.forest"
Floats = NDArray[np.float32]
Answer = Callable[[Click], Mask]


@dataclass(frozen=True)
class Tool:
    """One way to answer clicks.

    Args:
        title: What the table calls it.
        begin: Takes a picture to what answers clicks on it.
        is_here: Whether it can be measured.
        missing: Why not, where not.
    """

    title: str
    begin: Callable[[Floats], Answer]
    is_here: Callable[[], bool] = lambda: True
    missing: str = ""


class SmartClick:
    """PE-MED as the window asks it, in this process."""

    scratch = Path()
    threads = THREADS

    def __init__(self, image: Floats) -> None:
        self._arrays: dict[str, Any] = {"image": image, "mask": np.zeros(image.shape, np.uint8)}
        self._said: dict[bool, list[tuple[int, ...]]] = {True: [], False: []}
        self._weights = smart_weights()
        self._answer = resolved(_SMART)

    def __call__(self, click: Click) -> Mask:
        """Ask with all clicks so far and the last answer's memory."""
        payload = {
            "weights": str(self._weights),
            "is_first": not (self._said[True] or self._said[False]),
            "spacing_mm": [1.0] * len(click.place),
        }
        self._said[click.is_include].append(click.place)
        payload |= {"include": self._said[True], "exclude": self._said[False]}
        _, made = self._answer(payload, self._arrays, self)
        self._arrays |= {name: made[name] for name in ("mask", "memory")}
        found: Mask = made["mask"] > 0
        return found

    def progress(self, fraction: float, message: str) -> None:
        """Nobody looks."""

    def preview(self, name: str, offset_ijk: tuple[int, int, int], array: Any) -> None:
        """Nobody looks."""

    def report(self, step: int, values: Any) -> None:
        """Nobody looks."""

    def is_cancelled(self) -> bool:
        """Never."""
        return False


def smart_weights() -> Path | None:
    """The folder of weights that the window would take; None where there is none."""
    registry = installed()
    return registry.availability(registry.find("pe-med")).folder


class Forest:
    """The tool without weights: an image foresting transform from all clicks so far."""

    def __init__(self, image: Floats) -> None:
        self._image = image
        self._seeds = {sign: np.zeros(image.shape, bool) for sign in (True, False)}
        self._object_of = importlib.import_module(_FOREST).object_of

    def __call__(self, click: Click) -> Mask:
        """Mark the pixel, and grow from all that are marked."""
        self._seeds[click.is_include][click.place] = True
        spacing_mm = (1.0,) * self._image.ndim
        found: Mask = self._object_of(self._image, self._seeds[True], self._seeds[False], spacing_mm)
        return found


class Growing:
    """Plain region growing: each click adds, or takes away, the connected pixels of alike value."""

    def __init__(self, image: Floats) -> None:
        self._values = image[..., None]
        self._box = tuple(slice(0, size) for size in self._values.shape)
        self._tolerance = WAND_PART * float(np.ptp(image))
        self._mask = np.zeros(image.shape, bool)

    def __call__(self, click: Click) -> Mask:
        """Grow from this click alone."""
        i, j = click.place
        region = wand(self._values, (i, j, 0), self._box, self._tolerance)  # type: ignore[arg-type]
        grown = np.zeros_like(self._values, bool)
        if not region.is_empty:
            grown[region.box] = region.mask
        self._mask = self._mask | grown[..., 0] if click.is_include else self._mask & ~grown[..., 0]
        return self._mask


TOOLS = (
    Tool("Smart click (PE-MED)", SmartClick, lambda: smart_weights() is not None, "no weights are installed"),
    Tool(
        "Image foresting transform",
        Forest,
        lambda: importlib.util.find_spec(_FOREST) is not None,
        "it is not part of this program",
    ),
    Tool("Region growing (wand)", Growing),
)
