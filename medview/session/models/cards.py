"""A model's card as plain text, for the terminal and for a text window."""

from __future__ import annotations

from medview.ml.registry import Availability
from medview.ml.spec import ModelSpec
from medview.session.models.card_page import NO_SELF_TEST, CardCurve, CardPage, card_page
from medview.session.models.card_tables import CardTable


def card_text(spec: ModelSpec, available: Availability) -> str:
    """Purpose, limits, training, licence, tables, calibration, citation, hashes: a paragraph each."""
    return page_text(card_page(spec, available))


def page_text(page: CardPage) -> str:
    """The page as text."""
    parts = [page.title]
    parts += [f"{fact.heading}: {fact.text}" for fact in page.facts]
    parts += [table_text(table) for table in page.tables]
    parts += [curve_text(curve) for curve in page.curves]
    parts.append(f"Self-test: {page.self_test or NO_SELF_TEST}")
    return "\n\n".join(parts)


def table_text(table: CardTable) -> str:
    """A table with its columns under each other."""
    lines = [table.columns, *table.rows]
    widths = [max(len(line[place]) for line in lines) for place in range(len(table.columns))]
    rows = ["  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) for line in lines]
    return "\n".join([f"{table.heading}:", *(row.rstrip() for row in rows)])


def curve_text(curve: CardCurve) -> str:
    """A reliability curve in numbers, as the network is."""
    pairs = ", ".join(f"{said:.2f} → {found:.2f}" for said, found in curve.points)
    head = f"Reliability of {curve.name} (ECE {curve.ece:.3g}, with temperature {curve.ece_scaled:.3g})"
    return f"{head}, mean probability → part where it is there: {pairs}"
