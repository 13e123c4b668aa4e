"""Drawing batches: which slices, which windows, which augmentation, from seed, process and step only.

A training that is resumed sees what it would have seen, and what was drawn is plain data: it can be written
to a file of JSON lines and replayed.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from medview.core.volume import AnyArray
from medview.zoo.learning.application import MASK, apply
from medview.zoo.learning.augmentation import (
    Augmentation,
    AugmentationPlan,
    Scanner,
    Warp,
    draw_augmentation,
)
from medview.zoo.learning.slices import Slices

WHOLE_EVERY = 8
"""With windows, every eighth batch still holds whole slices: a run normalises over whole slices."""


@dataclass(frozen=True, kw_only=True)
class Draw:
    """Everything random about one batch.

    Args:
        step: Number of the batch since the start of the training.
        indices: Subject and slice number of each slice.
        corners: First row and column of each slice's window; empty where slices stay whole.
        mixing: What a method's own mixing drew, as plain data.
        augmentations: One per slice; empty for none.
    """

    step: int
    indices: tuple[tuple[int, int], ...]
    corners: tuple[tuple[int, int], ...] = ()
    mixing: Mapping[str, Any] = field(default_factory=dict)
    augmentations: tuple[Augmentation, ...] = ()


@dataclass(frozen=True, eq=False)
class Batch:
    """What one step learns from.

    Args:
        images: (B, M, H, W) float32 on the training's device.
        targets: (B, T, H, W) float32 on the same.
        indices: (B, 2) subject and slice numbers.
        positions: (B,) where the slices lie in their stacks, 0 to 1.
    """

    images: Tensor
    targets: Tensor
    indices: NDArray[np.int64]
    positions: NDArray[np.float64]


@dataclass(frozen=True)
class Mixing:
    """A method's own way of making slices from slices, before the augmentation (such as mix-up).

    Args:
        draw: (slices, indices (B, 2), generator) to plain data, such as partners and weights.
        apply: (slices, batch on the CPU, that data) to another batch.
    """

    draw: Callable[[Slices, NDArray[np.int64], np.random.Generator], Mapping[str, Any]]
    apply: Callable[[Slices, Batch, Mapping[str, Any]], Batch]


@dataclass(frozen=True, kw_only=True)
class BatchPlan:
    """How batches are drawn.

    Args:
        batch: Slices in a batch.
        is_balanced: Half of each batch (rounded up) shows foreground; otherwise slices are drawn alike.
        window_px: Side of the windows that are cut from slices; 0 for whole slices.
        window_near: The target channel that three windows in four are cut near.
        augmentation: Ranges; None for none.
        target_kinds: See `application.apply`, one per target channel.
        mixing: See there; None for none.
    """

    batch: int
    is_balanced: bool = True
    window_px: int = 0
    window_near: int = 0
    augmentation: AugmentationPlan | None = None
    target_kinds: tuple[str, ...] = (MASK,)
    mixing: Mixing | None = None


def step_generator(seed: int, process: int, step: int) -> np.random.Generator:
    """The random numbers of one step of one process."""
    return np.random.default_rng([seed, process, step])


def seed_torch(seed: int, process: int, step: int) -> None:
    """Begin torch's random numbers (dropout and the like) of one step of one process."""
    words = np.random.SeedSequence([seed, process, step, 1]).generate_state(2)
    torch.manual_seed(int(words[0]) << 31 ^ int(words[1]))


class BatchSource(Protocol):
    """Where a training's batches come from."""

    def draw(self, rng: np.random.Generator, step: int) -> Draw:
        """Draw one batch."""

    def batch(self, draw: Draw, device: torch.device) -> Batch:
        """Make what was drawn."""


