"""Words to commands, failures to exit codes."""

from __future__ import annotations

import argparse
import os
import sys
import traceback
from collections.abc import Sequence

import medview
from medview.cli import about, batch, files, installing, models, render, shot, window
from medview.cli.terminal import tell, tell_error
from medview.core.disk import room_words
from medview.core.errors import Cancelled, MedviewError, RunFailed

_WRONG_WORDS = 2
_CANCELLED = 130
_PARTS = (window, files, models, batch, installing, shot, render, about)


def main(words: Sequence[str]) -> int:
    """Run one command and return its exit code: 0, 2, 3, 4 or 130."""
    parser = make_parser()
    try:
        arguments = parser.parse_args(_with_command(_joined(list(words)), parser))
    except SystemExit as leaving:
        return int(leaving.code or 0)
    try:
        return int(arguments.command(arguments) or 0)
    except BrokenPipeError:
        _stop_talking()
        return 0
    except (Cancelled, KeyboardInterrupt):
        tell("cancelled")
        return _CANCELLED
    # the exception hook of the command line: whatever goes wrong is told in one line
    except Exception as error:  # noqa: BLE001
        if arguments.debug:
            traceback.print_exception(error, file=sys.stderr)
        told = error if isinstance(error, MedviewError) else _in_words(error)
        tell_error(told)
        return told.exit_code


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


def _joined(words: list[str]) -> list[str]:
    """Let a position begin with a minus sign: ``--at -24,31,12`` becomes one word."""
    places = [place for place, word in enumerate(words[:-1]) if word == "--at"]
    for place in reversed(places):
        words[place : place + 2] = [f"--at={words[place + 1]}"]
    return words


def _in_words(error: Exception) -> RunFailed:
    if isinstance(error, MemoryError):
        return RunFailed("Cannot go on", "memory ran out", "Close other programs, or crop the scan.")
    room = room_words(error)
    if room is not None:
        return RunFailed("Cannot go on", *room)
    if isinstance(error, OSError) and error.strerror:
        return RunFailed(f"Cannot use {error.filename or 'a file'}", error.strerror.lower())
    detail = f"{type(error).__name__}: {error}".rstrip(".: ")
    return RunFailed("Something in medview went wrong", detail, "The option --debug shows where.")


def _stop_talking() -> None:
    """Nobody listens to standard output any more; Python must not complain of it on leaving."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
