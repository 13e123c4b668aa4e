"""Where two results differ: a job that makes a layer and a sentence of two masks."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from medview.core.labels import LabelMap
from medview.core.layers import Layer
from medview.core.state import SessionState
from medview.core.volume import AnyArray
from medview.jobs.execution import Link
from medview.jobs.job import Job, JobDone
from medview.jobs.lanes import Lane
from medview.measure.disagreement import compared
from medview.session.files.layers_from import Content
from medview.session.job_desk import JobDesk, Reactions

#: What the provenance of a map of differences calls it.
DIFFERENCE = "disagreement"


def compare_job(
    payload: Mapping[str, Any], arrays: Mapping[str, AnyArray], link: Link
) -> tuple[tuple[LabelMap, str], Mapping[str, AnyArray]]:
    """Job target: where two label maps differ, as a map, and in words."""
    link.progress(0.1, "Comparing")
    tables, geometry = payload["tables"], payload["geometries"]
    first, second = (LabelMap(arrays[name], geometry[name], tables[name]) for name in ("first", "second"))
    return compared(first, second, payload["names"]), {}


def start_comparison(
    desk: JobDesk, lane: Lane, layers: tuple[Layer, Layer], take: Callable[[Content, str], None]
) -> str:
    """Compare two label layers in a job; `take` gets the layer in the making and the text."""
    first, second = layers
    assert isinstance(first.data, LabelMap) and isinstance(second.data, LabelMap)
    maps = {"first": first.data, "second": second.data}
    job = Job(
        title=f"Comparing {first.name} and {second.name}",
        target=compare_job,
        payload={
            "names": (first.name, second.name),
            "tables": {name: data.table for name, data in maps.items()},
            "geometries": {name: data.geometry for name, data in maps.items()},
        },
        arrays={name: data.array.copy() for name, data in maps.items()},
    )

    def done(event: JobDone) -> None:
        labels, text = event.value
        facts = {"output": DIFFERENCE, "of": [first.name, second.name], "found": text}
        name = f"{first.name} against {second.name}"
        take(Content(name=name, data=labels, source=first.source, provenance=facts), text)

    return desk.start(lane, job, Reactions(done=done))


def comparable(state: SessionState) -> tuple[Layer, ...]:
    """The masks that lie on the grid of another one: the active one first, then top layer first.

    A map of differences is no result, and is left out.
    """
    masks = [layer for layer in reversed(state.layers) if layer.is_labels and not is_difference(layer)]
    masks.sort(key=lambda layer: layer is not state.active)
    return tuple(layer for layer in masks if beside(layer, masks))


def beside(layer: Layer, others: Iterable[Layer]) -> tuple[Layer, ...]:
    """The others that lie on a layer's grid."""
    return tuple(other for other in others if other is not layer and other.geometry.matches(layer.geometry))


def is_difference(layer: Layer) -> bool:
    """Whether a layer is a map of where two results differ."""
    return (layer.provenance or {}).get("output") == DIFFERENCE
