"""What a running model has made of an image so far, in the slices: NaN where nothing has come yet."""

from __future__ import annotations

import numpy as np
from scans import image_layer

from medview.core.plans import ImagePlan
from medview.core.state import Orientation
from medview.jobs.job import JobPreviewed
from medview.ml.spec import ModelSpec, OutputSpec, Task
from medview.present.slice_plan import resolve_slice
from medview.session.commands import AddLayers
from medview.session.models.live_preview import LivePreview
from medview.session.session import Session


def spec(*outputs):
    return ModelSpec(
        id="maker", version="1.0", title="Maker", task=Task.SYNTHESIZE, summary="", inputs=(),
        outputs=outputs, entry="nowhere:run",
    )  # fmt: skip


IMAGE = OutputSpec(name="made", title="Made", kind="image")
EXTRA = OutputSpec(name="extra", title="Extra", kind="image", on_request=True)


def top_plan(session):
    return resolve_slice(session.state, Orientation.AXIAL).layers[-1]


def test_boxes_of_an_image_gather_in_the_window_of_the_scan():
    session = Session()
    layer = image_layer(session)
    session.do(AddLayers(title="Open T2", layers=(layer,)))
    preview = LivePreview(session, spec(EXTRA, IMAGE), layer)
    size = layer.geometry.shape
    preview.take(JobPreviewed("job", "made", (0, 0, 0), np.full((size[0], size[1], 1), 5, np.float32)))
    first = top_plan(session)
    assert isinstance(first, ImagePlan) and (first.low, first.high) == (layer.display.low, layer.display.high)
    assert (first.voxels.array[:, :, 0] == 5).all() and np.isnan(first.voxels.array[:, :, 1:]).all()
    preview.take(JobPreviewed("job", "made", (0, 0, 1), np.full((size[0], size[1], 1), 7, np.float32)))
    second = top_plan(session)
    assert second != first, "the panes have to be drawn anew"
    assert (second.voxels.array[:, :, 1] == 7).all()
    assert "Maker, preview" in resolve_slice(session.state, Orientation.AXIAL).corner_texts[1]
    preview.clear()
    assert session.state.preview is None


def test_boxes_of_other_outputs_or_beyond_the_grid_are_left_out():
    session = Session()
    layer = image_layer(session)
    session.do(AddLayers(title="Open T2", layers=(layer,)))
    preview = LivePreview(session, spec(EXTRA, IMAGE), layer)
    preview.take(JobPreviewed("job", "extra", (0, 0, 0), np.zeros((1, 1, 1), np.float32)))
    beyond = (layer.geometry.shape[0], 0, 0)
    preview.take(JobPreviewed("job", "made", beyond, np.zeros((1, 1, 1), np.float32)))
    assert session.state.preview is None
