"""The mark of what was never measured can be read in every pane, however small, and never leaves."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from medview.core.geometry import Geometry
from medview.core.layers import LayerId, LayerKind
from medview.core.plans import Theme
from medview.core.state import Orientation, SessionState
from medview.core.volume import Source, Volume, value_range
from medview.present.slice_plan import resolve_slice
from medview.present.slice_texts import INFERRED, SYNTHESIZED, mark_text
from medview.present.volume_plan import resolve_volume
from medview.render.offscreen import slice_picture, volume_picture
from medview.render.words import mark_words
from medview.session.files.layers_from import Content, layer_of


def state(turn_deg=0.0, is_synthesized=True):
    angle = np.deg2rad(turn_deg)
    matrix = np.diag([2.0, 2.0, 2.0, 1.0])
    matrix[:2, :2] = 2 * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    grid = Geometry((16, 16, 16), matrix)
    data = np.zeros((16, 16, 16), np.float32)
    data[0, 0, 0] = 1
    volume = Volume(name="flair", data=data, geometry=grid, values=value_range(data),
                    source=Source(path=None, format="NIfTI-1", stored=grid))  # fmt: skip
    content = Content(name="a scan with quite a long name", data=volume, is_synthesized=is_synthesized)
    return SessionState(layers=(layer_of(content, LayerId(1), content.name),))


SIZES = [(40, 40), (90, 70), (240, 200), (700, 560)]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("turn_deg", [0.0, 20.0])
def test_a_slice_of_any_size_straight_or_oblique_shows_it(size, turn_deg):
    marked = slice_picture(resolve_slice(state(turn_deg), Orientation.AXIAL), size, Theme())
    plain = slice_picture(resolve_slice(state(turn_deg, False), Orientation.AXIAL), size, Theme())
    assert (np.abs(marked.astype(int) - plain).max(axis=2) > 100).sum() > 60


@pytest.mark.parametrize("size", SIZES)
def test_the_3d_pane_of_any_size_shows_it(size):
    plan = resolve_volume(state())
    marked = volume_picture(plan, size, Theme())
    plain = volume_picture(replace(plan, mark="", corner_text="3-D"), size, Theme())
    assert (np.abs(marked.astype(int) - plain).max(axis=2) > 60).sum() > 30


def test_overlays_that_are_off_and_a_faint_layer_do_not_take_it_away():
    faint = state().with_view(overlays=False)
    faint = faint.with_layer(replace(faint.layers[0], opacity=0.01))
    assert resolve_slice(faint, Orientation.CORONAL).mark == SYNTHESIZED
    assert resolve_volume(faint).mark == SYNTHESIZED
    hidden = faint.with_layer(replace(faint.layers[0], visible=False))
    assert mark_text(hidden) == ""


def test_it_is_made_smaller_rather_than_cut_and_not_drawn_twice():
    assert mark_words(SYNTHESIZED, f"flair\n{SYNTHESIZED}", (700, 500), 1.0) == []
    (small,) = mark_words(SYNTHESIZED, f"flair\n{SYNTHESIZED}", (240, 200), 1.0)
    assert small.text == SYNTHESIZED and small.size_px <= 12
    (tiny,) = mark_words(SYNTHESIZED, SYNTHESIZED, (48, 40), 1.0)
    assert tiny.text == "SYNTHESIZED"
    assert mark_words("", "", (48, 40), 1.0) == []


def test_labels_that_were_inferred_are_marked_too_but_those_of_a_sample_are_its_truth():
    from medview.core.labels import LabelMap

    array = np.ones((16, 16, 16), np.uint8)
    labels = LabelMap(array, Geometry.from_spacing((16, 16, 16), 2.0))
    base = state(is_synthesized=False)
    for facts, mark in (({"synthesized": True}, INFERRED), ({"synthesized": True, "study": "head-mr"}, "")):
        layer = layer_of(Content(name="vessels", data=labels, provenance=facts), LayerId(2), "vessels")
        assert layer.kind is LayerKind.LABELS
        assert mark_text(replace(base, layers=(*base.layers, layer))) == mark
