"""How the tools of the hand are set: part of the view, never undoable."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class WandRule(Enum):
    """What the magic wand takes for alike."""

    TOLERANCE = "tolerance"
    CONFIDENCE = "confidence"


class ClickEngine(Enum):
    """What answers a smart click."""

    MODEL = "model"
    INSTANT = "instant"


@dataclass(frozen=True, kw_only=True)
class HandOptions:
    """Settings of brush, wand and smart click.

    Args:
        is_ball: Brush and eraser are balls in 3-D, not discs in the slice.
        range_on: Tools change only voxels whose value in the scan lies between `range_low` and `range_high`.
        range_low: Lower limit, in the scan's unit.
        range_high: Upper limit.
        wand: What counts as alike.
        wand_tolerance: Greatest difference to the clicked value, as a part of the scan's window, 0 to 1.
        wand_multiplier: Standard deviations, for `WandRule.CONFIDENCE`.
        wand_in_3d: The wand and the bucket reach beyond the slice.
        click_engine: What answers a smart click.
        click_in_3d: A smart click looks at up to 64 voxels a side around it, not at the slice.
        click_threshold: Probability from which a voxel belongs, 0.05 to 0.95; for the model only.
    """

    is_ball: bool = False
    range_on: bool = False
    range_low: float = 0.0
    range_high: float = 1000.0
    wand: WandRule = WandRule.TOLERANCE
    wand_tolerance: float = 0.1
    wand_multiplier: float = 2.5
    wand_in_3d: bool = False
    click_engine: ClickEngine = ClickEngine.MODEL
    click_in_3d: bool = False
    click_threshold: float = 0.5


AS_FIRST_SET = HandOptions()
