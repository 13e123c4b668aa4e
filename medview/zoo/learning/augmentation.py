"""What may happen to a slice, drawn as plain data: it can be written down and replayed. No torch.

Applying it is another module's work (`application`).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

TONE_KNOTS = 5
GRID_CELLS = 5


@dataclass(frozen=True, kw_only=True)
class AugmentationPlan:
    """Ranges to draw from; the default changes nothing.

    Args:
        flip_i: Probability of a mirrored first axis (left and right of axial slices).
        flip_j: The same for the second axis.
        angle_deg: Rotations reach this far to both sides.
        scale: Smallest and largest magnification.
        gamma: Smallest and largest exponent, for images in [0, 1].
        brightness: The most that is added or taken away, half of the time.
        contrast: The most by which the distance from the slice's mean is stretched, half of the time.
        elastic: Probability of a smooth random displacement.
        elastic_px: Its standard deviation.
        elastic_step_px: Distance of its control points.
        grid: Probability of a grid distortion: cells wider and narrower by up to `grid_limit`.
        grid_limit: See there.
        optical: Probability of a barrel or pincushion distortion of up to `optical_limit`.
        optical_limit: See there.
        scanner: Draw the scanner too: tone curve, shading, noise and blur, for images in [0, 1].
        is_unit: Images are kept in [0, 1].
        padding: What lies beyond a slice: ``"zeros"``, or ``"border"`` for its rim repeated.
    """

    flip_i: float = 0.0
    flip_j: float = 0.0
    angle_deg: float = 0.0
    scale: tuple[float, float] = (1.0, 1.0)
    gamma: tuple[float, float] = (1.0, 1.0)
    brightness: float = 0.0
    contrast: float = 0.0
    elastic: float = 0.0
    elastic_px: float = 4.0
    elastic_step_px: float = 50.0
    grid: float = 0.0
    grid_limit: float = 0.3
    optical: float = 0.0
    optical_limit: float = 0.3
    scanner: bool = False
    is_unit: bool = True
    padding: str = "zeros"


@dataclass(frozen=True, kw_only=True)
class Scanner:
    """One scanner that never was.

    Args:
        tone: Rising values in [0, 1] that replace evenly spaced grey levels from 0 to 1.
        field: Gain, as natural logarithm, at a 4x4 grid of points over the slice.
        noise: Standard deviation of the noise added.
        noise_seed: Start of the noise.
        blur: Weight in [0, 1] of a 3x3 average.
    """

    tone: tuple[float, ...]
    field: tuple[float, ...]
    noise: float
    noise_seed: int
    blur: float


@dataclass(frozen=True, kw_only=True)
class Warp:
    """A displacement beyond flips, rotation and scale.

    Args:
        elastic_seed: Start of the random displacements; -1 for none.
        elastic_px: Their standard deviation.
        elastic_step_px: Distance of their control points.
        grid_i: Rising positions in [0, 1] that replace evenly spaced ones; empty for none.
        grid_j: The same along the second axis.
        optical: k of r (1 + k r^2), r = 1 at the middle of the sides; 0 for none.
    """

    elastic_seed: int = -1
    elastic_px: float = 0.0
    elastic_step_px: float = 50.0
    grid_i: tuple[float, ...] = ()
    grid_j: tuple[float, ...] = ()
    optical: float = 0.0


@dataclass(frozen=True, kw_only=True)
class Augmentation:
    """What happens to one slice, in the order of the fields; the default changes nothing."""

    flip_i: bool = False
    flip_j: bool = False
    angle_deg: float = 0.0
    scale: float = 1.0
    warp: Warp | None = None
    gamma: float = 1.0
    brightness: float = 0.0
    contrast: float = 0.0
    scanner: Scanner | None = None


def draw_augmentation(plan: AugmentationPlan, rng: np.random.Generator) -> Augmentation:
    """Draw one augmentation."""
    return Augmentation(
        flip_i=bool(rng.random() < plan.flip_i),
        flip_j=bool(rng.random() < plan.flip_j),
        angle_deg=float(rng.uniform(-plan.angle_deg, plan.angle_deg)),
        scale=float(rng.uniform(*plan.scale)),
        warp=_draw_warp(plan, rng),
        gamma=float(rng.uniform(*plan.gamma)),
        brightness=_now_and_then(plan.brightness, rng),
        contrast=_now_and_then(plan.contrast, rng),
        scanner=_draw_scanner(rng) if plan.scanner else None,
    )


def _now_and_then(limit: float, rng: np.random.Generator) -> float:
    is_wanted, value = rng.random() < 0.5, float(rng.uniform(-limit, limit))
    return value if is_wanted else 0.0


def _draw_warp(plan: AugmentationPlan, rng: np.random.Generator) -> Warp | None:
    elastic, grid, optical = rng.random(3) < (plan.elastic, plan.grid, plan.optical)
    if not (elastic or grid or optical):
        return None
    return Warp(
        elastic_seed=int(rng.integers(2**31)) if elastic else -1,
        elastic_px=plan.elastic_px if elastic else 0.0,
        elastic_step_px=plan.elastic_step_px,
        grid_i=_draw_knots(plan.grid_limit, rng) if grid else (),
        grid_j=_draw_knots(plan.grid_limit, rng) if grid else (),
        optical=float(rng.uniform(-plan.optical_limit, plan.optical_limit)) if optical else 0.0,
    )


def _draw_knots(limit: float, rng: np.random.Generator) -> tuple[float, ...]:
    widths = 1 + rng.uniform(-limit, limit, GRID_CELLS)
    knots = np.concatenate([[0.0], np.cumsum(widths / widths.sum())])
    return tuple(float(knot) for knot in knots)


def _draw_scanner(rng: np.random.Generator) -> Scanner:
    steps = rng.dirichlet(np.full(TONE_KNOTS - 1, 4.0))
    tone = np.concatenate([[0.0], np.cumsum(steps)])
    return Scanner(
        tone=tuple(float(value) for value in tone),
        field=tuple(float(gain) for gain in rng.normal(0, 0.12, 16)),
        noise=float(rng.uniform(0, 0.04)),
        noise_seed=int(rng.integers(2**31)),
        blur=float(rng.random() < 0.5) * float(rng.uniform(0, 0.8)),
    )
