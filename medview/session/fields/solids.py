"""Job targets that turn a field into points, a surface or a volume for other programs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from medview.core.errors import InputRefused
from medview.core.geometry import Geometry
from medview.core.mesh import Mesh
from medview.core.radiance import Placement
from medview.core.volume import AnyArray, Source, Volume, value_range
from medview.io.mark import marked
from medview.io.ply_surface import write_ply
from medview.io.stl import write_stl
from medview.io.writers import write_volume
from medview.jobs.execution import Link, resolved
from medview.ml.field_folder import BAKED_NAME, FieldFacts, read_facts
from medview.session.fields.export_facts import comments, placement_in, space_of, write_facts_beside
from medview.session.fields.opening import scene_from_cells
from medview.session.fields.renderer import Renderer, Unheard

CLOUD = "medview.session.fields.solids:write_cloud"
MESH = "medview.session.fields.solids:write_mesh"
DENSITY = "medview.session.fields.solids:write_density"
BAKE_DENSITY = "medview.zoo.fields.baking:density"
_MOST_VIEWS = 60
_VIEW_PX = 160
_VOXELS = 512
"""Along the longest side of the box: points nearer to each other become one."""
_DESCRIPTION = "SYNTHESIZED, not measured; density of a radiance field; written by medview"
_UNSCALED = "SYNTHESIZED; ARBITRARY SCALE, not millimetres; written by medview"
Floats = NDArray[np.float64]
Coloured = tuple[Floats, Floats]


def write_cloud(
    payload: Mapping[str, Any], _arrays: Mapping[str, AnyArray], link: Link
) -> tuple[dict[str, Any], Mapping[str, AnyArray]]:
    """Job target: what the training's cameras see of a field, as coloured points in a PLY file.

    Args:
        payload: ``folder``, ``placement``, ``path``, ``time``.
        link: Told of each view; cancels.

    Returns:
        ``points`` and ``path``.

    Raises:
        InputRefused: The field has no cameras, or nothing is seen.
    """
    path, facts, placement = Path(payload["path"]), read_facts(Path(payload["folder"])), placement_in(payload)
    title = f"Cannot save {path.name}"
    if not len(facts.poses):
        raise InputRefused(title, "the scene does not know the cameras of its training")
    seen = list(_views(payload, facts, link))
    points, colours = (np.concatenate(part) for part in zip(*seen, strict=True))
    if not len(points):
        raise InputRefused(title, "none of its cameras sees anything dense", "Train it longer.")
    edge = float((facts.box[1] - facts.box[0]).max()) / _VOXELS
    points, colours = merged(points, colours, edge)
    link.progress(0.95, "Writing")
    shown = _in_space(points, placement)
    write_ply(path, shown, _bytes(colours), comments=comments(payload, space_of(placement)))
    write_facts_beside(path, payload, "point cloud", points=len(points), space=space_of(placement))
    return {"points": len(points), "path": str(path)}, {}


def _views(payload: Mapping[str, Any], facts: FieldFacts, link: Link) -> Iterator[Coloured]:
    """Points and colours of the dense pixels of evenly chosen training views."""
    renderer, trained = Renderer(payload, link), _trained(facts)
    for number, view in enumerate(trained):
        link.progress(0.9 * number / len(trained), f"View {number + 1} of {len(trained)}")
        lens = facts.lenses[view]
        scale = min(1.0, _VIEW_PX / max(lens.width, lens.height))
        lens = lens.resized(max(1, round(lens.width * scale)), max(1, round(lens.height * scale)))
        pose, moment = facts.poses[view], float(payload["time"])
        pixels = renderer.picture(pose, lens, time=moment).astype(np.float64)
        dense = np.isfinite(pixels[..., 4])
        lines = lens.directions(lens.pixels())[dense] @ pose[:3, :3].T
        yield (
            pose[:3, 3] + lines * pixels[dense][:, 4:],
            pixels[dense][:, :3] / pixels[dense][:, 3:4],
        )


def _trained(facts: FieldFacts) -> Sequence[int]:
    held_out = set(facts.held_out)
    trained = [view for view in range(len(facts.poses)) if view not in held_out] or [0]
    chosen = np.linspace(0, len(trained) - 1, min(len(trained), _MOST_VIEWS)).round().astype(int)
    return [trained[place] for place in chosen]


def merged(points: Floats, colours: Floats, edge: float) -> Coloured:
    """One point with the mean place and colour for all that lie in the same cube of an edge."""
    cubes = np.floor(points / edge).astype(np.int64)
    _, owner = np.unique(cubes, axis=0, return_inverse=True)
    owner = owner.reshape(-1)
    counts = np.bincount(owner)

    def mean(values: Floats) -> Floats:
        sums = [np.bincount(owner, values[:, column]) for column in range(3)]
        return np.asarray(np.stack(sums, axis=1) / counts[:, None], np.float64)

    return mean(points), mean(colours)


def write_mesh(
    payload: Mapping[str, Any], _arrays: Mapping[str, AnyArray], link: Link
) -> tuple[dict[str, Any], Mapping[str, AnyArray]]:
    """Job target: the surface where a cell stops half of the light, as coloured PLY or as STL.

    Args:
        payload: ``folder``, ``placement``, ``path`` (``.ply`` or ``.stl``), ``cells``, ``time``.
        link: Told of the steps; cancels.

    Returns:
        ``triangles`` and ``path``.

    Raises:
        InputRefused: Nothing is dense enough, or an STL is asked for, which can only hold millimetres.
    """
    from skimage.measure import marching_cubes

    path, placement = Path(payload["path"]), placement_in(payload)
    title, is_stl = f"Cannot save {path.name}", path.suffix.lower() == ".stl"
    if is_stl and not placement.is_measurable:
        detail = "an STL file cannot say that the scale is arbitrary"
        raise InputRefused(title, detail, "Scale the scene first, or save it as PLY.")
    density, scene_from_ijk = _density(payload, link)
    level = float(np.log(2) / np.cbrt(abs(np.linalg.det(scene_from_ijk[:3, :3]))))
    if not density.min() < level < density.max():
        raise InputRefused(title, "nothing in the scene is dense enough for a surface", "Train it longer.")
    link.progress(0.7, "Making the surface")
    # a rim of nothing closes the surface at the border of the box
    corners, triangles, _, _ = marching_cubes(np.pad(density, 1), level, gradient_direction="ascent")
    corners = (corners - 1) @ scene_from_ijk[:3, :3].T + scene_from_ijk[:3, 3]
    shown = _in_space(corners, placement)
    link.progress(0.9, "Writing")
    if is_stl:
        write_stl([Mesh(vertices_ras=shown, triangles=triangles.astype(np.int64))], path)
    else:
        told = comments(payload, space_of(placement))
        write_ply(path, shown, _baked_colours(payload, corners), triangles.astype(np.int64), told)
    write_facts_beside(path, payload, "surface", triangles=len(triangles), density=level)
    return {"triangles": len(triangles), "path": str(path)}, {}


def write_density(
    payload: Mapping[str, Any], _arrays: Mapping[str, AnyArray], link: Link
) -> tuple[dict[str, Any], Mapping[str, AnyArray]]:
    """Job target: the density of a field as a volume where the scene lies in the patient.

    Args:
        payload: ``folder``, ``placement``, ``path`` (as of any volume), ``cells``, ``time``.
        link: Told of the steps; cancels.

    Returns:
        ``shape``, ``unit`` and ``path``.
    """
    path, placement = Path(payload["path"]), placement_in(payload)
    density, scene_from_ijk = _density(payload, link)
    unit = "per mm" if placement.is_measurable else "per unit of the scene"
    if placement.is_measurable:
        density = density / np.float32(placement.mm_per_unit)
    i, j, k = density.shape
    geometry = Geometry((i, j, k), placement.ras_from_scene @ scene_from_ijk)
    volume = Volume(
        name="Density",
        data=np.ascontiguousarray(density, np.float32),
        geometry=geometry,
        source=Source(path=None, format="computed", stored=geometry, dtype="float32"),
        values=value_range(density),
        value_unit=unit,
    )
    link.progress(0.8, "Writing")
    words = _DESCRIPTION if placement.is_measurable else _UNSCALED
    write_volume(marked(volume), path, description=words, is_scaled=placement.is_measurable)
    write_facts_beside(path, payload, "density", density_unit=unit, shape=[i, j, k])
    return {"shape": [i, j, k], "unit": unit, "path": str(path)}, {}


def _density(payload: Mapping[str, Any], link: Link) -> tuple[NDArray[np.float32], Floats]:
    link.progress(0.05, "Asking the field for its density")
    bake = resolved(str(payload.get("bake", BAKE_DENSITY)))
    question = {name: payload[name] for name in ("folder", "cells", "time")}
    value, arrays = bake(question, {}, Unheard(link))
    return np.asarray(arrays["density"], np.float32), np.asarray(value["scene_from_ijk"], np.float64)


def _baked_colours(payload: Mapping[str, Any], corners: Floats) -> NDArray[np.uint8]:
    """Colours of points of the scene: of the nearest baked cells, by how opaque each is."""
    from scipy.ndimage import map_coordinates

    folder = Path(payload["folder"])
    baked = np.load(folder / BAKED_NAME, allow_pickle=False).astype(np.float32) / 255
    ijk_from_scene = np.linalg.inv(scene_from_cells(read_facts(folder).box, baked.shape[:3]))
    places = (corners @ ijk_from_scene[:3, :3].T + ijk_from_scene[:3, 3]).T
    weight = baked[..., 3] + np.float32(1e-3)
    total = map_coordinates(weight, places, order=1, mode="nearest")
    parts = [
        map_coordinates(baked[..., c] * weight, places, order=1, mode="nearest") / total for c in range(3)
    ]
    return _bytes(np.stack(parts, axis=1))


def _in_space(points: Floats, placement: Placement) -> NDArray[np.float32]:
    """Millimetres of the patient where they are known, else units of the scene."""
    if not placement.is_measurable:
        return points.astype(np.float32)
    matrix = placement.ras_from_scene
    return (points @ matrix[:3, :3].T + matrix[:3, 3]).astype(np.float32)


def _bytes(colours: Floats) -> NDArray[np.uint8]:
    return np.rint(255 * np.clip(colours, 0, 1)).astype(np.uint8)
