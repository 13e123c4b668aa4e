"""The command that writes a trained scene out: pictures, films, points, surfaces, volumes, a copy."""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from medview.cli.bar_link import BarLink
from medview.cli.files import Commands
from medview.cli.shot import picture_size
from medview.cli.terminal import progress_bar, say, say_json
from medview.core.radiance import FieldMode


def add_commands(commands: Commands) -> None:
    """Declare the words of this command."""
    render = commands.add_parser("render", help="pictures, films, points, surfaces of a trained scene")
    render.add_argument("field", type=Path, metavar="FIELD", help="the folder of a trained scene")
    render.add_argument(
        "-o", "--out", type=Path, required=True, metavar="OUT",
        help=".png, .mp4, .mov or .avi, .ply (points, or --surface), .stl, .nii.gz (density), .field (copy)",
    )  # fmt: skip
    where = render.add_mutually_exclusive_group()
    where.add_argument("--view", default="", metavar="NAME", help="look as this frame's camera does")
    where.add_argument(
        "--camera", type=Path, metavar="FILE.json",
        help='cameras: {"keys": [4x4 camera to scene, …], "view_angle_deg": 60, "duration_s": 10}',
    )  # fmt: skip
    render.add_argument("--size", type=picture_size, metavar="WxH", help="of pictures and films, in pixels")
    render.add_argument("--mode", choices=[mode.value for mode in FieldMode], default=FieldMode.COLOUR.value)
    render.add_argument("--depth", action="store_true", help="a PNG of distances, 16 bit, with their step")
    render.add_argument("--time", type=_part, metavar="T", help="of a moving scene, 0 to 1")
    render.add_argument("--surface", action="store_true", help="a PLY of the surface instead of points")
    render.add_argument("--cells", type=_cells, default=128, metavar="N", help="of surfaces and volumes")
    render.add_argument("--duration", type=_seconds, metavar="S", help="of a film, in seconds")
    render.add_argument("--fps", type=_seconds, default=25.0, metavar="F", help="frames per second of a film")
    render.add_argument("--no-frames", action="store_true", help="a copy leaves the real pictures behind")
    render.add_argument("--json", action="store_true")
    render.set_defaults(command=_render)


def _render(arguments: argparse.Namespace) -> int:
    from medview.jobs.execution import usable_threads
    from medview.session.fields.exporting import ExportWish, export_scene
    from medview.session.fields.flythrough import read_camera_path

    wish = ExportWish(
        view=arguments.view,
        cameras=None if arguments.camera is None else read_camera_path(arguments.camera),
        size=arguments.size,
        mode=FieldMode(arguments.mode),
        time=arguments.time,
        is_depth=arguments.depth,
        is_surface=arguments.surface,
        cells=arguments.cells,
        duration_s=arguments.duration,
        fps=arguments.fps,
        with_frames=not arguments.no_frames,
    )
    with tempfile.TemporaryDirectory(prefix="medview-") as scratch, progress_bar() as bar:
        link = BarLink(bar, Path(scratch), usable_threads())
        value = export_scene(arguments.field, arguments.out, wish, link)
    if arguments.json:
        say_json(value)
    else:
        say(str(arguments.out))
    return 0


def _part(text: str) -> float:
    return _within(text, 0.0, 1.0)


def _seconds(text: str) -> float:
    return _within(text, 0.01, 3600.0)


def _cells(text: str) -> int:
    return int(_within(text, 8, 512))


def _within(text: str, low: float, high: float) -> float:
    value = float(text)
    if not low <= value <= high:
        raise argparse.ArgumentTypeError(f"{text!r} does not lie between {low:g} and {high:g}")
    return value
