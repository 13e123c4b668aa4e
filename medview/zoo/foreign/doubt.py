"""How sure a foreign network is: probabilities, entropy, and the spread over mirrored passes.

The parameters and outputs are those of every segmentation model (`medview.ml.belief`); the maps are made
on the network's grid.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from medview.ml.belief import BELIEF_OUTPUTS, pass_count
from medview.ml.foreign.model import ForeignModel
from medview.ml.foreign.recipe import Answer, Orient, Permute, Step
from medview.zoo.belief import normalised_entropy, temperature_in
from medview.zoo.foreign.frugal import FrugalSweep
from medview.zoo.foreign.windows import Floats, Predictor

_FROM, _TO = 0.1, 0.86
"""Part of the progress bar that the networks take."""


def activated(raw: Floats, answer: Answer, temperature: float = 1.0) -> Floats:
    """Probabilities (K, ...) of the network's numbers; a temperature divides what is no probability yet."""
    if answer.activation == "sigmoid":
        return np.asarray(1 / (1 + np.exp(-np.clip(raw / temperature, -80, 80))), np.float32)
    if answer.activation == "softmax":
        shifted = np.exp((raw - raw.max(axis=0, keepdims=True)) / temperature)
        return np.asarray(shifted / shifted.sum(axis=0, keepdims=True), np.float32)
    return raw


def any_structure(probabilities: Floats, answer: Answer) -> Floats:
    """The probability (1, ...) of any structure."""
    if answer.decide == "argmax":
        background = [place for place, value in enumerate(answer.values) if value == 0]
        return np.clip(1 - probabilities[background].sum(axis=0, keepdims=True), 0, 1)
    return np.clip(probabilities.max(axis=0, keepdims=True), 0, 1)


@dataclass(frozen=True, kw_only=True)
class Doubt:
    """What a run shall tell of its doubt.

    Args:
        answer: What the network's channels mean.
        asked: Names of the images to make.
        mirrors: Axes of (X, Y, Z) that each further pass is mirrored along.
        temperature: Of the card.
    """

    answer: Answer
    asked: tuple[str, ...] = ()
    mirrors: tuple[tuple[int, ...], ...] = ()
    temperature: float = 1.0

    @property
    def pass_count(self) -> int:
        """How often every network goes over the image."""
        return 1 + len(self.mirrors)

    @classmethod
    def wanted(cls, params: Mapping[str, Any], model: ForeignModel, steps: Iterable[Step]) -> Doubt:
        """Read the parameters of `medview.ml.belief.BELIEF_PARAMS` and the card."""
        right, front = _patient_axes(steps)
        mirrors = ((right,), (front,), (right, front))
        count = pass_count(params.get("spread", "off"))
        asked = {name: bool(params.get(name, False)) for name in BELIEF_OUTPUTS} | {"spread": count > 1}
        settings = model.card.settings if model.card is not None else {}
        return cls(
            answer=model.recipe.answer,
            asked=tuple(name for name, is_asked in asked.items() if is_asked),
            mirrors=mirrors[: count - 1],
            temperature=temperature_in(settings),
        )

    def passes(
        self, predictors: Sequence[Predictor], image: Floats, swept: FrugalSweep
    ) -> tuple[Floats, Floats | None]:
        """Run all networks on an image and on its mirrored copies.

        Returns:
            Mean of the networks' numbers (K, X, Y, Z), and the standard deviation of the probability of any
            structure (1, X, Y, Z); None for a single pass.
        """
        flips = ((), *self.mirrors)
        count = len(flips) * len(predictors)
        total: Floats = np.zeros((swept.channels, *image.shape[1:]), np.float32)
        seen = []
        for number, axes in enumerate(flips):
            turned = tuple(axis + 1 for axis in axes)
            part = np.zeros_like(total)
            for place, predictor in enumerate(predictors):
                done = number * len(predictors) + place
                begin, end = (_FROM + (_TO - _FROM) * (done + step) / count for step in (0, 1))
                part += swept(predictor, np.flip(image, turned), (begin, end))
            part = np.flip(part / len(predictors), turned)
            total += part
            if self.mirrors:
                seen.append(any_structure(activated(part, self.answer, self.temperature), self.answer))
        return total / len(flips), np.std(seen, axis=0) if seen else None

    def images(self, raw: Floats, spread: Floats | None) -> dict[str, Floats]:
        """The images that were asked for, each (1, X, Y, Z)."""
        made: dict[str, Floats] = {}
        if not self.asked or self.answer.kind != "labels":
            return made
        likely = activated(raw, self.answer, self.temperature)
        if "probability" in self.asked:
            made["probability"] = any_structure(likely, self.answer)
        if "entropy" in self.asked:
            is_argmax = self.answer.decide == "argmax"
            told = likely if is_argmax else any_structure(likely, self.answer)
            made["entropy"] = normalised_entropy(torch.from_numpy(np.ascontiguousarray(told))[None])[
                0
            ].numpy()
        if spread is not None:
            made["spread"] = spread
        return made


def _patient_axes(steps: Iterable[Step]) -> tuple[int, int]:
    """Where left-right and front-back run among the axes that the network sees."""
    order = [0, 1, 2]
    for step in steps:
        if isinstance(step, Orient):
            order = [
                next(n for n, pair in enumerate(("RL", "AP", "SI")) if code in pair) for code in step.codes
            ]
        elif isinstance(step, Permute):
            order = [order[axis] for axis in step.axes]
    return order.index(0), order.index(1)
