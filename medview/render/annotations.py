"""What is written and drawn over a slice: letters, corner texts, scale bar, crosshair, brush, frame."""

from __future__ import annotations

import numpy as np
from vtkmodules.vtkRenderingCore import vtkRenderer

from medview.core.plans import ClicksPlan, OutlinePlan, SlicePlan, Theme, Vector
from medview.core.state import Orientation
from medview.render.frame import PlaneFrame
from medview.render.sprite import Shapes
from medview.render.strokes import Strokes
from medview.render.words import MARGIN_PX, TEXT_PX, WordBoard, Words, corner_words, mark_words, message_words

_LETTER_PX, _GAP_PX, _INSET_PX = 14, 14, 30
_BAR_PART = 0.2
_CLICK_PX = 6.0
_INCLUDE_COLOUR = (0.25, 0.85, 0.35)
_LETTER_COLOUR = (1.0, 1.0, 1.0)
#: The panes whose planes are seen as the horizontal and the vertical line of the crosshair.
_CROSSING = {
    Orientation.AXIAL: (Orientation.CORONAL, Orientation.SAGITTAL),
    Orientation.CORONAL: (Orientation.AXIAL, Orientation.SAGITTAL),
    Orientation.SAGITTAL: (Orientation.AXIAL, Orientation.CORONAL),
}


def scale_bar_mm(mm_per_pixel: float, widest_px: float) -> float:
    """The longest of 1, 2, 5 times a power of ten millimetres that fits a width."""
    widest = max(mm_per_pixel * widest_px, 1e-9)
    decade = 10.0 ** np.floor(np.log10(widest))
    return float(max(step * decade for step in (1, 2, 5) if step * decade <= widest * (1 + 1e-9)))


def length_text(length_mm: float) -> str:
    """A length in the unit that people use for it, such as ``"5 cm"``."""
    if length_mm >= 1000:
        return f"{length_mm / 1000:g} m"
    if length_mm >= 10:
        return f"{length_mm / 10:g} cm"
    return f"{length_mm:g} mm" if length_mm >= 0.1 else f"{length_mm * 1000:g} µm"


class Annotations:
    """Draws the annotations of one pane; keeps what has not changed."""

    def __init__(self, renderer: vtkRenderer) -> None:
        self._shapes = Shapes(renderer)
        self._board = WordBoard(renderer)

    def draw(self, plan: SlicePlan, frame: PlaneFrame, theme: Theme, scale: float) -> None:
        """Lay out everything for a plan."""
        self._draw_strokes(plan, frame, theme, scale)
        width, text_colour = frame.size_px[0], _text_colour(theme)
        wanted = _edge_letters(plan, scale)
        for corner, text in enumerate(plan.corner_texts):
            title = theme.accents[plan.orientation] if corner == 0 else None
            wanted += corner_words(corner, text, text_colour, width, scale, title)
        wanted += _bar_words(plan, frame, theme, scale)
        wanted += message_words(plan.message, text_colour, width, scale)
        wanted += mark_words(plan.mark, plan.corner_texts[1], frame.size_px, scale)
        self._board.draw(wanted, frame.size_px)

    def raise_to_top(self) -> None:
        """Lie on everything drawn so far."""
        self._shapes.raise_to_top()
        self._board.raise_all()

    def close(self) -> None:
        """Free everything."""
        self._shapes.close()
        self._board.close()

    def _draw_strokes(self, plan: SlicePlan, frame: PlaneFrame, theme: Theme, scale: float) -> None:
        strokes = Strokes()
        if plan.crosshair_ras is not None:
            _add_crosshair(strokes, plan, frame, theme, scale)
        if plan.brush is not None:
            colour = tuple(channel / 255 for channel in plan.brush.colour)
            x, y = frame.draw_at(plan.brush.center_ras)
            radius = plan.brush.radius_mm / frame.mm_per_pixel
            tint = (1.0, 1.0, 1.0) if plan.brush.erases else (colour[0], colour[1], colour[2])
            strokes.ring((float(x), float(y)), radius, 1.5 * scale, tint, plan.brush.erases)
        if plan.outline is not None:
            _add_outline(strokes, plan.outline, frame, scale)
        if plan.clicks is not None:
            _add_clicks(strokes, plan.clicks, frame, scale)
        if _has_overlays(plan):
            _add_scale_bar(strokes, plan, frame, theme, scale)
            strokes.frame(frame.size_px, max(1.0, round(scale)), theme.accents[plan.orientation], 0.45)
        self._shapes.set_quads(*strokes.arrays())


def _add_outline(strokes: Strokes, outline: OutlinePlan, frame: PlaneFrame, scale: float) -> None:
    red, green, blue = (channel / 255 for channel in outline.colour)
    points = frame.draw_at(outline.points_ras)
    strokes.line(points, 1.5 * scale, (red, green, blue), outline.erases)
    for corner in outline.corners_ras:
        x, y = frame.draw_at(corner)
        half = 3 * scale
        strokes.shaded_bar((x - half, y - half), (x + half, y + half), (1.0, 1.0, 1.0), 1.0, scale)


