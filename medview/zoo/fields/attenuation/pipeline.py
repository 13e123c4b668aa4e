"""The entry of the spec: radiographs of a CT, a field learned from them, and how near it comes to the CT."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import asdict, replace

import numpy as np
import torch

from medview.core.errors import InputRefused
from medview.core.geometry import Geometry
from medview.core.volume import AnyArray
from medview.ml.context import RunContext
from medview.ml.request import RunRequest
from medview.zoo.fields.attenuation.comparison import BODY_HU, Likeness, likeness
from medview.zoo.fields.attenuation.fitting import fit, projection_error
from medview.zoo.fields.attenuation.network import ENCODINGS, AttenuationField
from medview.zoo.fields.attenuation.orbit import Orbit
from medview.zoo.fields.attenuation.picture import box_in_hu, hu_of_scan, middles, of_cells, slabs
from medview.zoo.fields.attenuation.radiation import WATER_PER_MM, Floats, relative_attenuation
from medview.zoo.fields.attenuation.radiographs import Radiographs, simulate
from medview.zoo.fields.attenuation.sart import reconstruct
from medview.zoo.fields.attenuation.settings import Settings, cells, samples_per_ray

_UNSEEN_VIEWS = 3
Outputs = dict[str, AnyArray]


def run(request: RunRequest, ctx: RunContext) -> Mapping[str, AnyArray]:
    """Simulate radiographs of a CT, learn its attenuation back from them, and compare.

    Args:
        request: Role ``image``, a CT in HU; parameters of the spec.
        ctx: Hears of progress and of the loss, gets slices of ``attenuation`` while it learns.

    Returns:
        float32 images in HU: ``attenuation``, and on request ``difference`` (field minus CT) and
        ``classical`` (SART from the same radiographs).

    Raises:
        InputRefused: The CT holds frames or is empty, or source and detector do not pass it.
    """
    torch.set_num_threads(ctx.threads)
    torch.manual_seed(ctx.seed)
    settings, geometry = Settings.of(request.params), request.first.geometry
    truth = _scan(request, ctx)
    orbit = settings.orbit(geometry)
    relative = torch.as_tensor(relative_attenuation(truth), device=ctx.device)
    seen = simulate(relative, geometry, orbit, ctx, photons=settings.photons, share=(0.0, 0.15))
    started_s = time.monotonic()
    field = _fitted(seen, settings, geometry, orbit, ctx)
    outputs = {"attenuation": _picture(field, geometry, ctx)}
    ctx.record("fit_seconds", round(time.monotonic() - started_s, 2))
    found = likeness(truth, outputs["attenuation"])
    unseen = _unseen(relative, geometry, orbit, ctx)
    error_mm = projection_error(field, unseen, samples_per_ray(geometry, orbit), ctx)
    _tell(found, orbit, error_mm, ctx)
    if settings.sweeps > 0:
        _classical(outputs, truth, seen, settings, orbit, geometry, ctx)
    if request.params["difference"]:
        outputs["difference"] = outputs["attenuation"] - truth
    if not request.params["classical"]:
        outputs.pop("classical", None)
    ctx.progress(1.0, "Compared with the CT")
    return outputs


def _scan(request: RunRequest, ctx: RunContext) -> Floats:
    array, title = request.first.array, "Cannot simulate radiographs"
    if array.ndim != 3:
        raise InputRefused(title, "the scan holds frames or colours", "Choose a CT at rest.")
    truth = hu_of_scan(array)
    if float(truth.max()) <= -1000:
        raise InputRefused(title, "nothing in the scan weakens X-rays", "Choose a CT with numbers in HU.")
    if float(truth.min()) > BODY_HU:
        ctx.note(f"No voxel lies below {BODY_HU:.0f} HU: are the scan's numbers Hounsfield units?")
    return truth


def _fitted(
    seen: Radiographs, settings: Settings, geometry: Geometry, orbit: Orbit, ctx: RunContext
) -> AttenuationField:
    encoding = ENCODINGS[settings.encoding]
    field = AttenuationField(encoding(cells(geometry, orbit), settings.levels)).to(ctx.device)

    def show() -> None:
        for corner, size in middles(geometry.shape):
            ctx.preview("attenuation", corner, box_in_hu(field, geometry.shape, corner, size, ctx.device))

    samples = samples_per_ray(geometry, orbit)
    fit(field, seen, settings, samples, ctx, show=show, share=(0.15, 0.7 if settings.sweeps else 0.95))
    return field


def _picture(field: AttenuationField, geometry: Geometry, ctx: RunContext) -> Floats:
    found = np.empty(geometry.shape, np.float32)
    for corner, size in slabs(geometry.shape):
        ctx.check_cancelled()
        part = box_in_hu(field, geometry.shape, corner, size, ctx.device)
        found[:, :, corner[2] : corner[2] + size[2]] = part
        ctx.preview("attenuation", corner, part)
    return found


def _unseen(relative: torch.Tensor, geometry: Geometry, orbit: Orbit, ctx: RunContext) -> Radiographs:
    """A few radiographs from directions midway between those that were learned from, without noise."""
    between = orbit.arc_deg / orbit.views / 2
    few = min(_UNSEEN_VIEWS, orbit.views)
    # an arc of whole steps, so that all of them lie midway
    arc = orbit.arc_deg / orbit.views * (orbit.views // few) * few
    return simulate(
        relative,
        geometry,
        replace(orbit, views=few, arc_deg=arc, start_deg=orbit.start_deg + between),
        ctx,
        share=(0.7, 0.72),
    )


def _tell(found: Likeness, orbit: Orbit, error_mm: float, ctx: RunContext) -> None:
    ctx.record("orbit", {name: value for name, value in asdict(orbit).items() if np.isfinite(value)})
    ctx.record("water_per_mm", WATER_PER_MM)
    ctx.record("field_against_ct", found.as_json())
    ctx.record("unseen_projection_error", round(error_mm * WATER_PER_MM, 6))
    ctx.note(f"The field against the CT, from {orbit.views} radiographs: {found.words()}.")
    ctx.note(
        f"Radiographs from between, which it has not seen, are off by {error_mm * WATER_PER_MM:.4f} "
        f"on average (line integrals; {error_mm:.1f} mm of water)."
    )


def _classical(
    outputs: Outputs,
    truth: Floats,
    seen: Radiographs,
    settings: Settings,
    orbit: Orbit,
    geometry: Geometry,
    ctx: RunContext,
) -> None:
    """Add the classical reconstruction, and say how near that comes."""
    started_s = time.monotonic()
    values = reconstruct(
        seen,
        cells(geometry, orbit),
        samples_per_ray(geometry, orbit),
        settings.sweeps,
        ctx,
        share=(0.72, 0.98),
    )
    found = np.empty(geometry.shape, np.float32)
    for corner, size in slabs(geometry.shape):
        ctx.check_cancelled()
        part = box_in_hu(of_cells(values), geometry.shape, corner, size, ctx.device)
        found[:, :, corner[2] : corner[2] + size[2]] = part
    outputs["classical"] = found
    report = likeness(truth, found)
    ctx.record("classical_seconds", round(time.monotonic() - started_s, 2))
    ctx.record("classical_against_ct", report.as_json())
    ctx.note(f"SART from the same radiographs, {settings.sweeps} sweeps: {report.words()}.")
