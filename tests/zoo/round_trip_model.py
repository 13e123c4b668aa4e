"""A model that returns the labels it is given, through the slice engine."""

from __future__ import annotations

import torch
from torch import nn

from medview.core.params import Choice
from medview.ml.spec import InputSpec, LabelSpec, ModelSpec, OutputSpec, Task
from medview.zoo.slicewise.engine import run_slices
from medview.zoo.slicewise.frames import stretched_frame, whole_frame, window_frame
from medview.zoo.slicewise.inputs import volumes_on_first_grid
from medview.zoo.slicewise.maps import MostLikely
from medview.zoo.slicewise.model import SliceModel

LABELS = 4
SPEC = ModelSpec(
    id="same-labels",
    version="1.0",
    title="Same labels",
    task=Task.SEGMENT,
    summary="Returns what it is given.",
    inputs=(InputSpec(role="mask", title="Labels", kind="labels"),),
    outputs=(
        OutputSpec(
            name="same",
            title="Same",
            kind="labels",
            labels=tuple(LabelSpec(value=n, name=f"part {n}", colour=(9, 9, n)) for n in range(1, LABELS)),
        ),
    ),
    params=(Choice(name="frame", title="Frame", help="Which.", default="whole",
                   choices=("whole", "doubled", "window")),),
    entry="tests.zoo.round_trip_model:run",
    licence="Apache-2.0",
    citation="none",
)  # fmt: skip


class OneHot(nn.Module):
    """Labels as classes of probability 1."""

    def forward(self, x):
        values = torch.arange(LABELS, device=x.device)[None, :, None, None]
        return (1 - (x - values).abs()).clamp(0, 1)


def run(request, ctx):
    (labels,) = volumes_on_first_grid(request, ("mask",))
    rows, columns, _ = labels.shape
    frames = {
        "whole": stretched_frame((rows, columns)),
        "doubled": stretched_frame((2 * rows, 2 * columns)),
        "window": window_frame(request.first.geometry.spacing_mm[0], (rows + 9, columns + 4)),
        "padded": whole_frame(request.first.geometry.spacing_mm[0], 16),
    }
    model = SliceModel(
        network=OneHot(),
        maps=("classes",),
        normalise=lambda _volume: lambda slices: slices.astype("float32"),
        frame=frames[request.params["frame"]],
        outputs=(MostLikely(name="same", of="classes"),),
        channels=LABELS,
    )
    return run_slices(model, [labels], request.first.geometry, ctx)
