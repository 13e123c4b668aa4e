"""What the scans looked like that a model was trained on, and whether a scan is like them.

A card keeps it as ``[range]``::

    subjects = 60
    spacing_min_mm = [0.8, 0.8, 1.6]      # of the first input, along right, anterior, superior
    spacing_max_mm = [0.8, 0.8, 1.6]
    extent_min_mm = [166.0, 204.0, 180.0]
    extent_max_mm = [190.0, 230.0, 200.0]
    roles = {t2 = {modalities = ["T2"], frames = 1, unit = "", median_part = [0.2, 0.5], …}}

Values of most scans have no unit, so what is kept of them are parts, which do not change with their scale:
``air_part`` (voxels up to 5 % of the way from the darkest to the brightest) and ``median_part`` (how far up
between the 0.5 % and the 99.5 % quantile of the other voxels their median lies; T1 and T2 differ in it).
Where values have a unit, such as HU, the two quantiles themselves are kept too, as ``low`` and ``high``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from medview.core.errors import InputRefused
from medview.core.volume import AnyArray
from medview.ml.card import read_card
from medview.ml.request import InputArray, RunRequest
from medview.ml.spec import ModelSpec

AIR_PART = 0.05
_SAMPLE_VOXELS = 200_000
_SLACK = 0.25
"""Spacing and extent may lie outside what was seen by this part."""
_PART_SLACK = 0.08
_AXES = ("right-left", "front-back", "up-down")


@dataclass(frozen=True, kw_only=True)
class InputFacts:
    """What is compared of one scan.

    Args:
        modality: Empty where unknown.
        unit: Of the values; empty where they have none.
        frames: Time points.
        spacing_mm: Voxel size along right, anterior, superior.
        extent_mm: Size of the grid.
        air_part: See above, 0 to 1.
        median_part: See above, 0 to 1.
        low: 0.5 % quantile of what is not air.
        high: 99.5 % quantile of it.
    """

    modality: str
    unit: str
    frames: int
    spacing_mm: tuple[float, float, float]
    extent_mm: tuple[float, float, float]
    air_part: float
    median_part: float
    low: float
    high: float


def facts_of(scan: InputArray) -> InputFacts:
    """Measure a scan on a strided sample of its first frame."""
    i_mm, j_mm, k_mm = (float(mm) for mm in scan.geometry.spacing_mm)
    i, j, k = scan.geometry.shape
    is_moving = scan.array.ndim == 4
    air, median, low, high = _value_facts(scan.array[..., 0] if is_moving else scan.array)
    return InputFacts(
        modality=scan.modality,
        unit=scan.value_unit,
        frames=int(scan.array.shape[3]) if is_moving else 1,
        spacing_mm=(i_mm, j_mm, k_mm),
        extent_mm=(i * i_mm, j * j_mm, k * k_mm),
        air_part=air,
        median_part=median,
        low=low,
        high=high,
    )


def _value_facts(array: AnyArray) -> tuple[float, float, float, float]:
    step = max(1, int(np.ceil((array.size / _SAMPLE_VOXELS) ** (1 / 3))))
    sample = np.asarray(array[::step, ::step, ::step], np.float32)
    sample = sample[np.isfinite(sample)]
    if not sample.size:
        return 1.0, 0.0, 0.0, 0.0
    darkest, brightest = (float(q) for q in np.quantile(sample, [0.02, 0.999]))
    body = sample[sample > darkest + AIR_PART * (brightest - darkest)]
    if not body.size:
        return 1.0, 0.0, darkest, brightest
    low, median, high = (float(q) for q in np.quantile(body, [0.005, 0.5, 0.995]))
    part = (median - low) / (high - low) if high > low else 0.0
    return 1 - body.size / sample.size, part, low, high


def range_table(
    spec: ModelSpec, subjects: Iterable[Mapping[str, InputFacts]], count: int = 0
) -> dict[str, Any]:
    """What a card keeps as ``[range]``.

    Args:
        spec: The model; names the first input and the modalities of each.
        subjects: Facts by role, one mapping for each subject that was learned from.
        count: How many subjects these are, where one is described more than once.

    Raises:
        ValueError: There is no subject.
    """
    seen = list(subjects)
    firsts = [next(facts[item.role] for item in spec.inputs if item.role in facts) for facts in seen]
    if not firsts:
        raise ValueError("there is no subject to tell a range from")
    by_role = {item.role: [facts[item.role] for facts in seen if item.role in facts] for item in spec.inputs}
    modalities = {item.role: list(item.modalities) for item in spec.inputs}
    return {
        "subjects": count or len(seen),
        **_bounds("spacing", [facts.spacing_mm for facts in firsts]),
        **_bounds("extent", [facts.extent_mm for facts in firsts]),
        "roles": {role: _role_row(rows, modalities[role]) for role, rows in by_role.items() if rows},
    }


def _bounds(name: str, sizes: Sequence[Sequence[float]]) -> dict[str, list[float]]:
    values = np.array(sizes)
    ends = {"min": values.min(axis=0), "max": values.max(axis=0)}
    return {f"{name}_{end}_mm": [round(float(mm), 3) for mm in row] for end, row in ends.items()}


def _role_row(rows: Sequence[InputFacts], modalities: list[str]) -> dict[str, Any]:
    unit = rows[0].unit
    names = ("air_part", "median_part", *(("low", "high") if unit else ()))
    values = {name: [getattr(facts, name) for facts in rows] for name in names}
    return {
        "modalities": modalities,
        "unit": unit,
        "frames": max(facts.frames for facts in rows),
        **{name: [round(min(seen), 4), round(max(seen), 4)] for name, seen in values.items()},
    }


def input_warnings(spec: ModelSpec, request: RunRequest) -> tuple[str, ...]:
    """What about a run's scans is unlike those that its weights were trained on, a sentence each."""
    kinds = {item.role: item.kind for item in spec.inputs}
    facts = {role: facts_of(item) for role, item in request.inputs.items() if kinds.get(role) == "image"}
    return range_warnings(spec, range_in(request.weights), facts)


