"""An act on a whole label that people choose from a list: what it needs and what it makes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from medview.core.labels import LabelMap, Patch
from medview.core.params import Param
from medview.core.volume import Volume
from medview.edit.region import Triple

Values = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Given:
    """What an operation works on. Nothing of it is changed.

    Args:
        labels: The mask.
        value: The label in hand.
        scan: What the mask lies on; None where nothing is open beneath it.
        frame: Time point of scans that have several.
        masks: Other masks by the id of their layer, for operations between two.
        seed_ijk: The voxel of the mask that was clicked, for operations that begin at a click.
    """

    labels: LabelMap
    value: int
    scan: Volume | None = None
    frame: int = 0
    masks: Mapping[str, LabelMap] = field(default_factory=dict)
    seed_ijk: Triple = (0, 0, 0)


@dataclass(frozen=True, kw_only=True)
class Operation:
    """One entry of the list.

    Args:
        id: Such as ``"smooth"``; stays the same.
        title: What the list shows.
        help: What it does, in a sentence.
        params: What can be set.
        patches: Makes the changes; none where nothing would change.
        needs_scan: Looks at a scan's values.
        needs_label: Works on the voxels that the label has already.
    """

    id: str
    title: str
    help: str
    params: tuple[Param, ...]
    patches: Callable[[Given, Values], list[Patch]]
    needs_scan: bool = False
    needs_label: bool = True
