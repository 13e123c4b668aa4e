"""Synthetic films as captures on disk: what a sample writes, for the command line and for the window."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from medview.core.errors import Cancelled
from medview.core.volume import AnyArray
from medview.io.atomic_folder import replacing_folder
from medview.io.captures.frames import write_picture
from medview.io.captures.writing import write_capture
from medview.io.watch import QUIET, Watch
from medview.jobs.execution import Link
from medview.jobs.job import Job
from medview.phantoms.laparoscopy.capture import SyntheticCapture

TARGET = "medview.session.fields.synthetic:write_sample"
TOOLS_FOLDER, FACTS_NAME = "tools", "study.json"
_MAKING = 0.75
"""Part of the time that drawing the pictures takes; the rest is writing."""
_MEMORY_BYTES = 2.0e9


def sample_capture_job(name: str, seed: int, folder: Path, frames: int | None = None) -> Job:
    """A job that writes the synthetic film `name` into `folder`, to be opened as any capture afterwards.

    Args:
        name: Of a `StudySpec` in `medview.phantoms.studies.SAMPLES` whose kind is `StudyKind.CAPTURE`.
        seed: 0 to 9999.
        folder: Made where it is missing; a folder of its own, such as one in the cache.
        frames: Pictures; None for the study's own number.
    """
    payload = {"name": name, "seed": seed, "folder": str(folder), "frames": frames}
    return Job(title="Making the sample film", target=TARGET, payload=payload, memory_bytes=_MEMORY_BYTES)


def write_sample(
    payload: Mapping[str, Any], _arrays: Mapping[str, AnyArray], link: Link
) -> tuple[dict[str, Any], Mapping[str, AnyArray]]:
    """Job target: make a synthetic film and write it as a capture.

    Args:
        payload: ``name``, ``seed``, ``folder`` (path as text), ``frames`` (a number or None).
        _arrays: None.
        link: Told of every picture.

    Returns:
        ``capture``: the folder as text, which `medview.io.captures.capture.read_capture` reads;
        ``tool_masks``: the folder of the instrument's masks as text, or None where there is no instrument
        (they are also left out of the capture's own masks); ``frames``: how many; ``is_moving``.
    """
    from medview.phantoms.studies import make_capture

    def progress(part: float, words: str) -> None:
        if link.is_cancelled():
            raise Cancelled
        link.progress(part, words)

    folder = Path(payload["folder"])
    made = make_capture(
        payload["name"],
        payload["seed"],
        payload["frames"],
        lambda part, words: progress(_MAKING * part, words),
    )
    write_synthetic(made, folder, Watch(progress=progress, first=_MAKING))
    tools = folder / TOOLS_FOLDER if made.tool_masks is not None else None
    return {
        "capture": str(folder),
        "tool_masks": None if tools is None else str(tools),
        "frames": len(made.views),
        "is_moving": bool(made.views.times.any()),
    }, {}


def write_synthetic(made: SyntheticCapture, folder: Path, watch: Watch = QUIET) -> None:
    """Write a synthetic film as a capture, with its truth.

    These are ``transforms.json``, ``images/``, ``masks/`` (white in the circle and beside the instrument) and
    ``depth/``, the film as ``video.mp4``, the instrument's masks in ``tools/`` (white where it is; only where
    there is one), and what was drawn in ``study.json``.

    Args:
        made: The film.
        folder: Made as a whole or not at all; an older sample is replaced.
        watch: Told of every picture.

    Raises:
        InputRefused: The folder holds something that is no sample.
        RunFailed: The disk does not take it.
        Cancelled: From the watch.
    """
    with replacing_folder(folder, FACTS_NAME) as draft:
        write_capture(draft, made.views, with_video=True, watch=watch.between(0, 0.9))
        if made.tool_masks is not None:
            tools = draft / TOOLS_FOLDER
            tools.mkdir()
            for name, mask in zip(made.views.names, made.tool_masks, strict=True):
                watch.at(0.95, "writing masks of the instrument")
                write_picture(tools / f"{Path(name).stem}.png", mask.astype(np.uint8) * 255)
        (draft / FACTS_NAME).write_text(json.dumps(made.facts, indent=2), encoding="utf-8")
