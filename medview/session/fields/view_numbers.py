"""A trained scene compared with its capture, view by view: PSNR, SSIM and, with the user's weights, LPIPS."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from medview.core.errors import Cancelled, InputRefused
from medview.core.posed_views import PosedViews
from medview.core.volume import AnyArray
from medview.jobs.execution import Link, resolved
from medview.measure.perceptual import PerceptualDistance
from medview.measure.view_quality_table import ViewRow, view_table
from medview.ml.field_folder import FieldFacts, read_facts
from medview.session.fields.rendering import TARGET as RENDER_TARGET
from medview.session.fields.views import read_views
from medview.session.fields.wish import read_wish

TARGET = "medview.session.fields.view_numbers:measure_views"
LPIPS_TARGET = "medview.zoo.fields.perceptual:distances"
_READING, _RENDERING = 0.1, 0.8
Pictures = NDArray[np.float32]


def measure_views(
    payload: Mapping[str, Any], _arrays: Mapping[str, AnyArray], link: Link
) -> tuple[tuple[ViewRow, ...], Mapping[str, AnyArray]]:
    """Job target, of a process that may load torch: a row for every view of a trained scene.

    Args:
        payload: ``folder`` of the scene; ``capture``, or None for the one that it was trained on;
            ``weights`` for LPIPS (file or folder), or None; ``held_out_only``.
        _arrays: None.
        link: Told of every view.

    Returns:
        The table (`medview.measure.view_quality_table`).

    Raises:
        InputRefused: The folder holds no scene, its capture is not there or is another one, or the weights
            do not fit.
        Cancelled: The person has cancelled.
    """
    folder = Path(payload["folder"])
    facts = read_facts(folder)
    views = _real(folder, facts, payload["capture"], _Tell(link, 0, _READING))
    chosen = list(facts.held_out) if payload["held_out_only"] else list(range(len(views)))
    truths = (views.images[chosen] / np.float32(255)).astype(np.float32)
    pictures = _rendered(folder, facts, chosen, link)
    distances = _distances(payload["weights"], pictures, truths, views.valid[chosen], link)
    apart = [place for place, number in enumerate(chosen) if number in facts.held_out]
    names = [views.names[number] for number in chosen]
    return view_table(names, apart, pictures, truths, views.valid[chosen], distances), {}


class _Tell:
    """Progress as a part of the whole; each call looks whether the job was cancelled."""

    def __init__(self, link: Link, first: float, last: float) -> None:
        self._link, self._first, self._width = link, first, last - first

    def __call__(self, part: float, words: str) -> None:
        if self._link.is_cancelled():
            raise Cancelled
        self._link.progress(self._first + self._width * part, words)


def _real(folder: Path, facts: FieldFacts, capture: str | None, tell: _Tell) -> PosedViews:
    title, wish = f"Cannot compare the scene {folder.name}", read_wish(folder)
    if wish is None and capture is None:
        raise InputRefused(title, "it does not tell what it was trained on", "Name the capture.")
    path = Path(capture) if capture is not None else wish.capture  # type: ignore[union-attr]
    if not path.exists():
        raise InputRefused(title, f"{path.name} is not there any more", "Name the capture.")
    views = read_views(path, {} if wish is None else wish.reading, tell)
    if views.names != facts.frame_names:
        detail = f"{path.name} holds other frames than it was trained on"
        raise InputRefused(title, detail, "Name the capture that it was trained on.")
    if views.lenses and (views.lenses[0].width, views.lenses[0].height) != _size(facts):
        raise InputRefused(title, f"the pictures of {path.name} have another size than those trained on")
    return views


def _size(facts: FieldFacts) -> tuple[int, int]:
    return facts.lenses[0].width, facts.lenses[0].height


def _rendered(folder: Path, facts: FieldFacts, chosen: list[int], link: Link) -> Pictures:
    """(n, H, W, 3), 0-1, over black."""
    render, tell = resolved(RENDER_TARGET), _Tell(link, _READING, _RENDERING)
    width, height = _size(facts)
    pictures = np.zeros((len(chosen), height, width, 3), np.float32)
    for place, number in enumerate(chosen):
        tell(place / len(chosen), f"Rendering view {place + 1} of {len(chosen)}")
        payload = {
            "folder": str(folder),
            "scene_from_camera": facts.poses[number].tolist(),
            "lens": asdict(facts.lenses[number]),
            "levels": [1],
            "time": float(facts.times[number]),
        }
        _, arrays = render(payload, {}, link)
        pictures[place] = np.clip(arrays["picture"][..., :3], 0, 1)
    return pictures


def _distances(
    weights: str | None, pictures: Pictures, truths: Pictures, valid: NDArray[np.bool_], link: Link
) -> list[PerceptualDistance] | None:
    if weights is None:
        return None
    _Tell(link, _RENDERING, 1)(0, "Comparing with the network")
    arrays = {"images": pictures, "truths": truths, "valid": valid}
    value, _ = resolved(LPIPS_TARGET)({"weights": weights}, arrays, link)
    return [PerceptualDistance(**found) for found in value["lpips"]]
