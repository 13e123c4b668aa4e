"""The command that opens the window."""

from __future__ import annotations

import argparse
from pathlib import Path

from medview.cli.files import Commands
from medview.core.state import Layout


def add_commands(commands: Commands) -> None:
    """Declare the words of this command."""
    window = commands.add_parser("open", help="open the window with these scans (the default)")
    window.add_argument("paths", nargs="*", type=Path, metavar="PATH", help="files, DICOM folders")
    window.add_argument("--sample", metavar="NAME", help="open a synthetic study")
    window.add_argument("--seed", type=int, default=1, help="of the synthetic study")
    window.add_argument("--layout", choices=[layout.value for layout in Layout], default=None)
    window.set_defaults(command=_open)


def _open(arguments: argparse.Namespace) -> int:
    from medview.app import Start, run_window

    layout = Layout(arguments.layout) if arguments.layout else None
    return run_window(
        Start(paths=tuple(arguments.paths), sample=arguments.sample, seed=arguments.seed, layout=layout)
    )
