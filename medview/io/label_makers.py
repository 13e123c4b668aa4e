"""Who made a label, as JSON and back: a row for every maker. What makes no sense is left out."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from medview.core.origin import Maker, MakerKind, Origin, ParamFact

_MOST_MAKERS, _MOST_PARAMS, _MOST_LETTERS = 32, 64, 200


def makers_rows(origin: Origin) -> list[dict[str, Any]]:
    """The makers as JSON has them: what `origin_of` reads. Facts that are not known are left out."""
    return [_row(maker) for maker in origin.makers]


def _row(maker: Maker) -> dict[str, Any]:
    facts = {"name": maker.name, "version": maker.version, "weights_sha256": maker.weights_sha256}
    told: dict[str, Any] = {"kind": maker.kind.value, **{key: fact for key, fact in facts.items() if fact}}
    return told | ({"params": dict(maker.params)} if maker.params else {})


def origin_of(rows: Any) -> Origin:
    """The makers that JSON tells of, at most 32 with 64 parameters each; texts are cut at 200 letters."""
    if not isinstance(rows, list):
        return Origin()
    makers = (_maker(row) for row in rows[:_MOST_MAKERS])
    return Origin(tuple(maker for maker in makers if maker is not None))


def _maker(row: Any) -> Maker | None:
    kinds = {kind.value: kind for kind in MakerKind}
    if not isinstance(row, Mapping) or str(row.get("kind")) not in kinds:
        return None
    params = row.get("params")
    pairs = list(params.items())[:_MOST_PARAMS] if isinstance(params, Mapping) else []
    return Maker(
        kind=kinds[str(row["kind"])],
        name=_text(row.get("name")),
        version=_text(row.get("version")),
        weights_sha256=_text(row.get("weights_sha256")),
        params=tuple((_text(name), _fact(value)) for name, value in pairs),
    )


def _text(found: Any) -> str:
    return " ".join(str(found).split())[:_MOST_LETTERS] if isinstance(found, str | int | float) else ""


def _fact(value: Any) -> ParamFact:
    if isinstance(value, bool | int) or (isinstance(value, float) and math.isfinite(value)):
        return value
    return _text(value)
