"""The job target of the brush for instruments: one stroke into the mask of one frame, on the disk."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from medview.core.volume import AnyArray
from medview.io.captures.tool_masks import mask_of, read_mask, stroked, write_mask
from medview.jobs.execution import Link


def paint_tools(
    payload: Mapping[str, Any], _arrays: Mapping[str, AnyArray], _link: Link
) -> tuple[None, Mapping[str, AnyArray]]:
    """Job target: draw a stroke into a mask and write it.

    Args:
        payload: ``folder`` of the masks, ``frame`` (its file's name), ``points`` (N, 2) and ``radius`` in
            pixels of the frame, ``hides`` (else the stroke shows again), ``size`` (width, height).
    """
    folder: Path = payload["folder"]
    width, height = payload["size"]
    known = mask_of(folder, payload["frame"])
    mask = np.zeros((height, width), np.bool_) if known is None else read_mask(known, height, width)
    made = stroked(mask, payload["points"], float(payload["radius"]), bool(payload["hides"]))
    write_mask(folder, payload["frame"], made)
    return None, {}
