"""The two steps of one iteration, and what each leaves alone.

1. C learns: G makes a FLAIR, which is detached, and C is updated with equation 4.
2. G learns: G makes a FLAIR anew, C judges it frozen, and G is updated with equation 5. C's batch
   normalisation works with the batch's own numbers but its running averages stay as they are.

A Dice loss, where it is asked for, is C's alone: through C it has about three times the slope of the squared
error (the cross entropy half of it), and G would learn little else (measured on demo weights trained so).
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from medview.zoo.learning.workplace import held_still
from medview.zoo.synthesize.flair_wmh.losses import generator_loss, segmentation_loss


def segmenter_losses(
    generator: nn.Module | None,
    segmenter: nn.Module,
    batch: tuple[Tensor, Tensor],
    *,
    with_dice: bool = False,
) -> dict[str, Tensor]:
    """Step 1: ``total`` is equation 4.

    Args:
        generator: G; None for T1 alone.
        segmenter: C.
        batch: T1 and lesions, each (B, 1, H, W).
        with_dice: Add the soft Dice loss.
    """
    t1, lesions = batch
    seen = t1
    if generator is not None:
        with torch.no_grad(), held_still(generator):
            flair = generator(t1)
        seen = torch.cat([t1, flair], dim=1)
    loss = segmentation_loss(segmenter(seen, as_logits=True), lesions, with_dice=with_dice)
    return {"total": loss, "segmentation": loss}


def generator_losses(
    generator: nn.Module,
    segmenter: nn.Module | None,
    batch: tuple[Tensor, Tensor, Tensor],
    *,
    lambda_seg: float = 1.0,
) -> dict[str, Tensor]:
    """Step 2: ``total`` is equation 5, and without a segmenter (or a weight of 0) its first term alone.

    Args:
        generator: G.
        segmenter: C, frozen meanwhile; None to learn from FLAIR alone (offline synthesis).
        batch: T1, FLAIR and lesions, each (B, 1, H, W).
        lambda_seg: Weight of the segmenter's cross entropy.
    """
    t1, wanted, lesions = batch
    flair = generator(t1)
    mse = functional.mse_loss(flair, wanted)
    if segmenter is None or lambda_seg == 0:
        return {"total": mse, "mse": mse}
    with held_still(segmenter):
        logits = segmenter(torch.cat([t1, flair], dim=1), as_logits=True)
        segmentation = segmentation_loss(logits, lesions)
    return {"total": generator_loss(mse, segmentation, lambda_seg), "mse": mse, "guidance": segmentation}
