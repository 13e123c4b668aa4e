"""Numbers per label: volume, voxels, connected pieces."""

from __future__ import annotations

from dataclasses import dataclass

from medview.core.labels import LabelMap, default_entry
from medview.measure.pieces import piece_count


@dataclass(frozen=True, kw_only=True)
class LabelStatistics:
    """One label of a map.

    Args:
        value: Its number.
        name: What people call it.
        voxel_count: Number of voxels.
        volume_ml: Their volume.
        component_count: Pieces that touch by no face, edge or corner.
    """

    value: int
    name: str
    voxel_count: int
    volume_ml: float
    component_count: int


def label_statistics(labels: LabelMap) -> tuple[LabelStatistics, ...]:
    """Measure every label that the map names or holds, in the order of its table."""
    listed = labels.table.values
    held = [value for value in labels.held_values() if value not in listed]
    pieces = _component_counts(labels)
    return tuple(
        LabelStatistics(
            value=value,
            name=(labels.table.find(value) or default_entry(value)).name,
            voxel_count=labels.voxel_count(value),
            volume_ml=labels.volume_ml(value),
            component_count=pieces.get(value, 0),
        )
        for value in [*listed, *held]
    )


def summary_sentence(statistics: tuple[LabelStatistics, ...], most: int = 4) -> str:
    """What a result holds, for people: ``"Vessel: 12.3 mL in 4 pieces."``."""
    found = [row for row in statistics if row.voxel_count]
    if not found:
        return "Nothing was found."
    parts = [f"{row.name}: {_volume_words(row.volume_ml)} in {_pieces_words(row)}" for row in found[:most]]
    rest = f"; {len(found) - most} more labels" if len(found) > most else ""
    return "; ".join(parts) + rest + "."


def _component_counts(labels: LabelMap) -> dict[int, int]:
    from scipy import ndimage

    found: dict[int, int] = {}
    for index, box in enumerate(ndimage.find_objects(labels.array), start=1):
        if box is not None:
            found[index] = piece_count(labels.array[box] == index)
    return found


def _volume_words(volume: float) -> str:
    return f"{volume:.1f} mL" if volume >= 0.995 else f"{volume:.2g} mL"


def _pieces_words(row: LabelStatistics) -> str:
    return "1 piece" if row.component_count == 1 else f"{row.component_count} pieces"
