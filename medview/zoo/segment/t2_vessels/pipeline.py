"""The two entries of the spec: run on a scan, train on subjects."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import torch

from medview.core.errors import InputRefused
from medview.core.geometry import Geometry
from medview.core.volume import AnyArray
from medview.ml.context import RunContext
from medview.ml.request import RunRequest, TrainRequest
from medview.zoo.segment.t2_vessels.data import Slices, gather, prepare, split
from medview.zoo.segment.t2_vessels.model_folder import (
    demand_same_config,
    load_network,
    new_network,
    write_config,
)
from medview.zoo.segment.t2_vessels.objective import VesselObjective
from medview.zoo.segment.t2_vessels.settings import NetworkSettings, TrainSettings
from medview.zoo.segment.t2_vessels.slicewise import Wanted, slice_model
from medview.zoo.segment.t2_vessels.training import Training
from medview.zoo.slicewise.engine import run_slices
from medview.zoo.slicewise.inputs import volumes_on_first_grid
from medview.zoo.training import new_accelerator

COARSE_MM = 2.0


def run(request: RunRequest, ctx: RunContext) -> Mapping[str, AnyArray]:
    """Synthesise vessels on the scan's own grid.

    Args:
        request: Roles ``t2`` and, for weights that were trained with it, ``t1``; parameters of the spec.
        ctx: Hears of progress, gets finished slices of ``vessels`` and may cancel within a batch.

    Returns:
        ``vessels`` uint8, and on request ``probability``, ``attention`` and ``reconstruction``,
        float32 in [0, 1].

    Raises:
        InputRefused: The weights do not fit, a scan is missing, empty or holds frames.
    """
    torch.set_num_threads(ctx.threads)
    ctx.progress(0.0, "Loading the network")
    if request.weights is None:
        raise InputRefused("Cannot synthesise vessels", "no weights were given", "Choose a model folder.")
    net, settings = load_network(request.weights)
    volumes = _volumes(request, settings)
    warning = plane_warning(request.first.geometry)
    wanted = Wanted.from_params(request.params)
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


def train(request: TrainRequest, ctx: RunContext) -> Mapping[str, float]:
    """Train on subjects and write a model folder; see `Training`.

    Returns:
        ``validation_dice`` of the weights that were kept, their ``best_epoch``, and ``epochs`` trained.

    Raises:
        InputRefused: A subject lacks an array, no vessels are marked, or there is nothing to resume.
        RunFailed: The loss ceased to be finite.
    """
    torch.set_num_threads(ctx.threads)
    torch.manual_seed(ctx.seed)
    asked = TrainSettings(**request.params)
    request.out.mkdir(parents=True, exist_ok=True)
    if request.resume:
        demand_same_config(request.out, asked, ctx.seed)
    write_config(request.out, asked, ctx.seed)
    learn, validate = _slices(request, asked, ctx)
    accelerator = new_accelerator(ctx.device, asked.precision)
    settings = _completed(asked, learn, accelerator.device.type)
    objective = VesselObjective(
        new_network(settings.network),
        is_weighting_learned=settings.mtl == "uncertainty",
        radius_px=settings.radius_px,
        with_entropy=settings.segmentation_loss == "dice_entropy",
    )
    training = Training(objective, learn, validate, settings, accelerator, request.out, ctx)
    if request.resume:
        training.resume()
    return training.run()


def _slices(request: TrainRequest, settings: TrainSettings, ctx: RunContext) -> tuple[Slices, Slices]:
    roles = settings.network.roles
    prepared = prepare(request.subjects, roles, settings.pixel_spacing_mm, settings.crop_px, ctx)
    learned, held = split(len(prepared), settings.validation_fraction, ctx.generator(1))
    learn, validate = (gather([prepared[number] for number in numbers]) for numbers in (learned, held))
    if not len(learn.with_vessels):
        raise InputRefused(
            "Cannot train", "no subject has a voxel marked as vessel", "Mark vessels in the training scans."
        )
    return learn, validate


def _completed(settings: TrainSettings, learn: Slices, device: str) -> TrainSettings:
    batch = settings.batch or (2 if device == "cpu" else 8)
    steps = settings.steps_per_epoch or max(1, round(learn.count / batch))
    return replace(settings, batch=batch, steps_per_epoch=steps)
