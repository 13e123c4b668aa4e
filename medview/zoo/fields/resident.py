"""The scene that a process holds ready, so that the next picture of it needs no loading."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from pathlib import Path

import torch

from medview.core.errors import InputRefused
from medview.ml.card import WEIGHTS_NAME
from medview.ml.field_folder import FACTS_NAME, FieldFacts, read_facts
from medview.zoo.fields.method import Scene, built
from medview.zoo.inference import load_weights
from medview.zoo.runtimes.heap import keep_freed_memory


@dataclass(frozen=True, eq=False)
class Resident:
    """A scene ready to be looked at.

    Args:
        facts: What its folder says.
        scene: Field and sampler with their weights.
        device: Where they lie.
    """

    facts: FieldFacts
    scene: Scene
    device: str


def resident(folder: Path) -> Resident:
    """The scene of a folder; one is kept, until another is asked for or its files change.

    So is memory that a picture frees: the next one takes it up again.

    Raises:
        InputRefused: The folder is damaged, or of a method that this program does not have.
    """
    stamps = []
    for name in (FACTS_NAME, WEIGHTS_NAME):
        try:
            stamp = (folder / name).stat()
        except OSError:
            detail = f"{name} is missing in it"
            raise InputRefused(f"Cannot open the scene {folder.name}", detail, "Train it again.") from None
        stamps.append((stamp.st_mtime_ns, stamp.st_size, stamp.st_ino))
    keep_freed_memory()
    return _loaded(folder, tuple(stamps))


@functools.lru_cache(maxsize=1)
def _loaded(folder: Path, _stamps: tuple[tuple[int, int, int], ...]) -> Resident:
    facts = read_facts(folder)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    scene = built(facts.model_id, facts.config, facts.box)
    load_weights(scene, folder / WEIGHTS_NAME)
    scene.field.advance(1.0)
    return Resident(facts, scene.to(device).eval(), device)
