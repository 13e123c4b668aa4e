"""Pictures of a trained field for the window, coarse to fine; also for stills, films and point clouds."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from medview.core.errors import Cancelled, InputRefused
from medview.core.lens import Lens
from medview.core.radiance import FieldMode
from medview.core.volume import AnyArray
from medview.ml.field_folder import FieldFacts
from medview.ml.travel import Link
from medview.zoo.fields.false_colours import false_colours
from medview.zoo.fields.picture import Seen, seen
from medview.zoo.fields.rays import Rays, camera_rays
from medview.zoo.fields.resident import Resident, resident
from medview.zoo.fields.space import BoxSpace
from medview.zoo.fields.visibility import SEEN_OPACITY

PICTURE = "picture"
_LEVELS = (8, 4, 2, 1)
_UNSURE = 0.25
"""Uncertainty that has the brightest colour, as part of the span of the scene's depths."""
Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False, kw_only=True)
class Question:
    """What is to be seen.

    Args:
        pose: 4x4 camera to scene.
        lens: Of the whole picture.
        levels: Pixels of the whole picture a side of one of each level's; coarse first.
        mode: What of the field.
        time: 0 to 1.
        box: (2, 3) of the scene that is shown; None for all.
        t_max: (H, W) distance beyond which nothing is seen; None for none.
    """

    pose: Floats
    lens: Lens
    levels: tuple[int, ...]
    mode: FieldMode
    time: float
    box: Floats | None
    t_max: NDArray[np.float32] | None


def render(
    payload: Mapping[str, Any], arrays: Mapping[str, AnyArray], link: Link
) -> tuple[dict[str, Any], dict[str, AnyArray]]:
    """Job target: one picture of a field, coarse to fine.

    Every level but the last is sent by ``preview("picture", (level, 0, 0), picture)``; a picture is (h, w, 5)
    float32: red, green, blue premultiplied by opacity, opacity, distance along the ray (NaN where the
    opacity is below 0.5). Other modes put false colours in the place of colours, premultiplied, too:
    *depth*, bright nearby, over the span of depths that the training's cameras saw; *opacity* 0 to 1;
    *uncertainty*: the standard deviation of the distance under the ray's weights, from 0 to a quarter of
    that span. It says how far the field has made up its mind where the surface is, not how wrong it is.

    Args:
        payload: ``folder``, ``scene_from_camera`` (4x4), ``lens`` (fields of `Lens`), and, where they differ
            from what stands here, ``levels`` [8, 4, 2, 1], ``mode`` "colour", ``time`` 0, ``box`` null.
        arrays: None, or ``t_max`` (H, W) float32: distance of what is in the way, inf for nothing.
        link: Cancels between pieces of about 70 ms.

    Returns:
        ``samples``, ``seconds``, ``samples_per_second``, ``range`` (numbers at the darkest and the brightest
        colour; null for colours), and the finest level as ``picture``.

    Raises:
        InputRefused: The folder is damaged, or the question is not whole.
        Cancelled: A newer camera has come.
    """
    torch.set_num_threads(link.threads)
    question = asked(payload, arrays)
    found = resident(Path(payload["folder"]))
    began_s, samples = time.perf_counter(), 0
    picture = np.zeros((0, 0, 5), np.float32)
    for number, level in enumerate(question.levels):
        picture, count = _level(found, question, level, _check(link))
        samples += count
        if number < len(question.levels) - 1:
            link.preview(PICTURE, (level, 0, 0), picture)
    seconds = max(time.perf_counter() - began_s, 1e-6)
    value = {
        "samples": samples,
        "seconds": seconds,
        "samples_per_second": samples / seconds,
        "range": scale_of_mode(question.mode, found.facts),
    }
    return value, {PICTURE: picture}


