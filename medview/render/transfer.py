"""Colour maps and volume presets: names to tables and curves, read from the resources."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from medview.core.errors import InputRefused

_RESOURCES = Path(__file__).resolve().parents[2] / "resources"


@cache
def _colormap_files() -> dict[str, Path]:
    entries = json.loads((_RESOURCES / "colormaps" / "index.json").read_text("utf-8"))
    return {entry["name"]: _RESOURCES / "colormaps" / entry["file"] for entry in entries}


def colormap_names() -> tuple[str, ...]:
    """Names of the colour maps in the order people see them; the first is gray."""
    return tuple(_colormap_files())


@lru_cache(maxsize=64)
def colormap(name: str) -> NDArray[np.uint8]:
    """A (256, 3) table of colours (0-255).

    Raises:
        InputRefused: There is no colour map of this name.
    """
    path = _colormap_files().get(name)
    if path is None:
        choices = ", ".join(colormap_names())
        raise InputRefused(
            f"Cannot use the colour map {name}", "it does not exist", f"Choose one of {choices}."
        )
    stops = np.array(json.loads(path.read_text("utf-8"))["stops"], float)
    positions = np.linspace(0, 1, 256)
    table = np.stack([np.interp(positions, stops[:, 0], stops[:, channel]) for channel in (1, 2, 3)], axis=1)
    table = np.rint(table).astype(np.uint8)
    table.flags.writeable = False
    return table


@dataclass(frozen=True, kw_only=True)
class VolumePreset:
    """How numbers become opacity and colour in 3-D.

    Args:
        name: What people choose.
        modalities: Scans it is meant for; empty for all.
        absolute: Points are in the scan's unit (HU); else 0 stands for low and 1 for high.
        blend: ``"composite"`` or ``"maximum"`` (projection of the brightest value).
        shade: Whether surfaces are lit.
        points: Rows of number, red, green, blue, opacity (0-1), opacity per `unit_mm`.
        unit_mm: Thickness in which the opacities are reached.
        gradient: Rows of gradient magnitude (part of high - low per mm), opacity factor; empty for none.
    """

    name: str
    modalities: tuple[str, ...]
    absolute: bool
    blend: str
    shade: bool
    points: tuple[tuple[float, ...], ...]
    unit_mm: float
    gradient: tuple[tuple[float, float], ...] = ()

    def scaled(self, low: float, high: float) -> NDArray[np.float64]:
        """The points (N, 5) with their numbers in the scan's unit."""
        points = np.array(self.points, float)
        if not self.absolute:
            points[:, 0] = low + points[:, 0] * (high - low)
        return points


@cache
def _presets() -> dict[str, VolumePreset]:
    found = [
        _preset(json.loads(path.read_text("utf-8")))
        for path in sorted((_RESOURCES / "presets").glob("*.json"))
    ]
    return {preset.name: preset for preset in found}


def _preset(entry: dict[str, Any]) -> VolumePreset:
    return VolumePreset(
        name=entry["name"],
        modalities=tuple(entry["modalities"]),
        absolute=entry["absolute"],
        blend=entry["blend"],
        shade=entry["shade"],
        points=tuple(tuple(point) for point in entry["points"]),
        unit_mm=entry["unit_mm"],
        gradient=tuple((float(at), float(factor)) for at, factor in entry.get("gradient", [])),
    )


def preset_names(modality: str = "") -> tuple[str, ...]:
    """Names of the volume presets that suit a modality, the most apt first; all where it is empty."""
    presets = _presets().values()
    if not modality:
        return tuple(preset.name for preset in presets)
    apt = [preset.name for preset in presets if modality in preset.modalities]
    general = [preset.name for preset in presets if not preset.modalities]
    return (*apt, *general)


def preset(name: str, modality: str = "") -> VolumePreset:
    """The preset of this name; ``"auto"`` takes the most apt one of the modality.

    Raises:
        InputRefused: There is no preset of this name.
    """
    if name == "auto":
        name = (preset_names(modality) if modality else ("MR head",))[0]
    if name not in _presets():
        choices = ", ".join(_presets())
        raise InputRefused(
            f"Cannot use the 3-D preset {name}", "it does not exist", f"Choose one of {choices}."
        )
    return _presets()[name]
