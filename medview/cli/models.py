"""Commands on models: models, run, train."""

from __future__ import annotations

import argparse
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import Any

from medview.cli.files import Commands
from medview.cli.installing import trust_program
from medview.cli.processes import demand_whole_launch, is_first_process, processes_here
from medview.cli.scenes import train_scene_here
from medview.cli.terminal import WrongWords, progress_bar, say, say_json, tell
from medview.core.errors import InputRefused, RunFailed
from medview.core.params import validate
from medview.ml.context import RUNTIMES, RunContext
from medview.ml.device import DEVICES, resolved_device
from medview.ml.registry import Availability, installed
from medview.ml.request import TrainRequest
from medview.ml.spec import ModelSpec
from medview.session.models.card_page import card_page
from medview.session.models.cards import card_text
from medview.session.models.weights import chosen_weights

_TEMPORARY = "medview-"
_ANY_ROLE = "image"


def add_commands(commands: Commands) -> None:
    """Declare the words of these commands."""
    listing = commands.add_parser("models", help="the models there are, or all about one")
    listing.add_argument("id", nargs="?", metavar="ID")
    listing.add_argument("--json", action="store_true")
    listing.add_argument("--self-test", action="store_true", help="repeat the model's stored run")
    listing.set_defaults(command=_models)

    run = commands.add_parser("run", help="one model on one subject")
    run.add_argument("model", metavar="MODEL")
    run.add_argument("inputs", nargs="+", type=_pair, metavar="ROLE=PATH")
    run.add_argument("-o", "--out", type=Path, required=True, metavar="OUT", help="a folder, or a file")
    run.add_argument("--weights", type=Path, metavar="DIR", help="a model folder, such as train wrote")
    run.add_argument("--json", action="store_true")
    add_run_options(run)
    run.add_argument("--trust", action="store_true",
                     help="let a model that is a program run, now and later, as it is now")  # fmt: skip
    add_settings(run)
    run.set_defaults(command=_run)

    train = commands.add_parser("train", help="train a model on a folder of subjects")
    train.add_argument("model", metavar="MODEL")
    train.add_argument("--data", type=Path, required=True, metavar="DIR",
                       help="one folder per subject, or BIDS; for a scene, frames with poses")  # fmt: skip
    train.add_argument("--out", type=Path, required=True, metavar="DIR",
                       help="the model or scene folder to write")  # fmt: skip
    train.add_argument("--resume", action="store_true", help="go on from the last checkpoint in OUT")
    add_settings(train)
    train.set_defaults(command=_train)


def add_run_options(parser: argparse.ArgumentParser) -> None:
    """Declare how a network is computed, and whether an earlier result of the same run will do."""
    parser.add_argument("--runtime", choices=RUNTIMES, default="auto", help="what computes the network")
    parser.add_argument("--no-cache", action="store_true", help="compute even what was computed before")


def add_settings(parser: argparse.ArgumentParser) -> None:
    """Declare parameters, device and seed."""
    parser.add_argument("--set", action="append", type=_pair, default=[], metavar="NAME=VALUE",
                        dest="settings", help="a parameter; `medview models ID` lists them")  # fmt: skip
    parser.add_argument("--device", choices=DEVICES, default="auto")
    parser.add_argument("--seed", type=int, default=0)


def _pair(text: str) -> tuple[str, str]:
    name, _, value = text.partition("=")
    if not name or not value:
        raise argparse.ArgumentTypeError(f"{text!r} is not of the form NAME=VALUE")
    return name, value


def as_table(pairs: list[tuple[str, str]]) -> dict[str, str]:
    """Pairs of NAME=VALUE as a table.

    Raises:
        WrongWords: A name is given twice.
    """
    names = [name for name, _ in pairs]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise WrongWords(f"Cannot take {twice}=…", f"{twice} is given twice", "Give it once.")
    return dict(pairs)


def _models(arguments: argparse.Namespace) -> int:
    if arguments.self_test:
        if arguments.id is None:
            raise WrongWords("Cannot test", "no model is named", "Use: medview models ID --self-test.")
        return _self_test(arguments.id)
    registry = installed()
    specs = registry.specs() if arguments.id is None else (registry.find(arguments.id),)
    rows = [_model_row(spec, registry.availability(spec)) for spec in specs]
    if arguments.json:
        say_json(rows if arguments.id is None else rows[0])
    elif arguments.id is None:
        for row in rows:
            say(f"{row['id']:20} {row['title']}" + (f"  [{row['reason']}]" if row["reason"] else ""))
        for sentence in registry.refusals():
            tell(f"note: {sentence}")
    else:
        say(_model_text(rows[0]))
        say("")
        say(card_text(specs[0], registry.availability(specs[0])))
    return 0


def _model_row(spec: ModelSpec, found: Availability) -> dict[str, Any]:
    def rows(items: tuple[Any, ...]) -> list[dict[str, Any]]:
        return [{"kind": type(item).__name__.lower(), **asdict(item)} for item in items]

    return {
        "id": spec.id, "version": spec.version, "title": spec.title, "task": spec.task.value,
        "summary": spec.summary, "ready": found.ready, "reason": found.reason,
        "inputs": [asdict(item) for item in spec.inputs],
        "outputs": [asdict(item) for item in spec.outputs],
        "params": rows(spec.params), "train_params": rows(spec.train_params),
        "weights": asdict(found.card) if found.card else None,
        "licence": (found.card.licence if found.card else "") or spec.licence,
        "citation": spec.citation, "note": spec.note, "card": asdict(card_page(spec, found)),
    }  # fmt: skip


