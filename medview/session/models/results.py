"""From a model's arrays to layers in the making, with what a person is told about them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from medview.core.codes import Terminology
from medview.core.geometry import Geometry
from medview.core.labels import LabelEntry, LabelMap, LabelTable
from medview.core.layers import ImageDisplay
from medview.core.origin import NOT_STATED, Origin, model_maker
from medview.core.volume import AnyArray, Source, Volume, value_range
from medview.jobs.execution import Link
from medview.measure.statistics import label_statistics, summary_sentence
from medview.ml.preflight import time_words
from medview.ml.request import RunResult
from medview.ml.spec import ModelSpec, OutputSpec
from medview.session.files.layers_from import Content
from medview.session.proposals.arrival import aim_words, aimed


def prepare_result(
    payload: Mapping[str, Any], _arrays: Mapping[str, AnyArray], link: Link
) -> tuple[tuple[tuple[Content, ...], str], Mapping[str, AnyArray]]:
    """Job target: contents of a `RunResult`, images below labels, and the sentence for the person.

    Where a mask is aimed at, the labels arrive as a proposal for it.
    """
    spec, result, source = payload["spec"], payload["result"], payload["source"]
    link.progress(1.0, "Taking the result over")
    contents = contents_of(spec, result, source)
    sentence = outcome_sentence(spec, contents, result.provenance)
    taken = aimed(contents, payload["aim"])
    return (taken, " ".join(filter(None, [sentence, aim_words(taken, payload["aim"])]))), {}


def contents_of(spec: ModelSpec, result: RunResult, source: Source | None) -> tuple[Content, ...]:
    """A content for every output that the run made, in the order of the spec.

    Args:
        spec: The model.
        result: Its arrays; label arrays belong to the new layers from here on.
        source: How the first input lies in its file, so that results are saved alike.
    """
    made = [output for output in spec.outputs if output.name in result.outputs]
    has_labels = any(output.kind == "labels" for output in made)
    return tuple(
        _content(spec, output, result, source, is_visible=output.kind == "labels" or not has_labels)
        for output in made
    )


def label_table(output: OutputSpec, provenance: Mapping[str, Any]) -> LabelTable:
    """The labels that a model's output holds, as its spec names them, made by the model of a provenance."""
    maker = model_maker(provenance)
    origin = Origin((maker,)) if maker is not None else NOT_STATED
    return LabelTable(
        tuple(
            LabelEntry(
                value=item.value,
                name=item.name,
                colour=item.colour,
                terms=Terminology.of_type(item.code),
                origin=origin,
            )
            for item in output.labels
        )
    )


def outcome_sentence(spec: ModelSpec, contents: tuple[Content, ...], provenance: Mapping[str, Any]) -> str:
    """What came of the run: ``"Brain vessels: 3.1 mL in 2 pieces. Took 38 s on the CPU. NOTES"``."""
    maps = [content for content in contents if isinstance(content.data, LabelMap)]
    parts = [
        summary_sentence(label_statistics(item.data)) for item in maps if isinstance(item.data, LabelMap)
    ]
    if not maps:
        parts = [f"{spec.title}: {', '.join(item.name for item in contents) or 'no output'}."]
    where = {"cpu": "the CPU", "cuda": "the graphics card"}.get(str(provenance.get("device", "")), "")
    took = f"Took {time_words(float(provenance.get('seconds', 0)))}{f' on {where}' if where else ''}."
    return " ".join(filter(None, [*parts, took, *provenance.get("notes", ()), spec.note]))


def _content(
    spec: ModelSpec, output: OutputSpec, result: RunResult, source: Source | None, is_visible: bool
) -> Content:
    array, geometry = result.outputs[output.name], result.geometries[output.name]
    facts = {
        **result.provenance,
        "output": output.name,
        "kind": output.kind,
        "synthesized": output.synthesized,
        "note": spec.note,
    }
    lies_as = _source(source, geometry, str(array.dtype))
    data: Volume | LabelMap
    if output.kind == "labels":
        data = LabelMap(
            array if array.flags.writeable else np.array(array), geometry, label_table(output, facts)
        )
    else:
        data = Volume(
            name=output.title,
            data=array,
            geometry=geometry,
            source=lies_as,
            values=value_range(array),
            value_unit=output.value_unit,
        )
    return Content(
        name=output.title,
        data=data,
        source=lies_as,
        provenance=facts,
        is_synthesized=output.synthesized and output.kind == "image",
        display=output_display(output),
        is_visible=is_visible,
    )


def output_display(output: OutputSpec) -> ImageDisplay | None:
    """How the spec wants an image to be shown first; None where it does not say."""
    if output.value_range is None:
        return None
    low, high = output.value_range
    return ImageDisplay(low=low, high=high, colormap=output.colormap or "gray")


def _source(source: Source | None, geometry: Geometry, dtype: str) -> Source:
    """The scan's axes and NIfTI codes, without what only holds for the scan's own numbers."""
    if source is None:
        return Source(path=None, format="computed", stored=geometry, dtype=dtype)
    header = {name: source.header[name] for name in ("nifti",) if name in source.header}
    return Source(
        path=None,
        format="computed",
        stored=source.stored,
        axes=source.axes,
        flipped=source.flipped,
        dtype=dtype,
        header=header,
    )
