"""What the readers understood of a volume, as plain values for scripts."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from medview.core.labels import LabelEntry
from medview.core.volume import Volume
from medview.io.label_values import guess_kind, present_values


def description(volume: Volume, entries: Sequence[LabelEntry] | None = None) -> dict[str, Any]:
    """One object of ``medview info --json``; shape, codes and matrix are those of the file's axes."""
    stored = volume.source.stored
    kind = guess_kind(volume)
    frames = volume.frame_count
    return {
        "path": str(volume.source.path) if volume.source.path is not None else "",
        "format": volume.source.format,
        "kind": kind,
        "shape": [*stored.shape, *([frames] if frames > 1 else [])],
        "spacing_mm": list(stored.spacing_mm),
        "axis_codes": stored.axis_codes,
        "ras_from_ijk": stored.ras_from_ijk.tolist(),
        "dtype": volume.source.dtype or volume.data.dtype.name,
        "components": 3 if volume.is_colour else 1,
        "frames": frames,
        "modality": volume.modality,
        "value_unit": volume.value_unit,
        "value_min": _finite(volume.values.minimum),
        "value_max": _finite(volume.values.maximum),
        "value_mean": _finite(volume.values.mean),
        "labels": _labels(volume, entries or ()) if kind == "labels" else [],
        "warnings": list(volume.warnings),
    }


def _finite(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None


def _labels(volume: Volume, entries: Sequence[LabelEntry]) -> list[dict[str, Any]]:
    present = present_values(volume.data)
    names = {entry.value: entry.name for entry in entries}
    values = [] if present is None else [int(value) for value in present if value]
    return [{"value": value, "name": names.get(value, f"Label {value}")} for value in values]
