"""The tables of a card: what was measured, and the paper's ordering of variants beside ours, as words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from medview.ml.card import ModelCard

_FALSE_FINDINGS, _WITHOUT = "false_findings", "without"
_WORDS = {"n": "N", "dice": "Dice", "sd": "SD", "hd95": "HD95", "mm": "mm", "ssim": "SSIM", "psnr": "PSNR",
          "db": "dB", "ml": "mL", "mae": "MAE", "rmse": "RMSE", "fpr": "FPR", "fnr": "FNR",
          "fp": "FP"}  # fmt: skip
_SPREADS = {"paper": "paper_spread", "ours": "spread"}
_MOST_DECIMALS = 3
_NOTHING = "–"


@dataclass(frozen=True, kw_only=True)
class CardTable:
    """A table: a heading, the words over its columns, and rows of text."""

    heading: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def card_tables(card: ModelCard) -> tuple[CardTable, ...]:
    """Measured results, and the ordering; what the card does not hold is left out."""
    named = (("Measured results", card.results), ("The paper's ordering, and ours", card.ordering))
    return tuple(_table(heading, rows) for heading, rows in named if rows)


def _table(heading: str, rows: Sequence[Mapping[str, Any]]) -> CardTable:
    """A mean, its spread and its range stand in one cell: a column each would leave no room to read."""
    rows = [_with_counts(row) for row in rows]
    keys = list(dict.fromkeys(key for row in rows for key in row))
    told = [key for key in keys if key not in set(_companions(keys))]
    decimals = {key: _decimals(row.get(key) for row in rows) for key in told}
    cells = tuple(tuple(_cell(row, key, decimals[key]) for key in told) for row in rows)
    return CardTable(heading=_heading(heading, keys), columns=tuple(_title(key) for key in told), rows=cells)


def _companions(keys: Sequence[str]) -> Iterable[str]:
    """Keys that are told in another key's cell."""
    for key in keys:
        yield from (name for name in (_spread_of(key), f"{key}_min", f"{key}_max") if name in keys)


def _spread_of(key: str) -> str:
    return _SPREADS.get(key, f"{key}_sd")


def _heading(heading: str, keys: Sequence[str]) -> str:
    names = (("± standard deviation", any(_spread_of(key) in keys for key in keys)),
             ("lowest to highest in brackets", any(f"{key}_min" in keys for key in keys)))  # fmt: skip
    told = ", ".join(words for words, is_there in names if is_there)
    return f"{heading} (mean {told})" if told else heading


def _cell(row: Mapping[str, Any], key: str, decimals: int) -> str:
    value, spread = row.get(key), row.get(_spread_of(key))
    words = _words(value, decimals)
    if spread is not None:
        words += f" ± {_words(spread, decimals)}"
    low, high = row.get(f"{key}_min"), row.get(f"{key}_max")
    if low is not None and high is not None:
        words += f" ({_words(low, decimals)} to {_words(high, decimals)})"
    return words


def _with_counts(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row whose false findings stand with the number of subjects that could have had any."""
    told = dict(row)
    for key in [key for key in row if key.endswith(_FALSE_FINDINGS)]:
        without = told.pop(key.removesuffix(_FALSE_FINDINGS) + _WITHOUT, None)
        told[key] = f"{_words(row[key], 0)} of {_words(without, 0)}"
    return told


def _title(key: str) -> str:
    words = " ".join(_WORDS.get(word, word) for word in key.split("_"))
    return words[:1].upper() + words[1:]


def _decimals(values: Iterable[Any]) -> int:
    """As many as three digits of the numbers of a column need, so that they stand under each other."""
    floats = [value for value in values if isinstance(value, float)]
    needed = [len(f"{value:.3g}".partition(".")[2]) for value in floats if abs(value) >= 1e-3]
    return min(_MOST_DECIMALS, max(needed, default=0))


def _words(value: Any, decimals: int) -> str:
    if value is None:
        return _NOTHING
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:.{decimals}f}" if isinstance(value, float) else str(value)
