"""Training of Nerfacto: its presets, and the loop that all fields share."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from medview.ml.context import RunContext
from medview.ml.field_request import FieldRequest
from medview.zoo.fields.method import Method, Preset, SceneFacts
from medview.zoo.fields.nerfacto.network import build
from medview.zoo.fields.nerfacto.spec import SPEC
from medview.zoo.fields.training import train_field

PRESETS = {
    "cpu-demo": Preset(
        steps=1000,
        rays=384,
        samples=24,
        network={
            "grid": {"levels": 8, "features": 2, "table": 2**14, "coarsest": 16, "finest": 256},
            "proposals": [
                {"levels": 3, "features": 2, "table": 2**14, "coarsest": 16, "finest": 32},
                {"levels": 3, "features": 2, "table": 2**14, "coarsest": 16, "finest": 64},
            ],
        },
    ),
    # the steps follow the number of pictures
    "gpu-default": Preset(
        steps=0,
        rays=4096,
        samples=48,
        decay=0.01,
        network={
            "grid": {"levels": 16, "features": 2, "table": 2**19, "coarsest": 16, "finest": 2048},
            "proposals": [
                {"levels": 5, "features": 2, "table": 2**17, "coarsest": 16, "finest": 128},
                {"levels": 5, "features": 2, "table": 2**17, "coarsest": 16, "finest": 256},
            ],
        },
    ),
}


def config(params: Mapping[str, Any], preset: Preset, facts: SceneFacts) -> dict[str, Any]:
    """What `build` needs; 256 and 96 proposals to 48 samples, and as many times more or fewer."""
    samples = params["samples"]
    return {
        **preset.network,
        "proposal_samples": [max(1, round(samples * 256 / 48)), 2 * samples],
        "samples": samples,
        "space": params["space"],
        "views": facts.views,
    }


METHOD = Method(spec=SPEC, presets=PRESETS, config=config, build=build)


def train(request: FieldRequest, ctx: RunContext) -> dict[str, float]:
    """Train a field and write its folder; see `medview.ml.field_request`."""
    return train_field(METHOD, request, ctx)
