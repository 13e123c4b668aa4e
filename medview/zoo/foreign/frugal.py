"""Sweeps that go on in a cheaper way where memory runs short, as our own methods' runs do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from medview.ml.context import RunContext
from medview.zoo.foreign.predictors import TorchPredictor
from medview.zoo.foreign.windows import Floats, Predictor, Share, Sweep, patch_of, sweep
from medview.zoo.memory_ladder import MemoryLadder

_LEAST = 16
"""Pieces are not made smaller than this along any axis: a network would see too little around a voxel."""


class FrugalSweep:
    """Runs networks over images of one shape; what a shortage has led to holds for all further sweeps.

    The ladder: smaller pieces, where the model names no size of its own, then the CPU instead of a card.

    Args:
        predictors: All networks of the run.
        settings: How pieces are cut.
        shape: Of the images, without channels.
        ctx: Is told of every step.
    """

    def __init__(
        self, predictors: Sequence[Predictor], settings: Sweep, shape: Sequence[int], ctx: RunContext
    ) -> None:
        self._predictors = tuple(predictors)
        self._settings = settings
        self._shape = tuple(shape)
        self._ctx = ctx
        self._is_sized = bool(settings.window.patch)
        self._ladder = MemoryLadder([self._smaller_pieces, self._leave_card], ctx)

    @property
    def channels(self) -> int:
        """That the networks make."""
        return self._settings.channels

    def __call__(self, predictor: Predictor, image: Floats, share: Share) -> Floats:
        """Run one of the networks over an image (C, X, Y, Z); see `sweep`."""
        return self._ladder.attempt(partial(self._swept, predictor, image, share))

    def _swept(self, predictor: Predictor, image: Floats, share: Share) -> Floats:
        return sweep(predictor, image, self._settings, self._ctx, share)

    def _smaller_pieces(self) -> str:
        if self._is_sized:
            return ""
        window = self._settings.window
        patch = list(patch_of(window, self._shape))
        axis = max(range(3), key=lambda place: patch[place])
        half = -(-patch[axis] // 2 // window.multiple) * window.multiple
        if not _LEAST <= half < patch[axis]:
            return ""
        patch[axis] = half
        self._settings = replace(self._settings, window=replace(window, patch=tuple(patch)))
        return f"pieces of {' x '.join(map(str, patch))} voxels"

    def _leave_card(self) -> str:
        if self._ctx.device == "cpu":
            return ""
        movable = [item for item in self._predictors if isinstance(item, TorchPredictor)]
        moved = [item for item in movable if item.leave_card()]
        return "the CPU computes instead of the graphics card" if moved else ""
