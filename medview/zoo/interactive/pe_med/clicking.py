"""The answer to one click: what a person said of a slice or a region, and the mask that follows from it.

One call is one interaction t of the paper. Nothing is remembered here but the loaded network: what the next
click needs (O_t, on the slice's own pixels) goes back with the answer and comes again with the next question,
so that undoing a click is asking with what was there before it.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from medview.core.boxes import marked_box
from medview.core.errors import Cancelled, InputRefused
from medview.core.volume import AnyArray
from medview.measure.clicks import Click
from medview.ml.travel import Link
from medview.zoo.interactive.pe_med.appearance import unit
from medview.zoo.interactive.pe_med.borders import along_edges, connected
from medview.zoo.interactive.pe_med.dialogue import SURE, Dialogue, logits_of
from medview.zoo.interactive.pe_med.focus import Focus, around
from medview.zoo.interactive.pe_med.model_folder import network_for
from medview.zoo.interactive.pe_med.network import PeMed
from medview.zoo.interactive.pe_med.shapes import Floats, Mask
from medview.zoo.interactive.pe_med.simulator import BOXED

_TITLE = "Cannot follow the click"
NOTHING = float(np.log(SURE / (1 - SURE)))
"""Logit of what was never looked at."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Question:
    """What is asked, checked.

    Args:
        image: (H, W) or (D, H, W), finite.
        include: (N, dims) index positions.
        exclude: (N, dims).
        box: (2, dims), lowest and highest index position; None for none.
        mask: (*S) as it is now.
        start: (*S) O_{t-1} where anything is known, else None.
        prev: (*S) I_prev that goes with it.
        window: Lowest and highest value that are told apart.
        spacing_mm: Of the pixels.
        loops: Self-Loop passes after the first one.
        threshold: Probability from which a pixel is in the mask.
        has_memory: Whether TSIP adds its term.
    """

    image: Floats
    include: NDArray[np.float64]
    exclude: NDArray[np.float64]
    box: NDArray[np.float64] | None
    mask: Mask
    start: Floats | None
    prev: Floats | None
    window: tuple[float, float]
    spacing_mm: tuple[float, ...]
    loops: int
    threshold: float
    has_memory: bool

    @property
    def places(self) -> NDArray[np.float64]:
        """All that the person pointed at (N, dims): clicks and corners of the box."""
        corners = self.box if self.box is not None else self.include[:0]
        return np.concatenate([self.include, self.exclude, corners])


def answer(
    payload: Mapping[str, Any], arrays: Mapping[str, AnyArray], link: Link
) -> tuple[dict[str, Any], dict[str, AnyArray]]:
    """Job target: the mask after one more click; the same question has the same answer, bit for bit.

    Args:
        payload: ``weights`` (model folder), ``include`` and ``exclude`` (index positions of all clicks so
            far; a stroke is its points), ``box`` (lowest and highest index position, or null), ``range``
            (the display window, or null), ``spacing_mm``, ``is_first``, ``threshold``, ``self_loop``
            (passes), ``memory`` (whether TSIP is on).
        arrays: ``image`` (H, W) or (D, H, W); ``mask`` as it is now, uint8; where there was an answer
            before, its ``memory``.
        link: Gives the number of threads.

    Returns:
        ``seconds``, ``passes``, ``grid`` (pixels of the network's side), and ``mask`` uint8, ``probability``
        float32, ``memory`` float32, all of the image's shape.

    Raises:
        InputRefused: What was sent does not fit together.
        Cancelled: A newer click has come.
    """
    started_s = time.perf_counter()
    torch.set_num_threads(link.threads)
    question = asked(payload, arrays)
    net = network_for(Path(payload["weights"]), question.image.ndim)
    logits, probability, focus = _answered(net, question, link)
    mask = (probability > question.threshold).astype(np.uint8)
    facts = {"seconds": time.perf_counter() - started_s, "passes": 1 + question.loops, "grid": focus.grid}
    return facts, {"mask": mask, "probability": probability, "memory": logits}


def _answered(net: PeMed, question: Question, link: Link) -> tuple[Any, Any, Focus]:
    """All passes of one click: O_t and M_t (*S), and where the last pass looked."""
    logits, prev, shape = question.start, question.prev, question.image.shape
    for _ in range(1 + question.loops):
        if link.is_cancelled():
            raise Cancelled
        mask = np.zeros(shape, bool) if prev is None else prev > question.threshold
        focus = around(mask, question.places, question.spacing_mm, net.settings.grid)
        logits = _passed(net, question, focus, logits, prev)
        logits = _finished(question, logits)
        prev = probability_of(logits)
    return logits, prev, focus


def _finished(question: Question, logits: Floats) -> Floats:
    """An answer that follows the edges of a slice and holds nothing apart."""
    cut = float(np.log(question.threshold / (1 - question.threshold)))
    if logits.ndim == 2 and len(question.include) + len(question.exclude) > 1:
        image = unit(np.clip(question.image, *question.window))
        logits = along_edges(logits, image, question.include, question.exclude)
    return connected(logits, question.include, question.mask, cut)