def _add_clicks(strokes: Strokes, clicks: ClicksPlan, frame: PlaneFrame, scale: float) -> None:
    """Green dots with a plus include, red diamonds with a minus exclude: told apart without colours, too."""
    if clicks.box_ras:
        corners = frame.draw_at((*clicks.box_ras, clicks.box_ras[0]))
        strokes.line(corners, 1.5 * scale, _INCLUDE_COLOUR, dashed=False)
    for points_ras, mark in (
        (clicks.include_ras, strokes.plus_dot),
        (clicks.exclude_ras, strokes.minus_diamond),
    ):
        for x, y in frame.draw_at(points_ras) if points_ras else ():
            mark((float(x), float(y)), _CLICK_PX * scale)


def _has_overlays(plan: SlicePlan) -> bool:
    return bool(any(plan.letters) or plan.corner_texts[0])


def _add_crosshair(strokes: Strokes, plan: SlicePlan, frame: PlaneFrame, theme: Theme, scale: float) -> None:
    assert plan.crosshair_ras is not None
    x, y = (float(np.floor(value)) for value in frame.draw_at(plan.crosshair_ras))
    width, height = frame.size_px
    thick, gap = max(1.0, round(scale)), round(_GAP_PX * scale)
    flat, upright = (theme.accents[orientation] for orientation in _CROSSING[plan.orientation])
    inset = round(_INSET_PX * scale)
    for start, end in ((float(inset), x - gap), (x + thick + gap, float(width - inset))):
        if end > start:
            strokes.shaded_bar((start, y), (end, y + thick), flat, 0.9, thick)
    for start, end in ((float(inset), y - gap), (y + thick + gap, float(height - inset))):
        if end > start:
            strokes.shaded_bar((x, start), (x + thick, end), upright, 0.9, thick)


def _bar_place(plan: SlicePlan, frame: PlaneFrame, scale: float) -> tuple[float, float, float]:
    """Left end, height above the bottom and length of the scale bar, in pixels."""
    length = scale_bar_mm(frame.mm_per_pixel, _BAR_PART * frame.size_px[0]) / frame.mm_per_pixel
    lines = plan.corner_texts[2].count("\n") + 1 if plan.corner_texts[2] else 0
    lift = MARGIN_PX + lines * TEXT_PX * 1.45 + (6 if lines else 0)
    return MARGIN_PX * scale, round(lift * scale), length


def _add_scale_bar(strokes: Strokes, plan: SlicePlan, frame: PlaneFrame, theme: Theme, scale: float) -> None:
    if not plan.scale_bar:
        return
    left, bottom, length = _bar_place(plan, frame, scale)
    thick, tick = max(1.0, round(1.5 * scale)), round(5 * scale)
    left, right = round(left), round(left + length)
    # All rims first, so that none lies on a bar.
    bars = [((left, bottom), (right, bottom + thick))]
    bars += [((x, bottom), (x + thick, bottom + tick)) for x in (left, right - thick)]
    for low, high in bars:
        strokes.bar((low[0] - 1, low[1] - 1), (high[0] + 1, high[1] + 1), (0, 0, 0), 0.5)
    for low, high in bars:
        strokes.bar(low, high, _text_colour(theme), 1.0)


def _bar_words(plan: SlicePlan, frame: PlaneFrame, theme: Theme, scale: float) -> list[Words]:
    if not plan.scale_bar:
        return []
    left, bottom, length = _bar_place(plan, frame, scale)
    text = length_text(scale_bar_mm(frame.mm_per_pixel, _BAR_PART * frame.size_px[0]))
    shift = (left + length + 5 * scale, bottom - 5 * scale)
    return [
        Words(text=text, size_px=round(11 * scale), colour=_text_colour(theme), at=(0.0, 0.0), shift_px=shift)
    ]


def _text_colour(theme: Theme) -> Vector:
    """Slices are black in both themes, so a dark theme text would vanish."""
    return theme.text if min(theme.text) > 0.5 else (0.86, 0.88, 0.9)


def _edge_letters(plan: SlicePlan, scale: float) -> list[Words]:
    margin = (MARGIN_PX - 2) * scale
    places = (
        ((0.0, 0.5), (margin, 0.0)),
        ((1.0, 0.5), (-margin, 0.0)),
        ((0.5, 1.0), (0.0, -margin)),
        ((0.5, 0.0), (0.0, margin)),
    )
    size = round(_LETTER_PX * scale)
    return [
        Words(text=letter, size_px=size, colour=_LETTER_COLOUR, at=at, shift_px=shift, bold=True)
        for letter, (at, shift) in zip(plan.letters, places, strict=True)
    ]
