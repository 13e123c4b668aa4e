"""Before a run: what it will need, whether that is there, and a sentence that says so."""

from __future__ import annotations

import importlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from medview.core.errors import InputRefused
from medview.ml.request import RunRequest
from medview.ml.spec import Forecast, ModelSpec

_ADVISE_ABOVE = 0.7


@dataclass(frozen=True, kw_only=True)
class Preflight:
    """What a run is expected to need, and how this machine stands.

    Args:
        forecast: Memory and time.
        free_bytes: Memory that is free now.
        device: ``"cpu"``, ``"cuda"`` or ``"auto"``.
        sentence: For people: "Needs about 1.2 GB and 40 s on the CPU; 18 GB are free."
    """

    forecast: Forecast
    free_bytes: int
    device: str
    sentence: str

    @property
    def fits(self) -> bool:
        """Whether the free memory is enough."""
        return self.forecast.memory_bytes <= self.free_bytes


class Speeds:
    """How long runs took on this machine compared with their specs' estimates.

    Args:
        path: A small JSON file; unreadable content counts as empty.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def factor(self, key: str) -> float:
        """Measured over estimated time of earlier runs; 1 where there were none."""
        value = self._stored().get(key, 1.0)
        return float(value) if isinstance(value, int | float) and value > 0 else 1.0

    def known(self, key: str) -> float | None:
        """What was learned under a key; None where nothing was."""
        value = self._stored().get(key)
        return float(value) if isinstance(value, int | float) and value > 0 else None

    def learn(self, key: str, estimated_s: float, measured_s: float) -> None:
        """Remember a finished run; the newest counts half."""
        if estimated_s <= 0 or measured_s <= 0:
            return
        stored = self._stored()
        ratio = measured_s / estimated_s
        stored[key] = (self.factor(key) + ratio) / 2 if key in stored else ratio
        self._path.parent.mkdir(parents=True, exist_ok=True)
        draft = self._path.with_suffix(".part")
        draft.write_text(json.dumps(stored, indent=1), encoding="utf-8")
        draft.replace(self._path)

    def _stored(self) -> dict[str, Any]:
        try:
            stored = json.loads(self._path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return stored if isinstance(stored, dict) else {}


def user_speeds() -> Speeds:
    """The person's own measurements, kept in the platform's cache folder."""
    import platformdirs

    return Speeds(platformdirs.user_cache_path("medview", appauthor=False) / "model_speeds.json")


def speed_key(spec: ModelSpec, device: str) -> str:
    """Under which name a model's speed on a device is remembered."""
    return f"{spec.id} {spec.version} {device}"


def estimated(spec: ModelSpec, request: RunRequest) -> Forecast:
    """The spec's own estimate, without what was measured on this machine."""
    if isinstance(spec.estimate, str):
        module, function = spec.estimate.split(":")
        estimate: Callable[[RunRequest], Forecast] = getattr(importlib.import_module(module), function)
        return estimate(request)
    line, voxels = spec.estimate, request.first.array.size if request.inputs else 0
    return Forecast(
        line.memory_bytes + line.memory_bytes_per_voxel * voxels,
        line.seconds + line.seconds_per_voxel * voxels,
    )


def preflight(
    spec: ModelSpec, request: RunRequest, speeds: Speeds, free_bytes: int | None = None
) -> Preflight:
    """Forecast a run's memory and time, refined by what earlier runs on this machine took.

    Args:
        spec: The model.
        request: The run.
        speeds: Earlier measurements.
        free_bytes: Memory that is free; None: ask the system.
    """
    free = free_memory_bytes() if free_bytes is None else free_bytes
    plain = estimated(spec, request)
    factor = speeds.factor(speed_key(spec, request.device))
    forecast = Forecast(plain.memory_bytes, plain.seconds * factor)
    return Preflight(
        forecast=forecast,
        free_bytes=free,
        device=request.device,
        sentence=_sentence(forecast, free, request.device),
    )


def demand_fit(found: Preflight, title: str) -> None:
    """Refuse a run that cannot fit into the free memory.

    Raises:
        InputRefused: With what is needed, what is free, and what helps.
    """
    if not found.fits:
        needed, free = size_words(found.forecast.memory_bytes), size_words(found.free_bytes)
        hint = "Close other programs, crop the scan, or take a machine with more memory."
        raise InputRefused(
            f"Cannot run {title}", f"it needs about {needed} of memory and {free} are free", hint
        )


def free_memory_bytes() -> int:
    """Memory that programs can still take without swapping."""
    import psutil

    return int(psutil.virtual_memory().available)


def _sentence(forecast: Forecast, free_bytes: int, device: str) -> str:
    where = {"cpu": " on the CPU", "cuda": " on the graphics card"}.get(device, "")
    needs = f"Needs about {size_words(forecast.memory_bytes)} and {time_words(forecast.seconds)}{where}"
    sentence = f"{needs}; {size_words(free_bytes)} are free."
    if forecast.memory_bytes > free_bytes:
        return f"{sentence} That is too little: close other programs or crop the scan."
    if forecast.memory_bytes > _ADVISE_ABOVE * free_bytes:
        return f"{sentence} That is close: better close other programs first."
    return sentence


def size_words(size_bytes: float) -> str:
    """A size for people: ``"350 MB"``, ``"1.2 GB"``, ``"18 GB"``."""
    if size_bytes < 0.9995e9:
        return f"{max(1, round(size_bytes / 1e6))} MB"
    return f"{size_bytes / 1e9:.1f} GB" if size_bytes < 9.95e9 else f"{size_bytes / 1e9:.0f} GB"


def time_words(seconds: float) -> str:
    """A duration for people: ``"1 s"``, ``"40 s"``, ``"3 min"``, ``"2.5 h"``."""
    if seconds < 90:
        return f"{max(1, round(seconds))} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
