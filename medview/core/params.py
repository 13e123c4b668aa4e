"""Parameters: what can be set, within which limits, and how it is told to people. No widgets."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from medview.core.errors import InputRefused

_YES = ("true", "yes", "on", "1")
_NO = ("false", "no", "off", "0")


@dataclass(frozen=True, kw_only=True)
class _Described:
    """What every kind of parameter tells.

    Args:
        name: The word used in files and with ``--set``.
        title: What a form shows.
        help: One or two sentences on what it changes and when to touch it.
        unit: Such as ``"mm"``; empty where the number has none.
        advanced: Shown only when a person opens the advanced part of a form.
    """

    name: str
    title: str
    help: str
    unit: str = ""
    advanced: bool = False


@dataclass(frozen=True, kw_only=True)
class Float(_Described):
    """A number with a fraction, finite, within ``minimum`` and ``maximum`` (both included)."""

    default: float
    minimum: float = -math.inf
    maximum: float = math.inf
    step: float | None = None

    def parsed(self, value: object) -> float:
        """Return the value as a number; ValueError holds the reason against it."""
        try:
            if isinstance(value, bool) or not isinstance(value, int | float | str):
                raise ValueError
            number = float(value)
        except ValueError:
            raise ValueError("a number is needed") from None
        if not math.isfinite(number):
            raise ValueError("the number must be finite")
        return _within(number, self.minimum, self.maximum, self.unit)


@dataclass(frozen=True, kw_only=True)
class Int(_Described):
    """A whole number within ``minimum`` and ``maximum`` (both included).

    Args:
        lowest_word: What a form shows in place of the minimum where that stands for something, such as
            ``"automatic"``.
    """

    default: int
    minimum: int = -(2**31)
    maximum: int = 2**31 - 1
    step: int = 1
    lowest_word: str = ""

    def parsed(self, value: object) -> int:
        """Return the value as a whole number; ValueError holds the reason against it."""
        return int(_within(_whole(value), self.minimum, self.maximum, self.unit))


@dataclass(frozen=True, kw_only=True)
class Seed(_Described):
    """The start of a run's random numbers: the same seed on the same device repeats the result."""

    name: str = "seed"
    title: str = "Seed"
    help: str = "Start of the random numbers; the same seed on the same device repeats the result."
    default: int = 0
    minimum: int = 0
    maximum: int = 2**32 - 1

    def parsed(self, value: object) -> int:
        """Return the value as a whole number; ValueError holds the reason against it."""
        return int(_within(_whole(value), self.minimum, self.maximum, self.unit))


@dataclass(frozen=True, kw_only=True)
class Bool(_Described):
    """Yes or no; from text: true, yes, on, 1 and their opposites."""

    default: bool

    def parsed(self, value: object) -> bool:
        """Return the value as yes or no; ValueError holds the reason where it is neither."""
        if isinstance(value, bool):
            return value
        word = str(value).strip().lower()
        if word not in _YES + _NO:
            raise ValueError("yes or no (true or false) is needed")
        return word in _YES


@dataclass(frozen=True, kw_only=True)
class Choice(_Described):
    """One of a few words.

    Args:
        choices: The words, as used in files and with ``--set``.
        titles: What a form shows for each word; empty: the words themselves.
    """

    default: str
    choices: tuple[str, ...]
    titles: tuple[str, ...] = ()

    def parsed(self, value: object) -> str:
        """Return the word; ValueError lists the choices where it is not among them."""
        if value not in self.choices:
            raise ValueError(f"the choices are {', '.join(self.choices)}")
        return str(value)


@dataclass(frozen=True, kw_only=True)
class Text(_Described):
    """Free text of at most ``maximum_length`` characters."""

    default: str = ""
    maximum_length: int = 10_000

    def parsed(self, value: object) -> str:
        """Return the text; ValueError holds the reason where it is no text or too long."""
        if not isinstance(value, str):
            raise ValueError("text is needed")
        if len(value) > self.maximum_length:
            raise ValueError(f"at most {self.maximum_length} characters are allowed")
        return value


@dataclass(frozen=True, kw_only=True)
class File(_Described):
    """A path on this machine, kept as text; empty for none.

    Args:
        suffixes: Name endings that a file dialog offers, such as ``(".nii.gz",)``.
        is_folder: A folder is meant, not a file.
        must_exist: The path has to be there already.
    """

    default: str = ""
    suffixes: tuple[str, ...] = ()
    is_folder: bool = False
    must_exist: bool = True

    def parsed(self, value: object) -> str:
        """Return the path as text; ValueError holds the reason where nothing fitting lies there."""
        if not isinstance(value, str | Path):
            raise ValueError("a path is needed")
        path = Path(value)
        if value != "" and self.must_exist and not (path.is_dir() if self.is_folder else path.is_file()):
            raise ValueError(f"there is no such {'folder' if self.is_folder else 'file'}")
        return str(value)


@dataclass(frozen=True, kw_only=True)
class LayerParam(_Described):
    """The id of an open layer; empty for none.

    Args:
        kinds: Kinds of layer that fit, such as ``("labels",)``; empty for any.
    """

    default: str = ""
    kinds: tuple[str, ...] = ()

    def parsed(self, value: object) -> str:
        """Return the layer's id; ValueError where it is not text."""
        if not isinstance(value, str):
            raise ValueError("the id of a layer is needed")
        return value


Param = Float | Int | Bool | Choice | Text | File | LayerParam | Seed


def defaults(params: Sequence[Param]) -> dict[str, object]:
    """Name and default of every parameter, in their order."""
    return {param.name: param.default for param in params}


def validate(params: Sequence[Param], values: Mapping[str, object]) -> dict[str, object]:
    """Check values against their parameters and fill in the defaults.

    Args:
        params: What can be set.
        values: What was set: Python values, or text as written after ``--set NAME=``.

    Returns:
        A value of the right type for every parameter, in the order of ``params``.

    Raises:
        InputRefused: A name is unknown, or a value has the wrong type or is out of range.
    """
    known = {param.name: param for param in params}
    unknown = [name for name in values if name not in known]
    if unknown:
        listed = f"The known ones are {', '.join(known)}." if known else "There is nothing to set."
        raise InputRefused(f"Cannot set {unknown[0]}", "there is no such parameter", listed)
    return {name: _value_of(param, values) for name, param in known.items()}


def _value_of(param: Param, values: Mapping[str, object]) -> object:
    if param.name not in values:
        return param.default
    value = values[param.name]
    try:
        return param.parsed(value)
    except ValueError as reason:
        shown = str(value) if len(str(value)) <= 60 else f"{str(value)[:57]}..."
        hint = f"{param.title}: {param.help}"
        raise InputRefused(f"Cannot set {param.name} to {shown!r}", str(reason), hint) from None


def _whole(value: object) -> int:
    try:
        if isinstance(value, bool) or not isinstance(value, int | float | str):
            raise ValueError
        number = int(value)
    except (ValueError, OverflowError):
        raise ValueError("a whole number is needed") from None
    if isinstance(value, float) and number != value:
        raise ValueError("a whole number is needed")
    return number


def _within(number: float, minimum: float, maximum: float, unit: str) -> float:
    if minimum <= number <= maximum:
        return number
    suffix = f" {unit}" if unit else ""
    if math.isinf(maximum):
        raise ValueError(f"it must be at least {minimum:g}{suffix}")
    if math.isinf(minimum):
        raise ValueError(f"it must be at most {maximum:g}{suffix}")
    raise ValueError(f"it must be between {minimum:.10g} and {maximum:.10g}{suffix}")
