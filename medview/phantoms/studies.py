"""The synthetic studies by name: what the program's samples, tests and demonstrations open."""

from __future__ import annotations

from collections.abc import Callable

from medview.core.errors import InputRefused
from medview.phantoms.head.anatomy import Progress, tell_nobody
from medview.phantoms.head.mr_study import HEAD_MR, make_head_mr
from medview.phantoms.head.wmh_study import HEAD_WMH, make_head_wmh
from medview.phantoms.heart.study import CARDIAC_LGE, make_cardiac_lge
from medview.phantoms.stroke.study import STROKE_CT, STROKE_MR, make_stroke_ct, make_stroke_mr
from medview.phantoms.study import Study, StudySpec

HIGHEST_SEED = 9999
STUDIES: tuple[StudySpec, ...] = (HEAD_MR, HEAD_WMH, CARDIAC_LGE, STROKE_MR, STROKE_CT)
_MAKERS: dict[str, Callable[[int, float | None, Progress], Study]] = {
    HEAD_MR.name: make_head_mr,
    HEAD_WMH.name: make_head_wmh,
    CARDIAC_LGE.name: make_cardiac_lge,
    STROKE_MR.name: make_stroke_mr,
    STROKE_CT.name: make_stroke_ct,
}


def make_study(
    name: str, seed: int = 1, spacing_mm: float | None = None, progress: Progress = tell_nobody
) -> Study:
    """Make a study by name: the same bits for the same arguments.

    Args:
        name: Name of one of `STUDIES`.
        seed: 0 to 9999; another number is another patient.
        spacing_mm: Edge of the cubic voxels, 0.5 to 6; None for the study's own.
        progress: Told the part done (0-1) and a few words; may raise `Cancelled` to stop.

    Raises:
        InputRefused: The name is unknown, or a number is out of range.
    """
    title = f"Cannot make the study {name!r}"
    if name not in _MAKERS:
        raise InputRefused(title, "there is no study of that name", f"Known studies: {', '.join(_MAKERS)}.")
    if not 0 <= seed <= HIGHEST_SEED:
        raise InputRefused(title, f"seed {seed} is out of range", f"Choose 0 to {HIGHEST_SEED}.")
    if spacing_mm is not None and not 0.5 <= spacing_mm <= 6:
        raise InputRefused(title, f"a spacing of {spacing_mm} mm is out of range", "Choose 0.5 to 6 mm.")
    return _MAKERS[name](seed, spacing_mm, progress)