@torch.inference_mode()
def _passed(net: PeMed, question: Question, focus: Focus, last: Floats | None, prev: Floats | None) -> Floats:
    """One pass over a part of the slice: O_t (*S) on its own pixels."""
    image = unit(np.clip(focus.seen(question.image, question.window[0]), *question.window))
    dialogue = Dialogue(net.settings, image[None])
    if last is not None and prev is not None:
        dialogue.recall(focus.seen(last, NOTHING)[None], focus.seen(prev, 0.0)[None])
    said = [
        Click(tuple(place), is_include)
        for places, is_include in ((question.include, True), (question.exclude, False))
        for place in np.rint(focus.places(places)).astype(int).tolist()
    ]
    dialogue.say([said])
    found = dialogue.answer(net, has_memory=question.has_memory)[0, ..., 0].numpy()
    logits = focus.put_back(found, question.image.shape, NOTHING)
    if question.box is not None:
        logits[~marked_box(question.box, logits.shape)] = NOTHING
    return logits


def probability_of(logits: Floats) -> Floats:
    """M = sigmoid(O)."""
    made: Floats = (1 / (1 + np.exp(-logits))).astype(np.float32)
    return made


def asked(payload: Mapping[str, Any], arrays: Mapping[str, AnyArray]) -> Question:
    """Check what was sent, and join what is known of the object: its mask, the last answer, a box."""
    image = np.ascontiguousarray(arrays["image"], np.float32)
    if image.ndim not in (2, 3) or not image.size:
        raise InputRefused(_TITLE, f"an image of {image.ndim} axes was sent", "Click in a slice or a region.")
    dims, finite = image.ndim, np.isfinite(image)
    low, high = _window(payload.get("range"), image[finite])
    image = np.where(finite, image, np.float32(low))
    box = payload.get("box")
    box = None if box is None else np.sort(_places(box, dims), 0)
    include, exclude = (_places(payload[name], dims) for name in ("include", "exclude"))
    if box is None and not len(include) and not len(exclude):
        raise InputRefused(_TITLE, "there is no click and no box", "Click inside what you want.")
    mask = _fitting(arrays, "mask", image.shape) > 0
    memory = _fitting(arrays, "memory", image.shape) if "memory" in arrays else None
    threshold = float(payload.get("threshold", 0.5))
    start, prev = _known(mask, memory, box, threshold)
    is_blank = bool(payload.get("is_first", memory is None)) and not mask.any()
    return Question(
        image=image,
        include=include,
        exclude=exclude,
        box=box,
        mask=mask,
        start=start,
        prev=prev,
        window=(low, high),
        spacing_mm=_spacing(payload.get("spacing_mm"), dims),
        loops=int(payload.get("self_loop", 1)) if is_blank else 0,
        threshold=threshold,
        has_memory=bool(payload.get("memory", True)),
    )


def _known(
    mask: Mask, memory: Floats | None, box: NDArray[np.float64] | None, threshold: float
) -> tuple[Floats | None, Floats | None]:
    """O_{t-1} and I_prev: the last answer, or the mask where it is another by now; a half in a new box."""
    prev = mask.astype(np.float32)
    if memory is not None:
        remembered = probability_of(memory)
        is_same = (remembered > threshold) == mask
        return np.where(is_same, memory, logits_of(prev)), np.where(is_same, remembered, prev)
    if box is not None:
        inside = marked_box(box, mask.shape)
        prev = np.where(inside, prev if mask.any() else np.float32(BOXED), np.float32(0))
    if not prev.any():
        return None, None
    return logits_of(prev), prev


def _window(given: Sequence[float] | None, values: Floats) -> tuple[float, float]:
    if not len(values):
        raise InputRefused(_TITLE, "there is no scan at this place", "Click inside the scan.")
    lowest, highest = float(values.min()), float(values.max())
    if given is None:
        return lowest, highest
    low, high = max(float(given[0]), lowest), min(float(given[1]), highest)
    return (low, high) if low < high else (lowest, highest)


def _places(given: Sequence[Sequence[float]], dims: int) -> NDArray[np.float64]:
    places = np.array(given, float).reshape(-1, dims) if len(given) else np.zeros((0, dims))
    if not np.isfinite(places).all():
        raise InputRefused(_TITLE, "a click lies nowhere", "Click inside the scan.")
    return places


def _spacing(given: Sequence[float] | None, dims: int) -> tuple[float, ...]:
    spacing = tuple(float(value) for value in given) if given else (1.0,) * dims
    if len(spacing) != dims or not all(0 < value < 1e6 for value in spacing):
        raise InputRefused(
            _TITLE, f"the pixel size {spacing} does not fit the image", "Check the scan's grid."
        )
    return spacing


def _fitting(arrays: Mapping[str, AnyArray], name: str, shape: Sequence[int]) -> AnyArray:
    if name not in arrays or arrays[name].shape != tuple(shape):
        raise InputRefused(_TITLE, f"the {name} does not fit the image", "Undo the last click and try again.")
    return arrays[name]
