"""How a proposal is drawn: only what differs, each kind in its colour and pattern, on oblique planes too."""

from __future__ import annotations

import numpy as np
import pytest

from medview.core.geometry import Geometry
from medview.core.layers import LayerId
from medview.core.plans import ADDED, RELABELLED, REMOVED, DifferencePlan, Shared
from medview.core.state import Orientation
from medview.render.difference_colouring import ADDS, RELABELS, REMOVES, SAME, difference_picture, kinds_of
from medview.render.offscreen import slice_picture

SIZE = (240, 240)


def test_kinds_are_told_apart_by_what_is_there_and_what_is_proposed():
    present = np.array([[0, 1, 1, 1, 0]])
    proposed = np.array([[0, 1, 0, 2, 2]])
    assert kinds_of(present, proposed).tolist() == [[SAME, SAME, REMOVES, RELABELS, ADDS]]


def test_fillings_differ_by_how_much_is_drawn_and_rims_are_always_there():
    shares = {}
    for kind in (ADDS, REMOVES, RELABELS):
        kinds = np.zeros((44, 44), np.uint8)
        kinds[2:42, 2:42] = kind
        inside = difference_picture(kinds, 0.5, 1)[4:40, 4:40, 3] > 0
        shares[kind] = inside.mean()
        alone = np.zeros((5, 5), np.uint8)
        alone[2, 2] = kind
        assert difference_picture(alone, 0.5, 1)[2, 2, 3] == 255, "one voxel is seen whatever the pattern"
    assert shares == {ADDS: 1.0, REMOVES: 0.5, RELABELS: 0.25}


def test_the_three_colours_differ_in_lightness_too():
    lightness = sorted(np.dot(colour, (0.2126, 0.7152, 0.0722)) for colour in (ADDED, REMOVED, RELABELLED))
    assert min(np.diff(lightness)) > 20


@pytest.mark.parametrize("turn_deg", [0, 20])
def test_only_what_differs_is_drawn_in_slices(plans, theme, turn_deg):
    c, s = np.cos(np.radians(turn_deg)), np.sin(np.radians(turn_deg))
    matrix = np.eye(4)
    matrix[:3, :3] = [[1, 0, 0], [0, c, -s], [0, s, c]]
    matrix[:3, 3] = -matrix[:3, :3] @ np.full(3, 19.5)
    geometry = Geometry((40, 40, 40), matrix)
    present, proposed = np.zeros((2, 40, 40, 40), np.uint8)
    present[:10], proposed[:10] = 1, 1
    proposed[10:20] = 1
    present[20:30] = 1
    present[30:], proposed[30:] = 1, 2
    plan = DifferencePlan(
        layer_id=LayerId(7),
        proposed=Shared(proposed),
        present=Shared(present),
        revisions=(0, 0),
        geometry=geometry,
        opacity=0.5,
    )
    shown = plans.slice(Orientation.AXIAL, [plan], center=(0.0, 0.0, 0.0))
    row = slice_picture(shown, SIZE, theme)[100:140].astype(int)
    # radiological: low voxel numbers, at the patient's left, are at the right
    quarters = [row[:, at - 12 : at + 12].reshape(-1, 3) for at in (180, 140, 100, 60)]
    assert not quarters[0].any()
    expected = ((ADDED, 1.0, 0.5), (REMOVED, 0.5, 1.0), (RELABELLED, 0.25, 1.0))
    for pixels, (colour, share, strength) in zip(quarters[1:], expected, strict=True):
        drawn = pixels.any(axis=1)
        assert abs(drawn.mean() - share) < 0.08
        np.testing.assert_allclose(pixels[drawn].mean(axis=0), strength * np.array(colour), atol=4)
