"""The synthetic studies by name: what the program's samples, tests and demonstrations open."""

from __future__ import annotations

from collections.abc import Callable

from medview.core.errors import InputRefused
from medview.phantoms.head.anatomy import Progress, tell_nobody
from medview.phantoms.head.mr_study import HEAD_MR, make_head_mr
from medview.phantoms.head.wmh_study import HEAD_WMH, make_head_wmh
from medview.phantoms.heart.study import CARDIAC_LGE, make_cardiac_lge
from medview.phantoms.laparoscopy.capture import SyntheticCapture
from medview.phantoms.laparoscopy.studies import CAPTURES, capture_maker
from medview.phantoms.stroke.study import STROKE_CT, STROKE_MR, make_stroke_ct, make_stroke_mr
from medview.phantoms.study import Study, StudyKind, StudySpec

HIGHEST_SEED = 9999
MOST_FRAMES = 3000
STUDIES: tuple[StudySpec, ...] = (HEAD_MR, HEAD_WMH, CARDIAC_LGE, STROKE_MR, STROKE_CT)
"""Studies of scans."""
SAMPLES: tuple[StudySpec, ...] = (*STUDIES, *CAPTURES)
"""All that can be opened or written as a sample: scans, and films with their cameras."""
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
    title = _title(name)
    if name not in _MAKERS:
        raise InputRefused(title, "there is no study of that name", f"Known studies: {', '.join(_MAKERS)}.")
    _demand_seed(name, seed)
    if spacing_mm is not None and not 0.5 <= spacing_mm <= 6:
        raise InputRefused(title, f"a spacing of {spacing_mm} mm is out of range", "Choose 0.5 to 6 mm.")
    return _MAKERS[name](seed, spacing_mm, progress)


def make_capture(
    name: str, seed: int = 1, frames: int | None = None, progress: Progress = tell_nobody
) -> SyntheticCapture:
    """Make a film with its cameras by name: the same bits for the same arguments on one machine.

    Args:
        name: Name of one of `SAMPLES` of kind `StudyKind.CAPTURE`.
        seed: 0 to 9999; another number is another patient.
        frames: Pictures of the film, 2 to 3000; None for the study's own number.
        progress: Told the part done (0-1) and a few words; may raise `Cancelled` to stop.

    Raises:
        InputRefused: The name is unknown, or a number is out of range.
    """
    if frames is not None and not 2 <= frames <= MOST_FRAMES:
        raise InputRefused(_title(name), f"{frames} pictures are out of range", f"Choose 2 to {MOST_FRAMES}.")
    _demand_seed(name, seed)
    maker = capture_maker(name, frames)
    if maker is None:
        known = ", ".join(spec.name for spec in CAPTURES)
        raise InputRefused(_title(name), "there is no film of that name", f"Known films: {known}.")
    return maker(seed, progress)


def kind_of(name: str) -> StudyKind:
    """What a sample holds.

    Raises:
        InputRefused: The name is unknown.
    """
    for spec in SAMPLES:
        if spec.name == name:
            return spec.kind
    known = ", ".join(spec.name for spec in SAMPLES)
    raise InputRefused(_title(name), "there is no study of that name", f"Known studies: {known}.")


def _title(name: str) -> str:
    return f"Cannot make the study {name!r}"


def _demand_seed(name: str, seed: int) -> None:
    if not 0 <= seed <= HIGHEST_SEED:
        raise InputRefused(_title(name), f"seed {seed} is out of range", f"Choose 0 to {HIGHEST_SEED}.")
