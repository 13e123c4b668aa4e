"""The synthetic laparoscopies by name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

from medview.phantoms.laparoscopy import abdomen
from medview.phantoms.laparoscopy.capture import SyntheticCapture
from medview.phantoms.laparoscopy.film import FilmWish, Progress, make_film
from medview.phantoms.study import StudyKind, StudySpec

LAPAROSCOPY = StudySpec(
    name="laparoscopy",
    title="Laparoscopy",
    summary="A made-up upper abdomen at rest: liver, gallbladder, vessels and bowel in the light of a "
    "laparoscope that looks around; film, frames, true cameras, depth and masks.",
    kind=StudyKind.CAPTURE,
)
LAPAROSCOPY_MOVING = StudySpec(
    name="laparoscopy-moving",
    title="Laparoscopy with an instrument",
    summary="The same abdomen breathing, while a grasper pulls the gallbladder through smoke; with masks of "
    "the instrument.",
    kind=StudyKind.CAPTURE,
)
ABDOMEN = StudySpec(
    name="abdomen",
    title="Abdomen of ellipsoids",
    summary="The scene of the method file P09 to the letter: 40 views of 64 × 64 pixels.",
    kind=StudyKind.CAPTURE,
)
CAPTURES: tuple[StudySpec, ...] = (LAPAROSCOPY, LAPAROSCOPY_MOVING, ABDOMEN)
FILMS = {LAPAROSCOPY.name: FilmWish(), LAPAROSCOPY_MOVING.name: FilmWish(is_moving=True)}


def capture_maker(name: str, frames: int | None) -> Callable[[int, Progress], SyntheticCapture] | None:
    """What makes the capture of a name from a seed; None where there is none of that name."""
    if name == ABDOMEN.name:
        return partial(_abdomen, abdomen.VIEWS if frames is None else frames)
    if name not in FILMS:
        return None
    wish = FILMS[name] if frames is None else replace(FILMS[name], frames=frames)
    return lambda seed, progress: make_film(name, seed, wish, progress)


def _abdomen(count: int, seed: int, progress: Progress) -> SyntheticCapture:
    """The recipe draws nothing at random: every seed gives the same views."""
    progress(0.1, "tracing rays")
    made = abdomen.p09_abdomen(count=count)
    facts = {
        "study": ABDOMEN.name,
        "seed": seed,
        "source": "P09, synthetic abdomen",
        "frames": count,
        "view_angle_deg": abdomen.VIEW_ANGLE_DEG,
        "circle_share": abdomen.CIRCLE_SHARE,
        "held_out": list(abdomen.HELD_OUT) if count == abdomen.VIEWS else [],
        "near": abdomen.NEAR,
        "far": abdomen.FAR,
        "box": [list(corner) for corner in abdomen.BOX],
        "unit": "none",
    }
    return SyntheticCapture(name=ABDOMEN.name, seed=seed, views=made.views, rimless=made.rimless, facts=facts)
