"""How well vessels are found on subjects that are not learned from, on the network's own pixels."""

from __future__ import annotations

import numpy as np
import torch
from accelerate import Accelerator

from medview.ml.context import RunContext
from medview.zoo.segment.t2_vessels.data import Slices
from medview.zoo.segment.t2_vessels.network import VesselSynthesisNet
from medview.zoo.training import dice_of

BATCH = 4


def validation_dice(
    net: VesselSynthesisNet, slices: Slices, accelerator: Accelerator, ctx: RunContext
) -> float:
    """Mean over subjects of the Dice of stacked slices, at a threshold of 0.5."""
    net.eval()
    scores = [_subject_dice(net, slices, subject, accelerator, ctx) for subject in range(len(slices.images))]
    return float(np.mean(scores))


def _subject_dice(
    net: VesselSynthesisNet, slices: Slices, subject: int, accelerator: Accelerator, ctx: RunContext
) -> float:
    overlap = found = wanted = 0.0
    for first in range(0, len(slices.masks[subject]), BATCH):
        ctx.check_cancelled()
        images = torch.from_numpy(np.asarray(slices.images[subject][first : first + BATCH], np.float32))
        truth = np.asarray(slices.masks[subject][first : first + BATCH]) > 0
        with torch.inference_mode(), accelerator.autocast():
            vessels = net(images.to(accelerator.device), need_reconstruction=False).vessels
        is_vessel = (vessels >= 0.5).cpu().numpy()
        overlap += float((is_vessel & truth).sum())
        found, wanted = found + float(is_vessel.sum()), wanted + float(truth.sum())
    return dice_of(overlap, found, wanted)
