"""Commands about this machine: doctor, bench."""

from __future__ import annotations

import argparse
from pathlib import Path

from medview.cli.files import Commands
from medview.cli.terminal import say, say_json, tell
from medview.core.errors import InputRefused


def add_commands(commands: Commands) -> None:
    """Declare the words of these commands."""
    doctor = commands.add_parser("doctor", help="what this machine offers and what is missing")
    doctor.add_argument("--json", action="store_true")
    doctor.set_defaults(command=_doctor)

    bench = commands.add_parser("bench", help="measure medview on this machine")
    bench.add_argument("names", nargs="*", metavar="NAME", help="figures; or: clicks FOLDER")
    bench.add_argument("--json", action="store_true")
    bench.set_defaults(command=_bench)


def _doctor(arguments: argparse.Namespace) -> int:
    from medview.cli.machine import examine

    findings = examine()
    if arguments.json:
        say_json(findings)
        return 0
    for name, value in findings.items():
        if name != "problems":
            say(f"{name:18} {value}")
    for problem in findings["problems"]:
        say(f"problem            {problem}")
    if not findings["problems"]:
        say("Nothing is missing.")
    return 0


def _bench(arguments: argparse.Namespace) -> int:
    if arguments.names[:1] == ["clicks"]:
        return _bench_clicks(arguments)
    from medview.bench.suite import measure

    report = measure(tuple(arguments.names), tell)
    if arguments.json:
        say_json(report)
        return 0
    for row in report["results"]:
        better = "lower" if row["lower_is_better"] else "higher"
        value = f"{row['name']:26} {row['value']:10.3f} {row['unit']:6}"
        say(f"{value} n={row['n']}, spread {row['spread']:.3f}, {better} is better")
    return 0


def _bench_clicks(arguments: argparse.Namespace) -> int:
    from medview.bench.clicks import measure_clicks, table

    if len(arguments.names) != 2:
        raise InputRefused("Cannot measure clicks", "one folder must be named", "medview bench clicks FOLDER")
    report = measure_clicks(Path(arguments.names[1]), tell)
    if arguments.json:
        say_json(report)
        return 0
    for line in table(report):
        say(line)
    return 0
