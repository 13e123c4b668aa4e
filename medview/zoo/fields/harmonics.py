"""Real spherical harmonics of a direction, l = 0 to 3 (P09, network A)."""

from __future__ import annotations

import torch
from torch import Tensor

WIDTH = 16


def harmonics(directions: Tensor) -> Tensor:
    """Encode unit vectors (N, 3) as (N, 16); their squares add up to 16 / (4 pi) for each."""
    x, y, z = directions.unbind(-1)
    xx, yy, zz = x * x, y * y, z * z
    values = (
        torch.full_like(x, 0.28209479177387814),
        -0.4886025119029199 * y,
        0.4886025119029199 * z,
        -0.4886025119029199 * x,
        1.0925484305920792 * x * y,
        -1.0925484305920792 * y * z,
        0.9461746957575601 * zz - 0.31539156525252005,
        -1.0925484305920792 * x * z,
        0.5462742152960396 * (xx - yy),
        0.5900435899266435 * y * (yy - 3 * xx),
        2.890611442640554 * x * y * z,
        0.4570457994644658 * y * (1 - 5 * zz),
        0.3731763325901154 * z * (5 * zz - 3),
        0.4570457994644658 * x * (1 - 5 * zz),
        1.445305721320277 * z * (xx - yy),
        0.5900435899266435 * x * (3 * yy - xx),
    )
    return torch.stack(values, -1)
