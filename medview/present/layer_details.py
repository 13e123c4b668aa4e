"""All that is known of a layer, in lines that people can read and copy."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from medview.core.geometry import Geometry
from medview.core.layers import Layer
from medview.core.radiance import RadianceField
from medview.core.volume import Volume
from medview.present.slice_texts import number_text

_SHEAR = 1e-4
_SHORT = 12
#: What people want to know first of a result; other facts follow in their own order.
_PROVENANCE_TITLES = {
    "model": "Model",
    "study": "Sample study",
    "version": "Version",
    "weights_sha256": "Weights",
    "seed": "Seed",
    "device": "Device",
    "seconds": "Duration in s",
    "program_version": "Program version",
}


def layer_details(layer: Layer) -> str:
    """Return file, grid, values, warnings and provenance, one fact per line."""
    parts = (
        _file_lines(layer),
        *_data_lines(layer),
        provenance_lines(layer.provenance or {}),
    )
    return "\n".join(line for part in parts for line in part)


def _data_lines(layer: Layer) -> tuple[tuple[str, ...], ...]:
    if isinstance(layer.data, RadianceField):
        return (_field_lines(layer.data),)
    grid = _grid_lines(layer.geometry)
    return (grid, _volume_lines(layer.data)) if isinstance(layer.data, Volume) else (grid,)


def _field_lines(field: RadianceField) -> tuple[str, ...]:
    scale, place = field.placement.scale_source.value, field.placement
    measured = "" if place.is_measurable else ": nothing may be measured"
    apart = place.residual_mm
    residual = [] if apart is None else [f"Landmarks: {apart:.2f} mm apart (root mean square)"]
    return (
        f"Method: {field.method}",
        f"Views: {len(field.poses)}, {len(field.held_out)} of them held out",
        f"Scale: {place.mm_per_unit:.4g} mm per unit, {scale}{measured}",
        *residual,
        f"Known surface points: {len(field.points)}",
        *(["Changes with time"] if field.is_moving else []),
        "Views of it are computed, not filmed",
    )


def _file_lines(layer: Layer) -> tuple[str, ...]:
    source = layer.data.source if isinstance(layer.data, Volume) else layer.source
    path = layer.path or (source.path if source is not None else None)
    kept = f"File: {path}" if path is not None else "File: none, made in this program"
    state = ("Not saved as it is now",) if layer.is_unsaved else ()
    form = f"Format: {source.format} {source.dtype}".rstrip() if source is not None else ""
    return (f"Kind: {layer.kind.value}", kept, *([form] if form else []), *state)


def _grid_lines(geometry: Geometry) -> tuple[str, ...]:
    shape = " x ".join(str(n) for n in geometry.shape)
    spacing = " x ".join(f"{mm:.4g}" for mm in geometry.spacing_mm)
    size = " x ".join(f"{n * mm:.4g}" for n, mm in zip(geometry.shape, geometry.spacing_mm, strict=True))
    lines = [
        f"Grid: {shape} voxels, axes {geometry.axis_codes}",
        f"Spacing: {spacing} mm",
        f"Size: {size} mm",
    ]
    if geometry.obliqueness_deg >= 0.05:
        lines.append(f"Oblique: {geometry.obliqueness_deg:.1f}° to the patient's axes")
    if geometry.shear > _SHEAR:
        lines.append(f"Sheared: axes are {90 - np.degrees(np.arcsin(geometry.shear)):.1f}° apart, not 90°")
    return tuple(lines)


def _volume_lines(volume: Volume) -> tuple[str, ...]:
    values, unit = volume.values, f" {volume.value_unit}" if volume.value_unit else ""
    extremes = f"{number_text(values.minimum)} to {number_text(values.maximum)}{unit}"
    lines = [f"Modality: {volume.modality or 'unknown'}"]
    lines.append(
        "Values: colour" if volume.is_colour else f"Values: {extremes}, mean {number_text(values.mean)}"
    )
    if volume.frame_count > 1:
        step = f", {volume.frame_step_s:g} s apart" if volume.frame_step_s else ""
        lines.append(f"Frames: {volume.frame_count}{step}")
    return (*lines, *(f"Note: {warning}" for warning in volume.warnings))


def provenance_lines(provenance: Mapping[str, Any]) -> tuple[str, ...]:
    """Return who or what made a layer; hashes are shortened, the saved file has them in full."""
    first = [key for key in _PROVENANCE_TITLES if provenance.get(key) not in (None, "")]
    others = [key for key in provenance if key not in _PROVENANCE_TITLES]
    named = [(_PROVENANCE_TITLES[key], provenance[key]) for key in first]
    named += [(key.replace("_", " ").capitalize(), provenance[key]) for key in others]
    return tuple(f"{title}: {_fact_text(value)}" for title, value in named if value not in (None, "", {}, []))


def _fact_text(value: Any) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{key} = {_fact_text(inner)}" for key, inner in value.items())
    if isinstance(value, list | tuple):
        return ", ".join(_fact_text(inner) for inner in value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return number_text(value)
    text = str(value)
    is_hash = len(text) == 64 and set(text) <= set("0123456789abcdef")
    return f"{text[:_SHORT]}…" if is_hash else text
