"""Lines, frames and rings of a pane as quads with coloured corners, in device pixels."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from medview.core.plans import Vector

_RING_PARTS = 96
_ANGLES = np.linspace(0, 2 * np.pi, _RING_PARTS + 1)
_SPOKES = np.stack([np.cos(_ANGLES), np.sin(_ANGLES)], axis=1)
_DASHES = np.arange(_RING_PARTS) // 4 % 2 == 0
_DASH_PX = 6.0
_SHADE = (0.0, 0.0, 0.0)
_WHITE, _GREEN, _RED = (1.0, 1.0, 1.0), (0.10, 0.60, 0.25), (0.80, 0.12, 0.15)
_ROUND = 24


@dataclass
class Strokes:
    """A growing list of quads (N, 4, 2) with corner colours (N, 4, 4), first drawn first."""

    corners: list[NDArray[np.float64]] = field(default_factory=list)
    colours: list[NDArray[np.float64]] = field(default_factory=list)

    def bar(
        self, low_px: tuple[float, float], high_px: tuple[float, float], colour: Vector, alpha: float
    ) -> None:
        """A filled rectangle from its lower left to its upper right corner."""
        (x0, y0), (x1, y1) = low_px, high_px
        self.corners.append(np.array([[[x0, y0], [x1, y0], [x1, y1], [x0, y1]]], float))
        self.colours.append(np.full((1, 4, 4), (*colour, alpha)))

    def shaded_bar(
        self,
        low_px: tuple[float, float],
        high_px: tuple[float, float],
        colour: Vector,
        alpha: float,
        edge_px: float,
    ) -> None:
        """A rectangle with a dark rim, so that it shows on bright ground too."""
        low = (low_px[0] - edge_px, low_px[1] - edge_px)
        high = (high_px[0] + edge_px, high_px[1] + edge_px)
        self.bar(low, high, _SHADE, 0.4 * alpha)
        self.bar(low_px, high_px, colour, alpha)

    def frame(self, size_px: tuple[int, int], width_px: float, colour: Vector, alpha: float) -> None:
        """A thin frame along the edges of the pane."""
        width, height = size_px
        self.bar((0, 0), (width, width_px), colour, alpha)
        self.bar((0, height - width_px), (width, height), colour, alpha)
        self.bar((0, width_px), (width_px, height - width_px), colour, alpha)
        self.bar((width - width_px, width_px), (width, height - width_px), colour, alpha)

    def line(self, points_px: NDArray[np.float64], width_px: float, colour: Vector, dashed: bool) -> None:
        """A line through points (N, 2) with a dark rim; dashed where asked."""
        starts, ends = points_px[:-1], points_px[1:]
        along = ends - starts
        lengths = np.linalg.norm(along, axis=1, keepdims=True)
        across = np.stack([-along[:, 1], along[:, 0]], axis=1) / np.where(lengths > 0, lengths, 1)
        if dashed:
            kept = np.floor(np.cumsum(lengths) / _DASH_PX).astype(int) % 2 == 0
            starts, ends, across = starts[kept], ends[kept], across[kept]
        for half, tint, alpha in ((width_px / 2 + 1.0, _SHADE, 0.5), (width_px / 2, colour, 1.0)):
            side = across * half
            self.corners.append(np.stack([starts - side, ends - side, ends + side, starts + side], axis=1))
            self.colours.append(np.full((len(starts), 4, 4), (*tint, alpha)))

    def plus_dot(self, center_px: tuple[float, float], radius_px: float) -> None:
        """A green disc with a dark rim and a plus: include."""
        self._polygon(center_px, radius_px + 1.5, _ROUND, _SHADE)
        self._polygon(center_px, radius_px, _ROUND, _GREEN)
        self._cross_bar(center_px, radius_px, is_upright=False)
        self._cross_bar(center_px, radius_px, is_upright=True)

    def minus_diamond(self, center_px: tuple[float, float], radius_px: float) -> None:
        """A red diamond with a dark rim and a minus: exclude."""
        self._polygon(center_px, 1.25 * radius_px + 2.0, 4, _SHADE)
        self._polygon(center_px, 1.25 * radius_px, 4, _RED)
        self._cross_bar(center_px, radius_px, is_upright=False)

    def _polygon(
        self, center_px: tuple[float, float], radius_px: float, corners: int, colour: Vector
    ) -> None:
        """A filled regular polygon with a corner to the right, as quads that meet in its middle."""
        angles = np.linspace(0, 2 * np.pi, corners + 1)
        rim = np.asarray(center_px) + radius_px * np.stack([np.cos(angles), np.sin(angles)], axis=1)
        middle = np.broadcast_to(np.asarray(center_px, float), (corners // 2, 2))
        self.corners.append(np.stack([middle, rim[:-2:2], rim[1:-1:2], rim[2::2]], axis=1))
        self.colours.append(np.full((corners // 2, 4, 4), (*colour, 1.0)))

    def _cross_bar(self, center_px: tuple[float, float], radius_px: float, *, is_upright: bool) -> None:
        long, thick = 0.6 * radius_px, max(0.17 * radius_px, 0.75)
        half = (thick, long) if is_upright else (long, thick)
        x, y = center_px
        self.bar((x - half[0], y - half[1]), (x + half[0], y + half[1]), _WHITE, 1.0)

    def ring(
        self, center_px: tuple[float, float], radius_px: float, width_px: float, colour: Vector, dashed: bool
    ) -> None:
        """A circle with soft edges and a dark rim; dashed where asked."""
        middle, soft = width_px / 2, 1.0
        self._band(
            center_px, (radius_px - middle - 2 * soft, radius_px, radius_px + middle + 2 * soft), _SHADE, 0.5
        )
        radii = (radius_px - middle - soft / 2, radius_px - middle + soft / 2)
        outer = (radius_px + middle - soft / 2, radius_px + middle + soft / 2)
        for inner_edge, outer_edge, alphas in (
            (*radii, (0, 1)),
            (radii[1], outer[0], (1, 1)),
            (*outer, (1, 0)),
        ):
            self._annulus(center_px, (inner_edge, outer_edge), colour, alphas, dashed)

    def _band(
        self,
        center_px: tuple[float, float],
        radii_px: tuple[float, float, float],
        colour: Vector,
        alpha: float,
    ) -> None:
        self._annulus(center_px, radii_px[:2], colour, (0, alpha), dashed=False)
        self._annulus(center_px, radii_px[1:], colour, (alpha, 0), dashed=False)

    def _annulus(
        self,
        center_px: tuple[float, float],
        radii_px: tuple[float, float],
        colour: Vector,
        alphas: tuple[float, float],
        dashed: bool,
    ) -> None:
        inner, outer = (np.asarray(center_px) + max(radius, 0.0) * _SPOKES for radius in radii_px)
        corners = np.stack([inner[:-1], outer[:-1], outer[1:], inner[1:]], axis=1)
        tints = np.empty((_RING_PARTS, 4, 4))
        tints[..., :3] = colour
        tints[..., 3] = (alphas[0], alphas[1], alphas[1], alphas[0])
        self.corners.append(corners[_DASHES] if dashed else corners)
        self.colours.append(tints[_DASHES] if dashed else tints)

    def arrays(self) -> tuple[NDArray[np.float64], NDArray[np.uint8]]:
        """All corners (N, 4, 2) and their colours (N, 4, 4), 0-255."""
        if not self.corners:
            return np.zeros((0, 4, 2)), np.zeros((0, 4, 4), np.uint8)
        tints = np.rint(np.concatenate(self.colours) * 255).astype(np.uint8)
        return np.concatenate(self.corners), tints
