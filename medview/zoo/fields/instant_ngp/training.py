"""Training of Instant-NGP: its presets, and the loop that all fields share."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from medview.ml.context import RunContext
from medview.ml.field_request import FieldRequest
from medview.zoo.fields.instant_ngp.network import build
from medview.zoo.fields.instant_ngp.spec import SPEC
from medview.zoo.fields.method import Method, Preset, SceneFacts
from medview.zoo.fields.training import train_field

PRESETS = {
    "cpu-demo": Preset(
        steps=1000,
        rays=384,
        samples=40,
        network={
            "grid": {"levels": 8, "features": 2, "table": 2**14, "coarsest": 16, "finest": 256},
            "sampler": "uniform",
            "occupancy": 0,
        },
    ),
    # the steps follow the number of pictures
    "gpu-default": Preset(
        steps=0,
        rays=4096,
        samples=1024,
        decay=0.01,
        network={
            "grid": {"levels": 16, "features": 2, "table": 2**19, "coarsest": 16, "finest": 2048},
            "sampler": "cone",
            "occupancy": 128,
        },
    ),
}


def config(params: Mapping[str, Any], preset: Preset, facts: SceneFacts) -> dict[str, Any]:  # noqa: ARG001
    """What `build` needs."""
    cells = {"auto": preset.network["occupancy"], "off": 0}
    asked = params["occupancy"]
    return {
        "grid": dict(preset.network["grid"]),
        "sampler": preset.network["sampler"],
        "samples": params["samples"],
        "occupancy": cells[asked] if asked in cells else int(asked),
        "space": params["space"],
        "opens_up": params["pose_refine"] or params["progressive"],
    }


METHOD = Method(spec=SPEC, presets=PRESETS, config=config, build=build)


def train(request: FieldRequest, ctx: RunContext) -> dict[str, float]:
    """Train a field and write its folder; see `medview.ml.field_request`."""
    return train_field(METHOD, request, ctx)
