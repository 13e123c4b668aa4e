"""A batch from folder to table: survey, skip what is done, work in processes, keep the table whole."""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
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


@dataclass(frozen=True, kw_only=True)
class BatchOrder:
    """What a batch was asked for.

    Args:
        spec: The model.
        data: One folder per subject, or a BIDS tree.
        out: One folder per subject comes here, and the table.
        params: A value for every parameter of the spec.
        weights: The model folder; None where there is none.
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
        InputRefused: The folder holds no subject, or the scheduler cannot be used.
        RunFailed: The table cannot be written.
        Cancelled: The person has cancelled.
    """
    subjects = survey(order.data, order.spec)
    if not subjects:
        hint = "It must hold one folder per subject, or be a BIDS folder."
        raise InputRefused(f"Cannot run on {order.data}", "it holds no subject", hint)
    order.out.mkdir(parents=True, exist_ok=True)
    table = Table(
        order.out, _facts(order), {item.id: Row(subject=item.id, state="waiting") for item in subjects}
    )
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
        "weights_sha256": _weights_sha256(order.weights),
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
    required = [item.role for item in order.spec.inputs if item.required]
    for place, subject in enumerate(subjects):
        if listener.is_cancelled():
            raise Cancelled
        listener.progress(0.05 * place / len(subjects), f"Looking at {subject.id}")
        payload = _payload(order, subject, stop)
        missing = [role for role in required if role not in subject.files]
        if missing:
            reason = f"It has no file for {', '.join(missing)}."
            table.rows[subject.id] = Row(subject=subject.id, state="failed", reason=reason)
            continue
        stamp = Stamp.read(order.out / subject.id, payload)
        if stamp is None:
            payloads[subject.id] = payload
        else:
            table.rows[subject.id] = Row(
                subject=subject.id, state="skipped", seconds=stamp.seconds, volumes_ml=stamp.volumes_ml
            )
    return payloads


def _payload(order: BatchOrder, subject: SubjectFiles, stop: Path) -> dict[str, Any]:
    roles = [item.role for item in order.spec.inputs if item.role in subject.files]
    return {
        "subject": subject.id,
        "model": order.spec.id,
        "version": order.spec.version,
        "scans": {role: str(subject.files[role].resolve()) for role in roles},
        "params": dict(order.params),
        "weights": str(order.weights.resolve()) if order.weights else "",
        "weights_sha256": _weights_sha256(order.weights),
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
        row = {"subject": subject, "state": "failed", "reason": str(outcome)} if lost else outcome
        table.put(Row(**row))

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
