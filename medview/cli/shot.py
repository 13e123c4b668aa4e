"""The command that draws the views into a file, without a window on the screen."""

from __future__ import annotations

import argparse
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from medview.cli.files import Commands
from medview.cli.terminal import say
from medview.core.errors import InputRefused
from medview.core.layers import ImageDisplay
from medview.core.plans import Theme
from medview.core.state import Layout, Orientation, SessionState

_ORDER = (Orientation.AXIAL, Orientation.CORONAL, Orientation.SAGITTAL)
_GAP_PX = 2
_SMALLEST_PX, _LARGEST_PX = 64, 8192


def add_commands(commands: Commands) -> None:
    """Declare the words of this command."""
    shot = commands.add_parser("shot", help="a picture of the views, without a window")
    shot.add_argument("paths", nargs="+", type=Path, metavar="PATH")
    shot.add_argument("-o", "--out", type=_png, required=True, metavar="OUT.png")
    shot.add_argument("--layout", choices=[layout.value for layout in Layout], default=Layout.FOUR_UP.value)
    shot.add_argument(
        "--at", type=_position, metavar="R,A,S", help="patient position of the crosshair, in mm"
    )
    shot.add_argument("--labels", type=Path, metavar="PATH", help="a label map laid over the scans")
    shot.add_argument("--window", type=_number, metavar="W", help="width of the grey window")
    shot.add_argument("--level", type=_number, metavar="L", help="its middle")
    shot.add_argument("--size", type=picture_size, default="1200x900", metavar="WxH", help="in pixels")
    shot.add_argument("--theme", choices=("dark", "light"), default="dark")
    shot.set_defaults(command=_shot)


def _shot(arguments: argparse.Namespace) -> int:
    from medview.cli.headless import opened_state
    from medview.gui.theme import scene_theme
    from medview.present.volume_plan import picture_mark

    state = opened_state(arguments.paths, arguments.labels)
    state = _windowed(state, arguments.window, arguments.level)
    changes: dict[str, object] = {"layout": Layout(arguments.layout)}
    if arguments.at is not None:
        changes["cursor_ras"] = arguments.at
    theme = scene_theme(arguments.theme)
    _save(_picture(state.with_view(**changes), arguments.size, theme), arguments.out, picture_mark(state))
    say(str(arguments.out))
    return 0


def _png(text: str) -> Path:
    if not text.lower().endswith(".png"):
        raise argparse.ArgumentTypeError(f"{text!r} does not end with .png: pictures are written as PNG")
    return Path(text)


def picture_size(text: str) -> tuple[int, int]:
    """Width and height from ``WIDTHxHEIGHT``."""
    try:
        width, height = (int(part) for part in text.lower().split("x"))
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not of the form WIDTHxHEIGHT") from None
    if not (_SMALLEST_PX <= width <= _LARGEST_PX and _SMALLEST_PX <= height <= _LARGEST_PX):
        raise argparse.ArgumentTypeError(
            f"{text!r}: each side must be {_SMALLEST_PX} to {_LARGEST_PX} pixels"
        )
    return width, height


def _number(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError
    return value


def _position(text: str) -> tuple[float, float, float]:
    try:
        right, anterior, superior = (_number(part) for part in text.split(","))
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not of the form R,A,S in millimetres") from None
    return right, anterior, superior


def _windowed(state: SessionState, width: float | None, level: float | None) -> SessionState:
    if width is None and level is None:
        return state
    layer = state.base
    if layer is None or not isinstance(layer.display, ImageDisplay):
        return state
    if width is not None and width <= 0:
        raise InputRefused("Cannot use this window", f"its width is {width:g}", "A width is above zero.")
    wide = layer.display.width if width is None else width
    middle = layer.display.level if level is None else level
    display = replace(layer.display, low=middle - wide / 2, high=middle + wide / 2)
    return state.with_layer(replace(layer, display=display))


def _picture(state: SessionState, size: tuple[int, int], theme: Theme) -> NDArray[np.uint8]:
    from medview.present.slice_plan import resolve_slice
    from medview.present.volume_plan import resolve_volume
    from medview.render.offscreen import slice_picture, volume_picture

    layout = state.view.layout
    if layout is Layout.VOLUME:
        return volume_picture(resolve_volume(state), size, theme)
    if layout is not Layout.FOUR_UP:
        return slice_picture(resolve_slice(state, Orientation(layout.value)), size, theme)
    half = ((size[0] - _GAP_PX) // 2, (size[1] - _GAP_PX) // 2)
    panes = [slice_picture(resolve_slice(state, orientation), half, theme) for orientation in _ORDER]
    panes.append(volume_picture(resolve_volume(state), half, theme))
    return _four_up(panes, size)


def _four_up(panes: list[NDArray[np.uint8]], size: tuple[int, int]) -> NDArray[np.uint8]:
    picture = np.full((size[1], size[0], 3), 48, np.uint8)
    for place, pane in enumerate(panes):
        height, width = pane.shape[:2]
        top, left = (place // 2) * (height + _GAP_PX), (place % 2) * (width + _GAP_PX)
        picture[top : top + height, left : left + width] = pane
    return picture


def _save(picture: NDArray[np.uint8], path: Path, mark: str) -> None:
    from PIL import Image, PngImagePlugin

    from medview.io.atomic_file import replacing

    facts = PngImagePlugin.PngInfo()
    if mark:
        facts.add_itxt("Description", mark)
    with replacing(path, ".png") as draft:
        Image.fromarray(picture).save(draft, pnginfo=facts)
