"""Texts anchored to the edges and corners of a pane."""

from __future__ import annotations

from dataclasses import dataclass

from vtkmodules.vtkRenderingCore import vtkRenderer

from medview.core.plans import Vector
from medview.render.lettering import shortened, words_picture
from medview.render.sprite import Sprite

TEXT_PX, MARGIN_PX = 12, 10
_LINE_STEP = 1.5
_MARK_COLOUR = (1.0, 0.8, 0.25)
_SMALLEST_MARK_PX, _SMALLEST_BANNER_PX = 4, 8


@dataclass(frozen=True, kw_only=True)
class Words:
    """A text and its place.

    Args:
        text: One or more lines; empty draws nothing.
        size_px: Height of the letters in device pixels.
        colour: 0-1 each.
        at: Anchor in parts of the pane, from the bottom left.
        shift_px: Moves the text off its anchor; the text's own same part lies there.
        bold: Heavy letters.
    """

    text: str
    size_px: int
    colour: Vector
    at: tuple[float, float]
    shift_px: tuple[float, float]
    bold: bool = False

    @property
    def align(self) -> str:
        """How several lines stand to each other: towards the anchor."""
        return {0.0: "left", 0.5: "center"}.get(self.at[0], "right")


Laid = tuple[Words, tuple[int, int]]
"""A text as it lies on a pane of a width and height."""


class WordBoard:
    """Draws a list of texts; makes pictures anew only for those that have changed."""

    def __init__(self, renderer: vtkRenderer) -> None:
        self._renderer = renderer
        self._slots: list[tuple[Laid | None, Sprite]] = []

    def draw(self, wanted: list[Words], size_px: tuple[int, int]) -> None:
        """Show these texts on a pane of this width and height."""
        while len(self._slots) < len(wanted):
            self._slots.append((None, Sprite(self._renderer)))
        for slot, (laid, sprite) in enumerate(self._slots):
            if slot >= len(wanted) or not wanted[slot].text:
                sprite.hide()
                self._slots[slot] = (None, sprite)
            elif laid != (wanted[slot], size_px):
                self._place(wanted[slot], sprite, size_px)
                self._slots[slot] = ((wanted[slot], size_px), sprite)

    def raise_all(self) -> None:
        """Put all texts on top of what has been added since."""
        for _, sprite in self._slots:
            sprite.raise_to_top()

    def close(self) -> None:
        """Free everything."""
        for _, sprite in self._slots:
            sprite.close()
        self._slots = []

    def _place(self, words: Words, sprite: Sprite, size_px: tuple[int, int]) -> None:
        picture = words_picture(words.text, words.size_px, words.colour, words.bold, words.align)
        sprite.set_picture(picture, smooth=False)
        height, width, _ = picture.shape
        x = (size_px[0] - width) * words.at[0] + words.shift_px[0]
        y = (size_px[1] - height) * words.at[1] + words.shift_px[1]
        sprite.place(round(x), round(y))


def corner_words(
    corner: int, text: str, colour: Vector, width_px: int, scale: float, title: Vector | None = None
) -> list[Words]:
    """Lines in the top left (0), top right, bottom left or bottom right (3) corner.

    Args:
        corner: Which corner.
        text: One or more lines.
        colour: Of the text.
        width_px: Width of the pane; longer lines than half of it are shortened.
        scale: Device pixels per logical pixel.
        title: Colour of a first line in heavy letters; None for none.
    """
    size, margin = round(TEXT_PX * scale), MARGIN_PX * scale
    room = width_px / 2 - margin - 2 * size
    at = (float(corner % 2), 1.0 - corner // 2)
    shift = (margin * (1 - 2 * at[0]), margin * (1 - 2 * at[1]))
    words = []
    if title is not None:
        first, _, text = text.partition("\n")
        first = shortened(first, size, room, bold=True)
        words.append(Words(text=first, size_px=size, colour=title, at=at, shift_px=shift, bold=True))
        shift = (shift[0], shift[1] - _LINE_STEP * size)
    text = shortened(text, size, room)
    words.append(Words(text=text, size_px=size, colour=colour, at=at, shift_px=shift))
    return words


def mark_words(mark: str, corner: str, size_px: tuple[int, int], scale: float) -> list[Words]:
    """The mark of content that was never measured, where a corner has no room for it: smaller, never cut.

    Args:
        mark: Such as ``"SYNTHESIZED – not measured"``; only its first word is drawn in very small panes.
        corner: The corner text that holds the mark where there is room.
        size_px: Width and height of the pane.
        scale: Device pixels per logical pixel.
    """
    size, room = round(TEXT_PX * scale), size_px[0] / 2 - (MARGIN_PX + 2 * TEXT_PX) * scale
    if not mark or (mark in shortened(corner, size, room) and size_px[1] > 6 * size):
        return []
    fitting = (
        (text, height)
        for text, least in ((mark, 7), (mark.partition(" ")[0], _SMALLEST_MARK_PX))
        for height in range(size, least - 1, -1)
        if words_picture(text, height, _MARK_COLOUR, True).shape[1] <= size_px[0] - 2
    )
    text, height = next(fitting, (mark.partition(" ")[0], _SMALLEST_MARK_PX))
    # below the middle: letters and corner texts stand at the edges
    return [Words(text=text, size_px=height, colour=_MARK_COLOUR, at=(0.5, 0.3), shift_px=(0, 0), bold=True)]


def banner_words(banner: str, above: str, size_px: tuple[int, int], scale: float) -> list[Words]:
    """Warnings in heavy letters under the lines of the top left corner: smaller in small panes, never cut.

    Args:
        banner: One or more lines.
        above: The lines of that corner.
        size_px: Width and height of the pane; one too small for the banner gets none.
        scale: Device pixels per logical pixel.
    """
    size, margin = round(TEXT_PX * scale), MARGIN_PX * scale
    down = margin + (_LINE_STEP * size * len(above.split("\n")) if above else 0)
    lines = len(banner.split("\n")) + 1
    fitting = (
        height
        for height in range(size, _SMALLEST_BANNER_PX - 1, -1)
        if words_picture(banner, height, _MARK_COLOUR, True).shape[1] <= size_px[0] - 2 * margin
    )
    height = next(fitting, 0) if banner and size_px[1] > 2 * (down + lines * _LINE_STEP * size) else 0
    at, shift = (0.0, 1.0), (margin, -down)
    words = Words(text=banner, size_px=height, colour=_MARK_COLOUR, at=at, shift_px=shift, bold=True)
    return [words] if height else []


def message_words(text: str, colour: Vector, width_px: int, scale: float) -> list[Words]:
    """A message in the middle of an empty pane; nothing where there is no text."""
    if not text:
        return []
    size = round(1.15 * TEXT_PX * scale)
    text = shortened(text, size, width_px - 4 * MARGIN_PX * scale)
    return [Words(text=text, size_px=size, colour=colour, at=(0.5, 0.5), shift_px=(0, 0))]
