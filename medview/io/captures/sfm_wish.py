"""What is asked of structure from motion."""

from __future__ import annotations

from dataclasses import dataclass

from medview.core.errors import InputRefused
from medview.core.lens import Lens
from medview.io.captures.colmap_model import PARAMETERS

MATCHERS = ("auto", "sequential", "exhaustive")
EXHAUSTIVE_UP_TO = 60
"""Frames that are all matched with each other where nobody chose."""


@dataclass(frozen=True, kw_only=True)
class PosesWish:
    """How poses are looked for.

    Args:
        camera: COLMAP's name of the lens model: SIMPLE_PINHOLE, PINHOLE, SIMPLE_RADIAL, RADIAL or OPENCV.
        matcher: ``"sequential"`` (each frame with its neighbours in the video), ``"exhaustive"`` (each with
            all others), or ``"auto"``: exhaustive up to 60 frames.
        single_camera: All frames have one lens.
        lens: A known lens of the frames' size, which is then kept; None: it is found with the poses.
        overlap: Neighbours on either side in sequential matching; farther ones follow in doubling steps.
        most_features: Per frame.
        longest_side_px: Frames are made smaller than this before features are looked for.
        faint: Take fainter features, fewer matches and narrower angles: for smooth tissue that is seen from
            nearly one place; best with a known lens.
        seed: Start of the random numbers.
        threads: To use; the same poses to the last bit only with one.
    """

    camera: str = "OPENCV"
    matcher: str = "auto"
    single_camera: bool = True
    lens: Lens | None = None
    overlap: int = 10
    most_features: int = 8192
    longest_side_px: int = 1600
    faint: bool = False
    seed: int = 0
    threads: int = 1

    def __post_init__(self) -> None:
        title = "Cannot find poses"
        if self.camera not in PARAMETERS:
            raise InputRefused(title, f"{self.camera} is no lens model", f"Choose {', '.join(PARAMETERS)}.")
        if self.matcher not in MATCHERS:
            raise InputRefused(title, f"{self.matcher} is no matcher", f"Choose {', '.join(MATCHERS)}.")

    def pairs(self, count: int) -> list[tuple[int, int]]:
        """Numbers of the frames that are matched, the earlier first, in order."""
        is_exhaustive = self.matcher == "exhaustive" or (self.matcher == "auto" and count <= EXHAUSTIVE_UP_TO)
        if is_exhaustive:
            return [(first, last) for first in range(count) for last in range(first + 1, count)]
        reach = [*range(1, self.overlap + 1), *(self.overlap * 2**power for power in range(1, 32))]
        return [(first, first + step) for first in range(count) for step in reach if first + step < count]

    def lens_numbers(self) -> list[float]:
        """The known lens in the order of COLMAP's model; nothing where it is to be found."""
        if self.lens is None:
            return []
        names = ["fx" if name == "f" else name for name in PARAMETERS[self.camera]]
        return [float(getattr(self.lens, name)) for name in names]
