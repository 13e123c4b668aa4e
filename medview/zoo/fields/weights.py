"""How much each sample of a ray adds to what is seen (P09, sampling and rendering)."""

from __future__ import annotations

import torch
from torch import Tensor


def weights_of(sigma: Tensor, lengths: Tensor) -> Tensor:
    """``w_i = T_i alpha_i``, ``alpha_i = 1 - exp(-sigma_i delta_i)``, ``T_i = prod_{j<i} (1 - alpha_j)``.

    Args:
        sigma: (R, S) densities.
        lengths: (R, S) delta.
    """
    thickness = sigma * lengths
    before = torch.cumsum(thickness, -1) - thickness
    return torch.exp(-before) * (1 - torch.exp(-thickness))
