"""What a method brings along, so that one training loop and one renderer serve all of them."""

from __future__ import annotations

import importlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from numpy.typing import ArrayLike
from torch import nn

from medview.core.errors import InputRefused
from medview.ml.spec import ModelSpec
from medview.zoo.fields.field import Field
from medview.zoo.fields.sampling import Sampler

_ID = re.compile(r"[a-z][a-z0-9-]*")


class Scene(nn.Module):
    """All that is learned of a scene: a field, and what chooses its samples."""

    def __init__(self, field: Field, sampler: Sampler) -> None:
        super().__init__()
        self.field = field
        self.sampler = sampler


@dataclass(frozen=True, kw_only=True)
class SceneFacts:
    """What a method may know of the pictures before it chooses its network.

    Args:
        views: Number of training views.
        is_moving: They differ in time.
        longest_side: Of the pictures, in pixels.
    """

    views: int
    is_moving: bool
    longest_side: int


@dataclass(frozen=True, kw_only=True)
class Preset:
    """Sizes of a training that a parameter of 0 stands for.

    Args:
        steps: Of the optimiser.
        rays: In a step.
        samples: On a ray.
        decay: Learning rate at the end, as part of the first one.
        warm_up: Steps in which it rises.
        network: What the method's `config` takes from it.
    """

    steps: int
    rays: int
    samples: int
    decay: float = 0.1
    warm_up: int = 50
    network: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Method:
    """One method.

    Args:
        spec: As in the registry.
        presets: ``cpu-demo`` and ``gpu-default``.
        config: From the training's parameters (``samples`` filled in), the preset and facts of the pictures
            to what ``build`` needs: plain JSON that is kept in the field's folder.
        build: Makes the scene with fresh weights from this and the box of the scene (2, 3). It is also
            found as ``medview.zoo.fields.<id>.network:build``.
        learning_rate: Of Adam, at its highest.
    """

    spec: ModelSpec
    presets: Mapping[str, Preset]
    config: Callable[[Mapping[str, Any], Preset, SceneFacts], dict[str, Any]]
    build: Callable[[Mapping[str, Any], ArrayLike], Scene]
    learning_rate: float = 1e-2


def built(model_id: str, config: Mapping[str, Any], box: ArrayLike) -> Scene:
    """A scene of the method of that id, as its folder describes it.

    Raises:
        InputRefused: There is no such method, or the description is none of its.
    """
    title = f"Cannot open a scene of {model_id}"
    if not _ID.fullmatch(model_id):
        raise InputRefused(title, "this is not the name of a method")
    try:
        module = importlib.import_module(f"medview.zoo.fields.{model_id.replace('-', '_')}.network")
    except ModuleNotFoundError as reason:
        raise InputRefused(title, "this medview has no such method", "Update medview.") from reason
    try:
        scene: Scene = module.build(config, box)
    except (KeyError, TypeError, ValueError) as reason:
        raise InputRefused(title, f"its description is damaged ({reason})", "Train it again.") from reason
    return scene
