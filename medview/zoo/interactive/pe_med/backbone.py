"""The four stages of the Mix Transformer (Xie et al., SegFormer, NeurIPS 2021), for slices and volumes.

Maps are kept with their channels last, (B, *S, C), which are the tokens too; convolutions see them with the
channels moved to the second place, a view that costs nothing.

Deviation: none in 2-D. In 3-D every kernel, stride and key reduction has a third, equal axis.
"""

from __future__ import annotations

import math
from collections.abc import Callable

from torch import Tensor, nn
from torch.nn import functional

from medview.zoo.interactive.pe_med.settings import NetworkSettings

CONVOLUTIONS: dict[int, Callable[..., nn.Module]] = {2: nn.Conv2d, 3: nn.Conv3d}


def attend(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
    """softmax(Q K^T / sqrt(d)) V over (…, N, d), (…, M, d), (…, M, d); the paper prints d for sqrt(d)."""
    scores = (query / math.sqrt(query.shape[-1])) @ key.transpose(-1, -2)
    return functional.softmax(scores, -1) @ value


class LastChannelConv(nn.Module):
    """A convolution over (B, *S, C)."""

    def __init__(self, dims: int, channels: int, out: int, kernel: int, stride: int = 1, **more: int) -> None:
        super().__init__()
        padding = more.pop("padding", kernel // 2)
        self.conv = CONVOLUTIONS[dims](channels, out, kernel, stride, padding, **more)

    def forward(self, x: Tensor) -> Tensor:
        """(B, *S, C) to (B, *S', out)."""
        made: Tensor = self.conv(x.movedim(-1, 1)).movedim(1, -1)
        return made


class PatchEmbedding(nn.Module):
    """Overlapping patches: 7 wide every 4 pixels, or 3 wide every 2; then layer normalisation."""

    def __init__(self, dims: int, channels: int, out: int, kernel: int, stride: int) -> None:
        super().__init__()
        self.proj = LastChannelConv(dims, channels, out, kernel, stride)
        self.norm = nn.LayerNorm(out)

    def forward(self, x: Tensor) -> Tensor:
        """(B, *S, C) to (B, *S/stride, out)."""
        made: Tensor = self.norm(self.proj(x))
        return made


class Attention(nn.Module):
    """theta_c(Q, K, K): multi-head attention with keys and values shortened by a strided convolution."""

    def __init__(self, dims: int, width: int, heads: int, reduction: int) -> None:
        super().__init__()
        self.heads = heads
        self.q = nn.Linear(width, width)
        self.kv = nn.Linear(width, 2 * width)
        self.proj = nn.Linear(width, width)
        shorter = LastChannelConv(dims, width, width, reduction, reduction, padding=0)
        self.shorten = nn.Sequential(shorter, nn.LayerNorm(width)) if reduction > 1 else nn.Identity()

    def forward(self, query: Tensor, source: Tensor) -> Tensor:
        """(B, *S, C) and (B, *S, C), which gives keys and values, to (B, *S, C)."""
        batch, width = query.shape[0], query.shape[-1]
        q = self.q(query).view(batch, -1, self.heads, width // self.heads).transpose(1, 2)
        kv = self.kv(self.shorten(source).flatten(1, -2))
        kv = kv.view(batch, -1, 2, self.heads, width // self.heads).permute(2, 0, 3, 1, 4)
        mixed = attend(q, kv[0], kv[1]).transpose(1, 2).reshape(query.shape)
        made: Tensor = self.proj(mixed)
        return made


class MixFeedForward(nn.Module):
    """Linear x4, depth-wise 3-wide convolution, GELU, linear."""

    def __init__(self, dims: int, width: int) -> None:
        super().__init__()
        self.fc1 = nn.Linear(width, 4 * width)
        self.mix = LastChannelConv(dims, 4 * width, 4 * width, 3, groups=4 * width)
        self.fc2 = nn.Linear(4 * width, width)

    def forward(self, x: Tensor) -> Tensor:
        """(B, *S, C) to (B, *S, C)."""
        made: Tensor = self.fc2(functional.gelu(self.mix(self.fc1(x))))
        return made


class Block(nn.Module):
    """Attention and feed-forward, each normalised before and added to what came in."""

    def __init__(self, dims: int, width: int, heads: int, reduction: int) -> None:
        super().__init__()
        self.norm1 = nn.LayerNorm(width)
        self.attention = Attention(dims, width, heads, reduction)
        self.norm2 = nn.LayerNorm(width)
        self.feed_forward = MixFeedForward(dims, width)

    def forward(self, x: Tensor) -> Tensor:
        """(B, *S, C) to (B, *S, C)."""
        y = self.norm1(x)
        x = x + self.attention(y, y)
        made: Tensor = x + self.feed_forward(self.norm2(x))
        return made


class Stage(nn.Module):
    """Patch embedding, blocks, layer normalisation."""

    def __init__(self, settings: NetworkSettings, depth: int, channels: int) -> None:
        super().__init__()
        dims, width = settings.dims, settings.widths[depth]
        heads, reduction = settings.heads[depth], settings.reductions[depth]
        kernel, stride = (7, 4) if depth == 0 else (3, 2)
        self.embed = PatchEmbedding(dims, channels, width, kernel, stride)
        blocks = [Block(dims, width, heads, reduction) for _ in range(settings.blocks[depth])]
        self.blocks = nn.Sequential(*blocks)
        self.norm = nn.LayerNorm(width)

    def forward(self, x: Tensor) -> Tensor:
        """(B, *S, C) to (B, *S/4 or S/2, width)."""
        made: Tensor = self.norm(self.blocks(self.embed(x)))
        return made


def stages(settings: NetworkSettings, channels: int) -> nn.ModuleList:
    """The whole backbone: `channels` in, widths out at 1/4, 1/8, 1/16 and 1/32 of the size."""
    inputs = (channels, *settings.widths[:-1])
    return nn.ModuleList(Stage(settings, depth, inputs[depth]) for depth in range(len(inputs)))
