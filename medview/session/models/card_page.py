"""A model's card as a page: plain values that the window draws, the terminal prints and scripts read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from medview.ml.card import ModelCard
from medview.ml.registry import Availability
from medview.ml.spec import ModelSpec
from medview.session.models.card_tables import CardTable, card_tables

MISSING = "MISSING"
NO_SELF_TEST = "The model folder holds no self-test."
_AXES = ("right-left", "front-back", "up-down")


@dataclass(frozen=True, kw_only=True)
class CardFact:
    """A paragraph under a heading; `is_alarming` where its absence or its content should stop a person."""

    heading: str
    text: str
    is_alarming: bool = False


@dataclass(frozen=True, kw_only=True)
class CardCurve:
    """A reliability curve of one structure.

    Args:
        name: Of the structure.
        points: Mean probability and observed part of each bin, as the network is.
        scaled_points: The same after temperature scaling.
        ece: Expected calibration error as the network is.
        ece_scaled: After temperature scaling.
    """

    name: str
    points: tuple[tuple[float, float], ...]
    scaled_points: tuple[tuple[float, float], ...]
    ece: float
    ece_scaled: float


@dataclass(frozen=True, kw_only=True)
class CardPage:
    """All that a person should know of a model before using it.

    Args:
        model_id: Of the model.
        title: Of the model, with its version.
        problem: Why it cannot run; empty where it can.
        facts: What it is for, was trained on, fails at; licence, ranges, citation, hashes.
        tables: Measured results, and the paper's ordering of variants beside ours.
        curves: One for each structure whose calibration was measured.
        curves_note: What the curves were measured on.
        self_test: What the stored self-test holds a run to; empty where there is none.
    """

    model_id: str
    title: str
    problem: str
    facts: tuple[CardFact, ...]
    tables: tuple[CardTable, ...] = ()
    curves: tuple[CardCurve, ...] = ()
    curves_note: str = ""
    self_test: str = ""


def card_page(spec: ModelSpec, available: Availability) -> CardPage:
    """Put together what spec and card say."""
    card = available.card
    return CardPage(
        model_id=spec.id,
        title=f"{spec.title} (version {spec.version})",
        problem=available.reason,
        facts=tuple(fact for fact in _facts(spec, available) if fact.text),
        tables=card_tables(card) if card is not None else (),
        curves=_curves(card) if card is not None else (),
        curves_note=_curves_note(card) if card is not None else "",
        self_test=_self_test(card) if card is not None else "",
    )


def _facts(spec: ModelSpec, available: Availability) -> Iterable[CardFact]:
    card = available.card
    licence = (card.licence if card is not None else "") or spec.licence
    yield CardFact(heading="What it is for", text=_joined(spec.summary, card.intended_use if card else ""))
    yield CardFact(heading="Mind", text=spec.note)
    yield CardFact(heading="Cannot run", text=available.reason, is_alarming=True)
    yield CardFact(heading="Known failures", text=card.not_for if card else "")
    yield CardFact(heading="Trained on", text=card.trained_on if card else "")
    yield CardFact(heading="Licence", text=licence or MISSING, is_alarming=not licence)
    yield CardFact(heading="Reads", text="\n".join(_input_words(spec)))
    yield CardFact(heading="Makes", text="\n".join(f"{item.name}: {item.title}" for item in spec.outputs))
    yield CardFact(heading="Scans it was trained on", text="\n".join(_range_lines(card)) if card else "")
    yield CardFact(heading="Calibration", text="\n".join(_calibration_lines(card)) if card else "")
    yield CardFact(heading="Paper", text=(card.citation if card else "") or spec.citation)
    yield CardFact(heading="Weights", text="\n".join(_weights_lines(available)))


def _joined(*sentences: str) -> str:
    return " ".join(f"{sentence.rstrip('.')}." for sentence in sentences if sentence)


def _input_words(spec: ModelSpec) -> Iterable[str]:
    for item in spec.inputs:
        kinds = f" ({' or '.join(item.modalities)})" if item.modalities else ""
        yield f"{item.role}: {item.title}{kinds}{'' if item.required else ', optional'}"


def _weights_lines(available: Availability) -> Iterable[str]:
    card = available.card
    if card is None:
        return
    yield card.title
    yield f"SHA-256 {card.sha256}"
    if available.folder is not None:
        yield f"Folder {available.folder.name}"


def _range_lines(card: ModelCard) -> Iterable[str]:
    table = card.range
    if not table:
        return
    yield f"{table.get('subjects', '?')} subjects; a scan that is unlike them is warned of before the run"
    for name, words in (("spacing", "Voxel"), ("extent", "Field of view")):
        low, high = table.get(f"{name}_min_mm", ()), table.get(f"{name}_max_mm", ())
        parts = [
            f"{span(least, most)} mm {axis}" for axis, least, most in zip(_AXES, low, high, strict=False)
        ]
        if parts:
            yield f"{words}: {', '.join(parts)}"
    for role, row in dict(table.get("roles", {})).items():
        kinds = " or ".join(row.get("modalities", ()))
        values = [
            f"{name.replace('_', ' ')} {span(*row[name])}"
            for name in ("median_part", "air_part", "low", "high")
            if name in row
        ]
        yield f"{role}: {', '.join(filter(None, [kinds, *values]))}"


def span(low: float, high: float) -> str:
    """Two ends of a range, or the one number that both are."""
    return f"{low:.3g}" if f"{low:.3g}" == f"{high:.3g}" else f"{low:.3g} to {high:.3g}"


def _calibration_lines(card: ModelCard) -> Iterable[str]:
    table = card.calibration
    if not table:
        return
    told = {
        name: _words(table.get(name)) for name in ("ece", "ece_scaled", "temperature", "subjects", "bins")
    }
    use = "used in every run" if table.get("is_used", True) else "not used: it made them no better"
    yield (
        f"Expected calibration error {told['ece']}, with temperature {told['ece_scaled']} "
        f"(temperature {told['temperature']}, {use})"
    )
    yield f"Measured on {table.get('data', 'unknown data')} ({told['subjects']} subjects)"
    yield (
        f"{table.get('voxels', '?')} voxels in {told['bins']} bins, where the {table.get('region', '?')}; "
        "each subject with the temperature of the others"
    )


def _curves_note(card: ModelCard) -> str:
    return str(card.calibration.get("data", "")) if card.calibration else ""


def _curves(card: ModelCard) -> tuple[CardCurve, ...]:
    rows = card.calibration.get("classes", ()) if card.calibration else ()
    return tuple(
        CardCurve(
            name=str(row.get("name", "")),
            points=_points(row, ""),
            scaled_points=_points(row, "_scaled"),
            ece=float(row.get("ece", 0)),
            ece_scaled=float(row.get("ece_scaled", 0)),
        )
        for row in rows
        if isinstance(row, Mapping)
    )


def _points(row: Mapping[str, Any], suffix: str) -> tuple[tuple[float, float], ...]:
    pairs = zip(row.get(f"probability{suffix}", ()), row.get(f"observed{suffix}", ()), strict=False)
    return tuple((float(said), float(found)) for said, found in pairs)


def _words(value: Any) -> str:
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:.3g}" if isinstance(value, float) else str(value)


def _self_test(card: ModelCard) -> str:
    facts = card.self_test
    if not facts:
        return ""
    labels, image = facts.get("labels_differing", 0), facts.get("image_difference", 0)
    return (
        "Repeats a stored run and compares: at most "
        f"{100 * float(labels):g} % of the labels and {float(image):g} in any image may differ."
    )
