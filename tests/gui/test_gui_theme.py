from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from PySide6.QtCore import QSize
from PySide6.QtGui import QColor

from medview.gui import icons
from medview.gui.texts import ElidedLabel, plain_tip, shortened
from medview.gui.theme import DARK, LIGHT
from medview.render.transfer import colormap, colormap_names


def luminance(colour: str) -> float:
    """Relative luminance after WCAG 2.1."""
    parts = [QColor(colour).redF(), QColor(colour).greenF(), QColor(colour).blueF()]
    linear = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return float(np.dot(linear, (0.2126, 0.7152, 0.0722)))


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("dress", [DARK, LIGHT], ids=["dark", "light"])
def test_words_stand_out_from_what_they_are_on(dress):
    pairs = [
        *product((dress.text, dress.muted), (dress.window, dress.panel, dress.raised, dress.field)),
        *product((dress.accent,), (dress.window, dress.panel, dress.field)),
        *product((dress.warning, dress.danger), (dress.panel,)),
        *product((dress.text,), (dress.accent_soft, dress.warning_soft, dress.danger_soft)),
        (dress.fill_text, dress.fill),
    ]
    assert [(one, other) for one, other in pairs if contrast(one, other) < 4.5] == []


def test_every_icon_is_drawn_in_the_colour_asked_for(qapp):
    from medview.core.places import resource

    for path in sorted(resource("icons").glob("*.svg")):
        if path.stem.startswith(("check-", "chevron-down-")):
            continue
        picture = icons.pixmap(path.stem, "#ff0000", 24, 1.0).toImage()
        red = [picture.pixelColor(x, y) for x in range(24) for y in range(24)]
        assert any(colour.alpha() > 128 and colour.red() > 200 for colour in red), path.stem


@pytest.mark.parametrize("ratio", [1.0, 1.5, 2.0])
def test_icons_have_as_many_pixels_as_the_screen(qapp, ratio):
    picture = icons.pixmap("open", "#ffffff", 20, ratio)
    assert picture.width() == round(20 * ratio)
    assert picture.deviceIndependentSize().width() == pytest.approx(20)


def test_a_swatch_runs_from_the_first_to_the_last_colour(qapp):
    for name in colormap_names():
        table = colormap(name)
        picture = icons.swatch(table, QSize(64, 12)).pixmap(64, 12).toImage()
        ends = [picture.pixelColor(x, 6).getRgb()[:3] for x in (2, 61)]
        assert np.abs(np.array(ends, int) - table[[8, 247]]).max() < 25, name


def test_a_line_is_cut_where_there_is_no_room(qapp):
    label = ElidedLabel()
    label.setText("a long sentence that needs room")
    label.resize(80, 20)
    assert label.shown_text().endswith("…")
    label.resize(800, 20)
    assert label.shown_text() == "a long sentence that needs room"


def test_markup_in_names_is_not_obeyed():
    assert plain_tip("a & b") == "a & b"
    assert plain_tip("<img src=x>\nb") == "<qt>&lt;img src=x&gt;<br>b</qt>"
    assert shortened("abcdef", 4) == "abc…"
    assert shortened("abcd", 4) == "abcd"
