"""Scenes to learn from: parts, how they look, and up to eight things in them that a person might want.

Label-to-image synthesis (Billot et al., SynthSeg, 2023) with shapes that come from no patient.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import label as labelled

from medview.zoo.interactive.pe_med.appearance import rendered
from medview.zoo.interactive.pe_med.shapes import (
    Mask,
    Rng,
    Shape,
    blob_field,
    folds,
    smooth_noise,
    tissues,
    tree,
)

MOST_TARGETS = 8
_SMALLEST, _LARGEST = 0.004, 0.65
"""Part of the grid that a target fills."""


@dataclass(eq=False)
class Scene:
    """Parts in the making.

    Args:
        parts: Which part each pixel belongs to; each part gets a tone of its own.
        wanted: Masks of what a person might want.
    """

    parts: NDArray[np.uint8]
    wanted: list[Mask] = field(default_factory=list)

    def paint(self, mask: Mask) -> int:
        """Make a new part of a mask and return its number."""
        number = int(self.parts.max()) + 1
        self.parts[mask] = number
        return number

    def want_parts(self, *numbers: int) -> None:
        """What is still seen of some parts."""
        self.wanted.append(np.isin(self.parts, numbers))


def make_scene(shape: Shape, rng: Rng) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """A random image (*S), 0 to 255, and its targets (*S): bit n of a pixel says that target n holds it."""
    while True:
        scene = Scene(_background(shape, rng))
        recipe = RECIPES[rng.choice(len(RECIPES), p=_SHARES)][0]
        recipe(scene, rng)
        order = rng.permutation(len(scene.wanted))
        targets = [scene.wanted[n] for n in order if _is_fair(scene.wanted[n])][:MOST_TARGETS]
        if targets:
            image = rendered(scene.parts, rng)
            bits = sum(mask.astype(np.uint8) << n for n, mask in enumerate(targets))
            return np.rint(image * 255).astype(np.uint8), np.asarray(bits, np.uint8)


def _is_fair(mask: Mask) -> bool:
    return _SMALLEST <= float(mask.mean()) <= _LARGEST


def _background(shape: Shape, rng: Rng) -> NDArray[np.uint8]:
    """Tissues, in half of the scenes inside of a body with nothing around it."""
    cells = int(rng.integers(2, 9))
    parts = tissues(shape, rng, int(rng.integers(1, 6)), cells) + np.uint8(1)
    if rng.random() < 0.5:
        body = blob_field(shape, rng, rng.uniform(0.7, 1.2), 0.08, np.zeros(len(shape), np.float32))
        parts[body > 1] = 0
    return parts


def _organs(scene: Scene, rng: Rng) -> None:
    """Blobs over each other, some with something inside."""
    for _ in range(rng.integers(1, 6)):
        field_ = blob_field(scene.parts.shape, rng, rng.uniform(0.1, 0.7), rng.uniform(0, 0.3))
        outer = scene.paint(field_ < 1)
        if rng.random() < 0.3:
            inner = scene.paint(field_ < rng.uniform(0.4, 0.85))
            scene.want_parts(outer, inner)
            scene.want_parts(inner)
        scene.want_parts(outer)


def _rings(scene: Scene, rng: Rng) -> None:
    """Walls around hollows: myocardium, bladder, cortex."""
    field_ = blob_field(scene.parts.shape, rng, rng.uniform(0.2, 0.7), rng.uniform(0, 0.2))
    outer = scene.paint(field_ < 1)
    inner = scene.paint(field_ < rng.uniform(0.5, 0.9))
    scene.want_parts(outer)
    scene.want_parts(inner)
    if rng.random() < 0.5:
        scene.paint(blob_field(scene.parts.shape, rng, rng.uniform(0.2, 0.5), 0.1) < 1)
        scene.want_parts(outer, inner)


def _trees(scene: Scene, rng: Rng) -> None:
    """Thin, branching, whole."""
    width = rng.uniform(1.0, 5.0)
    number = scene.paint(tree(scene.parts.shape, rng, width, int(rng.integers(4, 40))))
    scene.want_parts(number)


def _swarm(scene: Scene, rng: Rng) -> None:
    """Many alike: all of them, one of them, their kernels."""
    bodies, kernels = scene.parts.max() + 1, scene.parts.max() + 2
    radius, has_kernels = rng.uniform(0.06, 0.3), rng.random() < 0.5
    one = None
    for _ in range(int(rng.integers(2, 4 + 1 / radius))):
        field_ = blob_field(scene.parts.shape, rng, radius * rng.uniform(0.7, 1.3), rng.uniform(0, 0.2))
        one = field_ < 1
        scene.parts[one] = bodies
        if has_kernels:
            scene.parts[field_ < rng.uniform(0.3, 0.8)] = kernels
    scene.want_parts(bodies)
    scene.want_parts(bodies, kernels)
    scene.want_parts(kernels)
    if one is not None:
        scene.wanted += [one, one & (scene.parts == bodies), one & (scene.parts == kernels)]


def _folded(scene: Scene, rng: Rng) -> None:
    """Winding bands in a body: all of them, or those on one side of a plane."""
    shape = scene.parts.shape
    body = blob_field(shape, rng, rng.uniform(0.5, 0.9), 0.1, rng.uniform(-0.2, 0.2, len(shape)).astype("f4"))
    scene.paint(body < 1)
    bands = folds(shape, rng, int(rng.integers(4, 14)), rng.uniform(0.3, 0.9)) & (body < rng.uniform(0.8, 1))
    number = scene.paint(bands)
    if rng.random() < 0.5:
        scene.paint(body < rng.uniform(0.2, 0.5))
    scene.want_parts(number)
    scene.wanted.append((scene.parts == number) & (smooth_noise(shape, rng, 1) > 0))


def _pieces(scene: Scene, rng: Rng) -> None:
    """Pieces of the tissues themselves."""
    for number in rng.permutation(int(scene.parts.max()) + 1)[:3]:
        pieces, count = labelled(scene.parts == number)
        scene.want_parts(int(number))
        if count:
            scene.wanted.append(pieces == rng.integers(1, count + 1))


def _crowded(scene: Scene, rng: Rng) -> None:
    """A thing full of other things, wanted whole: a jaw, a brain, a lung behind ribs."""
    shape = scene.parts.shape
    whole = blob_field(shape, rng, rng.uniform(0.3, 0.8), rng.uniform(0, 0.25)) < 1
    scene.paint(whole)
    for _ in range(rng.integers(2, 7)):
        part = blob_field(shape, rng, rng.uniform(0.08, 0.35), 0.15) < 1
        scene.paint(part & whole)
    if rng.random() < 0.4:
        scene.paint(tree(shape, rng, rng.uniform(2, 6), 6) & whole)
    scene.wanted.append(whole)
    scene.want_parts(int(scene.parts.max()))


Recipe = Callable[[Scene, Rng], None]
RECIPES: tuple[tuple[Recipe, float], ...] = (
    (_organs, 0.36),
    (_rings, 0.12),
    (_trees, 0.14),
    (_swarm, 0.1),
    (_folded, 0.08),
    (_pieces, 0.08),
    (_crowded, 0.12),
)
_SHARES = np.array([share for _, share in RECIPES]) / sum(share for _, share in RECIPES)
