"""What a stroke of the brush changes, for tests that paint."""

from __future__ import annotations

from medview.edit.brush import swept_disc
from medview.edit.permission import EVERYTHING_UNLOCKED, permitted
from medview.edit.region import painted


def swept_patch(labels, start, end, normal, radius, value):
    patch = painted(labels, swept_disc(labels.geometry, start, end, normal, radius), value)
    return None if patch is None else permitted(labels, patch, EVERYTHING_UNLOCKED)
