"""What a training of a field was asked for, with everything automatic decided."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from medview.core.errors import InputRefused
from medview.core.posed_views import PosedViews
from medview.zoo.fields.method import Method, Preset, SceneFacts

_POSES = (62, 310, 647, 1392, 2667)
_ITERATIONS = (3_000, 15_000, 30_000, 50_000, 100_000)
Numbers = NDArray[np.intp]


@dataclass(frozen=True, kw_only=True)
class Settings:
    """The shared parameters of `medview.zoo.fields.params`, by the same names.

    Args:
        steps: Above 0, like `rays` and `samples`.
        box: Six numbers, or none for an automatic box.
        held_out: Numbers of views, or none for every tenth.
        near: 0 for automatic, like `far`.
    """

    steps: int
    rays: int
    samples: int
    pose_refine: bool = False
    progressive: bool = False
    append_every: int = 75
    lambda_dist: float = 0.0
    lambda_depth: float = 0.0
    depth_from_points: bool = False
    held_out: tuple[int, ...] = ()
    normalise: bool = True
    space: str = "box"
    near: float = 0.0
    far: float = 0.0
    box: tuple[float, ...] = ()
    background: str = "random"
    cells: int = 96

    @property
    def moves_cameras(self) -> bool:
        """Poses are learned, too."""
        return self.pose_refine or self.progressive


def preset_of(method: Method, params: Mapping[str, Any], device: str) -> Preset:
    """The preset that was asked for, or that fits the device."""
    automatic = "gpu-default" if device.startswith("cuda") else "cpu-demo"
    return method.presets[automatic if params["preset"] == "auto" else params["preset"]]


def settings_of(params: Mapping[str, Any], preset: Preset, views: int) -> Settings:
    """Decide what is automatic.

    Args:
        params: A value for every shared parameter.
        preset: What zeros stand for.
        views: Number of pictures; decides the steps where the preset leaves them open.

    Raises:
        InputRefused: The box or the held-out views are not written as they must be.
    """
    known = {item.name for item in fields(Settings)}
    values = {name: value for name, value in params.items() if name in known}
    values["steps"] = params["steps"] or preset.steps or steps_for(views)
    values["rays"] = params["rays"] or preset.rays
    values["samples"] = params["samples"] or preset.samples
    values["box"] = _box(params["box"])
    values["held_out"] = _held_out(params["held_out"], views)
    return Settings(**values)


def network_config(
    method: Method, params: Mapping[str, Any], preset: Preset, settings: Settings, views: PosedViews
) -> dict[str, Any]:
    """What the method's ``build`` is given; plain JSON."""
    facts = SceneFacts(
        views=len(split_of_views(views, settings)[0]),
        is_moving=is_moving(views),
        longest_side=max(views.valid.shape[1:]),
    )
    return method.config({**params, **vars(settings)}, preset, facts)


def is_moving(views: PosedViews) -> bool:
    """Whether pictures differ in time."""
    return float(np.ptp(views.times)) > 0


def split_of_views(views: PosedViews, settings: Settings) -> tuple[Numbers, Numbers]:
    """Numbers of the training and of the held-out views."""
    if not settings.held_out:
        return views.split
    held_out = np.asarray(settings.held_out, np.intp)
    return np.setdiff1d(np.arange(len(views)), held_out), held_out


def steps_for(views: int) -> int:
    """Steps for so many pictures as in the paper's study, in between by straight lines of logarithms."""
    return round(float(np.exp(np.interp(np.log(max(1, views)), np.log(_POSES), np.log(_ITERATIONS)))))


def _box(text: str) -> tuple[float, ...]:
    numbers = _numbers(text, "box")
    if numbers and (len(numbers) != 6 or any(low >= high for low, high in _pairs(numbers))):
        raise InputRefused(
            f"Cannot set box to {text!r}",
            "six numbers are needed, the lower corner before the upper one",
            "Write x, y, z of both corners, such as -1.1, -1.1, -1.1, 1.1, 1.1, 1.1.",
        )
    return numbers


def _pairs(numbers: Sequence[float]) -> list[tuple[float, float]]:
    return list(zip(numbers[:3], numbers[3:], strict=True))


def _held_out(text: str, views: int) -> tuple[int, ...]:
    numbers = _numbers(text, "held_out")
    if any(number != int(number) or not 0 <= number < views for number in numbers) or not (
        len(set(numbers)) < views
    ):
        raise InputRefused(
            f"Cannot set held_out to {text!r}",
            f"the views are numbered from 0 to {views - 1}, and some must be left to learn from",
        )
    return tuple(sorted({int(number) for number in numbers}))


def _numbers(text: str, name: str) -> tuple[float, ...]:
    try:
        numbers = tuple(float(word) for word in re.split(r"[\s,;]+", text.strip()) if word)
    except ValueError:
        raise InputRefused(f"Cannot set {name} to {text!r}", "numbers are needed") from None
    if not np.isfinite(numbers).all():
        raise InputRefused(f"Cannot set {name} to {text!r}", "the numbers must be finite")
    return numbers
