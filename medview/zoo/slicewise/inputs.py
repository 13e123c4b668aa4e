"""The volumes that a method reads, all on the grid of the first."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from medview.core.errors import InputRefused
from medview.core.volume import AnyArray
from medview.ml.request import InputArray, RunRequest


def volumes_on_first_grid(request: RunRequest, roles: Sequence[str]) -> list[AnyArray]:
    """The arrays (I, J, K) of these roles, in this order, on the grid of the request's first input.

    Raises:
        InputRefused: A scan is missing or holds several frames.
    """
    missing = [role for role in roles if role not in request.inputs]
    if missing:
        raise InputRefused(
            "Cannot run the model", f"the weights need the input {missing[0]} too", "Choose a scan for it."
        )
    return [on_grid(request.inputs[role], request.first) for role in roles]


def on_grid(scan: InputArray, first: InputArray) -> AnyArray:
    """A scan on another one's grid, interpolated linearly; untouched where it lies there already.

    Raises:
        InputRefused: It holds several frames.
    """
    if scan.array.ndim != 3:
        raise InputRefused(
            f"Cannot read {scan.name or 'the scan'}", "it holds several frames", "Choose a still volume."
        )
    if scan.geometry.matches(first.geometry):
        return scan.array
    from scipy import ndimage

    matrix = scan.geometry.ijk_from_ras @ first.geometry.ras_from_ijk
    source = np.asarray(scan.array, np.float32)
    resampled: AnyArray = ndimage.affine_transform(
        source, matrix[:3, :3], matrix[:3, 3], first.geometry.shape, order=1
    )
    return resampled
