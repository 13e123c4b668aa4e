"""The run of the spec: from a stack of slices to labels, evidence and numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

from medview.core.errors import InputRefused
from medview.core.geometry import Geometry
from medview.core.volume import AnyArray
from medview.ml.card import WEIGHTS_NAME, read_card
from medview.ml.context import RunContext
from medview.ml.request import RunRequest
from medview.zoo.inference import kept, trained
from medview.zoo.segment.cardiac_pathology.findings import (
    Findings,
    enforce_inclusion,
    keep_largest_cavity,
)
from medview.zoo.segment.cardiac_pathology.maps import Wanted, slice_model
from medview.zoo.segment.cardiac_pathology.network import ApuNet, new_network
from medview.zoo.segment.cardiac_pathology.settings import NetworkSettings
from medview.zoo.segment.cardiac_pathology.view import ShortAxisView, in_scan_axes
from medview.zoo.slicewise.engine import run_slices
from medview.zoo.slicewise.grid import SliceGrid
from medview.zoo.slicewise.inputs import volumes_on_first_grid


def run(request: RunRequest, ctx: RunContext) -> Mapping[str, AnyArray]:
    """Segment a late-enhancement stack on its own grid.

    Args:
        request: Role ``lge``; parameters of the spec.
        ctx: Hears of progress, and may cancel within a batch; the infarct's size is told at the end and kept
            in the provenance as ``findings``.

    Returns:
        ``pathology`` uint8, and on request float32 images in [0, 1]: ``probability``, ``entropy``,
        ``spread``, ``infarct_probability``, ``no_reflow_probability`` and ``attention_1`` … ``attention_4``.

    Raises:
        InputRefused: The weights do not fit, or the scan is empty, holds frames or misses the place given.
    """
    torch.set_num_threads(ctx.threads)
    ctx.progress(0.0, "Loading the network")
    if request.weights is None:
        raise InputRefused("Cannot segment the heart", "no weights were given", "Choose a model folder.")
    net, settings = kept(load_network, request.weights)
    settings = replace(settings, pixel_mm=float(request.params.get("pixel_mm") or settings.pixel_mm))
    geometry = request.first.geometry
    view = ShortAxisView.of(geometry)
    scan = view.turned(volumes_on_first_grid(request, ["lge"])[0])
    centre = _centre(view.grid(geometry), request.params)
    grid = middle_square(view.grid(geometry), settings, centre)
    wanted = Wanted.from_params(
        request.params, read_card(request.weights).settings, has_attention=settings.attention
    )
    made = run_slices(
        slice_model(net, settings, wanted, grid),
        [scan],
        view.grid(geometry),
        in_scan_axes(ctx, view, scan.shape[2]),
    )
    made["pathology"] = _cleaned(made["pathology"], request.params)
    found = Findings.of(made["pathology"], float(np.prod(geometry.spacing_mm)) / 1000)
    ctx.record("findings", found.numbers)
    for sentence in filter(None, (found.words, view.warning)):
        ctx.note(f"{sentence}.")
    # at the end, which is always told: earlier messages may be passed over
    ctx.progress(1.0, ". ".join(filter(None, (found.words, view.warning))))
    return {name: view.back(array) for name, array in made.items()}


def load_network(folder: Path) -> tuple[ApuNet, NetworkSettings]:
    """A trained network, ready to run, and what it was made for; InputRefused where the folder is no good."""
    settings = NetworkSettings.from_card(read_card(folder).settings)
    net = trained(lambda: new_network(settings), folder / WEIGHTS_NAME)
    return net, settings


def middle_square(
    geometry: Geometry, settings: NetworkSettings, centre: tuple[float, float] | None = None
) -> SliceGrid:
    """The square that the network sees of turned slices, around a pixel or the middle of the image."""
    shape, size = (geometry.shape[0], geometry.shape[1]), (settings.crop_px, settings.crop_px)
    return SliceGrid.window(shape, geometry.spacing_mm[:2], settings.pixel_mm, size, centre)


def _centre(geometry: Geometry, params: Mapping[str, Any]) -> tuple[float, float] | None:
    if params.get("crop_centre") != "click":
        return None
    text = str(params.get("centre_ras", ""))
    try:
        right, anterior, superior = (float(word) for word in text.split(","))
    except ValueError:
        raise InputRefused(
            f"Cannot use the place {text!r}",
            "three numbers are needed",
            "Write right, anterior and superior in millimetres, such as -30,12,5.",
        ) from None
    row, column, _ = geometry.ijk_of((right, anterior, superior))
    if not (0 <= row < geometry.shape[0] and 0 <= column < geometry.shape[1]):
        raise InputRefused(f"Cannot use the place {text}", "it lies beside the slices", "Choose another one.")
    return float(row), float(column)


def _cleaned(labels: AnyArray, params: Mapping[str, Any]) -> AnyArray:
    if params.get("keep_largest_lv"):
        labels = keep_largest_cavity(labels)
    return enforce_inclusion(labels) if params.get("enforce_inclusion") else labels
