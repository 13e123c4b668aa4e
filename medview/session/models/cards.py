"""What a person should know of a model before using it, as plain text."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from medview.ml.registry import Availability
from medview.ml.spec import ModelSpec


def card_text(spec: ModelSpec, available: Availability) -> str:
    """Title, purpose, training, limits, results, licence and citation, a paragraph each."""
    card = available.card
    parts = [f"{spec.title} (version {spec.version})", spec.summary, spec.note]
    if card is not None:
        parts += [
            f"Weights: {card.title}, SHA-256 {card.sha256[:12]}…",
            _told("Trained on", card.trained_on),
            _told("Meant for", card.intended_use),
            _told("Not for", card.not_for),
            "\n".join(_row(row) for row in card.results),
        ]
    parts += [
        available.reason,
        _told("Licence", (card.licence if card is not None else "") or spec.licence),
        _told("Paper", (card.citation if card is not None else "") or spec.citation),
    ]
    return "\n\n".join(part for part in parts if part)


def _told(what: str, text: str) -> str:
    return f"{what}: {text}" if text else ""


def _row(row: Mapping[str, Any]) -> str:
    return "Result: " + ", ".join(f"{name} {_words(value)}" for name, value in row.items())


def _words(value: Any) -> str:
    return f"{value:.3g}" if isinstance(value, float) else str(value)
