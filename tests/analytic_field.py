"""Fields that are known exactly: a ball of one colour, answered as the job of a trained field would."""

from __future__ import annotations

import numpy as np

from medview.core.field_view import FieldPicture
from medview.core.geometry import Geometry
from medview.core.layers import LayerId
from medview.core.mesh import LabelSurfaces, Mesh
from medview.core.plans import FieldPlan, Shared

GREEN = (0.0, 1.0, 0.0)


def sphere(center, radius, steps=160) -> Mesh:
    """A finely divided sphere."""
    polar, around = np.linspace(0, np.pi, steps), np.linspace(0, 2 * np.pi, 2 * steps, endpoint=False)
    p, a = np.meshgrid(polar, around, indexing="ij")
    points = np.stack([np.sin(p) * np.cos(a), np.sin(p) * np.sin(a), np.cos(p)], axis=-1)
    index = np.arange(p.size).reshape(p.shape)
    right = np.roll(index, -1, axis=1)
    quads = np.stack([index[:-1], index[1:], right[1:], right[:-1]], axis=-1).reshape(-1, 4)
    triangles = np.concatenate([quads[:, [0, 1, 2]], quads[:, [0, 2, 3]]])
    vertices = (points.reshape(-1, 3) * radius + center).astype(np.float32)
    return Mesh(vertices_ras=vertices, triangles=triangles.astype(np.int64))


def surfaces(**meshes) -> LabelSurfaces:
    return LabelSurfaces(
        revision=0, smoothing_mm=0.0, meshes={int(name[1:]): mesh for name, mesh in meshes.items()}
    )


def ball_distances(view, center, radius):
    """(H, W) distance to a sphere along each ray of a view; infinite where it is missed."""
    directions = view.lens.directions(view.lens.pixels()) @ view.ras_from_camera[:3, :3].T
    offset = view.ras_from_camera[:3, 3] - np.asarray(center, float)
    along = directions @ offset
    square = along**2 - (offset @ offset - radius**2)
    distance = -along - np.sqrt(np.maximum(square, 0))
    return np.where((square > 0) & (distance > 0), distance, np.inf)


def ball_picture(view, center, radius, rgb=GREEN, opacity=1.0, level=1) -> FieldPicture:
    """What a field answers that is a ball of a colour: nothing of it beyond what is in the way."""
    squares = np.ix_(*(_middles(n, -(-n // level)) for n in view.t_max_mm.shape))
    distance, free = ball_distances(view, center, radius)[squares], view.t_max_mm[squares]
    seen = distance < free
    pixels = np.zeros((*seen.shape, 5), np.float32)
    pixels[seen, :3], pixels[seen, 3] = np.asarray(rgb) * opacity, opacity
    pixels[..., 4] = np.where(seen & (opacity >= 0.5), distance, np.nan)
    return FieldPicture(number=view.number, level=level, pixels=pixels)


def _middles(full: int, count: int):
    return ((np.arange(count) + 0.5) * full / count).astype(int)


def field_plan(center, radius, rgb=GREEN, cells=48, **changes) -> FieldPlan:
    """The same ball as a baked grid."""
    geometry = Geometry.from_spacing((cells,) * 3, 120.0 / cells)
    index = np.stack(np.meshgrid(*(np.arange(cells),) * 3, indexing="ij"), axis=-1)
    inside = np.linalg.norm(geometry.ras_of(index) - np.asarray(center), axis=-1) <= radius
    baked = np.zeros((cells, cells, cells, 4), np.uint8)
    baked[..., :3], baked[inside, 3] = np.rint(255 * np.asarray(rgb)), 255
    facts = {"layer_id": LayerId(7), "content": ("ball",), "floor": 0.02, **changes}
    return FieldPlan(baked=Shared(baked), geometry=geometry, **facts)
