"""What a person must be told of the size of a scene before anything is read off it."""

from __future__ import annotations

from medview.core.radiance import Placement, ScaleSource

ARBITRARY = "Scale arbitrary: not for measurement"


def scale_banner(placement: Placement) -> str:
    """The warning that belongs over a scene and over any length in it; empty where millimetres are real."""
    return "" if placement.is_measurable else ARBITRARY


def scale_words(placement: Placement) -> str:
    """How the size of a scene is known, as a sentence.

    Such as ``"1 unit is 48.50 mm, from 4 pairs of landmarks (0.82 mm root mean square)."``
    """
    size = f"1 unit is {placement.mm_per_unit:.4g} mm"
    match placement.scale_source:
        case ScaleSource.ARBITRARY:
            return f"{size} for show only."
        case ScaleSource.CAPTURE:
            return f"{size}, as the capture states."
        case ScaleSource.LENGTH:
            return f"{size}, from one known length."
        case ScaleSource.LANDMARKS:
            left = placement.residual_mm
            told = "" if left is None else f" ({left:.2f} mm root mean square)"
            return f"{size}, from pairs of landmarks{told}."


def scale_facts(placement: Placement) -> dict[str, object]:
    """The same for side files of whatever is written out of a scene."""
    return {
        "unit": "mm" if placement.is_measurable else "arbitrary",
        "scale_source": placement.scale_source.value,
        "mm_per_unit": placement.mm_per_unit if placement.is_measurable else None,
        "residual_mm": placement.residual_mm,
        "ras_from_scene": placement.ras_from_scene.tolist(),
        "warning": scale_banner(placement),
    }
