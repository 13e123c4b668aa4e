"""Training a scene on the command line, and what a trained scene says of itself."""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from medview.cli.terminal import progress_bar, say
from medview.core.params import validate
from medview.ml.field_folder import FieldFacts, read_facts
from medview.ml.spec import ModelSpec
from medview.session.fields.reading import READING, split_settings
from medview.session.fields.wish import SceneWish


def train_scene_here(spec: ModelSpec, arguments: argparse.Namespace, settings: Mapping[str, str]) -> int:
    """Train a scene on the capture ``--data``; settings are those of the reading and of the method."""
    from medview.jobs.execution import usable_threads
    from medview.session.fields.training_job import train_scene

    reading, params = split_settings(validate((*READING, *spec.train_params), settings))
    if "downscale" not in settings:
        del reading["downscale"]  # one that fits the pictures
    wish = SceneWish(
        capture=arguments.data,
        out=arguments.out,
        model_id=spec.id,
        params=params,
        reading=reading,
        seed=arguments.seed,
        device=arguments.device,
    )
    with tempfile.TemporaryDirectory(prefix="medview-") as scratch, progress_bar() as bar:
        result = train_scene(wish, bar, Path(scratch), usable_threads(), resume=arguments.resume)
    for name, value in result.scores.items():
        say(f"{name} {value:.4f}")
    say(str(result.folder))
    return 0


def describe_field(folder: Path) -> dict[str, Any]:
    """What ``medview info --json`` shows of a trained scene.

    Raises:
        InputRefused: Its description is damaged.
    """
    facts = read_facts(folder)
    return {
        "path": str(folder),
        "format": "field",
        "kind": "field",
        "method": facts.model_id,
        "version": facts.version,
        "name": facts.name,
        "views": len(facts.poses),
        "held_out": list(facts.held_out),
        "is_moving": facts.is_moving,
        "is_metric": facts.is_metric,
        "is_synthetic": facts.is_synthetic,
        "box": facts.box.tolist(),
        "scores": dict(facts.scores),
        "size_px": _size(facts),
        "warnings": ["Views of a scene are computed, not filmed."],
    }


def _size(facts: FieldFacts) -> list[int]:
    return [facts.lenses[0].width, facts.lenses[0].height] if facts.lenses else []


def field_text(row: Mapping[str, Any]) -> str:
    """The same in words."""
    size = " × ".join(str(side) for side in row["size_px"])
    scores = ", ".join(f"{name} {value:.4g}" for name, value in row["scores"].items())
    extras = [words for key, words in (("is_moving", "moving"), ("is_metric", "in mm")) if row[key]]
    lines = [
        row["path"],
        f"  scene of {row['method']} {row['version']}, {row['views']} views of {size} pixels, "
        + ", ".join([f"{len(row['held_out'])} held out", *extras]),
        *([f"  held out: {scores}"] if scores else []),
        *(f"  note: {warning}" for warning in row["warnings"]),
    ]
    return "\n".join(lines)
