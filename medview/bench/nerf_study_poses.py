"""One search for cameras of the study: how many are found, how wrong they are, how long it takes.

``true`` and ``pycolmap`` work on the film of the richer abdomen, where structure from motion finds features;
its lens is taken as unknown, as the paper's was. ``refined`` and ``progressive`` learn cameras with a field
on the abdomen of ellipsoids: from noise of 1.5 degrees and 0.02 about and along each axis (P09), and from
nothing, all cameras at the place of the first.
"""

from __future__ import annotations

import tempfile
import time
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from medview.bench.nerf_study_fields import SCENE, train
from medview.bench.nerf_study_settings import PoseRun
from medview.core.errors import Cancelled, RunFailed
from medview.io.captures.frames import equidistant
from medview.io.captures.pictures import read_mask
from medview.io.captures.sfm_wish import PosesWish
from medview.io.captures.structure_from_motion import poses_from_motion
from medview.io.captures.transforms import read as read_transforms
from medview.io.watch import Watch
from medview.measure.pose_error import pose_error
from medview.ml.context import Listener
from medview.ml.field_folder import read_facts
from medview.ml.registry import Registry
from medview.phantoms.laparoscopy import abdomen
from medview.phantoms.studies import make_capture
from medview.session.fields.synthetic import write_synthetic

Floats = NDArray[np.float64]

FILM = "laparoscopy"
FILM_FRAMES = 120
METHOD = "instant-ngp"
NOISE_DEG, NOISE = 1.5, 0.02


def pose_row(run: PoseRun, folder: Path, listener: Listener, registry: Registry) -> dict[str, Any]:
    """Search and compare.

    Returns:
        The run's words, ``scene``, ``found`` of ``total``, ``seconds``, and the mean errors ``rotation_deg``
        and ``position`` (mm in the film, scene units in the abdomen), in ``position_percent`` of the path's
        length, after laying the found cameras upon the true ones (`medview.measure.pose_error`: refined ones
        as drifted), with ``within_percent`` of the cameras inside of one percent; before learning as
        ``start``.
    """
    ways = {"true": _true, "pycolmap": _by_motion, "refined": _learned, "progressive": _learned}
    return {**asdict(run), **ways[run.method](run, folder, listener, registry)}


def film_for(run: PoseRun, beside: Path, listener: Listener) -> Path:
    """The capture of a film that has enough frames, made beside the runs where it is not there yet."""
    frames = max(FILM_FRAMES, run.frames)
    folder = beside / f"{FILM}-{frames}-{run.seed}"
    if not (folder / "study.json").is_file():
        watch = Watch(progress=_told(listener))
        write_synthetic(make_capture(FILM, 1 + run.seed, frames, watch.at), folder, watch)
    return folder


def _true(run: PoseRun, folder: Path, listener: Listener, _registry: Registry) -> dict[str, Any]:
    """Nothing is searched: what the others are compared with."""
    film = film_for(run, folder.parent, listener)
    capture = read_transforms(film / "transforms.json")
    poses = np.stack(
        [np.asarray(capture.frames[n].pose) for n in equidistant(len(capture.frames), run.frames)]
    )
    return _row(FILM, poses, poses, len(poses), 0.0)


def _by_motion(run: PoseRun, folder: Path, listener: Listener, _registry: Registry) -> dict[str, Any]:
    film = film_for(run, folder.parent, listener)
    capture = read_transforms(film / "transforms.json")
    frames = [capture.frames[n] for n in equidistant(len(capture.frames), run.frames)]
    by_path = {frame.image: frame for frame in frames if frame.image is not None}
    masks = {path: read_mask(frame.mask) for path, frame in by_path.items() if frame.mask is not None}
    wish, started_s = PosesWish(seed=run.seed, threads=run.threads), time.monotonic()
    with tempfile.TemporaryDirectory(prefix="medview-") as scratch:
        try:
            found = poses_from_motion(
                list(by_path), masks.get, wish, Path(scratch), Watch(progress=_told(listener)), _shown
            )
        except RunFailed as failure:
            return {"scene": FILM, "found": 0, "total": len(frames), "note": failure.detail}
    seconds = time.monotonic() - started_s
    true = np.stack([np.asarray(by_path[path].pose) for path in found.pictures])
    return _row(FILM, found.poses, true, len(frames), seconds)


def _learned(run: PoseRun, folder: Path, listener: Listener, registry: Registry) -> dict[str, Any]:
    scene = abdomen.p09_abdomen(count=run.frames)
    is_progressive = run.method == "progressive"
    start = _all_at_the_first(scene.views.poses) if is_progressive else _shaken(scene.views.poses, run.seed)
    views = replace(scene.views, poses=start, depths=None)
    params = {
        **SCENE,
        "steps": run.steps,
        "preset": "cpu-demo",
        "pose_refine": True,
        "progressive": is_progressive,
        "append_every": max(1, run.steps // (2 * run.frames)),
        "held_out": "0",
    }
    seconds = train(run, METHOD, views, params, folder, listener, registry)
    found = read_facts(folder).poses[1:]
    true, has_drifted = scene.views.poses[1:], not is_progressive
    row = _row("abdomen", found, true, run.frames - 1, seconds, has_drifted)
    return {**row, "start": _errors(start[1:], true, has_drifted=True)}


def _row(
    scene: str, found: Floats, true: Floats, total: int, seconds: float, has_drifted: bool = False
) -> dict[str, Any]:
    facts = {"scene": scene, "found": len(found), "total": total, "seconds": seconds}
    return {**facts, **_errors(found, true, has_drifted)}


def _errors(found: Floats, true: Floats, has_drifted: bool) -> dict[str, float]:
    error = pose_error(found, true, has_drifted=has_drifted)
    return {
        "rotation_deg": error.rotation_deg,
        "position": error.position,
        "position_percent": error.position_percent,
        "within_percent": error.within_percent,
    }


def _shaken(poses: Floats, seed: int) -> Floats:
    """Poses with noise about and along each axis."""
    from scipy.spatial.transform import Rotation

    random, found = np.random.default_rng(seed), poses.copy()
    turns = Rotation.from_rotvec(np.radians(random.normal(0, NOISE_DEG, (len(poses), 3)))).as_matrix()
    found[:, :3, :3] = turns @ poses[:, :3, :3]
    found[:, :3, 3] += random.normal(0, NOISE, (len(poses), 3))
    return found


def _all_at_the_first(poses: Floats) -> Floats:
    return np.repeat(poses[:1], len(poses), axis=0)


def _told(listener: Listener) -> Any:
    def tell(fraction: float, words: str) -> None:
        if listener.is_cancelled():
            raise Cancelled
        listener.progress(fraction, words)

    return tell


def _shown(_points: NDArray[np.float32], _colours: NDArray[np.uint8]) -> None:
    """Nobody looks."""
