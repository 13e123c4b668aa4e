"""The two steps of one iteration, and what each leaves alone.

1. C learns: G makes a FLAIR, which is detached, and C is updated with equation 4.
2. G learns: G makes a FLAIR anew, C judges it frozen, and G is updated with equation 5. C's batch
   normalisation works with the batch's own numbers but its running averages stay as they are.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn
from torch.nn import functional

from medview.zoo.synthesize.flair_wmh.losses import generator_loss, segmentation_loss
from medview.zoo.synthesize.flair_wmh.network import Generator, Segmenter


@contextmanager
def frozen(module: nn.Module) -> Iterator[None]:
    """Let gradients pass through a module without collecting them in it or moving its running averages."""
    norms = [part for part in module.modules() if isinstance(part, nn.BatchNorm2d)]
    wanted = [(parameter, parameter.requires_grad) for parameter in module.parameters()]
    followed = [(norm, norm.track_running_stats) for norm in norms]
    for parameter, _ in wanted:
        parameter.requires_grad_(False)
    for norm in norms:
        # in train mode: the batch's own numbers, and the averages stay; in eval mode: no difference
        norm.track_running_stats = False
    try:
        yield
    finally:
        for parameter, was in wanted:
            parameter.requires_grad_(was)
        for norm, was in followed:
            norm.track_running_stats = was


def segmenter_losses(
    generator: Generator | None,
    segmenter: Segmenter,
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
        with torch.no_grad(), frozen(generator):
            flair = generator(t1)
        seen = torch.cat([t1, flair], dim=1)
    loss = segmentation_loss(segmenter.logits(seen), lesions, with_dice=with_dice)
    return {"total": loss, "segmentation": loss}


def generator_losses(
    generator: Generator,
    segmenter: Segmenter | None,
    batch: tuple[Tensor, Tensor, Tensor],
    *,
    lambda_seg: float = 1.0,
    with_dice: bool = False,
) -> dict[str, Tensor]:
    """Step 2: ``total`` is equation 5, and without a segmenter (or a weight of 0) its first term alone.

    Args:
        generator: G.
        segmenter: C, frozen meanwhile; None to learn from FLAIR alone (offline synthesis).
        batch: T1, FLAIR and lesions, each (B, 1, H, W).
        lambda_seg: Weight of the segmenter's loss.
        with_dice: Add the soft Dice loss to it.
    """
    t1, wanted, lesions = batch
    flair = generator(t1)
    mse = functional.mse_loss(flair, wanted)
    if segmenter is None or lambda_seg == 0:
        return {"total": mse, "mse": mse}
    with frozen(segmenter):
        logits = segmenter.logits(torch.cat([t1, flair], dim=1))
        segmentation = segmentation_loss(logits, lesions, with_dice=with_dice)
    return {"total": generator_loss(mse, segmentation, lambda_seg), "mse": mse, "guidance": segmentation}
