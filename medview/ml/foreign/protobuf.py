"""Walking through a protobuf message without a schema compiler: numbers and slices, nothing is built.

Wire format: https://protobuf.dev/programming-guides/encoding. A message is a row of fields, each a key
(field number and wire type) and a value: a varint, 8 bytes, a length and that many bytes, or 4 bytes.
"""

from __future__ import annotations

from collections.abc import Iterator

_VARINT, _EIGHT, _BYTES, _FOUR = 0, 1, 2, 5
_MOST_FIELDS = 20_000_000

Field = tuple[int, "int | memoryview"]


class MalformedMessage(ValueError):
    """The bytes are no protobuf message."""


class Budget:
    """How many fields may still be walked, so that a small file cannot keep a reader busy for ever."""

    def __init__(self, fields: int = _MOST_FIELDS) -> None:
        self.left = fields

    def spend(self) -> None:
        """Take one field off the budget."""
        self.left -= 1
        if self.left < 0:
            raise MalformedMessage("it holds more fields than any network needs")


def fields_of(message: memoryview, budget: Budget) -> Iterator[Field]:
    """Yield number and value of every field; length-delimited values are slices of `message`.

    Raises:
        MalformedMessage: The bytes end too early, or use a wire type that is not allowed.
    """
    place = 0
    while place < len(message):
        budget.spend()
        key, place = _varint(message, place)
        number, kind = key >> 3, key & 7
        if kind == _VARINT:
            value, place = _varint(message, place)
            yield number, value
        else:
            size, place = _size(message, place, kind)
            if place + size > len(message):
                raise MalformedMessage("it ends in the middle of a field")
            yield number, message[place : place + size]
            place += size


def _size(message: memoryview, place: int, kind: int) -> tuple[int, int]:
    if kind == _BYTES:
        return _varint(message, place)
    if kind in (_EIGHT, _FOUR):
        return (8 if kind == _EIGHT else 4), place
    raise MalformedMessage(f"it uses the wire type {kind}")


def _varint(message: memoryview, place: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        if place >= len(message) or shift > 63:
            raise MalformedMessage("it ends in the middle of a number")
        byte = message[place]
        place += 1
        value |= (byte & 0x7F) << shift
        if not byte & 0x80:
            return value, place
        shift += 7


def text_of(value: int | memoryview) -> str:
    """A text field; at most 10000 letters of it."""
    if isinstance(value, int):
        raise MalformedMessage("a number stands where text belongs")
    return bytes(value[:10_000]).decode("utf-8", errors="replace")


def whole_of(value: int | memoryview) -> int:
    """A whole-number field, signed."""
    if not isinstance(value, int):
        raise MalformedMessage("bytes stand where a number belongs")
    return value - (1 << 64) if value >> 63 else value


def message_of(value: int | memoryview) -> memoryview:
    """An inner message."""
    if isinstance(value, int):
        raise MalformedMessage("a number stands where a message belongs")
    return value
