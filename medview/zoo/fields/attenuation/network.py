"""Attenuation at a point: grids of features of several resolutions, and a small network that reads them.

Zha R, Zhang Y, Li H. NAF: neural attenuation fields for sparse-view CBCT reconstruction. MICCAI 2022.
mu(x) = network(encoding(x)); no colour and no line of sight, since X-rays are only weakened.

Deviations: the encoding is dense grids (or three planes) through ``grid_sample`` instead of a hash table,
which pays on a graphics card only and is there as an option; two layers instead of four; softplus instead
of a sigmoid, so that metal and dense bone have no ceiling.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from medview.zoo.fields.attenuation.ray_paths import features_at
from medview.zoo.fields.attenuation.settings import DENSE, HASH, PLANES
from medview.zoo.fields.hash_grid import GridSize, HashGrid

FEATURES = 2
"""Of a cell of a grid."""
PLANE_FEATURES = 8
_PLANES = ((0, 1), (0, 2), (1, 2))
_START = 1e-2
_TABLE = 2**17
Shape = tuple[int, int, int]


def level_shapes(finest: Shape, levels: int) -> list[Shape]:
    """Cells of each level along each axis: halved from level to level, coarsest first, never below two."""
    shapes = []
    for level in range(levels):
        i, j, k = (max(2, -(-count // 2 ** (levels - 1 - level))) for count in finest)
        shapes.append((i, j, k))
    return shapes


class DenseGrids(nn.Module):
    """Features of dense grids, one after the other.

    Args:
        finest: Cells of the finest grid along each axis.
        levels: Number of grids.
    """

    def __init__(self, finest: Shape, levels: int) -> None:
        super().__init__()
        self.grids = nn.ParameterList(
            nn.Parameter(torch.empty(FEATURES, *shape).uniform_(-_START, _START))
            for shape in level_shapes(finest, levels)
        )
        self.width = FEATURES * levels

    def forward(self, points: Tensor) -> Tensor:
        """Points (n, 3), 0 to 1 -> features (n, width)."""
        return torch.cat([features_at(grid, points) for grid in self.grids], dim=1)


class Planes(nn.Module):
    """Products of the features of three planes, as K-planes does it, for each resolution.

    Args:
        finest: Cells of the finest planes along each axis.
        levels: Number of resolutions.
    """

    def __init__(self, finest: Shape, levels: int) -> None:
        super().__init__()
        self.levels = nn.ModuleList(
            nn.ParameterList(
                nn.Parameter(torch.empty(PLANE_FEATURES, shape[a], shape[b]).uniform_(0.1, 0.5))
                for a, b in _PLANES
            )
            for shape in level_shapes(finest, levels)
        )
        self.width = PLANE_FEATURES * levels

    def forward(self, points: Tensor) -> Tensor:
        """Points (n, 3), 0 to 1 -> features (n, width)."""
        places = [(2 * points[:, [b, a]] - 1).view(1, -1, 1, 2) for a, b in _PLANES]
        found = []
        for planes in self.levels:
            product: Tensor | float = 1.0
            for plane, at in zip(planes, places, strict=True):  # type: ignore[arg-type]
                read = functional.grid_sample(plane[None], at, align_corners=False, padding_mode="border")
                product = product * read[0, :, :, 0].T
            found.append(product)
        return torch.cat(found, dim=1)  # type: ignore[arg-type]


class Hashed(nn.Module):
    """Features of a hash table (Zha et al. 2022; Instant-NGP), whose finest cells are those of the grids.

    Args:
        finest: Cells of the finest level along each axis; the table takes the largest for all axes.
        levels: Number of levels, each with twice the cells of the one before.
    """

    def __init__(self, finest: Shape, levels: int) -> None:
        super().__init__()
        cells = max(finest)
        coarsest = max(2, cells // 2 ** (levels - 1))
        self.grid = HashGrid(
            GridSize(levels=levels, features=FEATURES, table=_TABLE, coarsest=coarsest, finest=cells)
        )
        self.width = FEATURES * levels

    def forward(self, points: Tensor) -> Tensor:
        """Points (n, 3), 0 to 1 -> features (n, width)."""
        found: Tensor = self.grid(points)
        return found


ENCODINGS: dict[str, type[DenseGrids] | type[Planes] | type[Hashed]] = {
    DENSE: DenseGrids,
    PLANES: Planes,
    HASH: Hashed,
}


class AttenuationField(nn.Module):
    """Attenuation in units of water's, 0 or more.

    Args:
        encoding: Features of points.
        width: Of the hidden layer.
    """

    def __init__(self, encoding: DenseGrids | Planes | Hashed, width: int = 32) -> None:
        super().__init__()
        self.encoding = encoding
        self.layers = nn.Sequential(nn.Linear(encoding.width, width), nn.ReLU(), nn.Linear(width, 1))

    def forward(self, points: Tensor) -> Tensor:
        """Points (n, 3), 0 to 1 -> attenuation (n,)."""
        return functional.softplus(self.layers(self.encoding(points))[:, 0])
