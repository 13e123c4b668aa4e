"""What an ONNX file contains, looked through before any runtime sees it.

Field numbers: https://github.com/onnx/onnx/blob/main/onnx/onnx.proto. Refused are operators from
libraries of others, and tensors kept in files outside the model's folder (onnx advisories
GHSA-3r9x-f23j-gc73 and GHSA-whh8-fjgc-qp73 are about such paths).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath, PureWindowsPath

import numpy as np

from medview.ml.foreign.limits import refused
from medview.ml.foreign.protobuf import (
    Budget,
    MalformedMessage,
    fields_of,
    message_of,
    text_of,
    whole_of,
)

MOST_BYTES = 4_000_000_000
MOST_DEPTH = 16
#: Operator sets that every runtime brings along.
PLAIN_DOMAINS = ("", "ai.onnx", "ai.onnx.ml")
#: Operators that onnxruntime itself writes when it quantises or fuses; none of them opens a file.
RUNTIME_DOMAIN = "com.microsoft"
RUNTIME_OPERATORS = frozenset(
    [
        "BiasGelu",
        "FastGelu",
        "FusedConv",
        "FusedGemm",
        "FusedMatMul",
        "Gelu",
        "GroupNorm",
        "LayerNormalization",
        "QGemm",
        "QLinearAdd",
        "QLinearAveragePool",
        "QLinearConcat",
        "QLinearGlobalAveragePool",
        "QLinearLeakyRelu",
        "QLinearMul",
        "QLinearSigmoid",
        "QLinearSoftmax",
        "QuantizeLinear",
        "DequantizeLinear",
        "DynamicQuantizeMatMul",
        "MatMulNBits",
        "NhwcMaxPool",
        "QuickGelu",
        "SkipLayerNormalization",
    ]
)
_EXTERNAL = 1


@dataclass(frozen=True)
class Port:
    """A tensor that goes in or comes out: its name, and its sizes (None where they are open)."""

    name: str
    shape: tuple[int | None, ...]


@dataclass(eq=False)
class OnnxFile:
    """What was found in a file."""

    inputs: list[Port] = field(default_factory=list)
    outputs: list[Port] = field(default_factory=list)
    weights: set[str] = field(default_factory=set)
    operators: set[tuple[str, str]] = field(default_factory=set)
    functions: set[tuple[str, str]] = field(default_factory=set)
    outside: set[str] = field(default_factory=set)
    """Locations of tensors kept in other files."""


def read_onnx(path: Path) -> OnnxFile:
    """Look through a file; refuse what a network has no need of.

    Raises:
        InputRefused: It is no ONNX file, is too large, uses a foreign operator, or names a file outside
            its folder.
    """
    if path.is_symlink() or not path.is_file():
        raise refused(path.parent, f"{path.name} is missing or is a link")
    size = path.stat().st_size
    if not 0 < size <= MOST_BYTES:
        raise refused(path.parent, f"{path.name} is empty or larger than {MOST_BYTES / 1e9:g} GB")
    found = OnnxFile()
    try:
        _walk_file(path, found)
    except MalformedMessage as reason:
        raise refused(path.parent, f"{path.name} is not an ONNX file: {reason}") from None
    if not found.outputs:
        raise refused(path.parent, f"{path.name} is not an ONNX file: it holds no graph")
    _demand_plain_operators(path, found)
    for location in sorted(found.outside):
        demand_inside(path.parent, location)
    found.inputs = [port for port in found.inputs if port.name not in found.weights]
    return found


def demand_inside(folder: Path, location: str) -> Path:
    """The file that a tensor is kept in.

    Raises:
        InputRefused: The location is absolute, climbs out, is a link, or is not there.
    """
    parts = PurePosixPath(location.replace("\\", "/")).parts
    is_absolute = PurePosixPath(location).is_absolute() or PureWindowsPath(location).anchor != ""
    if not location or is_absolute or ".." in parts:
        raise refused(
            folder,
            f"its weights point to a file outside the model's folder ({location!r})",
            "Nothing was read from there; ask for a model whose weights lie in its own folder.",
        )
    place = folder.joinpath(*parts)
    if any(part.is_symlink() for part in (place, *place.parents) if part.is_relative_to(folder)):
        raise refused(folder, f"the file {location!r} with its weights is a link")
    if not place.is_file():
        raise refused(folder, f"the file {location!r} with its weights is missing")
    return place


def _walk_file(path: Path, found: OnnxFile) -> None:
    # a map that closes by itself once no slice of it is left
    _walk_model(memoryview(np.memmap(path, np.uint8, "r")), found, Budget())  # type: ignore[arg-type]


def _walk_model(model: memoryview, found: OnnxFile, budget: Budget) -> None:
    graphs = 0
    for number, value in fields_of(model, budget):
        if number == 7:
            graphs += 1
            _walk_graph(message_of(value), found, budget, 0)
        elif number == 25:
            _walk_function(message_of(value), found, budget)
        elif number == 20:
            raise MalformedMessage("it holds training steps, not only a network")
    if graphs > 1:
        raise MalformedMessage("it holds several graphs")


def _walk_graph(graph: memoryview, found: OnnxFile, budget: Budget, depth: int) -> None:
    if depth > MOST_DEPTH:
        raise MalformedMessage(f"its graphs are nested more than {MOST_DEPTH} deep")
    for number, value in fields_of(graph, budget):
        if number == 1:
            _walk_node(message_of(value), found, budget, depth)
        elif number == 5:
            found.weights.add(_walk_tensor(message_of(value), found, budget))
        elif number == 15:
            _walk_sparse(message_of(value), found, budget)
        elif number in (11, 12) and depth == 0:
            ports = found.inputs if number == 11 else found.outputs
            ports.append(_port(message_of(value), budget))


def _walk_function(function: memoryview, found: OnnxFile, budget: Budget) -> None:
    name = domain = ""
    for number, value in fields_of(function, budget):
        if number == 1:
            name = text_of(value)
        elif number == 10:
            domain = text_of(value)
        elif number == 7:
            _walk_node(message_of(value), found, budget, 1)
        elif number == 11:
            _walk_attribute(message_of(value), found, budget, 1)
    found.functions.add((domain, name))


def _walk_node(node: memoryview, found: OnnxFile, budget: Budget, depth: int) -> None:
    name = domain = ""
    for number, value in fields_of(node, budget):
        if number == 4:
            name = text_of(value)
        elif number == 7:
            domain = text_of(value)
        elif number == 5:
            _walk_attribute(message_of(value), found, budget, depth)
    found.operators.add((domain, name))


def _walk_attribute(attribute: memoryview, found: OnnxFile, budget: Budget, depth: int) -> None:
    for number, value in fields_of(attribute, budget):
        if number in (5, 10):
            _walk_tensor(message_of(value), found, budget)
        elif number in (6, 11):
            _walk_graph(message_of(value), found, budget, depth + 1)
        elif number in (22, 23):
            _walk_sparse(message_of(value), found, budget)


def _walk_sparse(sparse: memoryview, found: OnnxFile, budget: Budget) -> None:
    for number, value in fields_of(sparse, budget):
        if number in (1, 2):
            _walk_tensor(message_of(value), found, budget)


def _walk_tensor(tensor: memoryview, found: OnnxFile, budget: Budget) -> str:
    name, location, is_external = "", None, False
    for number, value in fields_of(tensor, budget):
        if number == 8:
            name = text_of(value)
        elif number == 14:
            is_external = whole_of(value) == _EXTERNAL
        elif number == 13:
            key, entry = _pair(message_of(value), budget)
            location = entry if key == "location" else location
    if is_external or location is not None:
        found.outside.add(location or "")
    return name


def _pair(entry: memoryview, budget: Budget) -> tuple[str, str]:
    found = {number: text_of(value) for number, value in fields_of(entry, budget)}
    return found.get(1, ""), found.get(2, "")


def _port(info: memoryview, budget: Budget) -> Port:
    name, shape = "", []
    for number, value in fields_of(info, budget):
        if number == 1:
            name = text_of(value)
        elif number == 2:
            shape = _shape(message_of(value), budget)
    return Port(name, tuple(shape))


def _shape(kind: memoryview, budget: Budget) -> list[int | None]:
    """Sizes of a TypeProto: tensor_type (1), shape (2), dim (1), dim_value (1)."""
    sizes: list[int | None] = []
    for tensor in _inner(kind, 1, budget):
        for shape in _inner(tensor, 2, budget):
            for dim in _inner(shape, 1, budget):
                values = [whole_of(value) for number, value in fields_of(dim, budget) if number == 1]
                sizes.append(values[0] if values and values[0] > 0 else None)
    return sizes


def _inner(message: memoryview, wanted: int, budget: Budget) -> list[memoryview]:
    return [message_of(value) for number, value in fields_of(message, budget) if number == wanted]


def _demand_plain_operators(path: Path, found: OnnxFile) -> None:
    for domain, name in sorted(found.operators - found.functions):
        if domain in PLAIN_DOMAINS or (domain == RUNTIME_DOMAIN and name in RUNTIME_OPERATORS):
            continue
        raise refused(
            path.parent,
            f"it needs the operator {name} of {domain}, which is not part of ONNX",
            "Such operators are programs in libraries of their own; export the network without them.",
        )
    clash = next((pair for pair in sorted(found.functions) if pair[0] in PLAIN_DOMAINS), None)
    if clash is not None:
        raise refused(path.parent, f"it redefines the operator {clash[1]} of ONNX")
