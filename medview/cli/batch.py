"""The command that runs one model over many subjects: batch."""

from __future__ import annotations

import argparse
from pathlib import Path

from medview.cli.files import Commands
from medview.cli.models import add_run_options, add_settings, as_table
from medview.cli.terminal import progress_bar, say, say_json, tell
from medview.core.errors import RunFailed
from medview.core.params import validate
from medview.ml.registry import installed


def add_commands(commands: Commands) -> None:
    """Declare the words of this command."""
    batch = commands.add_parser("batch", help="one model over many subjects, resumable")
    batch.add_argument("model", metavar="MODEL")
    batch.add_argument(
        "--data", type=Path, required=True, metavar="DIR", help="one folder per subject, or BIDS"
    )
    batch.add_argument("--out", type=Path, required=True, metavar="DIR", help="results, and their table")
    crew = batch.add_mutually_exclusive_group()
    crew.add_argument("--workers", type=_count, default=1, metavar="N", help="processes on this machine")
    crew.add_argument("--scheduler", default="", metavar="ADDRESS", help="a Dask scheduler, tcp://…")
    batch.add_argument(
        "--weights",
        type=Path,
        metavar="DIR",
        help="a model folder, such as train wrote, for all subjects; "
        "without it each is run with weights that read its scans",
    )
    batch.add_argument("--json", action="store_true")
    add_run_options(batch)
    add_settings(batch)
    batch.set_defaults(command=_batch)


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of processes")
    return int(text)


def _batch(arguments: argparse.Namespace) -> int:
    from medview.session.batch.run import BatchOrder, run_batch

    spec = installed().find(arguments.model)
    order = BatchOrder(
        spec=spec, data=arguments.data, out=arguments.out,
        params=validate(spec.params, as_table(arguments.settings)),
        weights=arguments.weights, workers=arguments.workers,
        scheduler=arguments.scheduler, threads=_threads(arguments.workers), seed=arguments.seed,
        device=arguments.device, runtime=arguments.runtime, is_cached=not arguments.no_cache,
    )  # fmt: skip
    with progress_bar() as bar:
        table = run_batch(order, bar)
    if arguments.json:
        say_json({**table.facts, "subjects": [vars(row) for row in table.rows.values()]})
    else:
        say(str(table.folder))
    for row in table.rows.values():
        if row.state == "failed":
            tell(f"failed: {row.subject}: {row.reason}")
    tell(f"{table.count('done')} done, {table.count('skipped')} done before, {table.count('failed')} failed")
    if not table.count("done") + table.count("skipped"):
        raise RunFailed("The batch failed", "no subject could be run", "The table in OUT says why.")
    return 0


def _threads(workers: int) -> int:
    """No window is open: the processes share all cores."""
    import psutil

    return max(1, (psutil.cpu_count(logical=False) or psutil.cpu_count() or 1) // workers)
