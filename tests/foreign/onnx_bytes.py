"""ONNX files written by hand, field by field: https://github.com/onnx/onnx/blob/main/onnx/onnx.proto."""

from __future__ import annotations

import numpy as np


def varint(value: int) -> bytes:
    value &= (1 << 64) - 1
    out = bytearray()
    while True:
        byte = value & 0x7F
        value >>= 7
        out.append(byte | (0x80 if value else 0))
        if not value:
            return bytes(out)


def number(field: int, value: int) -> bytes:
    return varint(field << 3) + varint(value)


def block(field: int, value: bytes | str) -> bytes:
    data = value.encode() if isinstance(value, str) else value
    return varint(field << 3 | 2) + varint(len(data)) + data


def tensor(name: str, array: np.ndarray, *, location: str | None = None) -> bytes:
    body = b"".join(number(1, size) for size in array.shape) + number(2, 1) + block(8, name)
    if location is None:
        return body + block(9, array.astype("<f4").tobytes())
    entry = block(1, "location") + block(2, location)
    return body + block(13, entry) + number(14, 1)


def port(name: str, shape: tuple[int | str, ...]) -> bytes:
    dims = b"".join(block(1, number(1, size) if isinstance(size, int) else block(2, size)) for size in shape)
    kind = block(1, number(1, 1) + block(2, dims))
    return block(1, name) + block(2, kind)


def ints(name: str, values: tuple[int, ...]) -> bytes:
    return block(1, name) + b"".join(number(8, value) for value in values) + number(20, 7)


def node(kind: str, inputs: list[str], outputs: list[str], attributes=(), domain: str = "") -> bytes:
    body = b"".join(block(1, name) for name in inputs) + b"".join(block(2, name) for name in outputs)
    body += block(4, kind) + b"".join(block(5, item) for item in attributes)
    return body + (block(7, domain) if domain else b"")


def model(
    nodes: list[bytes], weights: list[bytes], inputs: list[bytes], outputs: list[bytes], extra=b""
) -> bytes:
    graph = b"".join(block(1, item) for item in nodes) + block(2, "net")
    graph += b"".join(block(5, item) for item in weights)
    graph += b"".join(block(11, item) for item in inputs) + b"".join(block(12, item) for item in outputs)
    return number(1, 8) + block(7, graph) + block(8, block(1, "") + number(2, 17)) + extra


def brightness_network(
    dims: int = 3,
    level: float = 0.5,
    gain: float = 40.0,
    *,
    location=None,
    domain: str = "",
    size: object = "n",
) -> bytes:
    """A 1x1 convolution: class 1 where the input is above a level, class 0 elsewhere."""
    ones = (1,) * dims
    weight = np.array([-gain, gain], np.float32).reshape(2, 1, *ones)
    bias = np.array([gain * level, -gain * level], np.float32)
    sizes = tuple(f"{size}{n}" if isinstance(size, str) else size for n in range(dims))
    return model(
        [node("Conv", ["x", "w", "b"], ["y"], [ints("kernel_shape", ones)], domain)],
        [tensor("w", weight, location=location), tensor("b", bias)],
        [port("x", (1, 1, *sizes))],
        [port("y", (1, 2, *sizes))],
    )
