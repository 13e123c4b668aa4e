"""Pictures drawn in advance: they leave nothing behind."""

from __future__ import annotations

import numpy as np

from medview.core.geometry import Geometry
from medview.core.state import Orientation
from medview.render.offscreen import offscreen_window
from medview.render.rehearsal import KINDS
from medview.render.slice_scene import SliceScene

SIZE = (240, 240)


def test_rehearsing_every_kind_of_picture_leaves_nothing_behind(plans, theme):
    cube = Geometry.from_spacing((40, 40, 40), 1.0)
    window = offscreen_window(SIZE)
    scene = SliceScene(window, theme)
    scene.apply(plans.slice(Orientation.AXIAL, [plans.image(np.full(cube.shape, 25, np.uint8), cube)]))
    before = scene.image()
    for kind in KINDS:
        scene.rehearse(kind)
    assert len(KINDS) == 8
    assert np.array_equal(scene.image(), before)
    scene.close()
    window.Finalize()
