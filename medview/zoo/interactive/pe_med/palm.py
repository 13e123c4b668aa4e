"""PALM: attention among include clicks, exclude clicks, the last mask and the image (Chang et al. 2023).

    PALM-I   M_pos = E1[I_pos, I_prev], M_neg = E2[I_neg, I_prev], M_all = E3[I_pos, I_neg, I_prev]
             P = M_pos + t(M_neg, M_pos), N = M_neg + t(M_pos, M_neg), A = M_all + t(M_all, M_all)
             E_p = P + N + t(P, A) + t(N, A)
    PALM-O   EP = F_I + norm(t(F_I, E_p)) + E_p + norm(t(E_p, F_I))

Deviation: P, N, A and E_p keep what they attend with (the paper adds nothing). Without it, a first click has
no effect: M_neg is then the same everywhere, as a query it makes P the same everywhere, and E_p too.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from medview.zoo.interactive.pe_med.backbone import Attention, PatchEmbedding
from medview.zoo.interactive.pe_med.settings import NetworkSettings


class Palm(nn.Module):
    """Seven attention units of one head between what a person said and what the image shows."""

    def __init__(self, settings: NetworkSettings) -> None:
        super().__init__()
        dims, width, reduction = settings.dims, settings.widths[0], settings.reductions[0]
        one, both = settings.guidance + 1, 2 * settings.guidance + 1
        self.embed_pos = PatchEmbedding(dims, one, width, 7, 4)
        self.embed_neg = PatchEmbedding(dims, one, width, 7, 4)
        self.embed_all = PatchEmbedding(dims, both, width, 7, 4)
        names = ("pos", "neg", "all", "pos_all", "neg_all", "image_prompt", "prompt_image")
        self.units = nn.ModuleDict({name: Attention(dims, width, 1, reduction) for name in names})
        self.norm_image = nn.LayerNorm(width)
        self.norm_prompt = nn.LayerNorm(width)

    def prompt(self, pos: Tensor, neg: Tensor, prev: Tensor) -> Tensor:
        """PALM-I: (B, *S, g), (B, *S, g), (B, *S, 1) to E_p (B, *S/4, C)."""
        t = self.units
        m_pos = self.embed_pos(torch.cat([pos, prev], -1))
        m_neg = self.embed_neg(torch.cat([neg, prev], -1))
        m_all = self.embed_all(torch.cat([pos, neg, prev], -1))
        p = m_pos + t["pos"](m_neg, m_pos)
        n = m_neg + t["neg"](m_pos, m_neg)
        a = m_all + t["all"](m_all, m_all)
        made: Tensor = p + n + t["pos_all"](p, a) + t["neg_all"](n, a)
        return made

    def forward(self, image: Tensor, pos: Tensor, neg: Tensor, prev: Tensor) -> Tensor:
        """F_I (B, *S/4, C) and the prompts (B, *S, …) to EP (B, *S/4, C)."""
        said = self.prompt(pos, neg, prev)
        from_prompt = self.norm_image(self.units["image_prompt"](image, said))
        from_image = self.norm_prompt(self.units["prompt_image"](said, image))
        made: Tensor = image + from_prompt + said + from_image
        return made
