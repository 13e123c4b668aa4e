"""Layers: what lies over what, and how each is shown."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any, NewType

from medview.core.geometry import Geometry
from medview.core.labels import LabelMap
from medview.core.radiance import FieldDisplay, RadianceField
from medview.core.volume import Source, Volume

LayerId = NewType("LayerId", int)


class LayerKind(Enum):
    """What a layer is, as people must be told."""

    IMAGE = "image"
    LABELS = "labels"
    SYNTHESIZED = "synthesized image"
    FIELD = "radiance field"


@dataclass(frozen=True, kw_only=True)
class ImageDisplay:
    """How numbers become colours: `low` and `high` bound the window in the volume's unit."""

    low: float
    high: float
    colormap: str = "gray"

    @property
    def width(self) -> float:
        """Window width."""
        return self.high - self.low

    @property
    def level(self) -> float:
        """Window centre."""
        return (self.high + self.low) / 2


@dataclass(frozen=True, kw_only=True)
class LabelsDisplay:
    """How a label map is drawn: filled or as outlines, and its smoothed surface in 3-D."""

    outline: bool = False
    surface: bool = True
    smoothing_mm: float = 0.8


Display = ImageDisplay | LabelsDisplay | FieldDisplay


@dataclass(frozen=True, kw_only=True)
class Match:
    """What a label of a proposal stands for.

    Args:
        name: What the maker of the proposal calls it.
        value: Its number, in the proposal and in the mask that it is proposed for.
        is_new: The mask has no such label yet; it gets one when a voxel of it is accepted.
    """

    name: str
    value: int
    is_new: bool = False


@dataclass(frozen=True, kw_only=True)
class Proposal:
    """Labels proposed for a mask on the same grid, in the mask's own numbers.

    Args:
        target_id: The mask.
        matches: What its labels stand for.
    """

    target_id: LayerId
    matches: tuple[Match, ...] = ()


@dataclass(frozen=True, eq=False, kw_only=True)
class Layer:
    """One thing in the stack. Never changed: a changed layer is a new object with the same id.

    Args:
        id: Stays the same through renaming, moving, undo and redo.
        name: What people call it.
        data: A volume, a label map for `LayerKind.LABELS`, or a radiance field for `LayerKind.FIELD`.
        display: `ImageDisplay` for volumes, `LabelsDisplay` for label maps, `FieldDisplay` for fields.
        visible: Drawn at all.
        opacity: 0 to 1.
        revision: Revision of the label map's content that this object stands for.
        saved_revision: Revision that lies on disk; None where never saved.
        path: Where it was read from or last saved.
        source: How the file lies, so that a save repeats it; for labels, the scan's source.
        provenance: Who or what made it; empty for what was read.
        proposal: What it proposes for another mask; None for what stands for itself.
    """

    id: LayerId
    name: str
    kind: LayerKind
    data: Volume | LabelMap | RadianceField
    display: Display
    visible: bool = True
    opacity: float = 1.0
    revision: int = 0
    saved_revision: int | None = None
    path: Path | None = None
    source: Source | None = None
    provenance: dict[str, Any] | None = None
    proposal: Proposal | None = None

    @property
    def geometry(self) -> Geometry:
        """The layer's grid."""
        return self.data.geometry

    @property
    def is_labels(self) -> bool:
        """Whether this layer holds a label map."""
        return isinstance(self.data, LabelMap)

    @property
    def is_field(self) -> bool:
        """Whether this layer holds a radiance field."""
        return isinstance(self.data, RadianceField)

    @property
    def is_unsaved(self) -> bool:
        """Whether closing now would lose work: a mask or a result that is not on disk as it is."""
        made_here = self.is_labels or self.provenance is not None
        return made_here and self.saved_revision != self.revision
