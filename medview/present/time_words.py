"""Lengths of time in words."""

from __future__ import annotations

_MINUTE_S, _HOUR_S = 60, 3600


def about_words(seconds: float) -> str:
    """The same, in whole minutes where it is more than two."""
    return time_words(seconds if seconds < 2 * _MINUTE_S else round(seconds / _MINUTE_S) * _MINUTE_S)


def time_words(seconds: float) -> str:
    """Such as ``"45 s"``, ``"4 min 10 s"`` or ``"1 h 50 min"``."""
    whole = round(seconds)
    if whole < _MINUTE_S:
        return f"{whole} s"
    if whole < _HOUR_S:
        minutes, rest = divmod(whole, _MINUTE_S)
        return f"{minutes} min {rest} s" if rest else f"{minutes} min"
    hours, rest = divmod(round(seconds / _MINUTE_S), _MINUTE_S)
    return f"{hours} h {rest} min" if rest else f"{hours} h"