def _model_text(row: dict[str, Any]) -> str:
    lines = [f"{row['title']} ({row['id']} {row['version']})", row["summary"], row["note"]]
    lines += [f"reads   {item['role']}={item['title']}" + ("" if item["required"] else " (optional)")
              for item in row["inputs"]]  # fmt: skip
    lines += [f"makes   {item['name']}: {item['title']}" for item in row["outputs"]]
    for name in ("params", "train_params"):
        word = "--set" if name == "params" else "train"
        lines += [f"{word:7} {item['name']}={item['default']}  {item['help']}" for item in row[name]]
    card = row["weights"]
    lines.append(f"weights {card['title']}: {card['trained_on']}" if card else f"weights {row['reason']}")
    lines += [f"licence {row['licence'] or 'MISSING'}", f"paper   {row['citation']}"]
    return "\n".join(line for line in lines if line)


def _self_test(model_id: str) -> int:
    from medview.jobs.execution import usable_threads
    from medview.ml.self_test import run_self_test

    spec = installed().find(model_id)
    folder = chosen_weights(spec, None)
    if folder is None:
        raise InputRefused(f"Cannot test {spec.title}", "it has no weights and no stored run")
    with tempfile.TemporaryDirectory(prefix=_TEMPORARY) as scratch, progress_bar() as bar:
        context = RunContext(scratch=Path(scratch), device=resolved_device("auto"),
                             threads=usable_threads(), listener=bar)  # fmt: skip
        report = run_self_test(spec, folder, context)
    say(report.sentence)
    return 0 if report.passed else RunFailed.exit_code


def _run(arguments: argparse.Namespace) -> int:
    from medview.jobs.execution import usable_threads
    from medview.session.models.subject_run import SubjectRun, run_subject

    spec = installed().find(arguments.model)
    if spec.learns_scenes:
        raise InputRefused(f"Cannot run {spec.title}", "it learns scenes and is not run on scans",
                           f"Use: medview train {spec.id} --data CAPTURE --out DIR.")  # fmt: skip
    paths = {role: Path(path) for role, path in as_table(_named_by_role(spec, arguments.inputs)).items()}
    _demand_roles(spec, list(paths))
    if arguments.trust:
        trust_program(installed().foreign(spec.id))
    order = SubjectRun(
        spec=spec, scans=paths, params=validate(spec.params, as_table(arguments.settings)),
        weights=chosen_weights(spec, arguments.weights, paths), seed=arguments.seed, device=arguments.device,
        runtime=arguments.runtime, is_cached=not arguments.no_cache, threads=usable_threads(),
    )  # fmt: skip
    _demand_other_place(spec, arguments.out, list(paths.values()))
    with progress_bar() as bar:
        facts = run_subject(order, arguments.out, bar, lambda sentence: tell(f"note: {sentence}"))
    if arguments.json:
        say_json(facts)
    else:
        for output in facts["outputs"]:
            say(output["path"])
    return 0


def _named_by_role(spec: ModelSpec, pairs: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Take ``image=FILE`` for the one input that must be there, unless the model has a role of that name."""
    needed = [item.role for item in spec.inputs if item.required]
    if len(needed) != 1 or _ANY_ROLE in [item.role for item in spec.inputs]:
        return pairs
    return [(needed[0] if role == _ANY_ROLE else role, path) for role, path in pairs]


def _demand_roles(spec: ModelSpec, roles: list[str]) -> None:
    known = [item.role for item in spec.inputs]
    for role in roles:
        if role not in known:
            raise InputRefused(f"Cannot run {spec.title}", f"it has no input {role}",
                               f"Its inputs are {', '.join(known)}.")  # fmt: skip


def _demand_other_place(spec: ModelSpec, out: Path, scans: list[Path]) -> None:
    """A result must never replace the scan that it was made from."""
    inside = [out / f"{output.name}.nii.gz" for output in spec.outputs]
    written = {place.resolve() for place in (out, *inside)}
    for scan in scans:
        if scan.is_file() and scan.resolve() in written:
            raise InputRefused(f"Cannot write to {out.name}", f"the input {scan.name} would be replaced",
                               "Name another file or folder.")  # fmt: skip


def _train(arguments: argparse.Namespace) -> int:
    from medview.jobs.execution import usable_threads
    from medview.ml.runner import train
    from medview.session.files.subjects import collect_subjects

    demand_whole_launch()
    spec = installed().find(arguments.model)
    if spec.learns_scenes:
        return train_scene_here(spec, arguments, as_table(arguments.settings))
    settings = validate(spec.train_params, as_table(arguments.settings))
    is_first, threads = is_first_process(), max(1, usable_threads() // processes_here())
    with (
        tempfile.TemporaryDirectory(prefix=_TEMPORARY) as scratch,
        progress_bar(is_silent=not is_first) as bar,
    ):
        subjects = collect_subjects(arguments.data, spec, Path(scratch), bar.progress, bar.check_cancelled)
        request = TrainRequest(model_id=spec.id, version=spec.version, subjects=subjects, params=settings,
                               out=arguments.out, resume=arguments.resume, seed=arguments.seed,
                               device=arguments.device)  # fmt: skip
        context = RunContext(scratch=Path(scratch), device=resolved_device(arguments.device),
                             seed=arguments.seed, threads=threads, listener=bar)  # fmt: skip
        result = train(request, context)
    if is_first:
        for name, value in result.scores.items():
            say(f"{name} {value:.4f}")
        say(str(result.folder))
    return 0
