"""Sample studies: made in a job that may run in another process, shown as scans that were never measured."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from medview.core.errors import Cancelled
from medview.core.volume import AnyArray, Source, ValueRange, Volume
from medview.jobs.execution import Link
from medview.jobs.job import Job
from medview.ml.travel import packed_geometry, unpacked_geometry
from medview.session.files.layers_from import Content

TARGET = "medview.session.files.sample:make_sample"
#: The scan that people see first: the one that the models of the head work on.
_FIRST_SEEN = "t2"
_MEMORY_BYTES = 1.2e9


def sample_job(name: str, seed: int, spacing_mm: float | None) -> Job:
    """A job that makes a study; its cubic voxels have the study's own size where `spacing_mm` is None."""
    payload = {"name": name, "seed": seed, "spacing_mm": spacing_mm}
    return Job(title="Making the sample study", target=TARGET, payload=payload, memory_bytes=_MEMORY_BYTES)


def make_sample(
    payload: Mapping[str, Any], _arrays: Mapping[str, AnyArray], link: Link
) -> tuple[dict[str, Any], Mapping[str, AnyArray]]:
    """Job target: make a study and return plain facts, and its scans' numbers by role."""
    from medview.phantoms.studies import make_study

    def progress(fraction: float, message: str) -> None:
        if link.is_cancelled():
            raise Cancelled
        link.progress(fraction, message)

    study = make_study(payload["name"], payload["seed"], payload["spacing_mm"], progress)
    facts = {role: _packed(volume) for role, volume in study.volumes.items()}
    arrays = {role: volume.data for role, volume in study.volumes.items()}
    return {"study": study.name, "seed": study.seed, "volumes": facts}, arrays


def sample_contents(value: Mapping[str, Any], arrays: Mapping[str, AnyArray]) -> tuple[Content, ...]:
    """Put together what `make_sample` returned; cheap, since nothing is computed or copied."""
    return tuple(
        _content(value, role, _unpacked(facts, arrays[role])) for role, facts in value["volumes"].items()
    )


def _content(value: Mapping[str, Any], role: str, volume: Volume) -> Content:
    return Content(
        name=volume.name,
        data=volume,
        source=volume.source,
        provenance={"study": value["study"], "seed": value["seed"], "synthesized": True},
        is_synthesized=True,
        is_reproducible=True,
        is_visible=role == _FIRST_SEEN or _FIRST_SEEN not in value["volumes"],
    )


def _packed(volume: Volume) -> dict[str, Any]:
    return {
        "name": volume.name,
        "modality": volume.modality,
        "geometry": packed_geometry(volume.geometry),
        "values": asdict(volume.values),
    }


def _unpacked(facts: Mapping[str, Any], array: AnyArray) -> Volume:
    geometry = unpacked_geometry(facts["geometry"])
    return Volume(
        name=facts["name"],
        data=array,
        geometry=geometry,
        source=Source(path=None, format="synthetic", stored=geometry, dtype=str(array.dtype)),
        values=ValueRange(**facts["values"]),
        modality=facts["modality"],
    )
