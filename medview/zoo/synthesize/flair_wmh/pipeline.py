"""The entry of the spec that runs the networks on a scan."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import torch

from medview.core.errors import InputRefused
from medview.core.volume import AnyArray
from medview.measure.images import ImageReport
from medview.measure.inner_agreement import compare_inside
from medview.ml.card import read_card
from medview.ml.context import RunContext
from medview.ml.request import RunRequest
from medview.zoo.inference import kept
from medview.zoo.slicewise.engine import run_slices
from medview.zoo.slicewise.inputs import volumes_on_first_grid
from medview.zoo.synthesize.flair_wmh.model_folder import load_network
from medview.zoo.synthesize.flair_wmh.preparation import Mask, Prepared, prepare_scan
from medview.zoo.synthesize.flair_wmh.settings import has_flair
from medview.zoo.synthesize.flair_wmh.slicewise import Wanted, slice_model

DARKEST = 0.001
"""Quantile that counts as the darkest value."""
Outputs = dict[str, AnyArray]


def run(request: RunRequest, ctx: RunContext) -> Mapping[str, AnyArray]:
    """Synthesise FLAIR and mark lesions on the T1's own grid.

    Args:
        request: Role ``t1`` and, to compare with, ``flair``; parameters of the spec.
        ctx: Hears of progress and of what was measured; gets finished slices of ``wmh``.

    Returns:
        ``wmh`` uint8; float32 images: ``flair`` in standard deviations or in the real FLAIR's numbers,
        ``difference`` in the latter, and on request ``probability``, ``entropy`` and ``spread``.

    Raises:
        InputRefused: The weights do not fit, or a scan is empty or holds frames.
    """
    torch.set_num_threads(ctx.threads)
    ctx.progress(0.0, "Loading the networks")
    if request.weights is None:
        raise InputRefused("Cannot synthesise FLAIR", "no weights were given", "Choose a model folder.")
    net, settings = kept(load_network, request.weights)
    is_flair_made = has_flair(settings.ablation) and bool(request.params.get("flair", True))
    scan, real = _scans(request, ctx)
    wanted = Wanted.of(request.params, read_card(request.weights).settings, real, flair=is_flair_made)
    model = slice_model(net, settings, scan, wanted)
    outputs = run_slices(model, [scan.scores()], request.first.geometry, ctx)
    if is_flair_made:
        darken_air(outputs["flair"], scan.head)
    outputs["wmh"] = without_specks(outputs["wmh"], int(request.params.get("min_component_voxels", 0)))
    told = []
    if not has_flair(settings.ablation):
        told.append("These weights make no FLAIR: they find lesions in T1 alone.")
    if real is not None and is_flair_made:
        told.append(_compare(outputs, scan, real, request, ctx))
    for sentence in told:
        ctx.note(sentence)
    ctx.progress(1.0, "The lesions are marked")
    return outputs


def _scans(request: RunRequest, ctx: RunContext) -> tuple[Prepared, Prepared | None]:
    roles = [role for role in ("t1", "flair") if role in request.inputs]
    with_n4 = bool(request.params.get("n4", True))
    if with_n4:
        ctx.progress(0.0, "Correcting the shading")
    prepared = [
        prepare_scan(volume, request.first.geometry, with_n4=with_n4)
        for volume in volumes_on_first_grid(request, roles)
    ]
    return prepared[0], prepared[1] if len(prepared) > 1 else None


def _compare(outputs: Outputs, scan: Prepared, real: Prepared, request: RunRequest, ctx: RunContext) -> str:
    """Add the difference to the real FLAIR where it is asked for, and say how near both are."""
    report = compare_inside(real.scan, outputs["flair"], scan.head & real.head)
    if request.params.get("difference", True):
        outputs["difference"] = difference_inside(outputs["flair"], real.scan, real.head)
    ctx.record(
        "flair_against_real", {name: value for name, value in report.as_json().items() if name != "kind"}
    )
    return comparison_words(report, real.deviation)


def darken_air(flair: AnyArray, head: Mask) -> None:
    """Give what lies outside the head the darkest value inside it: there was nothing to infer."""
    if head.any():
        flair[~head] = np.quantile(flair[head], DARKEST)


def difference_inside(synthetic: AnyArray, real: AnyArray, head: Mask) -> AnyArray:
    """Synthetic minus real (I, J, K) inside the head, 0 outside and where the real one is no number."""
    difference = np.asarray(synthetic, np.float32) - np.asarray(real, np.float32)
    shown: AnyArray = np.where(head & np.isfinite(difference), difference, np.float32(0))
    return shown


def comparison_words(report: ImageReport, deviation: float) -> str:
    """How near a synthetic FLAIR comes to the real one, inside the head."""
    psnr = "infinite" if report.psnr_db is None else f"{report.psnr_db:.1f} dB"
    ssim = "" if report.ssim is None else f", SSIM {report.ssim:.3f}"
    return (
        f"Against the real FLAIR, inside the head: mean error {report.mae:.1f} "
        f"({report.mae / deviation:.2f} standard deviations), PSNR {psnr}{ssim}."
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
