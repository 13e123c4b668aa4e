"""The job target of a model run: hash the inputs where the work is done, then run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from medview.core.volume import AnyArray
from medview.io.hashing import content_sha256
from medview.jobs.execution import Link
from medview.ml.request import InputArray, RunRequest, array_sha256
from medview.ml.travel import packed_request, run_job, unpacked_request

TARGET = "medview.session.models.job:run_hashed"


def run_hashed(
    payload: dict[str, Any], arrays: Mapping[str, AnyArray], link: Link
) -> tuple[dict[str, Any], Mapping[str, AnyArray]]:
    """Job target: as `medview.ml.travel.run_job`, with the hash of every input filled in first."""
    link.progress(0.0, "Reading the inputs")
    request = hashed(unpacked_request(payload, arrays))
    plain, inputs = packed_request(request)
    return run_job(plain, inputs, link)


def hashed(request: RunRequest) -> RunRequest:
    """The request with the hash of every input: of its file, or of its numbers where there is none."""
    return replace(request, inputs={role: _with_hash(item) for role, item in request.inputs.items()})


def _with_hash(item: InputArray) -> InputArray:
    if item.sha256:
        return item
    path = Path(item.path) if item.path else None
    if path is None or not path.is_file():
        return replace(item, sha256=array_sha256(item.array, item.geometry))
    return replace(item, sha256=content_sha256(path))
