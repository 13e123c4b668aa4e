"""A trained radiance field as a layer: its folder, what stands for it in motion, its place in the patient."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from medview.core.geometry import Geometry
from medview.core.lens import Lens

Floats = NDArray[np.float64]

FIRST_MM_PER_UNIT = 50.0
"""Millimetres that a unit of the scene gets before anybody has measured anything."""


class FieldMode(Enum):
    """What is shown of a field."""

    COLOUR = "colour"
    DEPTH = "depth"
    OPACITY = "opacity"
    UNCERTAINTY = "uncertainty"


class ScaleSource(Enum):
    """How the size of the scene is known."""

    ARBITRARY = "arbitrary"
    CAPTURE = "capture"
    LENGTH = "known length"
    LANDMARKS = "landmarks"


@dataclass(frozen=True, eq=False, kw_only=True)
class Placement:
    """Where the scene lies in the patient.

    Args:
        ras_from_scene: 4x4 similarity: uniform scale in mm per unit of the scene, rotation, translation.
        scale_source: How the scale is known; nothing may be measured while it is arbitrary.
        residual_mm: Root mean square distance of the landmarks after registration; None without landmarks.
        landmarks: Pairs (scene position, patient position) that it was found from.
    """

    ras_from_scene: Floats
    scale_source: ScaleSource = ScaleSource.ARBITRARY
    residual_mm: float | None = None
    landmarks: tuple[tuple[tuple[float, float, float], tuple[float, float, float]], ...] = ()

    @cached_property
    def mm_per_unit(self) -> float:
        """Uniform scale."""
        return float(np.cbrt(abs(np.linalg.det(self.ras_from_scene[:3, :3]))))

    @property
    def is_measurable(self) -> bool:
        """Whether lengths in the scene mean millimetres."""
        return self.scale_source is not ScaleSource.ARBITRARY


@dataclass(frozen=True, kw_only=True)
class FieldDisplay:
    """How a field is shown.

    Args:
        mode: What of it.
        time: 0 to 1, for moving scenes.
        floor: Densities whose opacity over one cell is below this are not drawn while moving.
        cameras: Whether the frames' cameras are drawn.
        path: Whether the course of the cameras is drawn.
        points: Whether known surface points are drawn.
        frame: Number of the real frame that is laid over the view; None for none.
        frame_share: Part of the real frame in the blend, 0 to 1; with `is_swipe`, part of the width.
        is_swipe: The frame covers the left part of the picture, instead of being blended.
    """

    mode: FieldMode = FieldMode.COLOUR
    time: float = 0.0
    floor: float = 0.02
    cameras: bool = True
    path: bool = False
    points: bool = False
    frame: int | None = None
    frame_share: float = 0.5
    is_swipe: bool = False


@dataclass(frozen=True, eq=False, kw_only=True)
class RadianceField:
    """A trained field: the content of a layer of kind `FIELD`.

    Args:
        name: What people call it.
        folder: The field's folder (`medview.ml.field_folder`).
        method: Title of the method.
        baked: (I, J, K, 4) uint8 red, green, blue, opacity over one cell; read-only.
        scene_from_ijk: 4x4 from cells of `baked` (centres at integers) to the scene.
        placement: Where the scene lies in the patient.
        frame_names: Of the views that it was trained on and held out.
        poses: (n, 4, 4) camera to scene, OpenGL axes.
        lenses: One for each pose, of the size trained on.
        times: (n,) 0 to 1.
        held_out: Numbers of views that were not trained on.
        points: (N, 3) float32 known surface points of the scene; may be empty.
        points_rgb: (N, 3) uint8.
        is_moving: It changes with time.
    """

    name: str
    folder: Path
    method: str
    baked: NDArray[np.uint8]
    scene_from_ijk: Floats
    placement: Placement
    frame_names: tuple[str, ...] = ()
    poses: Floats = field(default_factory=lambda: np.zeros((0, 4, 4)))
    lenses: tuple[Lens, ...] = ()
    times: Floats = field(default_factory=lambda: np.zeros(0))
    held_out: tuple[int, ...] = ()
    points: NDArray[np.float32] = field(default_factory=lambda: np.zeros((0, 3), np.float32))
    points_rgb: NDArray[np.uint8] = field(default_factory=lambda: np.zeros((0, 3), np.uint8))
    is_moving: bool = False

    def __post_init__(self) -> None:
        if self.baked.ndim != 4 or self.baked.shape[3] != 4 or self.baked.dtype != np.uint8:
            raise ValueError(f"red, green, blue, opacity as uint8 are needed, not {self.baked.shape}")
        self.baked.flags.writeable = False

    @cached_property
    def geometry(self) -> Geometry:
        """The baked grid in the patient."""
        i, j, k = self.baked.shape[:3]
        return Geometry((i, j, k), self.placement.ras_from_scene @ self.scene_from_ijk)
