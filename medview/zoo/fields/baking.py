"""A coarse copy of a field on a grid: what stands for it while a view moves, and its density as a volume."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from medview.core.errors import Cancelled
from medview.core.volume import AnyArray
from medview.ml.field_folder import BAKED_NAME, FieldFacts
from medview.ml.travel import Link
from medview.zoo.fields.method import Scene
from medview.zoo.fields.resident import resident
from medview.zoo.fields.visibility import DepthMaps

Floats = NDArray[np.float64]
CELLS = 96
_CHUNK = 16384
_FAINT = 1 / 255
_MARGIN_CELLS = 2.0


def bake(
    payload: Mapping[str, Any], _arrays: Mapping[str, AnyArray], link: Link
) -> tuple[dict[str, Any], dict[str, AnyArray]]:
    """Job target: write ``baked.npy`` of a field's folder.

    Args:
        payload: ``folder``; ``cells`` along the longest side of the box; ``time`` 0 to 1 of a moving scene.
        link: Cancels.

    Returns:
        ``cells`` (three numbers) and ``scene_from_ijk``.

    Raises:
        InputRefused: The folder is damaged.
        Cancelled: The person has cancelled.
    """
    torch.set_num_threads(link.threads)
    folder = Path(payload["folder"])
    found = resident(folder)
    grid = Grid(found.facts.box, int(payload.get("cells", CELLS)))
    check, moment = _check(link), _moment(found.facts, float(payload.get("time", 0.0)))
    maps = depth_maps(found.scene, found.facts, check)
    baked = baked_field(found.scene, grid, maps, middle_of(found.facts), moment, check)
    write_baked(folder, baked)
    return {"cells": list(grid.shape), "scene_from_ijk": grid.scene_from_ijk.tolist()}, {}


def density(
    payload: Mapping[str, Any], _arrays: Mapping[str, AnyArray], link: Link
) -> tuple[dict[str, Any], dict[str, AnyArray]]:
    """Job target: the density of a field on a grid, per unit of the scene; 0 where no camera has seen it.

    Args:
        payload: ``folder``, ``cells`` along the longest side of the box, ``time``.
        link: Cancels.

    Returns:
        ``scene_from_ijk``, and the array ``density`` (I, J, K) float32.

    Raises:
        InputRefused: The folder is damaged.
        Cancelled: The person has cancelled.
    """
    torch.set_num_threads(link.threads)
    found = resident(Path(payload["folder"]))
    grid = Grid(found.facts.box, int(payload.get("cells", CELLS)))
    check, moment = _check(link), _moment(found.facts, float(payload.get("time", 0.0)))
    sigma = _density(found.scene, grid, moment, check)[0].cpu().numpy()
    known = np.flatnonzero(sigma * grid.length > _FAINT)
    maps = depth_maps(found.scene, found.facts, check)
    sigma[known[~maps.saw(grid.places(torch.as_tensor(known)), _MARGIN_CELLS * grid.length)]] = 0
    return {"scene_from_ijk": grid.scene_from_ijk.tolist()}, {"density": sigma.reshape(grid.shape)}


class Grid:
    """Cells of a box, as near to cubes as whole numbers allow.

    Args:
        box: (2, 3) corners.
        cells: Along the longest side.
    """

    def __init__(self, box: Floats, cells: int) -> None:
        self.box = np.asarray(box, float)
        sides = self.box[1] - self.box[0]
        numbers = np.maximum(1, np.rint(cells * sides / sides.max())).astype(int)
        self.shape = (int(numbers[0]), int(numbers[1]), int(numbers[2]))
        self.spacing = sides / numbers
        self.length = float(self.spacing.mean())

    @property
    def scene_from_ijk(self) -> Floats:
        """4x4 from cells, centres at whole numbers, to the scene."""
        matrix = np.diag([*self.spacing, 1.0])
        matrix[:3, 3] = self.box[0] + self.spacing / 2
        return matrix

    def places(self, numbers: Tensor) -> Tensor:
        """Centres (N, 3) of cells of these numbers, the last axis running fastest."""
        ijk = torch.stack(torch.unravel_index(numbers, self.shape), -1).double()
        corner, spacing = (torch.as_tensor(each, device=ijk.device) for each in (self.box[0], self.spacing))
        return (corner + (ijk + 0.5) * spacing).float()


def baked_field(
    scene: Scene,
    grid: Grid,
    maps: DepthMaps,
    middle: Floats,
    moment: float | None,
    check: Callable[[], None],
) -> NDArray[np.uint8]:
    """Colour and opacity (I, J, K, 4) of each cell.

    A cell has the colour that it shows towards the middle of the training cameras and the opacity of its
    density over one cell. What no training camera has seen is clear: a field may hold anything there.

    Args:
        scene: Field and sampler.
        grid: The cells.
        maps: What the training's cameras see.
        middle: (3,) of these cameras.
        moment: 0 to 1; None for a scene at rest.
        check: May raise to stop.
    """
    sigma, colours = _density(scene, grid, moment, check, middle)
    opacity = (1 - torch.exp(-sigma * grid.length)).cpu().numpy()
    full = np.flatnonzero(opacity > _FAINT)
    opacity[full[~maps.saw(grid.places(torch.as_tensor(full)), _MARGIN_CELLS * grid.length)]] = 0
    values = np.concatenate([colours.cpu().numpy(), opacity[:, None]], 1)
    return np.rint(255 * np.clip(values, 0, 1)).astype(np.uint8).reshape(*grid.shape, 4)


def middle_of(facts: FieldFacts) -> Floats:
    """The middle (3,) of the training's cameras."""
    return np.asarray(facts.poses[:, :3, 3].mean(0), np.float64)


def depth_maps(scene: Scene, facts: FieldFacts, check: Callable[[], None]) -> DepthMaps:
    """Depth maps of the training's cameras."""
    times = facts.times if facts.is_moving else None
    return DepthMaps(scene, facts.poses, facts.lenses, times, (facts.near, facts.far), check)


def write_baked(folder: Path, baked: NDArray[np.uint8]) -> None:
    """Write ``baked.npy``; an older one is replaced in one step."""
    draft = folder / f"{BAKED_NAME}.part"
    try:
        with draft.open("wb") as stream:
            np.save(stream, baked, allow_pickle=False)
        draft.replace(folder / BAKED_NAME)
    finally:
        draft.unlink(missing_ok=True)


@torch.no_grad()
def _density(
    scene: Scene,
    grid: Grid,
    moment: float | None,
    check: Callable[[], None],
    middle: Floats | None = None,
) -> tuple[Tensor, Tensor]:
    """Density (N,) of all cells and, seen from a place, their colours (N, 3); none without one."""
    field, device = scene.field, scene.field.box.device
    sigmas, colours = [], []
    for numbers in torch.arange(int(np.prod(grid.shape)), device=device).split(_CHUNK):
        check()
        places = grid.places(numbers)
        times = None if moment is None else torch.full((len(places),), moment, device=device)
        sigma, features = field.density(places, times)
        sigmas.append(sigma)
        if middle is not None:
            away = places - torch.as_tensor(middle, dtype=torch.float32, device=device)
            towards = away / away.norm(dim=-1, keepdim=True).clamp(min=1e-6)
            colours.append(field.colour(features, towards))
    return torch.cat(sigmas), torch.cat(colours) if colours else torch.zeros(0, 3)


def _moment(facts: FieldFacts, time: float) -> float | None:
    return time if facts.is_moving else None


def _check(link: Link) -> Callable[[], None]:
    def check() -> None:
        if link.is_cancelled():
            raise Cancelled

    return check
