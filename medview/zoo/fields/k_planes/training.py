"""Training of K-planes: its presets, and the loop that all fields share."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from medview.ml.context import RunContext
from medview.ml.field_request import FieldRequest
from medview.zoo.fields.k_planes.network import build
from medview.zoo.fields.k_planes.spec import SPEC
from medview.zoo.fields.method import Method, Preset, SceneFacts
from medview.zoo.fields.training import train_field

_MOST_INSTANTS = 100
_COARSER = 4
_FEWEST = 8

PRESETS = {
    "cpu-demo": Preset(
        steps=4000,
        rays=1024,
        samples=40,
        # after 500 steps two scales of 8 channels have learned no more, and take a quarter longer to look at
        network={"scales": 1, "most_nodes": 128, "channels": 12, "hidden": 16},
    ),
    "gpu-default": Preset(
        steps=20_000,
        rays=4096,
        samples=128,
        network={"scales": 4, "most_nodes": 512, "channels": 16, "hidden": 64},
    ),
}


def config(params: Mapping[str, Any], preset: Preset, facts: SceneFacts) -> dict[str, Any]:
    """What `build` needs."""
    instants = params["instants"] or min(_MOST_INSTANTS, max(2, facts.views // 2))
    sizes = preset.network
    return {
        "resolutions": resolutions(facts.longest_side, sizes["most_nodes"], sizes["scales"]),
        "channels": sizes["channels"],
        "hidden": sizes["hidden"],
        "instants": instants if facts.is_moving else 0,
        "samples": params["samples"],
        "space": params["space"],
        "smoothness": {
            "space": params["smooth_space"],
            "time": params["smooth_time"],
            "motion": params["rest"],
        },
    }


def resolutions(longest_side: int, most: int, scales: int) -> list[int]:
    """Nodes of each scale, coarse first; the finest is the largest power of two within the longest side.

    More nodes than pixels cannot be learned, fewer blur; each scale before it has a quarter of its nodes.

    Args:
        longest_side: Of the pictures, in pixels.
        most: Nodes of the finest scale at most; a power of two.
        scales: How many.
    """
    finest = min(most, max(_FEWEST, 2 ** int(math.log2(longest_side))))
    return [max(_FEWEST, finest // _COARSER**step) for step in reversed(range(scales))]


METHOD = Method(spec=SPEC, presets=PRESETS, config=config, build=build, learning_rate=2e-2)


def train(request: FieldRequest, ctx: RunContext) -> dict[str, float]:
    """Train a field and write its folder; see `medview.ml.field_request`."""
    return train_field(METHOD, request, ctx)