def asked(payload: Mapping[str, Any], arrays: Mapping[str, AnyArray]) -> Question:
    """The question that a payload puts.

    Raises:
        InputRefused: It is not whole.
    """
    try:
        lens, box, t_max = Lens(**payload["lens"]), payload.get("box"), arrays.get("t_max")
        question = Question(
            pose=np.asarray(payload["scene_from_camera"], np.float64).reshape(4, 4),
            lens=lens,
            levels=tuple(int(level) for level in payload.get("levels", _LEVELS)),
            mode=FieldMode(payload.get("mode", FieldMode.COLOUR.value)),
            time=float(payload.get("time", 0.0)),
            box=None if box is None else np.asarray(box, np.float64).reshape(2, 3),
            t_max=None if t_max is None else np.asarray(t_max, np.float32).reshape(lens.height, lens.width),
        )
    except (KeyError, TypeError, ValueError) as reason:
        raise InputRefused("Cannot render the scene", f"the question is not whole ({reason})") from reason
    if not question.levels or min(question.levels) < 1:
        raise InputRefused("Cannot render the scene", "a level of at least 1 is needed")
    return question


def scale_of_mode(mode: FieldMode, facts: FieldFacts) -> list[float] | None:
    """Numbers at the darkest and at the brightest colour of a mode; None for true colours."""
    near, far = facts.provenance.get("depth_range", (facts.near, facts.far))
    scales = {
        FieldMode.DEPTH: [float(far), float(near)],
        FieldMode.OPACITY: [0.0, 1.0],
        FieldMode.UNCERTAINTY: [0.0, _UNSURE * float(far - near)],
    }
    return scales.get(mode)


def _level(
    found: Resident, question: Question, level: int, check: Callable[[], None]
) -> tuple[NDArray[np.float32], int]:
    """A picture whose pixels are `level` of the whole one's a side, and the samples that it took."""
    facts = found.facts
    moment = question.time if facts.is_moving else None
    rays = camera_rays(question.pose, question.lens, facts.near, np.inf, moment, level)
    rays = _reaching(rays, facts)
    if question.box is not None:
        rays = _cropped(rays, question.box)
    ends = None if question.t_max is None else _ends(question.t_max, level).to(found.device)
    answer = seen(found.scene, rays.to(found.device), check, ends)
    shape = (-(-question.lens.height // level), -(-question.lens.width // level))
    return _picture(answer, question.mode, facts).reshape(*shape, 5), answer.asked


def _reaching(rays: Rays, facts: FieldFacts) -> Rays:
    """As far as the training's rays reach, from the eye on; an eye outside the scene begins at its box."""
    space = BoxSpace(facts.box)
    begins, ends = space.interval(rays.origins, rays.directions, torch.zeros_like(rays.near), rays.far)
    begins = torch.where(ends > begins, begins, torch.zeros_like(begins))
    near = torch.maximum(rays.near, begins)
    return rays.within(near, begins + facts.far)


def _cropped(rays: Rays, box: Floats) -> Rays:
    near, far = BoxSpace(box).interval(rays.origins, rays.directions, rays.near, rays.far)
    return rays.within(near, far)


def _ends(t_max: NDArray[np.float32], level: int) -> Tensor:
    """Where rays of a coarse picture end: as that of the pixel in the middle of each square."""
    height, width = t_max.shape
    rows = ((np.arange(-(-height // level)) + 0.5) * height / -(-height // level)).astype(int)
    columns = ((np.arange(-(-width // level)) + 0.5) * width / -(-width // level)).astype(int)
    return torch.as_tensor(np.ascontiguousarray(t_max[np.ix_(rows, columns)]).reshape(-1))


def _picture(answer: Seen, mode: FieldMode, facts: FieldFacts) -> NDArray[np.float32]:
    """(R, 5) as `render` describes it."""
    opacity = answer.opacity.clamp(0, 1).cpu().numpy()
    depth = answer.depth.cpu().numpy()
    colours = answer.colour.clamp(0, 1).cpu().numpy()
    scale = scale_of_mode(mode, facts)
    if scale is not None:
        spread = answer.spread.cpu().numpy()
        shown = {FieldMode.DEPTH: depth, FieldMode.OPACITY: opacity, FieldMode.UNCERTAINTY: spread}
        colours = false_colours(shown[mode], *scale) * opacity[:, None]
    depth = np.where(opacity >= SEEN_OPACITY, depth, np.nan)
    return np.concatenate([colours, opacity[:, None], depth[:, None]], 1).astype(np.float32)


def _check(link: Link) -> Callable[[], None]:
    def check() -> None:
        if link.is_cancelled():
            raise Cancelled

    return check