class SliceSource:
    """Batches of slices.

    Args:
        slices: To draw from.
        plan: How.
    """

    def __init__(self, slices: Slices, plan: BatchPlan) -> None:
        self._slices, self._plan = slices, plan

    def draw(self, rng: np.random.Generator, step: int) -> Draw:
        """Draw one batch."""
        plan = self._plan
        indices = draw_indices(self._slices, plan.batch, rng, is_balanced=plan.is_balanced)
        corners: tuple[tuple[int, int], ...] = ()
        if plan.window_px and step % WHOLE_EVERY:
            masks = (self._slices.subjects[s].targets[k, plan.window_near] for s, k in indices)
            corners = tuple(draw_corner(mask, plan.window_px, rng) for mask in masks)
        mixing = {} if plan.mixing is None else plan.mixing.draw(self._slices, indices, rng)
        changes = plan.augmentation
        drawn = () if changes is None else tuple(draw_augmentation(changes, rng) for _ in indices)
        return Draw(
            step=step,
            indices=tuple((int(s), int(k)) for s, k in indices),
            corners=corners,
            mixing=mixing,
            augmentations=drawn,
        )

    def batch(self, draw: Draw, device: torch.device) -> Batch:
        """Make what was drawn."""
        indices, plan = np.array(draw.indices, np.int64), self._plan
        batch = Batch(*self._slices.take(indices), indices, self._slices.positions(indices))
        if plan.mixing is not None:
            batch = plan.mixing.apply(self._slices, batch, draw.mixing)
        images, targets = batch.images, batch.targets
        if draw.corners:
            images, targets = (_cut(part, draw.corners, plan.window_px) for part in (images, targets))
        images, targets = images.to(device), targets.to(device)
        if draw.augmentations and plan.augmentation is not None:
            images, targets = apply(draw.augmentations, images, targets, plan.target_kinds, plan.augmentation)
        return replace(batch, images=images, targets=targets)


def draw_indices(
    slices: Slices, batch: int, rng: np.random.Generator, *, is_balanced: bool = True
) -> NDArray[np.int64]:
    """(B, 2) subject and slice numbers; balanced: half of them (rounded up) from slices with foreground."""
    shown, others = slices.with_foreground, slices.without
    if not is_balanced:
        every = np.concatenate([shown, others])
        return every[rng.integers(len(every), size=batch)]
    wanted = -(-batch // 2) if len(others) else batch
    shown = shown if len(shown) else others
    picked = shown[rng.integers(len(shown), size=wanted)]
    if wanted == batch:
        return picked
    return np.concatenate([picked, others[rng.integers(len(others), size=batch - wanted)]])


def draw_corner(mask: AnyArray, side_px: int, rng: np.random.Generator) -> tuple[int, int]:
    """First row and column of a square window, three times in four near the mask where there is any."""
    room = np.maximum(np.array(mask.shape) - side_px, 0)
    corner = rng.integers(0, room + 1)
    places = np.argwhere(mask > 0)
    if len(places) and rng.random() < 0.75:
        middle = places[rng.integers(len(places))] - side_px // 2
        corner = np.clip(middle + rng.integers(-side_px // 3, side_px // 3 + 1, 2), 0, room)
    return int(corner[0]), int(corner[1])


def _cut(slices: Tensor, corners: tuple[tuple[int, int], ...], side_px: int) -> Tensor:
    pairs = zip(slices, corners, strict=True)
    return torch.stack([each[:, i : i + side_px, j : j + side_px] for each, (i, j) in pairs])


def as_line(draw: Draw) -> str:
    """A draw as one line of JSON."""
    return json.dumps(asdict(draw), separators=(",", ":"))


def from_line(line: str) -> Draw:
    """Undo `as_line`; ValueError or KeyError where the line holds no draw."""
    table = json.loads(line)
    return Draw(
        step=int(table["step"]),
        indices=tuple((int(s), int(k)) for s, k in table["indices"]),
        corners=tuple((int(i), int(j)) for i, j in table["corners"]),
        mixing=table["mixing"],
        augmentations=tuple(_augmentation(each) for each in table["augmentations"]),
    )


def read_draws(path: Path) -> Iterator[Draw]:
    """What a training recorded, batch by batch, to be made again with `SliceSource.batch`."""
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            yield from_line(line)


def _augmentation(table: dict[str, Any]) -> Augmentation:
    scanner, warp = table["scanner"], table["warp"]
    if scanner is not None:
        scanner = Scanner(**{**scanner, "tone": tuple(scanner["tone"]), "field": tuple(scanner["field"])})
    if warp is not None:
        warp = Warp(**{**warp, "grid_i": tuple(warp["grid_i"]), "grid_j": tuple(warp["grid_j"])})
    return Augmentation(**{**table, "scanner": scanner, "warp": warp})