def range_in(folder: Path | None) -> Mapping[str, Any]:
    """The range that the card in a model folder keeps; empty where it keeps none or cannot be read."""
    try:
        return read_card(folder).range if folder is not None else {}
    except InputRefused:
        return {}


def range_warnings(
    spec: ModelSpec, table: Mapping[str, Any], inputs: Mapping[str, InputFacts]
) -> tuple[str, ...]:
    """Sentences on what about the inputs is unlike the scans that a model was trained on.

    Args:
        spec: The model.
        table: The card's ``range``; empty: only the modality that the spec names is compared.
        inputs: By role, in the order of the spec.
    """
    titles = {item.role: item.title for item in spec.inputs}
    found: list[str] = []
    for place, (role, facts) in enumerate(inputs.items()):
        row = _row_of(spec, table, role)
        told = [*_kind_words(row, facts), *(_grid_words(table, facts) if place == 0 else ())]
        told += _value_words(row, facts)
        found += [f"{titles.get(role, role)}: {words}" for words in told]
    return tuple(found)


def _row_of(spec: ModelSpec, table: Mapping[str, Any], role: str) -> Mapping[str, Any]:
    rows = table.get("roles", {})
    row = rows.get(role, {}) if isinstance(rows, Mapping) else {}
    named = next((item.modalities for item in spec.inputs if item.role == role), ())
    return {"modalities": named, **(row if isinstance(row, Mapping) else {})}


def _kind_words(row: Mapping[str, Any], facts: InputFacts) -> list[str]:
    told = []
    known = list(row.get("modalities", ()))
    if facts.modality and known and facts.modality not in known:
        told.append(f"it is {facts.modality}, the model reads {' or '.join(known)}.")
    frames = row.get("frames")
    if isinstance(frames, int) and facts.frames > frames:
        told.append(f"it holds {facts.frames} frames, the model saw {frames}.")
    return told


def _grid_words(table: Mapping[str, Any], facts: InputFacts) -> list[str]:
    told = []
    for name, words, sizes in (
        ("spacing", "voxels measure", facts.spacing_mm),
        ("extent", "the field of view measures", facts.extent_mm),
    ):
        low, high = _numbers(table.get(f"{name}_min_mm")), _numbers(table.get(f"{name}_max_mm"))
        for axis, mm, least, most in zip(_AXES, sizes, low, high, strict=False):
            if not least * (1 - _SLACK) <= mm <= most * (1 + _SLACK):
                told.append(f"{words} {mm:.3g} mm {axis}, in training {_between(least, most)} mm.")
    return told


def _value_words(row: Mapping[str, Any], facts: InputFacts) -> list[str]:
    told = []
    if facts.unit != row.get("unit", facts.unit):
        told.append(f"its values are in {facts.unit or 'no unit'}, in training {row['unit'] or 'in none'}.")
    for name, words in (("median_part", "its typical brightness"), ("air_part", "the part of air in it")):
        ends = _numbers(row.get(name))
        value = getattr(facts, name)
        if len(ends) == 2 and not ends[0] - _PART_SLACK <= value <= ends[1] + _PART_SLACK:
            told.append(f"{words} is {value:.2f} of the range, in training {_between(*ends)}.")
    return told + _quantile_words(row, facts)


def _quantile_words(row: Mapping[str, Any], facts: InputFacts) -> list[str]:
    low, high = _numbers(row.get("low")), _numbers(row.get("high"))
    if len(low) != 2 or len(high) != 2 or not facts.unit:
        return []
    slack = _SLACK * (high[1] - low[0])
    if facts.low >= low[0] - slack and facts.high <= high[1] + slack and facts.high >= high[0] - slack:
        return []
    seen = f"{_between(low[0], high[1])} {facts.unit}"
    return [f"its values lie {_between(facts.low, facts.high)} {facts.unit}, in training {seen}."]


def _between(low: float, high: float) -> str:
    return f"{low:.3g}" if f"{low:.3g}" == f"{high:.3g}" else f"{low:.3g} to {high:.3g}"


def _numbers(values: object) -> list[float]:
    if not isinstance(values, Sequence) or isinstance(values, str):
        return []
    return [float(value) for value in values if isinstance(value, int | float)]
