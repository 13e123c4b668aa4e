"""Which planes belong together: planes of a series become stacks of places, each with its frames."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from medview.io.dicom.plane import Plane
from medview.io.dicom.spacing import is_even

#: Planes that differ in these never share a volume where they share a place.
_STRONG = ("stack", "image type", "component", "echo time", "kernel", "field of view")
#: These only where the planes do not make a regular series of frames.
_WEAK = ("direction kind", "b-value", "acquisition", "temporal position")
_SAME_DIRECTION = 2e-3
_SAME_SIZE = 1e-4


@dataclass(frozen=True, kw_only=True)
class Stack:
    """Parallel planes that share a volume.

    Args:
        places: Along the normal: the planes at each place, in the order of time; all places have as many.
        label: What tells this stack from others of its series; may be empty.
        warnings: Sentences about what was left out.
    """

    places: tuple[tuple[Plane, ...], ...]
    label: str = ""
    warnings: tuple[str, ...] = ()

    @property
    def planes(self) -> tuple[Plane, ...]:
        """All planes, place by place."""
        return tuple(plane for place in self.places for plane in place)


def stacks_of(planes: Iterable[Plane]) -> list[Stack]:
    """Split the planes of one series into stacks.

    Planes of other directions, sizes or pixel sizes go apart first; then those that share places with planes
    of another kind (echo, image type, reconstruction); what still shares places becomes frames of one stack.
    """
    unique, copies = _without_copies(planes)
    found: list[Stack] = []
    for group in _same_grid(unique):
        found += _separated(_with_field_of_view(group), "")
    if copies and found:
        said = f"{copies} {'file is a copy' if copies == 1 else 'files are copies'} of another and left out."
        found[0] = replace(found[0], warnings=(said, *found[0].warnings))
    return found


def _without_copies(planes: Iterable[Plane]) -> tuple[list[Plane], int]:
    kept: dict[Hashable, Plane] = {}
    copies = 0
    for plane in planes:
        key = (plane.uid or plane.path, plane.frame, plane.corner)
        copies += key in kept
        kept.setdefault(key, plane)
    return list(kept.values()), copies


def _same_grid(planes: list[Plane]) -> list[list[Plane]]:
    groups: list[list[Plane]] = []
    for plane in planes:
        home = next((group for group in groups if _fits(plane, group[0])), None)
        if home is None:
            groups.append([plane])
        else:
            home.append(plane)
    return groups


def _fits(plane: Plane, other: Plane) -> bool:
    if (plane.rows, plane.columns, plane.is_placed) != (other.rows, other.columns, other.is_placed):
        return False
    if not plane.is_placed and plane.path != other.path:
        return False
    directions = np.abs(np.subtract(plane.axes_lps, other.axes_lps)).max() <= _SAME_DIRECTION
    sizes = np.allclose(plane.pixel_mm, other.pixel_mm, rtol=_SAME_SIZE)
    return bool(directions and sizes)


def _with_field_of_view(planes: list[Plane]) -> list[Plane]:
    """Give planes at one distance but beside each other a trait that tells them apart."""
    beside = [np.ptp([plane.position_lps for plane in place], axis=0).max() for place in _places(planes)]
    if max(beside) <= 0.5:
        return planes
    return [replace(plane, traits=(*plane.traits, ("field of view", _offset(plane)))) for plane in planes]


def _offset(plane: Plane) -> str:
    axes = np.asarray(plane.axes_lps).reshape(2, 3)
    across, down = axes @ np.asarray(plane.position_lps)
    return f"{across:.0f}, {down:.0f} mm"


def _places(planes: list[Plane]) -> list[list[Plane]]:
    """Planes grouped by distance along the normal, near to far."""
    normal = planes[0].normal_lps
    ordered = sorted(planes, key=lambda plane: float(normal @ np.asarray(plane.position_lps)))
    distances = np.array([normal @ np.asarray(plane.position_lps) for plane in ordered])
    gaps = np.diff(distances)
    wide = gaps[gaps > 5e-3]
    same = min(0.05, 0.1 * float(np.median(wide))) if wide.size else 0.05
    starts = np.concatenate([[0], np.flatnonzero(gaps > same) + 1, [len(ordered)]])
    return [ordered[a:b] for a, b in pairwise(starts)]


def _separated(planes: list[Plane], label: str) -> list[Stack]:
    places = _places(planes)
    if all(len(place) == 1 for place in places):
        return _single_file_line(planes, places, label)
    for name in _STRONG:
        if any(len({plane.trait(name) for plane in place}) > 1 for place in places):
            return _parted(planes, name, label)
    counts = Counter(len(place) for place in places)
    if len(counts) == 1:
        return [_stack(places, label)]
    return _irregular(planes, places, label, counts)


def _single_file_line(planes: list[Plane], places: list[list[Plane]], label: str) -> list[Stack]:
    """One plane per place: one stack, unless it is even only once two acquisitions are told apart."""
    if len(planes) > 5 and not is_even(_positions(places)):
        for name in (*_STRONG, *_WEAK):
            parts = _by_trait(planes, name)
            evened = 1 < len(parts) <= 8 and all(_is_even_part(part) for part in parts.values())
            if evened and _are_interleaved(list(parts.values())):
                return _parted(planes, name, label)
    return [_stack(places, label)]


def _is_even_part(part: list[Plane]) -> bool:
    return len(part) >= 3 and is_even(_positions(_places(part)))


def _are_interleaved(parts: list[list[Plane]]) -> bool:
    spans = sorted((min(p.distance_mm for p in part), max(p.distance_mm for p in part)) for part in parts)
    return any(first[1] > second[0] for first, second in pairwise(spans))


def _positions(places: list[list[Plane]]) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    return np.array([place[0].position_lps for place in places], float)


def _by_trait(planes: list[Plane], name: str) -> dict[str, list[Plane]]:
    parts: dict[str, list[Plane]] = defaultdict(list)
    for plane in planes:
        parts[plane.trait(name)].append(plane)
    return dict(parts)


def _parted(planes: list[Plane], name: str, label: str) -> list[Stack]:
    parts = _by_trait(planes, name)
    common = set.intersection(*(set(words.split("\\")) for words in parts))
    found: list[Stack] = []
    for words, part in parts.items():
        own = " ".join(word for word in words.split("\\") if word not in common) or "other"
        titled = own if name in ("image type", "component") else f"{name} {own}"
        found += _separated(part, f"{label}, {titled}" if label else titled)
    return found


def _irregular(
    planes: list[Plane], places: list[list[Plane]], label: str, counts: Counter[int]
) -> list[Stack]:
    """Some places hold more planes than others."""
    for name in _WEAK:
        parts = _by_trait(planes, name)
        if len(parts) > 1 and all(
            len({len(place) for place in _places(part)}) == 1 for part in parts.values()
        ):
            return _parted(planes, name, label)
    usual = counts.most_common(1)[0][0]
    if usual == 1:
        extra = sum(len(place) - 1 for place in places)
        lie = "image lies" if extra == 1 else "images lie"
        said = f"{extra} more {lie} at the place of another: the first is shown."
        return [replace(_stack([_in_time(place)[:1] for place in places], label), warnings=(said,))]
    found = []
    for count in counts:
        some = [place for place in places if len(place) == count]
        said = f"{len(some)} of {len(places)} slices have {count} frames each: the others are shown apart."
        found.append(replace(_stack(some, f"{label} {count} frames".strip()), warnings=(said,)))
    return found


def _in_time(place: list[Plane]) -> list[Plane]:
    return sorted(place, key=lambda plane: plane.order)


def _stack(places: list[list[Plane]], label: str) -> Stack:
    return Stack(places=tuple(tuple(_in_time(place)) for place in places), label=label)
