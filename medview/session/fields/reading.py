"""What can be set of how a capture is read: the same words for the Scene tab and the command line."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from medview.core.params import Bool, Choice, File, Float, Int, Param, defaults

AUTO, NONE, GIVEN = "auto", "none", "given"

TAKEN = (
    Int(
        name="n_frames",
        title="Frames",
        help="So many frames are taken, equally spaced; all where there are fewer.",
        default=310,
        minimum=3,
        maximum=5000,
        step=10,
    ),
    Bool(
        name="sharpest",
        title="Take the sharpest of neighbours",
        help="Of a video, the sharpest of up to five frames on either side is taken in place of each.",
        default=True,
    ),
    Float(
        name="crop_left",
        title="Crop left",
        help="Part of the width that is cut off on the left, where something is written beside the picture.",
        default=0.0,
        minimum=0.0,
        maximum=30.0,
        step=0.5,
        unit="%",
    ),
    Float(
        name="crop_right",
        title="Crop right",
        help="Part of the width that is cut off on the right.",
        default=0.0,
        minimum=0.0,
        maximum=30.0,
        step=0.5,
        unit="%",
    ),
    Int(
        name="downscale",
        title="Scale down by",
        help="The sides of the pictures are divided by this before training: smaller pictures train faster.",
        default=4,
        minimum=1,
        maximum=16,
    ),
)
MASKED = (
    Choice(
        name="circle",
        title="Circle",
        help="What of the picture is learned from: the round picture of a laparoscope, or all of it.",
        default=AUTO,
        choices=(AUTO, GIVEN, NONE),
        titles=("Found by itself", "As drawn", "None: whole picture"),
    ),
    Float(
        name="radius_percent",
        title="Radius",
        help="The radius of the circle that was found or drawn is multiplied by this.",
        default=100.0,
        minimum=50.0,
        maximum=120.0,
        step=1.0,
        unit="%",
    ),
    File(
        name="tool_masks",
        title="Instruments",
        help="A folder of pictures named as the frames, white where an instrument is; what you paint goes "
        "there too.",
        is_folder=True,
        must_exist=False,
    ),
)
READING: tuple[Param, ...] = (*TAKEN, *MASKED)


def reading_defaults() -> dict[str, Any]:
    """A value for everything that can be set."""
    return dict(defaults(READING))


def fitting_downscale(width: int) -> int:
    """The method file's 4, or less where the pictures would become narrower than 160 pixels."""
    return min(4, max(1, width // 160))


def split_settings(settings: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Those of the reading, and the others, which are the method's."""
    names = {param.name for param in READING}
    reading = {name: value for name, value in settings.items() if name in names}
    return reading, {name: value for name, value in settings.items() if name not in names}
