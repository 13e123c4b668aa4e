"""A head without skull and scalp, as many published scans come."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from medview.phantoms.head.anatomy import Head
from medview.phantoms.tissues import NUMBER

BRAIN = (
    "csf",
    "cortex",
    "white matter",
    "caudate",
    "putamen",
    "pallidum",
    "thalamus",
    "iron-rich nucleus",
    "brainstem",
    "cerebellar cortex",
)


def bare_brain(head: Head, growth: int) -> NDArray[np.uint8]:
    """Brain and the fluid around it, with arteries in it, grown or (below 0) worn by some voxels."""
    from scipy import ndimage

    is_brain = np.zeros(len(NUMBER))
    is_brain[[NUMBER[name] for name in BRAIN]] = 1
    brain = head.tissue.look_up(is_brain) > 0.5
    pieces, _ = ndimage.label(ndimage.binary_erosion(brain, iterations=2))
    sizes = np.bincount(pieces.ravel())
    sizes[0] = 0
    brain &= ndimage.binary_dilation(pieces == sizes.argmax(), iterations=3)
    if growth > 0:
        brain = ndimage.binary_dilation(brain, iterations=growth)
    elif growth < 0:
        brain = ndimage.binary_erosion(brain, iterations=-growth)
    grown: NDArray[np.uint8] = brain.astype(np.uint8)
    return grown
