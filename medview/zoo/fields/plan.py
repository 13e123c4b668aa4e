"""Everything that is decided before a training's first step."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from medview.core.errors import InputRefused
from medview.core.posed_views import PosedViews
from medview.ml.field_request import FieldRequest
from medview.zoo.fields.framing import Framing, framed
from medview.zoo.fields.known_depth import from_maps, from_points
from medview.zoo.fields.method import Method, Preset
from medview.zoo.fields.settings import (
    Settings,
    is_moving,
    network_config,
    preset_of,
    settings_of,
    split_of_views,
)

Numbers = NDArray[np.intp]


@dataclass(frozen=True, eq=False, kw_only=True)
class Plan:
    """One training.

    Args:
        method: Which one.
        preset: Its sizes.
        settings: What was asked for.
        config: What its network is built from.
        views: All pictures.
        training: Numbers of those that are learned from.
        held_out: Numbers of the others; may be none.
        framing: The scene's frame.
        is_moving: The scene changes with time.
        seed: Start of the random numbers.
        device: Where to work.
    """

    method: Method
    preset: Preset
    settings: Settings
    config: Mapping[str, Any]
    views: PosedViews
    training: Numbers
    held_out: Numbers
    framing: Framing
    is_moving: bool
    seed: int
    device: str

    def distances(self) -> NDArray[np.float32] | None:
        """Known distances (n, H, W) of the training views; None where none are known or wanted."""
        if not self.settings.lambda_depth:
            return None
        if self.views.depths is not None:
            return from_maps(self.views, self.framing)[self.training]
        if self.settings.depth_from_points and len(self.framing.points):
            return from_points(self.views, self.framing)[self.training]
        return None


def planned(method: Method, params: Mapping[str, Any], request: FieldRequest) -> Plan:
    """Decide everything that is automatic.

    Raises:
        InputRefused: A parameter does not fit, or nothing is left to learn from.
    """
    views = request.views
    preset = preset_of(method, params, request.device)
    settings = settings_of(params, preset, len(views))
    training, held_out = split_of_views(views, settings)
    if not views.valid[training].any():
        raise InputRefused(
            f"Cannot train {method.spec.title}",
            "the masks leave no pixel to learn from",
            "Check the circle and the tool masks.",
        )
    return Plan(
        method=method,
        preset=preset,
        settings=settings,
        config=network_config(method, params, preset, settings, views),
        views=views,
        training=training,
        held_out=held_out,
        framing=framed(views, settings),
        is_moving=is_moving(views),
        seed=request.seed,
        device=request.device,
    )
