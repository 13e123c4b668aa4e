"""The network of PE-MED (Chang et al. 2023, "Prompt Enhancement for Interactive Medical Image Segmentation").

    O_t = F(I, I_pos, I_neg, I_prev) + sigmoid(theta(O_{t-1})),   M_t = sigmoid(O_t)

F: stage 1 of the backbone sees the image, PALM joins it with the prompts, stages 2 to 4 run on what PALM
gives, a decoder of linear layers fuses the four scales. theta (TSIP) remembers the last output.

Choices, where the paper is silent: Mix Transformer B0, fusion of 128 channels, theta of 16 channels per pixel
that starts at sigmoid(-4). Ours, switchable by the settings: a path at full and half size that corrects the
decoder's output (`Detail`), and the likeness of values to those of the clicks as part of I_pos and I_neg.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from medview.zoo.interactive.pe_med.backbone import CONVOLUTIONS, LastChannelConv, stages
from medview.zoo.interactive.pe_med.palm import Palm
from medview.zoo.interactive.pe_med.settings import NetworkSettings

FUSED = 128
MEMORY_START = -4.0
LINEAR = {2: "bilinear", 3: "trilinear"}


def enlarged(x: Tensor, size: tuple[int, ...]) -> Tensor:
    """Resize (B, *S, C) linearly to (B, *size, C)."""
    if tuple(x.shape[1:-1]) == tuple(size):
        return x
    mode = LINEAR[len(size)]
    return functional.interpolate(x.movedim(-1, 1), size, mode=mode, align_corners=False).movedim(1, -1)


class Decoder(nn.Module):
    """Four scales to 128 channels each, joined at a quarter of the size, and one logit per pixel there."""

    def __init__(self, settings: NetworkSettings) -> None:
        super().__init__()
        self.lift = nn.ModuleList(nn.Linear(width, FUSED) for width in settings.widths)
        self.fuse = nn.Linear(len(settings.widths) * FUSED, FUSED, bias=False)
        self.norm = nn.BatchNorm1d(FUSED)
        self.hidden = nn.Linear(FUSED, FUSED)
        self.last = nn.Linear(FUSED, 1)

    def forward(self, scales: list[Tensor]) -> tuple[Tensor, Tensor]:
        """Maps at 1/4 … 1/32 to logits (B, *S/4, 1) and the features (B, *S/4, 128) that gave them."""
        # both are linear: fusing each scale before it is enlarged gives the same for a quarter of the work
        shares = torch.split(self.fuse.weight, FUSED, 1)
        size = tuple(scales[0].shape[1:-1])
        parts = [
            enlarged(functional.linear(scale, share @ lift.weight, share @ lift.bias), size)
            for share, lift, scale in zip(shares, self.lift, scales, strict=True)
        ]
        fused = torch.stack(parts).sum(0)
        features = functional.relu(self.norm(fused.flatten(0, -2)).view(fused.shape))
        features = functional.gelu(self.hidden(features))
        return self.last(features), features


class Detail(nn.Module):
    """Ours: what a quarter of the size cannot show. Adds to the enlarged logits, nothing at the start."""

    def __init__(self, settings: NetworkSettings) -> None:
        super().__init__()
        dims, full = settings.dims, settings.detail
        # in volumes, torch's quick convolutions of a single sample begin at 21 channels
        half, channels = (2 if dims == 2 else 3) * full, 2 + 2 * settings.guidance
        self.fine = LastChannelConv(dims, channels, full, 3)
        self.middle = LastChannelConv(dims, full, half, 3, 2)
        self.middle_mix = LastChannelConv(dims, half, half, 3)
        self.deep = nn.Linear(FUSED, half)
        self.join_middle = LastChannelConv(dims, half, half, 3)
        self.narrow = nn.Linear(half, full)
        self.join_fine = LastChannelConv(dims, full, full, 3)
        self.last = nn.Linear(full, 1)

    def forward(self, inputs: Tensor, features: Tensor) -> Tensor:
        """Inputs (B, *S, 2 + 2 g) and the decoder's features (B, *S/4, 128) to a correction (B, *S, 1)."""
        fine = functional.relu(self.fine(inputs))
        middle = functional.relu(self.middle_mix(functional.relu(self.middle(fine))))
        middle = middle + enlarged(self.deep(features), tuple(middle.shape[1:-1]))
        middle = functional.relu(self.join_middle(middle))
        fine = fine + enlarged(self.narrow(middle), tuple(fine.shape[1:-1]))
        made: Tensor = self.last(functional.relu(self.join_fine(fine)))
        return made


class Memory(nn.Module):
    """TSIP: sigmoid(theta(O_{t-1})) per pixel; always inside (0, 1)."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Linear(1, 16)
        self.last = nn.Linear(16, 1)

    def forward(self, logits: Tensor) -> Tensor:
        """(B, *S, 1) to (B, *S, 1)."""
        return torch.sigmoid(self.last(functional.gelu(self.first(logits))))


class PeMed(nn.Module):
    """The whole network; `channels` are those of the image."""

    def __init__(self, settings: NetworkSettings, channels: int = 1) -> None:
        super().__init__()
        if settings.dims not in CONVOLUTIONS:
            raise ValueError("PE-MED reads slices or volumes")
        self.settings = settings
        self.stages = stages(settings, channels)
        self.palm = Palm(settings)
        self.decoder = Decoder(settings)
        self.detail = Detail(settings) if settings.detail else None
        self.memory = Memory()
        self._begin()

    def _begin(self) -> None:
        nn.init.zeros_(self.memory.last.weight)
        nn.init.constant_(self.memory.last.bias, MEMORY_START)
        if self.detail is not None:
            nn.init.zeros_(self.detail.last.weight)

    def scales(self, features: Tensor, pos: Tensor, neg: Tensor, prev: Tensor) -> list[Tensor]:
        """EP and the outputs of stages 2 to 4, at 1/4 … 1/32 of the size."""
        found = [self.palm(features, pos, neg, prev)]
        for stage in list(self.stages)[1:]:
            found.append(stage(found[-1]))
        return found

    def forward(self, image: Tensor, pos: Tensor, neg: Tensor, last: Tensor | None, prev: Tensor) -> Tensor:
        """Answer all clicks so far.

        Args:
            image: I (B, *S, channels), about -2 to 2.
            pos: I_pos (B, *S, g), 0 to 1.
            neg: I_neg (B, *S, g), 0 to 1.
            last: O_{t-1} (B, *S, 1), logits; 0 at the start; None: nothing is remembered (TSIP is off).
            prev: I_prev (B, *S, 1), probability; 0 at the start.

        Returns:
            O_t (B, *S, 1), logits.
        """
        coarse, deep = self.decoder(self.scales(self.stages[0](image), pos, neg, prev))
        made = enlarged(coarse, tuple(image.shape[1:-1]))
        if self.detail is not None:
            made = made + self.detail(torch.cat([image[..., :1], pos, neg, prev], -1), deep)
        return made if last is None else made + self.memory(last)
