"""Frozen values of the program as plain JSON and back, field by field.

A data class is written with all fields that its constructor takes, so that new ones come along by
themselves. Only classes that the layers and commands are made of are ever made again: reading a journal
calls no name that it finds there. A field that is unknown here is left out; a missing one has its default.
"""

from __future__ import annotations

import dataclasses
import typing
from collections.abc import Callable, Iterable
from enum import Enum
from pathlib import Path
from typing import Any

import numpy as np

_KIND = "$"
_VALUE = "v"
_MOST_ARRAY_VALUES = 4096

Hook = Callable[[Any], dict[str, Any] | None]
Opener = Callable[[str, Any], Any]


class NotPlain(TypeError):
    """A value that no journal can hold."""


def types_within(roots: Iterable[type]) -> dict[str, type]:
    """Data classes and enumerations by name: the roots, and all that their fields are said to hold."""
    found: dict[str, type] = {}
    waiting = list(roots)
    while waiting:
        kind = waiting.pop()
        if kind.__name__ in found:
            continue
        found[kind.__name__] = kind
        if dataclasses.is_dataclass(kind):
            for hint in typing.get_type_hints(kind).values():
                waiting.extend(_classes_in(hint))
    return found


def _classes_in(hint: Any) -> list[type]:
    inner = [found for part in typing.get_args(hint) for found in _classes_in(part)]
    is_ours = isinstance(hint, type) and (dataclasses.is_dataclass(hint) or issubclass(hint, Enum))
    return [*inner, hint] if is_ours else inner


class Packer:
    """Turns values into JSON; bytes become parts that lie beside it.

    Args:
        hook: Asked first; returns what stands for a value, or None for the usual way.
    """

    def __init__(self, hook: Hook = lambda _value: None) -> None:
        self._hook = hook
        self.parts: list[bytes] = []

    def pack(self, value: Any) -> Any:
        """The value as JSON.

        Raises:
            NotPlain: It holds something that is no data.
        """
        special = self._hook(value)
        if special is not None:
            return special
        if isinstance(value, np.generic):
            return value.item()
        if value is None or (isinstance(value, bool | int | float | str) and not isinstance(value, Enum)):
            return value
        if isinstance(value, list):
            return [self.pack(part) for part in value]
        if isinstance(value, dict):
            return self._dict(value)
        return {_KIND: type(value).__name__, _VALUE: self._content(value)}

    def _dict(self, value: dict[Any, Any]) -> Any:
        if all(isinstance(key, str) for key in value) and _KIND not in value:
            return {key: self.pack(part) for key, part in value.items()}
        return {_KIND: "dict", _VALUE: [[self.pack(key), self.pack(part)] for key, part in value.items()]}

    def _content(self, value: Any) -> Any:
        if dataclasses.is_dataclass(value):
            names = [field.name for field in dataclasses.fields(value) if field.init]
            return {name: self.pack(getattr(value, name)) for name in names}
        if isinstance(value, Enum):
            return self.pack(value.value)
        if isinstance(value, tuple | frozenset | set):
            return [self.pack(part) for part in value]
        return self._leaf(value)

    def _leaf(self, value: Any) -> Any:
        if isinstance(value, bytes):
            self.parts.append(value)
            return len(self.parts) - 1
        if isinstance(value, Path):
            return str(value)
        if isinstance(value, np.ndarray) and value.size <= _MOST_ARRAY_VALUES:
            return [value.dtype.str, list(value.shape), value.tolist()]
        raise NotPlain(f"a {type(value).__name__} cannot be written into a journal")


class Unpacker:
    """Undoes `Packer`.

    Args:
        known: The classes that may be made, by name.
        parts: The bytes that lie beside the JSON.
        opener: Called with kind and content of what the packer's hook has put in the place of a value.
    """

    def __init__(self, known: dict[str, type], parts: list[bytes], opener: Opener) -> None:
        self._known = known
        self._parts = parts
        self._opener = opener

    def unpack(self, plain: Any) -> Any:
        """The value.

        Raises:
            ValueError: The JSON is none that `Packer` makes; so do KeyError, TypeError, IndexError.
        """
        if isinstance(plain, list):
            return [self.unpack(part) for part in plain]
        if not isinstance(plain, dict):
            return plain
        if _KIND not in plain:
            return {key: self.unpack(part) for key, part in plain.items()}
        kind, content = plain[_KIND], plain[_VALUE]
        return self._data(self._known[kind], content) if kind in self._known else self._leaf(kind, content)

    def _data(self, kind: type, content: Any) -> Any:
        if issubclass(kind, Enum):
            return kind(self.unpack(content))
        names = {field.name for field in dataclasses.fields(kind) if field.init}  # type: ignore[arg-type]
        return kind(**{name: self.unpack(part) for name, part in content.items() if name in names})

    def _leaf(self, kind: str, content: Any) -> Any:
        match kind:
            case "tuple":
                return tuple(self.unpack(part) for part in content)
            case "frozenset" | "set":
                return {"set": set, "frozenset": frozenset}[kind](self.unpack(part) for part in content)
            case "dict":
                return {self.unpack(key): self.unpack(part) for key, part in content}
            case "bytes":
                return self._parts[content]
            case "PosixPath" | "WindowsPath" | "PurePosixPath" | "Path":
                return Path(content)
            case "ndarray":
                dtype, shape, values = content
                return np.array(values, np.dtype(dtype)).reshape(shape)
        return self._opener(kind, content)
