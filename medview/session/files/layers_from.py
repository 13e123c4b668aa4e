"""Layers from what was read or made: first window, colour map, label table, names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast

import numpy as np

from medview.core.geometry import Geometry
from medview.core.labels import LabelArray, LabelEntry, LabelMap, LabelTable
from medview.core.layers import Display, ImageDisplay, LabelsDisplay, Layer, LayerId, LayerKind, Proposal
from medview.core.origin import HAND, SOMEBODY, Maker, MakerKind, Origin, model_maker
from medview.core.radiance import FieldDisplay, RadianceField
from medview.core.volume import Source, Volume
from medview.io.label_values import as_label_array, guess_kind
from medview.io.readers import label_entries_of
from medview.io.sidecar import read_provenance

_LABELS_OPACITY = 0.5
_SOFT_TISSUE_HU = (-160.0, 240.0)
_COLORMAPS = {"PET": "hot", "PT": "hot", "NM": "hot"}


@dataclass(frozen=True, eq=False, kw_only=True)
class Content:
    """A layer in the making: all that a job can prepare away from the window.

    Args:
        name: What people will call the layer.
        data: A volume, a label map that nobody else holds, or a radiance field.
        path: The file that it is; None for what lies on no disk.
        source: How the file lies; for labels, the scan's.
        provenance: How it was made; None for what was measured.
        is_synthesized: An image that was never measured.
        is_reproducible: Losing it loses no work (a sample that can be made again).
        is_visible: Whether it is drawn at first.
        display: How a scan or field is first shown; None: a scan by its values and modality.
        warnings: Sentences for the person.
        proposal: What it proposes for a mask that is open.
    """

    name: str
    data: Volume | LabelMap | RadianceField
    path: Path | None = None
    source: Source | None = None
    provenance: Mapping[str, Any] | None = None
    is_synthesized: bool = False
    is_reproducible: bool = False
    is_visible: bool = True
    display: ImageDisplay | FieldDisplay | None = None
    warnings: tuple[str, ...] = ()
    proposal: Proposal | None = None


def content_of(volume: Volume) -> Content:
    """Decide whether a volume holds labels, and find its table and provenance beside its file."""
    path = volume.source.path
    provenance = read_provenance(path) if path is not None and path.is_file() else None
    is_synthesized = volume.is_synthesized or bool(provenance and provenance.get("synthesized") is True)
    if is_synthesized:
        # the next save writes it again, whether or not a side file came along
        provenance = {**(provenance or {}), "synthesized": True}
    is_labels = volume.source.header.get("kind") == "labels" or guess_kind(volume) == "labels"
    data = label_map_of(volume, provenance or {}) if is_labels and volume.frame_count == 1 else volume
    return Content(
        name=volume.name,
        data=data,
        path=path,
        source=volume.source,
        provenance=provenance,
        is_synthesized=is_synthesized,
        warnings=volume.warnings,
    )


def label_map_of(volume: Volume, provenance: Mapping[str, Any]) -> LabelMap:
    """The volume's numbers as labels, named by its file, by what lies beside it, or by number.

    Labels that nothing says the makers of are the work of what the provenance names, or else of the file.

    Raises:
        InputRefused: Its values are no labels.
    """
    array = cast(LabelArray, np.asfortranarray(as_label_array(volume)))  # as `LabelMap.empty` lies in memory
    plain = LabelMap(array, volume.geometry)
    entries = label_entries_of(volume) or ()
    named = {entry.value for entry in entries}
    unnamed = (entry for entry in plain.table.entries if entry.value not in named)
    plain.table = LabelTable(tuple(_with_makers(e, plain, volume, provenance) for e in (*entries, *unnamed)))
    return plain


def _with_makers(
    entry: LabelEntry, labels: LabelMap, volume: Volume, provenance: Mapping[str, Any]
) -> LabelEntry:
    if entry.origin or not labels.voxel_count(entry.value):
        return entry
    model, path = model_maker(provenance), volume.source.path
    if model is not None:
        makers = (model, HAND) if provenance.get("edited_by_hand") is True else (model,)
        return replace(entry, origin=Origin(makers))
    file = Maker(kind=MakerKind.FILE, name=path.name) if path is not None else SOMEBODY
    return replace(entry, origin=Origin((file,)))


def empty_mask(geometry: Geometry, entry: LabelEntry) -> LabelMap:
    """A label map of zeros with one label to paint."""
    return LabelMap.empty(geometry, LabelTable((entry,)))


def layer_of(content: Content, layer_id: LayerId, name: str) -> Layer:
    """Make the layer that shows a content under this name."""
    is_labels = isinstance(content.data, LabelMap)
    return Layer(
        id=layer_id,
        name=name,
        kind=_kind_of(content),
        data=content.data,
        display=content.display or _first_display_of(content.data),
        visible=content.is_visible,
        opacity=_LABELS_OPACITY if is_labels else 1.0,
        revision=content.data.revision if isinstance(content.data, LabelMap) else 0,
        saved_revision=0 if content.path is not None or content.is_reproducible else None,
        path=content.path,
        source=content.source,
        provenance=dict(content.provenance) if content.provenance is not None else None,
        proposal=content.proposal,
    )


def _kind_of(content: Content) -> LayerKind:
    match content.data:
        case LabelMap():
            return LayerKind.LABELS
        case RadianceField():
            return LayerKind.FIELD
        case _:
            return LayerKind.SYNTHESIZED if content.is_synthesized else LayerKind.IMAGE


def _first_display_of(data: Volume | LabelMap | RadianceField) -> Display:
    match data:
        case LabelMap():
            return LabelsDisplay()
        case RadianceField():
            return FieldDisplay()
        case _:
            return first_display(data)


def first_display(volume: Volume) -> ImageDisplay:
    """The window and colours that a scan is first shown with."""
    low, high = volume.values.low, volume.values.high
    if volume.is_colour:
        low, high = 0.0, 255.0
    elif volume.value_unit == "HU" and volume.values.minimum < _SOFT_TISSUE_HU[0] and high - low > 1000:
        # quantiles of a CT are air and bone; soft tissue is what people look at first
        low, high = _SOFT_TISSUE_HU
    return ImageDisplay(low=low, high=high, colormap=_COLORMAPS.get(volume.modality, "gray"))


def layers_of(contents: Sequence[Content], present: Iterable[Layer], ids: Iterable[LayerId]) -> list[Layer]:
    """Layers for contents that arrive together: scans first, the label maps over them.

    Of several scans the first is shown and the others wait with their eye closed, since each
    would cover the one below. Names that are taken get a number.
    """
    taken = {layer.name for layer in present}
    layers: list[Layer] = []
    is_covered = False
    for content, layer_id in zip(_labels_last(contents), ids, strict=False):
        if isinstance(content.data, Volume):
            content = replace(content, is_visible=content.is_visible and not is_covered)
            is_covered = is_covered or content.is_visible
        name = free_name(content.name, taken)
        taken.add(name)
        layers.append(layer_of(content, layer_id, name))
    return layers


def free_name(wanted: str, taken: Iterable[str]) -> str:
    """The wanted name, or with the next number: ``"Mask 2"``."""
    used = set(taken)
    if wanted not in used:
        return wanted
    return next(name for n in range(2, len(used) + 3) if (name := f"{wanted} {n}") not in used)


def _labels_last(contents: Sequence[Content]) -> list[Content]:
    return sorted(contents, key=lambda content: isinstance(content.data, LabelMap))
