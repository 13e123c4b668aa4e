"""Training of the first radiance field: its presets, and the loop that all fields share."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from medview.ml.context import RunContext
from medview.ml.field_request import FieldRequest
from medview.zoo.fields.method import Method, Preset, SceneFacts
from medview.zoo.fields.nerf.network import build
from medview.zoo.fields.nerf.spec import SPEC
from medview.zoo.fields.training import train_field

PRESETS = {
    "cpu-demo": Preset(steps=1000, rays=256, samples=40, network={}),
    # the steps follow the number of pictures
    "gpu-default": Preset(steps=0, rays=4096, samples=192, network={}),
}


def config(params: Mapping[str, Any], preset: Preset, facts: SceneFacts) -> dict[str, Any]:  # noqa: ARG001
    """What `build` needs."""
    return {"space": params["space"], "samples": params["samples"]}


METHOD = Method(spec=SPEC, presets=PRESETS, config=config, build=build, learning_rate=5e-4)


def train(request: FieldRequest, ctx: RunContext) -> dict[str, float]:
    """Train a field and write its folder; see `medview.ml.field_request`."""
    return train_field(METHOD, request, ctx)
