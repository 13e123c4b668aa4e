"""Commands on models of the person's own: install."""

from __future__ import annotations

import argparse
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from medview.cli.files import Commands
from medview.cli.terminal import Bar, progress_bar, say, say_json, tell
from medview.core.errors import InputRefused
from medview.core.volume import AnyArray
from medview.jobs.execution import resolved, usable_threads
from medview.ml.foreign.folders import read_model
from medview.ml.foreign.model import ForeignModel
from medview.ml.foreign.trust import trust
from medview.ml.model_folders import user_model_folder
from medview.ml.registry import installed
from medview.session.models.installing.offer import ModelOffer, discard, make_offer, put_in_place
from medview.session.models.installs import LATER, NO_TEST, SelfTest, tested_job, told_test


def add_commands(commands: Commands) -> None:
    """Declare the words of these commands."""
    install = commands.add_parser("install", help="a model of your own: a folder or a zip of one")
    install.add_argument("path", type=Path, metavar="PATH")
    install.add_argument("--yes", action="store_true", help="do not ask")
    install.add_argument("--trust", action="store_true", help="allow a model that is a program")
    install.add_argument("--json", action="store_true")
    install.set_defaults(command=_install)


def trust_program(model: ForeignModel | None) -> None:
    """Remember that a program is trusted as it is; other models need no trust."""
    if model is not None and model.is_program:
        trust(model)
        tell(f"note: {model.title} is a program, trusted from now on as it is")


def _install(arguments: argparse.Namespace) -> int:
    if not arguments.path.exists():
        raise InputRefused(f"Cannot install {arguments.path.name}", "there is no such file or folder")
    root = user_model_folder()
    with progress_bar() as bar:
        offer = make_offer(
            arguments.path, root, installed(), lambda part: bar.progress(part, "Looking at the model")
        )
        try:
            tested = _tested(offer, offer.staged, bar)
            is_wanted = _is_wanted(offer, tested, arguments)
        except BaseException:
            discard(offer)
            raise
        if not is_wanted:
            discard(offer)
            tell("nothing was installed")
            return 0
        folder = put_in_place(offer, root)
        if offer.is_program:
            trust(read_model(folder))
            tested = _tested(offer, folder, bar, is_trusted=True)
    _tell_installed(offer, folder, tested, arguments.json)
    return 0


def _tested(offer: ModelOffer, folder: Path, bar: Bar, is_trusted: bool = False) -> SelfTest:
    if not offer.has_test:
        return NO_TEST
    if offer.is_program and not is_trusted:
        return LATER
    job = tested_job(offer, folder)
    with tempfile.TemporaryDirectory(prefix="medview-") as scratch:
        value, _ = resolved(str(job.target))(job.payload, {}, _Link(bar, Path(scratch)))
    return told_test(value)


@dataclass(frozen=True)
class _Link:
    """What a job's target is given, for one that runs right here."""

    bar: Bar
    scratch: Path
    threads: int = usable_threads()

    def progress(self, fraction: float, message: str) -> None:
        self.bar.progress(fraction, message)

    def preview(self, name: str, offset_ijk: tuple[int, int, int], array: AnyArray) -> None:
        self.bar.preview(name, offset_ijk, array)

    def report(self, step: int, values: Any) -> None:
        self.bar.report(step, values)

    def is_cancelled(self) -> bool:
        return self.bar.is_cancelled()


def _is_wanted(offer: ModelOffer, tested: SelfTest, arguments: argparse.Namespace) -> bool:
    """Show what it is and ask, where there is somebody to ask; a program needs --trust."""
    if not arguments.json:
        say(offer_text(offer, tested))
    if offer.is_program and not arguments.trust:
        hint = "Name --trust if you trust who made it."
        raise InputRefused(f"Cannot install {offer.title}", offer.question.rstrip("."), hint)
    if tested.passed is False:
        raise InputRefused(f"Cannot install {offer.title}", tested.sentence.rstrip("."), "Ask its makers.")
    if arguments.yes or arguments.json or not sys.stdin.isatty():
        return True
    return input("Install it? [y/N] ").strip().lower() in ("y", "yes")


def offer_text(offer: ModelOffer, tested: SelfTest) -> str:
    """What a person should know before saying yes, a line each."""
    lines = [
        f"{offer.title} ({offer.model_id}), {offer.format}, {offer.size_bytes / 1e6:.1f} MB",
        f"sha256  {offer.sha256}",
        f"licence {offer.licence or 'MISSING'}",
        *(f"reads   {line}" for line in offer.reads),
        *(f"makes   {line}" for line in offer.makes),
        f"test    {tested.sentence}",
        *(f"note    {line}" for line in offer.notes),
    ]
    if offer.replaces:
        lines.append(f"note    It replaces {offer.replaces}, which is installed now.")
    return "\n".join(lines)


def _tell_installed(offer: ModelOffer, folder: Path, tested: SelfTest, is_json: bool) -> None:
    if not is_json:
        if offer.is_program and offer.has_test:
            say(f"test    {tested.sentence}")
        say(f"Installed. Run it with: medview run {offer.model_id} ROLE=PATH -o OUT")
        return
    say_json(
        {
            "id": offer.model_id, "title": offer.title, "format": offer.format, "sha256": offer.sha256,
            "licence": offer.licence, "reads": offer.reads, "makes": offer.makes, "folder": str(folder),
            "self_test": {"passed": tested.passed, "sentence": tested.sentence},
        }
    )  # fmt: skip
