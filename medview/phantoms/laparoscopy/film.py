"""Films of the richer abdomen: organs, light, camera and instrument put together, one frame after another."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from medview.core.lens import Lens
from medview.core.posed_views import PosedViews
from medview.phantoms.laparoscopy import course, scope
from medview.phantoms.laparoscopy.cameras import circle_mask
from medview.phantoms.laparoscopy.capture import SyntheticCapture
from medview.phantoms.laparoscopy.instrument import grasper
from medview.phantoms.laparoscopy.noise import SpaceNoise
from medview.phantoms.laparoscopy.organs import Organ, organs
from medview.phantoms.laparoscopy.rendered import Skin, Theatre
from medview.phantoms.laparoscopy.surfaces import surface_of

Progress = Callable[[float, str], None]
Floats = NDArray[np.float64]

_TONE = 0.12
_SETTING_UP = 0.25
"""Part of the whole time that making the scene takes."""


@dataclass(frozen=True, kw_only=True)
class FilmWish:
    """What is filmed.

    Args:
        frames: Number of pictures.
        width: Pixels; even, for films.
        height: Pixels; even.
        view_angle_deg: From bottom to top.
        is_moving: A grasper takes the gallbladder while the patient breathes, and smoke drifts by.
        tile_px: Side of the tissues' tiles; fewer are made faster and look softer.
        coarseness: Multiplies the size of the triangles.
    """

    frames: int = 120
    width: int = 640
    height: int = 480
    view_angle_deg: float = 70.0
    is_moving: bool = False
    tile_px: int = 1024
    coarseness: float = 1.0


def make_film(name: str, seed: int, wish: FilmWish, progress: Progress) -> SyntheticCapture:
    """Build the abdomen of this seed and film it: the same bits for the same arguments on one machine.

    Args:
        name: Name of the study.
        seed: Another number is another patient and another hand at the camera.
        wish: What is filmed.
        progress: Told the part done (0-1) and a few words; may raise `Cancelled` to stop.
    """
    random = np.random.default_rng(seed)
    lens = Lens.of_view_angle(wish.width, wish.height, wish.view_angle_deg)
    skins = _skins(organs(random), random, wish, progress)
    poses = course.camera_poses(wish.frames, random, 0.55 if wish.is_moving else 1.0)
    smoke = scope.Smoke(random)
    tools = _skins(_instrument(), random, wish, progress) if wish.is_moving else []
    theatre = Theatre([*skins, *tools], lens)
    try:
        rows = [
            _Shot(theatre, len(skins), wish, smoke, np.random.default_rng((seed, number))).at(number, pose)
            for number, pose in _told(poses, progress)
        ]
    finally:
        theatre.close()
    return _capture(name, seed, wish, lens, poses, rows)


@dataclass(frozen=True, eq=False, kw_only=True)
class _Frame:
    picture: NDArray[np.uint8]
    depth: NDArray[np.float32]
    tool: NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class _Shot:
    """One picture of the film."""

    theatre: Theatre
    first_tool: int
    wish: FilmWish
    smoke: scope.Smoke
    random: Generator

    def at(self, number: int, pose: Floats) -> _Frame:
        """Draw it: the still scene at once, the moving one without and with the instrument."""
        time = number / max(1, self.wish.frames - 1)
        if not self.wish.is_moving:
            picture, depth = self.theatre.picture(pose)
            return _Frame(
                picture=scope.noisy(picture, self.random), depth=depth, tool=np.zeros(depth.shape, bool)
            )
        self._move(time)
        self._show_tool(False)
        _, behind = self.theatre.picture(pose)
        self._show_tool(True)
        picture, depth = self.theatre.picture(pose)
        hazy = self.smoke.over(picture, depth, time, _smoke_at(time))
        # half a tenth of a millimetre: the two drawings of one surface are equal to the last bit
        return _Frame(picture=scope.noisy(hazy, self.random), depth=depth, tool=depth < behind - 0.05)

    def _move(self, time: float) -> None:
        held = course.grip(time)
        self.theatre.move(
            {
                "breath": course.breath(time),
                "breathMiddle": course.BREATH_MIDDLE,
                "pull": held.pull,
                "grasped": course.GRASPED,
            },
            range(self.first_tool),
        )
        for place, turn in enumerate((0.0, 0.0, held.opening_deg, -held.opening_deg)):
            flip = 180.0 if place == 3 else 0.0
            self.theatre.place(self.first_tool + place, held.pose @ _turned_y(turn) @ _turned_z(flip))

    def _show_tool(self, is_visible: bool) -> None:
        for number in range(self.first_tool, self.first_tool + 4):
            self.theatre.show(number, is_visible)


def _instrument() -> tuple[Organ, ...]:
    shaft, wrist, jaw = grasper()
    return (shaft, wrist, jaw, jaw)


def _skins(solids: tuple[Organ, ...], random: Generator, wish: FilmWish, progress: Progress) -> list[Skin]:
    tone, tiles, skins = SpaceNoise(random), {}, []
    for number, organ in enumerate(solids):
        progress(_SETTING_UP * number / len(solids), f"making the {organ.name}")
        surface = surface_of(organ, solids, wish.coarseness)
        kind = organ.tissue.name
        if kind not in tiles:
            tiles[kind] = organ.tissue.tile(random, wish.tile_px)
        is_steel = kind == "steel"
        brightness = np.ones(len(surface.points)) if is_steel else 1 + _TONE * tone(surface.points, 28)
        skins.append(
            Skin(
                surface=surface,
                tissue=organ.tissue,
                tile=tiles[kind],
                tone=brightness.astype(np.float32),
                metal=float(is_steel),
            )
        )
    return skins


def _told(poses: Floats, progress: Progress) -> Any:
    for number, pose in enumerate(poses):
        part = number / len(poses)
        progress(_SETTING_UP + (1 - _SETTING_UP) * part, f"filming picture {number + 1} of {len(poses)}")
        yield number, pose


def _smoke_at(time: float) -> float:
    """Little at first, most while the gallbladder is held, then it is sucked away."""
    return float(0.04 + 0.26 * np.exp(-np.square((time - 0.55) / 0.16)))


def _turned_y(angle_deg: float) -> Floats:
    angle = np.radians(angle_deg)
    turn = np.eye(4)
    turn[0, 0] = turn[2, 2] = np.cos(angle)
    turn[2, 0], turn[0, 2] = np.sin(angle), -np.sin(angle)
    return turn


def _turned_z(angle_deg: float) -> Floats:
    angle = np.radians(angle_deg)
    turn = np.eye(4)
    turn[0, 0] = turn[1, 1] = np.cos(angle)
    turn[1, 0], turn[0, 1] = np.sin(angle), -np.sin(angle)
    return turn


def _capture(
    name: str, seed: int, wish: FilmWish, lens: Lens, poses: Floats, rows: list[_Frame]
) -> SyntheticCapture:
    count = len(rows)
    rimless = np.stack([row.picture for row in rows])
    tools = np.stack([row.tool for row in rows])
    circle = circle_mask(wish.width, wish.height, scope.CIRCLE_SHARE)
    views = PosedViews(
        names=tuple(f"{number:05d}.png" for number in range(count)),
        images=np.stack([scope.rimmed(picture) for picture in rimless]),
        valid=circle & ~tools,
        lenses=(lens,) * count,
        poses=poses,
        times=np.linspace(0, 1, count) if wish.is_moving else np.zeros(count),
        depths=np.stack([row.depth for row in rows]),
        points=np.zeros((0, 3), np.float32),
        points_rgb=np.zeros((0, 3), np.uint8),
        is_metric=True,
        is_synthetic=True,
    )
    facts = {"study": name, "seed": seed, **asdict(wish), "circle_share": scope.CIRCLE_SHARE, "unit": "mm"}
    masks = tools if wish.is_moving else None
    return SyntheticCapture(name=name, seed=seed, views=views, rimless=rimless, tool_masks=masks, facts=facts)
