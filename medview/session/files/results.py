"""A model's results on disk: one file per output on the first input's grid, with provenance beside it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from medview.core.errors import InputRefused
from medview.core.geometry import Geometry
from medview.core.volume import AnyArray, Source, Volume, value_range
from medview.io.mark import marked
from medview.io.sidecar import write_provenance
from medview.io.writers import ENDINGS, write_labels, write_volume
from medview.ml.request import RunResult
from medview.ml.spec import ModelSpec, OutputSpec
from medview.session.models.results import label_table


def write_outputs(spec: ModelSpec, result: RunResult, first: Volume, out: Path) -> dict[str, Any]:
    """Write every output of a run.

    Args:
        spec: The model.
        result: What it made.
        first: The input whose grid and stored axes the files repeat.
        out: A folder, made where it is missing; or a file name where there is one output.

    Returns:
        The object that ``medview run --json`` prints.

    Raises:
        InputRefused: `out` is a file name and there are several outputs.
        RunFailed: A file could not be written; the others are complete.
    """
    paths = _paths(list(result.outputs), out)
    rows = [{"name": name, "kind": spec.output(name).kind, "path": str(path)} for name, path in paths.items()]
    facts = {**result.provenance, "outputs": rows}
    for name, path in paths.items():
        output = spec.output(name)
        _write(output, result.outputs[name], result.geometries[name], first, path, facts)
        mark = {"synthesized": True} if output.synthesized else {}
        write_provenance(path, {**facts, "output": name, **mark})
    return facts


def _paths(names: list[str], out: Path) -> dict[str, Path]:
    if not out.name.lower().endswith(ENDINGS):
        out.mkdir(parents=True, exist_ok=True)
        return {name: out / f"{name}.nii.gz" for name in names}
    if len(names) > 1:
        raise InputRefused(
            f"Cannot write {out.name}", f"the run made {len(names)} outputs", "Name a folder instead."
        )
    out.parent.mkdir(parents=True, exist_ok=True)
    return {names[0]: out}


def _write(
    output: OutputSpec,
    array: AnyArray,
    geometry: Geometry,
    first: Volume,
    path: Path,
    facts: Mapping[str, Any],
) -> None:
    reference = first.source if geometry.matches(first.geometry) else None
    if output.kind == "labels":
        entries = label_table(output, facts).entries
        write_labels(array, geometry, reference, path, entries, is_synthesized=output.synthesized)
        return
    source = reference or Source(path=None, format="made here", stored=geometry)
    volume = Volume(
        name=output.title,
        data=array,
        geometry=geometry,
        source=replace(source, dtype=str(array.dtype)),
        values=value_range(array),
        value_unit=output.value_unit,
    )
    write_volume(marked(volume) if output.synthesized else volume, path)
