"""Installing a model as a person does it: looked at, tested, asked about, put in place."""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from psygnal import Signal

from medview.core.errors import Cancelled
from medview.core.volume import AnyArray
from medview.jobs.execution import Link
from medview.jobs.job import Job, JobDone
from medview.jobs.lanes import Lane
from medview.ml.field_folder import is_field_folder
from medview.ml.foreign.folders import read_model
from medview.ml.foreign.trust import trust
from medview.ml.model_folders import user_model_folder
from medview.ml.registry import Registry
from medview.session.job_desk import JobDesk, Reactions
from medview.session.models.installing.offer import ModelOffer, discard, make_offer, put_in_place
from medview.session.notices import Notices

_MARKS = ("card.toml", "plans.json", "configs/metadata.json", "metadata.json")
_MOST_INNER = 40


@dataclass(frozen=True, kw_only=True)
class SelfTest:
    """How a self-test ended: in words, and whether it passed (None: there was none, or not yet)."""

    sentence: str
    passed: bool | None = None


NO_TEST = SelfTest(sentence="The model brings no self-test (test_input.npy and test_output.npy).")
LATER = SelfTest(sentence="Runs once you have said yes, since it would run the program.")


def looks_like_model(path: Path) -> bool:
    """Whether a path given by a person is a model rather than a scan or a scene; looks at names only."""
    if path.is_dir() and is_field_folder(path):
        return False
    if path.is_dir():
        inner = [child for child in sorted(path.iterdir())[:_MOST_INNER] if child.is_dir()]
        return any(_is_marked(folder) for folder in (path, *inner))
    if path.suffix.lower() != ".zip" or not zipfile.is_zipfile(path):
        return False
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
    except (zipfile.BadZipFile, OSError):
        return False
    return any(
        name.endswith(".onnx") or f"/{name}".endswith(tuple(f"/{m}" for m in _MARKS)) for name in names
    )


def _is_marked(folder: Path) -> bool:
    return any((folder / mark).is_file() for mark in _MARKS) or any(folder.glob("*.onnx"))


def tested_job(offer: ModelOffer, folder: Path) -> Job:
    """The job that repeats the answer stored in a model's folder."""
    payload = {"folder": str(folder), "model_id": offer.model_id}
    return Job(title=f"Testing {offer.title}", target=offer.test_target, payload=payload)


def told_test(value: Mapping[str, Any]) -> SelfTest:
    """What a self-test found, in words; native weights bring their own sentence."""
    if "sentence" in value:
        return SelfTest(sentence=str(value["sentence"]), passed=bool(value["passed"]))
    difference, tolerance = float(value["difference"]), float(value["tolerance"])
    if value["passed"]:
        words = f"Passed: it repeats its stored answer to {difference:.2g} (allowed: {tolerance:.2g})."
        return SelfTest(sentence=words, passed=True)
    words = f"FAILED: it differs from its stored answer by {difference:.2g} (allowed: {tolerance:.2g})."
    return SelfTest(sentence=words, passed=False)


class ModelInstalls:
    """Installs models of the person's own.

    Args:
        desk: Where jobs are listed.
        notices: Where failures and outcomes are told.
        registry: What is installed already.
        files_lane: Where copies are made.
        models_lane: Where self-tests run.
        root: The person's model folder; None: the platform's place.

    Attributes:
        offered: A `ModelOffer` and a `SelfTest` that wait for `accept` or `decline`.
        installed: The id of a model that has just been installed.
    """

    offered = Signal(object, object)
    installed = Signal(str)

    def __init__(
        self,
        desk: JobDesk,
        notices: Notices,
        registry: Registry,
        *,
        files_lane: Lane,
        models_lane: Lane,
        root: Callable[[], Path] = user_model_folder,
    ) -> None:
        self._desk = desk
        self._notices = notices
        self._registry = registry
        self._files_lane = files_lane
        self._models_lane = models_lane
        self._root = root

    def look_at(self, path: Path) -> str:
        """Copy a folder or zip aside and find out what it is; `offered` follows. Returns the job's id."""

        def target(_payload: Any, _arrays: Any, link: Link) -> tuple[ModelOffer, Mapping[str, AnyArray]]:
            def check(part: float) -> None:
                link.progress(part, "Looking at the model")
                if link.is_cancelled():
                    raise Cancelled

            return make_offer(path, self._root(), self._registry, check), {}

        job = Job(title=f"Installing {path.name}", target=target)
        found: list[ModelOffer] = []

        def ended() -> None:
            for offer in found:
                self._test(offer)

        reactions = Reactions(done=lambda event: found.append(event.value), ended=ended)
        return self._desk.start(self._files_lane, job, reactions)

    def _test(self, offer: ModelOffer) -> None:
        """Offer it, tested where it can be: once the job has ended, for the question may stand for long."""
        if not offer.has_test or offer.is_program:
            self.offered.emit(offer, LATER if offer.has_test else NO_TEST)
            return

        told: list[SelfTest] = []

        def ended() -> None:
            for test in told:
                self.offered.emit(offer, test)

        reactions = Reactions(
            done=lambda event: told.append(told_test(event.value)),
            failed=lambda error: told.append(SelfTest(sentence=f"FAILED: {error}", passed=False)),
            ended=ended,
        )
        self._desk.start(self._models_lane, tested_job(offer, offer.staged), reactions)

    def decline(self, offer: ModelOffer) -> None:
        """Forget an offer, with its copy."""
        discard(offer)

    def accept(self, offer: ModelOffer) -> None:
        """Put a model in place; a program becomes trusted by this, exactly as it is.

        Raises:
            RunFailed: The disk or its rights do not allow it.
        """
        folder = put_in_place(offer, self._root())
        if offer.is_program:
            trust(read_model(folder))
        self._notices.told.emit(f"Installed {offer.title}.")
        self.installed.emit(offer.model_id)
        if offer.is_program and offer.has_test:
            self._test_program(offer, folder)

    def _test_program(self, offer: ModelOffer, folder: Path) -> None:
        def done(event: JobDone) -> None:
            outcome = told_test(event.value)
            self._notices.outcome.emit(f"Self-test of {offer.title}: {outcome.sentence}", not outcome.passed)

        self._desk.start(self._models_lane, tested_job(offer, folder), Reactions(done=done))
