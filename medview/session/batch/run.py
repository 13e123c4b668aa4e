"""A batch from folder to table: survey, skip what is done, work in processes, keep the table whole."""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from medview.core.errors import Cancelled, InputRefused, MedviewError
from medview.jobs.cluster import ClusterCrew
from medview.jobs.crews import Crew, LocalCrew, perform_all
from medview.ml.card import read_card
from medview.ml.context import Listener
from medview.ml.spec import ModelSpec
from medview.session.batch.stamp import Stamp
from medview.session.batch.subject_work import DRAFT, WORK
from medview.session.batch.table import Row, Table
from medview.session.files.subjects import SubjectFiles, survey
from medview.session.models.weights import chosen_weights


@dataclass(frozen=True, kw_only=True)
class BatchOrder:
    """What a batch was asked for.

    Args:
        spec: The model.
        data: One folder per subject, or a BIDS tree.
        out: One folder per subject comes here, and the table.
        params: A value for every parameter of the spec.
        weights: The model folder that a person named; None: for each subject an installed one that reads
            its scans.
        workers: Processes on this machine.
        scheduler: Address of a Dask scheduler whose workers do it instead; empty: none.
        threads: For each process.
        seed: Start of every run's random numbers.
        device: ``"auto"``, ``"cpu"`` or ``"cuda"``.
        runtime: One of ``medview.ml.context.RUNTIMES``.
        is_cached: Whether earlier results of the very same runs will do.
    """

    spec: ModelSpec
    data: Path
    out: Path
    params: Mapping[str, Any]
    weights: Path | None
    workers: int = 1
    scheduler: str = ""
    threads: int = 1
    seed: int = 0
    device: str = "auto"
    runtime: str = "auto"
    is_cached: bool = True


def run_batch(order: BatchOrder, listener: Listener) -> Table:
    """Run a model on every subject of a folder; one that fails does not stop the others.

    Args:
        order: What to do.
        listener: Hears how many are done; may cancel, which leaves finished subjects and the table.

    Raises:
        InputRefused: The folder holds no subject, the weights do not fit or there are none, or the scheduler
            cannot be used.
        RunFailed: The table cannot be written.
        Cancelled: The person has cancelled.
    """
    chosen_weights(order.spec, order.weights)
    subjects = survey(order.data, order.spec)
    if not subjects:
        hint = "It must hold one folder per subject, or be a BIDS folder."
        raise InputRefused(f"Cannot run on {order.data}", "it holds no subject", hint)
    order.out.mkdir(parents=True, exist_ok=True)
    rows = {item.id: Row(subject=item.id, state="waiting") for item in subjects}
    table = Table(order.out, _facts(order), rows)
    stop = order.out.resolve() / f".stop-{uuid.uuid4().hex[:8]}"
    payloads = _waiting(order, subjects, table, stop, listener)
    table.write()
    try:
        _work(order, payloads, table, stop, listener)
    finally:
        stop.unlink(missing_ok=True)
        for draft in order.out.rglob(f"{DRAFT}*"):
            shutil.rmtree(draft, ignore_errors=True)
    if listener.is_cancelled():
        raise Cancelled
    return table


def _facts(order: BatchOrder) -> dict[str, Any]:
    return {
        "model": order.spec.id,
        "version": order.spec.version,
        "params": dict(order.params),
        "seed": order.seed,
        "data": str(order.data),
    }


def _weights_sha256(folder: Path | None) -> str:
    """As the card says; every run checks it."""
    if folder is None:
        return ""
    try:
        return read_card(folder).sha256
    except MedviewError:
        return str(folder.resolve())


def _waiting(
    order: BatchOrder, subjects: tuple[SubjectFiles, ...], table: Table, stop: Path, listener: Listener
) -> dict[str, dict[str, Any]]:
    """Payloads of the subjects that are to be run; the others get their rows."""
    payloads: dict[str, dict[str, Any]] = {}
    for place, subject in enumerate(subjects):
        if listener.is_cancelled():
            raise Cancelled
        listener.progress(0.05 * place / len(subjects), f"Looking at {subject.id}")
        try:
            payload = _payload(order, subject, stop)
        except InputRefused as refusal:
            table.rows[subject.id] = Row(subject=subject.id, state="failed", reason=str(refusal))
            continue
        stamp = Stamp.read(order.out / subject.id, payload)
        row = replace(table.rows[subject.id], weights_sha256=payload["weights_sha256"])
        if stamp is None:
            payloads[subject.id], table.rows[subject.id] = payload, row
        else:
            table.rows[subject.id] = replace(
                row, state="skipped", seconds=stamp.seconds, volumes_ml=stamp.volumes_ml
            )
    return payloads


def _payload(order: BatchOrder, subject: SubjectFiles, stop: Path) -> dict[str, Any]:
    """What a process is told of a subject.

    Raises:
        InputRefused: It lacks a scan, or no weights read those that it has.
    """
    missing = [item.role for item in order.spec.inputs if item.required and item.role not in subject.files]
    if missing:
        raise InputRefused(f"Cannot run on {subject.id}", f"it has no file for {', '.join(missing)}")
    roles = [item.role for item in order.spec.inputs if item.role in subject.files]
    weights = chosen_weights(order.spec, order.weights, roles)
    return {
        "subject": subject.id,
        "model": order.spec.id,
        "version": order.spec.version,
        "scans": {role: str(subject.files[role].resolve()) for role in roles},
        "params": dict(order.params),
        "weights": str(weights.resolve()) if weights else "",
        "weights_sha256": _weights_sha256(weights),
        "seed": order.seed,
        "device": order.device,
        "runtime": order.runtime,
        "is_cached": order.is_cached,
        "threads": order.threads,
        "out": str(order.out.resolve() / subject.id),
        "stop": str(stop),
    }


def _work(
    order: BatchOrder, payloads: dict[str, dict[str, Any]], table: Table, stop: Path, listener: Listener
) -> None:
    if not payloads:
        return
    crew: Crew = ClusterCrew(order.scheduler) if order.scheduler else LocalCrew(order.workers, order.threads)

    def done(subject: str, outcome: Any) -> None:
        lost = isinstance(outcome, MedviewError)
        found = {"state": "failed", "reason": str(outcome)} if lost else outcome
        table.put(replace(table.rows[subject], **found))

    def is_stopped() -> bool:
        if listener.is_cancelled():
            stop.touch()
            return True
        ready = len(payloads) - table.count("waiting")
        failed = table.count("failed")
        words = f"{ready} of {len(payloads)} subjects done" + (f", {failed} failed" if failed else "")
        listener.progress(0.05 + 0.95 * ready / len(payloads), words)
        return False

    with closing(crew):
        perform_all(crew, WORK, payloads, done, is_stopped)
