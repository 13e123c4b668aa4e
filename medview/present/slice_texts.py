"""The words in the corners of a slice: what is shown, where, which side is which, and what is not real."""

from __future__ import annotations

from medview.core.layers import ImageDisplay, Layer, LayerKind
from medview.core.plans import Vector
from medview.core.state import Orientation, SessionState
from medview.core.volume import Volume
from medview.present.plane_frame import PlaneFrame, direction_letters
from medview.present.slice_stack import SliceStack

SYNTHESIZED = "SYNTHESIZED – not measured"
INFERRED = "INFERRED – not imaged"
EMPTY = "Drop a scan here, or press Ctrl+O"
#: Below this a plane counts as straight.
_TILT_DEG = 0.05


def corner_texts(
    state: SessionState, orientation: Orientation, frame: PlaneFrame, stack: SliceStack
) -> tuple[str, str, str, str]:
    """Return the lines of the top left, top right, bottom left and bottom right corner.

    With overlays off only the warning of made-up content and the side of the patient's left stay.
    """
    warnings, side = content_warnings(state), side_text(state, orientation, frame)
    if not state.view.overlays:
        return "", _lines(*warnings), "", side
    cursor = state.view.cursor_ras
    name = state.base.name if state.base is not None else ""
    return (
        f"{plane_title(orientation, frame)}  {position_text(frame, stack.position_mm(cursor))}",
        _lines(name, *warnings),
        _lines(frame_text(state), f"slice {stack.index_of(cursor) + 1} / {stack.count}"),
        _lines(window_text(state), side),
    )


def plane_title(orientation: Orientation, frame: PlaneFrame) -> str:
    """Such as ``"Axial"``, or ``"Axial, tilted 12°"`` where the plane follows an oblique scan."""
    title = orientation.value.capitalize()
    if frame.tilt_deg < _TILT_DEG:
        return title
    return f"{title}, tilted {frame.tilt_deg:.{0 if frame.tilt_deg >= 1 else 1}f}°"


def position_text(frame: PlaneFrame, position_mm: float) -> str:
    """Such as ``"S 12.3 mm"``: distance of the plane from the patient's origin, with its side."""
    shown = round(position_mm, 1) + 0.0
    return f"{direction_letters(frame.through if shown >= 0 else -frame.through)} {abs(shown):.1f} mm"


def side_text(state: SessionState, orientation: Orientation, frame: PlaneFrame) -> str:
    """Which side of the patient is on which side of the screen, read from the frame itself."""
    if orientation is Orientation.SAGITTAL:
        return f"anterior is on the {'left' if frame.right[1] < 0 else 'right'}"
    side = "right" if frame.right[0] < 0 else "left"
    # two short lines, because a narrow pane cuts long ones at their end: the word that matters
    return f"{state.view.convention.value.capitalize()}:\npatient's left is on the {side}"


def window_text(state: SessionState) -> str:
    """Such as ``"W 400 L 40 HU"``: the window of the scan that window and level act on."""
    layer = state.active_image
    if layer is None or not isinstance(layer.display, ImageDisplay) or _is_colour(layer):
        return ""
    unit = layer.data.value_unit if isinstance(layer.data, Volume) else ""
    return f"W {number_text(layer.display.width)} L {number_text(layer.display.level)} {unit}".rstrip()


def frame_text(state: SessionState) -> str:
    """Such as ``"frame 3 / 20"``; empty for still scans."""
    count = frame_count(state)
    return f"frame {min(state.view.frame, count - 1) + 1} / {count}" if count > 1 else ""


def frame_count(state: SessionState) -> int:
    """Time points of the scan that has most of them."""
    return max([layer.data.frame_count for layer in state.layers if isinstance(layer.data, Volume)] or [1])


def number_text(value: float) -> str:
    """A value with as many digits as people need: 4 significant, whole numbers without a fraction."""
    if value == round(value) and abs(value) < 1e6:
        return str(round(value))
    return f"{value:.4g}" if abs(value) < 1000 else f"{value:.0f}"


def content_warnings(state: SessionState) -> tuple[str, ...]:
    """What must be said of content that no scanner made; never switched off."""
    shown = [layer for layer in state.layers if layer.visible and layer.opacity > 0]
    is_study_synthetic = any(layer.source and layer.source.format == "synthetic" for layer in shown) or any(
        isinstance(layer.data, Volume) and layer.data.source.format == "synthetic" for layer in shown
    )
    return (
        SYNTHESIZED if any(layer.kind is LayerKind.SYNTHESIZED for layer in shown) else "",
        INFERRED if any(_is_inferred(layer) for layer in shown) else "",
        "Synthetic study" if is_study_synthetic else "",
        _preview_text(state),
    )


def mark_text(state: SessionState) -> str:
    """What must be read in every picture, however small: of images or labels that were never measured."""
    return next((text for text in content_warnings(state)[:2] if text), "")


def _is_inferred(layer: Layer) -> bool:
    """Labels of something that no scan of this patient shows; those of a sample study are its truth."""
    facts = layer.provenance or {}
    return layer.is_labels and facts.get("synthesized") is True and "study" not in facts


def _preview_text(state: SessionState) -> str:
    if state.preview is None:
        return ""
    title = state.preview.title
    return title if "preview" in title else f"{title}, preview"


def _is_colour(layer: Layer) -> bool:
    return isinstance(layer.data, Volume) and layer.data.is_colour


def _lines(*lines: str) -> str:
    return "\n".join(line for line in lines if line)


def signed_text(ras: Vector) -> str:
    """A patient position in the field's own form: ``"R 17.6  P 35.3  S 12.1 mm"``."""
    parts = []
    for value, sides in zip(ras, ("LR", "PA", "IS"), strict=True):
        shown = round(value, 1) + 0.0
        parts.append(f"{sides[shown >= 0]} {abs(shown):.1f}")
    return "  ".join(parts) + " mm"
