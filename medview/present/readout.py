"""Where the mouse is and what lies there, in patient millimetres, voxels and values."""

from __future__ import annotations

from medview.core.labels import LabelMap
from medview.core.layers import Layer
from medview.core.plans import Vector
from medview.core.radiance import RadianceField
from medview.core.state import SessionState
from medview.core.volume import Volume
from medview.present.slice_texts import number_text, signed_text


def readout_lines(state: SessionState, ras: Vector | None) -> tuple[str, ...]:
    """Return position and voxel, then every visible layer's value, top layer first.

    Voxels are those of the lowest visible scan, counted from 0 along the patient's right, anterior
    and superior as the program keeps them.
    """
    if ras is None or state.base is None:
        return ()
    voxel = state.base.geometry.voxel_at(ras)
    where = "outside the scan" if voxel is None else f"voxel {voxel} from 0"
    values = [value_line(layer, ras, state.view.frame) for layer in reversed(state.layers) if layer.visible]
    return (f"{signed_text(ras)}   {where}", *values)


def value_line(layer: Layer, ras: Vector, frame: int) -> str:
    """Such as ``"CT: 42 HU"``, ``"mask: 2 Vessel"``, ``"T2: –"`` outside the layer's grid."""
    voxel = layer.geometry.voxel_at(ras)
    if voxel is None or isinstance(layer.data, RadianceField):
        return f"{layer.name}: –"
    if isinstance(layer.data, LabelMap):
        return f"{layer.name}: {_label_text(layer.data, int(layer.data.array[voxel]))}"
    return f"{layer.name}: {_value_text(layer.data, voxel, frame)}"


def _label_text(labels: LabelMap, value: int) -> str:
    if value == 0:
        return "0 (nothing marked)"
    entry = labels.table.find(value)
    return f"{value} {entry.name}" if entry is not None else f"{value}"


def _value_text(volume: Volume, voxel: tuple[int, int, int], frame: int) -> str:
    value = volume.frame(frame)[voxel]
    if volume.is_colour:
        red, green, blue = (int(part) for part in value)
        return f"red {red}, green {green}, blue {blue}"
    return f"{number_text(float(value))} {volume.value_unit}".rstrip()
