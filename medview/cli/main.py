"""Words to commands, failures to exit codes."""

from __future__ import annotations

import argparse
import sys
import traceback
from collections.abc import Sequence

import medview
from medview.cli import about, files, models, shot, window
from medview.cli.terminal import tell
from medview.core.errors import Cancelled, MedviewError

_WRONG_WORDS = 2
_CANCELLED = 130
_PARTS = (window, files, models, shot, about)


def main(words: Sequence[str]) -> int:
    """Run one command and return its exit code: 0, 2, 3, 4 or 130."""
    parser = make_parser()
    try:
        arguments = parser.parse_args(_with_command(list(words), parser))
    except SystemExit as leaving:
        return int(leaving.code or 0)
    try:
        return int(arguments.command(arguments) or 0)
    except MedviewError as error:
        _show(error, is_debug=arguments.debug)
        return error.exit_code
    except (Cancelled, KeyboardInterrupt):
        tell("cancelled")
        return _CANCELLED
    except BrokenPipeError:
        return 0


def make_parser() -> argparse.ArgumentParser:
    """The whole public interface."""
    parser = argparse.ArgumentParser(
        prog="medview",
        description=medview.__doc__,
        epilog="Without a command, medview opens its window. Research software: not for diagnosis.",
    )
    parser.add_argument("--version", action="version", version=f"medview {medview.__version__}")
    parser.add_argument("--debug", action="store_true", help="show tracebacks")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for part in _PARTS:
        part.add_commands(commands)
    for command in commands.choices.values():
        command.add_argument(
            "--debug", action="store_true", default=argparse.SUPPRESS, help=argparse.SUPPRESS
        )
    return parser


def _with_command(words: list[str], parser: argparse.ArgumentParser) -> list[str]:
    """Put ``open`` in front of words that name no command."""
    known = next(
        action.choices
        for action in parser._subparsers._group_actions
        if action.choices  # type: ignore[union-attr]
    )
    first = next((word for word in words if not word.startswith("-")), None)
    general = ("-h", "--help", "--version")
    if first in known or (words and words[0] in general):
        return words
    return ["open", *words]


def _show(error: MedviewError, *, is_debug: bool) -> None:
    if is_debug:
        traceback.print_exception(error, file=sys.stderr)
    tell(f"error: {error}".replace("\n", " "))
