"""The entry of the spec that runs the network on a scan."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import torch

from medview.core.errors import InputRefused
from medview.core.geometry import Geometry
from medview.core.volume import AnyArray
from medview.ml.card import read_card
from medview.ml.context import RunContext
from medview.ml.request import RunRequest
from medview.zoo.inference import kept
from medview.zoo.segment.t2_vessels.model_folder import load_network
from medview.zoo.segment.t2_vessels.settings import NetworkSettings
from medview.zoo.segment.t2_vessels.slicewise import Wanted, slice_model
from medview.zoo.slicewise.engine import run_slices
from medview.zoo.slicewise.inputs import volumes_on_first_grid

COARSE_MM = 2.0


def run(request: RunRequest, ctx: RunContext) -> Mapping[str, AnyArray]:
    """Synthesise vessels on the scan's own grid.

    Args:
        request: Roles ``t2`` and, for weights that were trained with it, ``t1``; parameters of the spec.
        ctx: Hears of progress, gets finished slices of ``vessels`` and may cancel within a batch.

    Returns:
        ``vessels`` uint8, and on request ``probability``, ``entropy``, ``spread``, ``attention`` and
        ``reconstruction``, float32 in [0, 1].

    Raises:
        InputRefused: The weights do not fit, a scan is missing, empty or holds frames.
    """
    torch.set_num_threads(ctx.threads)
    ctx.progress(0.0, "Loading the network")
    if request.weights is None:
        raise InputRefused("Cannot synthesise vessels", "no weights were given", "Choose a model folder.")
    net, settings = kept(load_network, request.weights)
    volumes = _volumes(request, settings)
    warning = plane_warning(request.first.geometry)
    wanted = Wanted.from_params(request.params, read_card(request.weights).settings)
    outputs = run_slices(slice_model(net, settings, wanted), volumes, request.first.geometry, ctx)
    smallest = int(request.params.get("min_component_voxels", 0))
    outputs["vessels"] = without_specks(outputs["vessels"], smallest)
    # at the end, which is always told: earlier messages may be passed over
    ctx.progress(1.0, warning or "Done")
    return outputs


def plane_warning(geometry: Geometry) -> str:
    """A sentence where the scan's axial plane is too coarse for the method; empty where it is not."""
    i_mm, j_mm, _ = geometry.spacing_mm
    if max(i_mm, j_mm) <= COARSE_MM:
        return ""
    return (
        f"The scan's axial plane is coarse ({i_mm:.1f} x {j_mm:.1f} mm): "
        "the model reads axial slices and will miss most vessels"
    )


def without_specks(labels: AnyArray, smallest: int) -> AnyArray:
    """Remove connected pieces (26 neighbours) of fewer than `smallest` voxels."""
    if smallest <= 1 or not labels.any():
        return labels
    from scipy import ndimage

    pieces, _ = ndimage.label(labels, np.ones((3, 3, 3)))
    sizes = np.bincount(pieces.ravel())
    kept = sizes >= smallest
    kept[0] = False
    cleaned: AnyArray = kept[pieces].astype(labels.dtype)
    return cleaned


def _volumes(request: RunRequest, settings: NetworkSettings) -> list[AnyArray]:
    asked = request.params.get("modalities", "auto")
    if asked not in ("auto", settings.modalities):
        raise InputRefused(
            f"Cannot use {asked} as inputs",
            f"the weights were trained with {settings.modalities}",
            "Leave the inputs to the weights, or choose other weights.",
        )
    missing = [role for role in settings.roles if role not in request.inputs]
    if missing:
        raise InputRefused(
            "Cannot synthesise vessels",
            f"the weights need a {missing[0].upper()} scan too",
            "Choose one, or weights that were trained with T2 alone.",
        )
    return volumes_on_first_grid(request, settings.roles)
