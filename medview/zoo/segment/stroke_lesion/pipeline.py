"""The entry of the spec that runs the network on a patient's maps."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import torch

from medview.core.errors import InputRefused
from medview.core.geometry import Geometry
from medview.core.volume import AnyArray
from medview.measure.agreement import volume_ml
from medview.ml.context import RunContext
from medview.ml.request import RunRequest
from medview.zoo.inference import kept
from medview.zoo.segment.stroke_lesion.model_folder import load_network
from medview.zoo.segment.stroke_lesion.settings import NetworkSettings
from medview.zoo.segment.stroke_lesion.slicewise import Wanted, slice_model
from medview.zoo.slicewise.engine import run_slices
from medview.zoo.slicewise.inputs import on_grid

_NEIGHBOURS = np.ones((3, 3, 3))
_MOST_TOLD = 3


def run(request: RunRequest, ctx: RunContext) -> Mapping[str, AnyArray]:
    """Outline the lesion on the grid of the first map.

    Args:
        request: At least one map that the weights read; parameters of the spec.
        ctx: Hears of progress, gets finished slices of ``lesion``, keeps the table of pieces (the fact
            ``components``: volume and centre of each, largest first) and notes on what was resampled.

    Returns:
        ``lesion`` uint8, and on request ``probability``, ``entropy``, ``spread``, ``attention_1`` (finest)
        to ``attention_6`` and ``output_1`` (coarsest) to ``output_5``, float32 in [0, 1].

    Raises:
        InputRefused: The weights do not fit the maps, or a map is empty or holds frames.
    """
    torch.set_num_threads(ctx.threads)
    ctx.progress(0.0, "Loading the network")
    if request.weights is None:
        raise InputRefused("Cannot outline the lesion", "no weights were given", "Choose a model folder.")
    net, settings, card = kept(load_network, request.weights)
    present = fitting_roles(request, settings)
    volumes = _volumes(request, settings, present, ctx)
    wanted = Wanted.of(request.params, card, settings)
    geometry = request.first.geometry
    outputs = run_slices(slice_model(net, settings, wanted, present), volumes, geometry, ctx)
    outputs["lesion"] = without_specks(
        outputs["lesion"], geometry, float(request.params.get("min_component_ml", 0.0))
    )
    _tell(outputs["lesion"], geometry, settings, present, ctx)
    return outputs


def fitting_roles(request: RunRequest, settings: NetworkSettings) -> tuple[str, ...]:
    """The given roles that the weights read, in their order.

    Raises:
        InputRefused: They cannot read one of them, or need one that is missing.
    """
    asked = str(request.params.get("modality", "auto"))
    if asked not in ("auto", settings.modality):
        raise InputRefused(
            f"Cannot use {asked} maps",
            f"the weights were trained with {settings.modality}",
            "Leave the modality to the weights, or choose other weights.",
        )
    strange = [role for role in request.inputs if role not in settings.roles]
    missing = [role for role in settings.needs if role not in request.inputs]
    if strange or missing:
        detail = f"the weights cannot use {strange[0]}" if strange else f"the weights need {missing[0]} too"
        wanted = f" and need {', '.join(settings.needs)}" if settings.needs else ", any of them"
        hint = f"These weights read {', '.join(settings.roles)}{wanted}."
        raise InputRefused("Cannot outline the lesion", detail, hint)
    return tuple(role for role in settings.roles if role in request.inputs)


def _volumes(
    request: RunRequest, settings: NetworkSettings, present: tuple[str, ...], ctx: RunContext
) -> list[AnyArray]:
    """One volume per channel on the first map's grid; absent maps are stood in for, and read as zeros."""
    first = request.first
    moved = [role for role in present if not request.inputs[role].geometry.matches(first.geometry)]
    if moved:
        ctx.note(
            f"The grid of {', '.join(moved)} is not that of {next(iter(request.inputs))}: resampled onto it. "
            "Check that the maps lie on each other; register them first where they do not."
        )
    return [
        on_grid(request.inputs[role], first) if role in present else first.array for role in settings.roles
    ]


def without_specks(labels: AnyArray, geometry: Geometry, smallest_ml: float) -> AnyArray:
    """Remove connected pieces (26 neighbours) of less volume."""
    if smallest_ml <= 0 or not labels.any():
        return labels
    from scipy import ndimage

    pieces, _ = ndimage.label(labels, _NEIGHBOURS)
    sizes = np.bincount(pieces.ravel())
    kept = sizes * volume_ml(1, geometry) >= smallest_ml
    kept[0] = False
    cleaned: AnyArray = kept[pieces].astype(labels.dtype)
    return cleaned


def components(labels: AnyArray, geometry: Geometry) -> list[dict[str, object]]:
    """Connected pieces, largest first: ``volume_ml`` and ``centre_ras_mm``."""
    from scipy import ndimage

    (box,) = ndimage.find_objects((labels > 0).astype(np.uint8)) or [(slice(0, 0),) * 3]
    pieces, count = ndimage.label(labels[box], _NEIGHBOURS)
    sizes = np.bincount(pieces.ravel(), minlength=count + 1)[1:]
    corner = [part.start for part in box]
    rows: list[dict[str, object]] = []
    for number in np.argsort(sizes)[::-1]:
        centre = np.argwhere(pieces == number + 1).mean(axis=0) + corner
        at = geometry.ras_from_ijk @ (*centre, 1.0)
        rows.append(
            {
                "volume_ml": round(volume_ml(int(sizes[number]), geometry), 2),
                "centre_ras_mm": [round(float(value), 1) for value in at[:3]],
            }
        )
    return rows


def _tell(
    labels: AnyArray,
    geometry: Geometry,
    settings: NetworkSettings,
    present: tuple[str, ...],
    ctx: RunContext,
) -> None:
    rows = components(labels, geometry)
    ctx.record("components", rows)
    ctx.record("maps", list(present))
    absent = [role for role in settings.roles if role not in present]
    if absent:
        ctx.note(f"Read without {', '.join(absent)}: zeros in their place, as in training.")
    if len(rows) > 1:
        largest = ", ".join(f"{row['volume_ml']:.1f}" for row in rows[:_MOST_TOLD])
        ctx.note(f"Its largest pieces have {largest} mL.")
    ctx.progress(1.0, "The lesion is outlined")
