"""What is said in and beside every file that a scene is written to: inferred, and in which unit."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import medview
from medview.core.radiance import Placement
from medview.core.scale_words import scale_facts
from medview.io.sidecar import write_provenance
from medview.ml.field_folder import read_facts
from medview.session.fields.placing import placement_from

INFERRED = "Inferred by a radiance field from pictures, not measured"


def placement_in(payload: Mapping[str, Any]) -> Placement:
    """The placement that a job was given."""
    return placement_from(payload["placement"])


def unit_words(placement: Placement) -> str:
    """The unit of lengths in a file."""
    if placement.is_measurable:
        return f"millimetres (scale from {placement.scale_source.value})"
    return "ARBITRARY SCALE: units of the scene, not millimetres; nothing can be measured"


def facts_beside(payload: Mapping[str, Any], what: str, **more: Any) -> dict[str, Any]:
    """The facts that are written beside a file.

    Args:
        payload: Of the job: ``folder`` and ``placement``.
        what: Such as ``"point cloud"``.
        more: Whatever else belongs to it.
    """
    facts = read_facts(Path(payload["folder"]))
    return {
        "what": f"{what} of a radiance field",
        "synthesized": True,
        "note": INFERRED,
        "scene": facts.name,
        "model": facts.model_id,
        "version": facts.version,
        "scale": scale_facts(placement_in(payload)),
        "training": dict(facts.provenance),
        "program_version": medview.__version__,
        **more,
    }


def write_facts_beside(path: Path, payload: Mapping[str, Any], what: str, **more: Any) -> None:
    """Write them."""
    write_provenance(path, facts_beside(payload, what, **more))


def comments(payload: Mapping[str, Any], space: str) -> list[str]:
    """Lines for the header of a PLY file."""
    placement = placement_in(payload)
    return [
        f"medview {medview.__version__}",
        INFERRED,
        f"unit: {unit_words(placement)}",
        f"space: {space}",
    ]


def space_of(placement: Placement) -> str:
    """The coordinates that points are written in."""
    return "RAS, patient" if placement.is_measurable else "scene, as learned"
