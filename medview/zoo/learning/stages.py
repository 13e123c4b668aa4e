"""Stages of a demo script: what lies finished is not made again, what was broken off goes on."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from medview.ml.request import Subject
from medview.ml.spec import ModelSpec
from medview.zoo.learning.checkpoint import has_checkpoint
from medview.zoo.learning.demonstration import learn, log
from medview.zoo.learning.run_folder import write_json

FINISHED = "finished.json"
"""Lies in a model folder whose training went to its end, and holds its final scores."""


def train_once(
    spec: ModelSpec, subjects: Callable[[], Sequence[Subject]], out: Path, params: Mapping[str, Any]
) -> None:
    """Train, unless the folder holds a finished training; delete the folder to train anew.

    Args:
        spec: The method.
        subjects: Makes what is learned from; not called where nothing is left to learn.
        out: The model folder.
        params: Training parameters that differ from their defaults.

    Raises:
        InputRefused: A training with other parameters was broken off in this folder.
    """
    if (out / FINISHED).is_file():
        log.info("%s is trained", out.name)
        return
    log.info("training %s", out.name)
    scores = learn(spec, subjects(), out, params, is_resumed=has_checkpoint(out))
    write_json(out / FINISHED, dict(scores))


def made_once(path: Path, make: Callable[[], Any]) -> Any:
    """What a stage left in a JSON file, or what it makes now; lists come back for tuples.

    Args:
        path: The file; its folder is made.
        make: Makes plain data.
    """
    if not path.is_file():
        path.parent.mkdir(parents=True, exist_ok=True)
        write_json(path, make())
    return json.loads(path.read_text(encoding="utf-8"))
