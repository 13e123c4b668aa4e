"""Does what a model returned fit what its spec promised?"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from medview.core.errors import RunFailed
from medview.core.geometry import Geometry
from medview.core.volume import AnyArray
from medview.ml.request import OutputArray, RunRequest
from medview.ml.spec import ModelSpec, OutputSpec

Made = Mapping[str, AnyArray | OutputArray]


def checked_outputs(
    spec: ModelSpec, request: RunRequest, made: Made
) -> tuple[dict[str, AnyArray], dict[str, Geometry]]:
    """Check names, shapes, number types, label values and finiteness; return arrays and grids by name.

    Label arrays become uint8 (uint16 where a value is above 255), images float32.

    Raises:
        RunFailed: Something is missing, unknown, misshapen, not finite or not a label of the spec.
    """
    unknown = [name for name in made if name not in {item.name for item in spec.outputs}]
    if unknown:
        raise _faulty(spec, f"it returned {unknown[0]}, which it does not describe")
    missing = [item.name for item in spec.outputs if not item.on_request and item.name not in made]
    if missing:
        raise _faulty(spec, f"it returned no {missing[0]}")
    arrays, geometries = {}, {}
    for name, value in made.items():
        output = value if isinstance(value, OutputArray) else OutputArray(value, request.first.geometry)
        arrays[name] = _checked_array(spec, spec.output(name), output)
        geometries[name] = output.geometry
    return arrays, geometries


def _checked_array(spec: ModelSpec, item: OutputSpec, output: OutputArray) -> AnyArray:
    array = np.asarray(output.array)
    if array.ndim < 3 or array.shape[:3] != output.geometry.shape:
        raise _faulty(spec, f"{item.name} has shape {array.shape}, its grid has {output.geometry.shape}")
    return _as_labels(spec, item, array) if item.kind == "labels" else _as_image(spec, item, array)


def _as_image(spec: ModelSpec, item: OutputSpec, array: AnyArray) -> AnyArray:
    if array.dtype.kind not in "iuf":
        raise _faulty(spec, f"{item.name} holds {array.dtype}, not real numbers")
    for slab in array:
        if not np.isfinite(slab).all():
            raise _faulty(spec, f"{item.name} holds values that are not finite")
    return array.astype(np.float32, copy=False)


def _as_labels(spec: ModelSpec, item: OutputSpec, array: AnyArray) -> AnyArray:
    if array.dtype.kind not in "biu":
        raise _faulty(spec, f"{item.name} holds {array.dtype}, not whole numbers")
    known = {0, *(label.value for label in item.labels)}
    found: set[int] = set()
    for slab in array:
        found |= set(np.unique(slab).tolist())
    if found - known:
        raise _faulty(spec, f"{item.name} holds the value {min(found - known)}, which is none of its labels")
    return array.astype(np.uint8 if max(known) < 256 else np.uint16, copy=False)


def _faulty(spec: ModelSpec, detail: str) -> RunFailed:
    return RunFailed(
        f"The result of {spec.title} is faulty", detail, "Nothing was changed; report this to its makers."
    )
