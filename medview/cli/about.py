"""Commands about this machine: doctor, bench."""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from medview.cli.files import Commands
from medview.cli.models import add_settings, as_table
from medview.cli.terminal import WrongWords, progress_bar, say, say_json, tell
from medview.core.errors import InputRefused
from medview.ml.device import resolved_device


def add_commands(commands: Commands) -> None:
    """Declare the words of these commands."""
    doctor = commands.add_parser("doctor", help="what this machine offers and what is missing")
    doctor.add_argument("--json", action="store_true")
    doctor.set_defaults(command=_doctor)

    bench = commands.add_parser("bench", help="measure medview on this machine")
    bench.add_argument("names", nargs="*", metavar="NAME", help="figures; or: clicks FOLDER; nerf-study")
    bench.add_argument("--json", action="store_true")
    bench.add_argument("--out", type=Path, metavar="DIR",
                       help="nerf-study keeps its runs here, and goes on with them")  # fmt: skip
    add_settings(bench)
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
    if arguments.names[:1] == ["nerf-study"]:
        return _bench_nerf_study(arguments)
    if arguments.settings or arguments.out is not None:
        raise WrongWords("Cannot measure", "only nerf-study has settings and a folder", "Leave them out.")
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


def _bench_nerf_study(arguments: argparse.Namespace) -> int:
    from medview.bench.nerf_study import run_study
    from medview.bench.nerf_study_text import lines_of

    if len(arguments.names) != 1:
        raise WrongWords("Cannot run the study", "it is measured by itself", "medview bench nerf-study")
    values, device = as_table(arguments.settings), resolved_device(arguments.device)
    with tempfile.TemporaryDirectory(prefix="medview-") as temporary, progress_bar() as bar:
        folder = arguments.out or Path(temporary)
        report = run_study(values, folder, bar, tell, arguments.seed, device)
    if arguments.json:
        say_json(report)
        return 0
    for line in lines_of(report):
        say(line)
    return 0
