"""What the layers presenter asks of the layer list."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from psygnal import SignalInstance

from medview.core.layers import LayerId


@dataclass(frozen=True, kw_only=True)
class LayerRow:
    """One line of the layer list, top layer first."""

    layer_id: LayerId
    name: str
    kind: str
    is_labels: bool
    visible: bool
    opacity: float
    colormap: str
    colour: tuple[int, int, int] | None
    low: float
    high: float
    outline: bool
    surface: bool
    smoothing_mm: float
    is_unsaved: bool
    details: str  # many lines: file, grid, values, warnings, provenance
    value_step: float
    is_proposal: bool = False  # drawn as a difference: neither outlines nor surfaces
    is_field: bool = False  # drawn in 3-D only: neither window nor colour map


class LayersViewPort(Protocol):
    """The layer list and the properties of the active layer."""

    activated: SignalInstance  # (LayerId)
    changed: SignalInstance  # (LayerId, field: str, value) fields of LayerRow: visible, name, opacity ...
    window_changed: SignalInstance  # (LayerId, low: float, high: float)
    moved: SignalInstance  # (LayerId, steps: int) up is positive
    removed: SignalInstance  # (LayerId)

    def show(self, rows: tuple[LayerRow, ...], active_id: LayerId | None) -> None:
        """Show these lines; empty shows how to open a scan."""

    def show_colormaps(self, names: tuple[str, ...]) -> None:
        """Offer these colour maps."""
