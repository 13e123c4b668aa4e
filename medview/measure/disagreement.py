"""Where two label maps of one scan differ."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from medview.core.labels import LabelEntry, LabelMap, LabelTable
from medview.measure.agreement import LabelReport, compare_labels, demand_same_grid

ONLY_FIRST, ONLY_SECOND, OTHER_LABEL = 1, 2, 3


def disagreement_map(first: LabelMap, second: LabelMap) -> NDArray[np.uint8]:
    """Mark every voxel that differs: 1 only the first has a label, 2 only the second, 3 another label.

    Raises:
        InputRefused: They lie on different grids.
    """
    demand_same_grid(first.geometry, second.geometry)
    one, other = first.array, second.array
    made = np.zeros(one.shape, np.uint8)
    made[(one != 0) & (other == 0)] = ONLY_FIRST
    made[(one == 0) & (other != 0)] = ONLY_SECOND
    made[(one != 0) & (other != 0) & (one != other)] = OTHER_LABEL
    return made


def disagreement_table(first_name: str, second_name: str) -> LabelTable:
    """Names and colours of the three kinds of difference."""
    rows = (
        (ONLY_FIRST, f"Only in {first_name}", (240, 200, 40)),
        (ONLY_SECOND, f"Only in {second_name}", (86, 200, 233)),
        (OTHER_LABEL, "Another label", (204, 121, 167)),
    )
    return LabelTable(
        tuple(LabelEntry(value=value, name=name, colour=colour) for value, name, colour in rows)
    )


def disagreement_text(first_name: str, second_name: str, report: LabelReport, differing: int) -> str:
    """Dice, distances and volumes of every label, in lines."""
    lines = [f"{first_name} against {second_name}: {differing} voxels differ."]
    for row in report.labels:
        dice = "–" if row.dice is None else f"{row.dice:.3f}"
        hd95 = "–" if row.hd95_mm is None else f"{row.hd95_mm:.1f} mm"
        volumes = f"{row.volume_ref_ml:.2f} mL against {row.volume_res_ml:.2f} mL"
        lines.append(f"{row.name}: Dice {dice}, HD95 {hd95}, volume {volumes}.")
    return "\n".join(lines)


def compared(first: LabelMap, second: LabelMap, names: tuple[str, str]) -> tuple[LabelMap, str]:
    """The map of differences with its table, and the text that goes with it.

    Raises:
        InputRefused: They lie on different grids.
    """
    array = disagreement_map(first, second)
    text = disagreement_text(*names, compare_labels(first, second), int(np.count_nonzero(array)))
    return LabelMap(array, first.geometry, disagreement_table(*names)), text
