"""The job target of a scene's training: read posed views where the work is done, then train."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from medview.core.errors import InputRefused
from medview.core.volume import AnyArray
from medview.io.field_pictures import write_field_pictures
from medview.io.watch import Watch
from medview.jobs.execution import Link
from medview.ml.context import Listener, RunContext
from medview.ml.device import resolved_device
from medview.ml.field_folder import CHECKPOINT_NAME, FRAMES_FOLDER
from medview.ml.field_request import FieldRequest
from medview.ml.registry import Registry, installed
from medview.ml.request import TrainResult
from medview.ml.runner import train_field as train
from medview.session.fields.views import read_views
from medview.session.fields.wish import SceneWish, read_wish, write_wish

TARGET = "medview.session.fields.training_job:train_field"


def train_field(
    payload: Mapping[str, Any], _arrays: Mapping[str, AnyArray], link: Link
) -> tuple[dict[str, Any], Mapping[str, AnyArray]]:
    """Job target: train a scene on a capture.

    Args:
        payload: The fields of a `SceneWish`, paths as text, and ``resume``.
        _arrays: None.
        link: Told of the progress, of the numbers of the steps, and shown a held-out view.

    Returns:
        ``folder``, ``scores`` and ``provenance``.
    """
    told = {name: value for name, value in payload.items() if name != "resume"}
    wish = SceneWish(**{**told, "capture": Path(payload["capture"]), "out": Path(payload["out"])})
    result = train_scene(wish, link, link.scratch, link.threads, resume=bool(payload["resume"]))
    facts = {"folder": str(result.folder), "scores": dict(result.scores)}
    return {**facts, "provenance": dict(result.provenance)}, {}


def train_scene(
    wish: SceneWish,
    listener: Listener,
    scratch: Path,
    threads: int,
    *,
    resume: bool,
    registry: Registry | None = None,
) -> TrainResult:
    """Train a scene; the field folder holds its frames, and what was asked for, from the beginning.

    Raises:
        InputRefused: The capture cannot be read, lacks poses, or the folder is somebody else's.
        RunFailed: The training left no complete field folder behind.
        Cancelled: The person has cancelled; a checkpoint stays for ``resume``.
    """
    registry = registry or installed()
    spec = registry.find(wish.model_id)
    demand_place(wish.out, resume=resume)
    # stopped before the first checkpoint: it begins again
    resume = resume and (wish.out / CHECKPOINT_NAME).is_file()
    device = resolved_device(wish.device)
    ctx = RunContext(scratch=scratch, device=device, seed=wish.seed, threads=threads, listener=listener)
    views = read_views(wish.capture, wish.reading, ctx.progress)
    request = FieldRequest(
        model_id=spec.id,
        version=spec.version,
        views=views,
        params=wish.params,
        out=wish.out,
        resume=resume,
        seed=wish.seed,
        device=device,
    )
    wish.out.mkdir(parents=True, exist_ok=True)
    write_wish(wish)
    write_field_pictures(wish.out / FRAMES_FOLDER, views, Watch(progress=ctx.progress))
    ctx.record("capture", wish.capture.name)
    return train(request, ctx, registry)


def demand_place(out: Path, *, resume: bool) -> None:
    """A scene is never written among somebody else's files.

    Raises:
        InputRefused: The folder is a file, or holds something and the training does not go on in it.
    """
    title = f"Cannot train a scene in {out.name}"
    if out.is_file():
        raise InputRefused(title, "it is a file", "Name another folder.")
    goes_on = resume and read_wish(out) is not None
    if out.is_dir() and any(out.iterdir()) and not goes_on:
        raise InputRefused(title, "the folder is not empty", "Name another folder, or resume what is in it.")
