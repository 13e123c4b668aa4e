"""Running a network over the axial slices of a scan, bottom up, batch by batch."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np
import torch
from torch import Tensor

from medview.core.geometry import Geometry
from medview.core.volume import AnyArray
from medview.ml.context import RunContext
from medview.zoo.memory_ladder import MemoryLadder, zeros_somewhere
from medview.zoo.pace import Pace
from medview.zoo.runtimes.choice import Programs
from medview.zoo.runtimes.heap import release_freed_memory
from medview.zoo.slicewise.cost import batch_size
from medview.zoo.slicewise.grid import SliceGrid, slices_of
from medview.zoo.slicewise.intensity import Normaliser
from medview.zoo.slicewise.maps import Maps
from medview.zoo.slicewise.model import SliceModel


def run_slices(
    model: SliceModel, volumes: Sequence[AnyArray], geometry: Geometry, ctx: RunContext
) -> dict[str, AnyArray]:
    """Run every slice that shows something.

    Args:
        model: The network, its grid and its outputs.
        volumes: (I, J, K) arrays on one grid, in the order of the network's channels.
        geometry: That grid.
        ctx: Hears of progress and gets finished slabs of every label output; may cancel within a batch.

    Returns:
        An (I, J, K) array for every output of the model; a batch of slices without content stays 0.

    Raises:
        InputRefused: A volume has no contrast.
        Cancelled: The person has cancelled.
    """
    torch.set_num_threads(ctx.threads)
    ctx.progress(0.01, "Finding what the scan shows")
    measures = model.normalisations(len(volumes))
    normalisers = [measure(volume) for measure, volume in zip(measures, volumes, strict=True)]
    grid = model.frame(volumes[0], geometry)
    run = _SliceRun(model, volumes, normalisers, grid, ctx)
    try:
        with torch.inference_mode():
            return run.outputs()
    finally:
        release_freed_memory()


class _SliceRun:
    """One run: what was measured, and the outputs as they grow."""

    def __init__(
        self,
        model: SliceModel,
        volumes: Sequence[AnyArray],
        normalisers: Sequence[Normaliser],
        grid: SliceGrid,
        ctx: RunContext,
    ) -> None:
        self._model = model
        self._volumes = volumes
        self._normalisers = normalisers
        self._grid = grid
        self._ctx = ctx
        i, j, count = volumes[0].shape
        self._count = count
        self._made = {
            item.name: zeros_somewhere((i, j, count), item.dtype, item.name, ctx) for item in model.outputs
        }
        most = batch_size(*grid.padded, model.channels)
        # batches alike: a converted network fills up a small last one
        self._batch = -(-count // -(-count // most))
        self._device = self._maps_device = ctx.device
        self._programs = Programs(model.network, ctx, -(-count // self._batch))

    def outputs(self) -> dict[str, AnyArray]:
        """Run all slices."""
        # zeros take their memory only when they are written over
        still_empty = sum(made.nbytes for made in self._made.values()) * (1 - self._stop(0) / self._count)
        pace, first = Pace(self._count, self._ctx, still_empty), 0
        ladder = MemoryLadder([self._stitch_aside, self._halve, self._leave_card], self._ctx)
        while first < self._count:
            stop = self._stop(first)
            self._ctx.progress(
                0.02 + 0.97 * first / self._count, f"Slice {stop} of {self._count}{pace.words}"
            )
            first = ladder.attempt(partial(self._run, first))
            pace.step(first)
        return self._made

    def _stop(self, first: int) -> int:
        return min(self._count, first + self._batch)

    def _stitch_aside(self) -> str:
        if self._maps_device == "cpu":
            return ""
        self._maps_device = "cpu"
        return "results are put together in main memory"

    def _halve(self) -> str:
        if self._batch == 1:
            return ""
        self._batch //= 2
        # a converted network takes batches of its first size only
        self._programs.fall_back(self._device)
        return f"{self._batch} slices at once" if self._batch > 1 else "one slice at once"

    def _leave_card(self) -> str:
        if self._device == "cpu":
            return ""
        self._device = "cpu"
        self._programs.fall_back("cpu")
        return "the CPU computes instead of the graphics card"

    def _run(self, first: int) -> int:
        """Run one batch from slice `first` on; return the slice after it."""
        stop = self._stop(first)
        slices = slices_of(self._volumes, self._normalisers, first, stop)
        seen = self._grid.to_network(slices.to(self._device))
        if _shows_something(seen):
            maps = {name: made.to(self._maps_device) for name, made in self._passed(seen).items()}
            for item in self._model.outputs:
                slab = np.moveaxis(item.rendered(maps, self._grid), 0, -1)
                self._made[item.name][:, :, first:stop] = slab
        for item in self._model.outputs:
            if item.is_labels:
                self._ctx.preview(item.name, (0, 0, first), self._made[item.name][:, :, first:stop])
        return stop

    def _passed(self, seen: Tensor) -> Maps:
        return self._model.passes(self._maps, seen)

    def _maps(self, seen: Tensor) -> Maps:
        return dict(zip(self._model.maps, self._programs(seen), strict=True))


def _shows_something(slices: Tensor) -> bool:
    """Whether not all pixels are the same: air that was clipped is."""
    return bool((slices != slices.flatten()[0]).any())
