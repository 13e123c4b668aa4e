"""Deeds as records and back: heads of JSON, patches as bytes, arrays by name."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Protocol

import numpy as np

from medview.core.labels import LabelMap, Patch
from medview.core.layers import Layer
from medview.core.origin import HAND, Maker, Origin
from medview.core.radiance import RadianceField
from medview.core.volume import Volume
from medview.io.label_makers import makers_rows, origin_of
from medview.session import commands, deeds
from medview.session.commands import SessionCommand
from medview.session.journal.field_place import field_facts
from medview.session.journal.plain import Packer, types_within
from medview.session.patches import PackedPatch

MAP, SCAN, FIELD = "LabelMap", "Volume", "RadianceField"
EMPTY = "0"
"""The name of the array of a map that holds no label."""
NAMES: dict[type, str] = {
    deeds.Failed: "failed",
    deeds.StrokeEnded: "stroke-ended",
    deeds.StrokeTakenBack: "stroke-taken-back",
    deeds.MacroBegun: "macro",
    deeds.MacroEnded: "macro-ended",
    deeds.WentTo: "went",
    deeds.Activated: "activated",
    deeds.Saved: "saved",
}
"""Deeds that are plain values: their fields lie in the head under their own names."""

Head = dict[str, Any]
Parts = list[bytes]


class ArrayStore(Protocol):
    """Where the arrays of layers go: the running journal, or a test's dictionary."""

    def keep_labels(self, labels: LabelMap) -> str:
        """Keep the numbers as they are now and return a name for them."""

    def keep_scan(self, volume: Volume) -> Head:
        """Keep a scan's array, or where to read it again, and return what finds it."""


def known_types() -> dict[str, type]:
    """All classes that a journal may bring back: commands, and what layers and their tables are made of."""
    made = types_within([*_below(commands._Step), Layer, PackedPatch])
    return {name: kind for name, kind in made.items() if name not in (MAP, SCAN, FIELD)}


def _below(kind: type[Any]) -> list[type]:
    children: list[type] = kind.__subclasses__()
    return [*children, *(found for child in children for found in _below(child))]


def encoded(deed: deeds.Deed, store: ArrayStore) -> tuple[Head, Parts]:
    """A deed as the head of a record and the bytes that belong to it.

    Raises:
        NotPlain: A command holds something that is no data.
        MemoryError: A label map could not be copied.
    """
    if isinstance(deed, deeds.Doing):
        return encoded_command(deed.command, store)
    if isinstance(deed, deeds.Painted):
        return encoded_patch(deed)
    facts = {name: getattr(deed, name) for name in deed.__dataclass_fields__}
    return {"deed": NAMES[type(deed)], **{name: _told(fact) for name, fact in facts.items()}}, []


def _told(fact: Any) -> Any:
    return str(fact) if isinstance(fact, Path) else fact


def encoded_command(command: SessionCommand, store: ArrayStore) -> tuple[Head, Parts]:
    """A command that has not been made yet."""

    def arrays_apart(value: Any) -> Head | None:
        if isinstance(value, LabelMap):
            return {"$": MAP, "v": _map(packer, value, store)}
        if isinstance(value, Volume):
            return {"$": SCAN, "v": _scan(packer, value, store)}
        if isinstance(value, RadianceField):
            return {"$": FIELD, "v": _field(packer, value)}
        return None

    packer = Packer(arrays_apart)
    return {"deed": "do", "command": packer.pack(command)}, packer.parts


def _map(packer: Packer, labels: LabelMap, store: ArrayStore) -> Head:
    facts = {"geometry": labels.geometry, "table": labels.table, "revision": labels.revision}
    packed = {name: packer.pack(fact) for name, fact in facts.items()}
    return {**packed, "dtype": labels.array.dtype.str, "array": store.keep_labels(labels)}


def _scan(packer: Packer, volume: Volume, store: ArrayStore) -> Head:
    names = [name for name in volume.__dataclass_fields__ if name != "data"]
    facts = {name: packer.pack(getattr(volume, name)) for name in names}
    return {
        **facts,
        "dtype": volume.data.dtype.str,
        "shape": list(volume.data.shape),
        **store.keep_scan(volume),
    }


def _field(packer: Packer, field: RadianceField) -> Head:
    """A field lies in its folder; only its place in the patient may have changed since."""
    return {**field_facts(field.folder), "placement": packer.pack(field.placement)}


def encoded_patch(deed: deeds.Painted) -> tuple[Head, Parts]:
    """A patch of a stroke; the numbers are copied, so that whoever made them may go on using them."""
    patch = deed.patch
    head: Head = {
        "deed": "paint",
        "layer_id": deed.layer_id,
        "title": deed.title,
        "offset": [int(part) for part in patch.offset_ijk],
        "shape": list(patch.values.shape),
        "dtype": patch.values.dtype.str,
    }
    if deed.by != HAND:
        head["by"] = makers_rows(Origin((deed.by,)))
    parts = [patch.values.tobytes()]
    return head, parts if patch.mask is None else [*parts, np.packbits(patch.mask).tobytes()]


def decoded_maker(head: Head) -> Maker:
    """Whose stroke a patch belongs to."""
    return next(iter(origin_of(head.get("by")).makers), HAND)


def decoded_patch(head: Head, parts: Parts) -> Patch:
    """Undo `encoded_patch`."""
    i, j, k = (int(part) for part in head["offset"])
    shape = tuple(head["shape"])
    values = np.frombuffer(parts[0], np.dtype(head["dtype"])).reshape(shape)
    if len(parts) == 1:
        return Patch((i, j, k), values)
    bits = np.unpackbits(np.frombuffer(parts[1], np.uint8), count=values.size)
    return Patch((i, j, k), values, bits.reshape(shape).astype(bool))
