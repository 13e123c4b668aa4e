"""Operations that a click begins: they run as jobs, on the active mask."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from medview.core.labels import LabelMap
from medview.core.plans import Vector
from medview.edit.operation import Operation
from medview.present.desk import Desk


def grow_at(desk: Desk, operation: Operation, values: Mapping[str, Any], position_ras: Vector) -> None:
    """Start an operation at the voxel of the active mask under a position; told where there is none."""
    layer = desk.state.active
    if layer is None or not isinstance(layer.data, LabelMap):
        return
    seed = layer.geometry.voxel_at(position_ras)
    if seed is None:
        desk.window.show_hint(f"There is no voxel of {layer.name} here.")
        return
    desk.workflows.operating.start(layer.id, operation, values, seed)
