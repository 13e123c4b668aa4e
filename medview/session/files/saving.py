"""Saving a layer: a snapshot goes to disk while work goes on."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from medview.core.errors import InputRefused
from medview.core.labels import LabelMap
from medview.core.layers import Layer, LayerKind
from medview.core.origin import HAND
from medview.core.radiance import RadianceField
from medview.core.volume import AnyArray, Volume
from medview.io import writers
from medview.io.atomic_file import make_folder_of
from medview.io.mark import marked
from medview.io.naming import stem_of
from medview.io.sidecar import provenance_path_of, write_provenance
from medview.jobs.execution import Link
from medview.jobs.job import Job


def saving_job(layer: Layer, path: Path) -> Job:
    """A job that writes the layer as it is now: later changes do not reach it.

    Raises:
        InputRefused: It is a radiance field, which lies in its folder as it is.
    """
    if isinstance(layer.data, RadianceField):
        detail = "a scene lies in the folder that it was trained into"
        raise InputRefused(f"Cannot save {layer.name} as a file", detail, "Export it in the Scene tab.")
    facts: dict[str, Any] = {"path": path, "provenance": facts_of(layer)}
    title = f"Saving {path.name}"
    if isinstance(layer.data, LabelMap):
        labels = layer.data
        facts |= {"geometry": labels.geometry, "source": layer.source, "entries": labels.table.entries}
        return Job(title=title, target=write_labels, payload=facts, arrays={"labels": labels.array.copy()})
    return Job(title=title, target=write_volume, payload=facts | {"volume": layer.data})


def facts_of(layer: Layer) -> dict[str, Any]:
    """What is to be written beside a layer's file; empty where nothing is known of its making.

    Whoever opens the file learns that it was never measured, or that a person has changed what a model made.
    """
    facts = dict(layer.provenance or {})
    if layer.kind is LayerKind.SYNTHESIZED:
        facts["synthesized"] = True
    if facts and isinstance(layer.data, LabelMap) and layer.revision and _has_other_voxels(layer.data):
        facts["edited_by_hand"] = True
    return facts


def _has_other_voxels(labels: LabelMap) -> bool:
    """Whether anybody has changed voxels, rather than names or reviews alone."""
    return bool(labels.voxel_changes) or any(HAND in entry.origin.makers for entry in labels.table.entries)


def write_labels(
    payload: Mapping[str, Any], arrays: Mapping[str, AnyArray], link: Link
) -> tuple[None, Mapping[str, AnyArray]]:
    """Job target: write a label map and what is known about it."""
    path: Path = payload["path"]
    writers.write_labels(
        arrays["labels"],
        payload["geometry"],
        payload["source"],
        path,
        payload["entries"],
        link.progress,
        is_synthesized=_is_synthesized(payload),
    )
    _write_facts(path, payload["provenance"])
    return None, {}


def write_own_labels(
    payload: Mapping[str, Any], arrays: Mapping[str, AnyArray], link: Link
) -> tuple[None, Mapping[str, AnyArray]]:
    """Job target: as `write_labels`, in a folder that the program makes itself."""
    make_folder_of(payload["path"])
    return write_labels(payload, arrays, link)


def write_volume(
    payload: Mapping[str, Any], _arrays: Mapping[str, AnyArray], link: Link
) -> tuple[None, Mapping[str, AnyArray]]:
    """Job target: write a scan and what is known about it."""
    path: Path = payload["path"]
    volume: Volume = payload["volume"]
    writers.write_volume(marked(volume) if _is_synthesized(payload) else volume, path, link.progress)
    _write_facts(path, payload["provenance"])
    return None, {}


def _is_synthesized(payload: Mapping[str, Any]) -> bool:
    return payload["provenance"].get("synthesized") is True


def suggested_path(layer: Layer, layers: tuple[Layer, ...]) -> Path:
    """Where a layer would be saved: its own file, or beside the scan that it lies on."""
    if layer.path is not None and layer.path.name.lower().endswith(writers.ENDINGS):
        return layer.path
    beside = next((other.path for other in layers if other.path is not None), None)
    folder = Path.home() if beside is None else (beside if beside.is_dir() else beside.parent)
    prefix = f"{stem_of(beside)}_" if beside is not None and not beside.is_dir() else ""
    return folder / f"{prefix}{_file_words(layer.name)}.nii.gz"


def _file_words(name: str) -> str:
    kept = "".join(letter if letter.isalnum() else "_" for letter in name.lower())
    return "_".join(filter(None, kept.split("_"))) or "layer"


def _write_facts(path: Path, provenance: dict[str, Any]) -> None:
    if provenance:
        write_provenance(path, provenance)
        return
    # what lies there told of the file that has just been replaced
    provenance_path_of(path).unlink(missing_ok=True)
