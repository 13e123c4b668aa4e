"""Scoring the variants of the demo on held-out hearts through the ordinary run, once for all weights."""

from __future__ import annotations

import json
import logging
import tempfile
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

from medview.core.volume import AnyArray
from medview.measure.structure_score import StructureScore, structure_score
from medview.ml.card import read_card
from medview.ml.context import RunContext
from medview.ml.request import InputArray, RunRequest
from medview.ml.runner import run
from medview.phantoms.studies import Study, make_study
from medview.zoo.learning.demonstration import kept_overlap, overlap_counts
from medview.zoo.learning.run_folder import write_json
from medview.zoo.segment.cardiac_pathology.settings import CLASSES
from medview.zoo.segment.cardiac_pathology.spec import SPEC

START = "first"
"""The folder of the weights that all variants begin with, and that are shipped."""
LONGER = "longer"
"""The folder of the method's own variant, trained for longer."""
HELD_OUT_SEEDS = range(2001, 2011)
STRUCTURES = CLASSES[1:]
KEPT = "held_out.json"
Scores = Mapping[str, StructureScore]
log = logging.getLogger(__name__)


def scores_of(folder: Path, seeds: Sequence[int] = HELD_OUT_SEEDS) -> Scores:
    """How well one model folder finds each structure; kept beside the weights, and read there next time."""
    sha256, path = read_card(folder).sha256, folder / KEPT
    kept = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    if kept.get("sha256") != sha256 or kept.get("seeds") != list(seeds):
        hearts = [_heart_scores(folder, study_of(seed)) for seed in seeds]
        kept = {"sha256": sha256, "seeds": list(seeds), "hearts": hearts}
        write_json(path, kept)
    return gathered(kept["hearts"])


def gathered(hearts: Sequence[Mapping[str, Mapping[str, float]]]) -> Scores:
    """Scores by structure from hearts that tell ``hit``, ``excess``, ``missed`` and ``voxel_ml`` of each."""
    return {name: structure_score(kept_overlap(heart[name]) for heart in hearts) for name in STRUCTURES}


def _heart_scores(folder: Path, study: Study) -> dict[str, dict[str, float]]:
    scan, (reference, _, _) = study.volumes["lge"], study.labels["pathology"]
    labels = found(folder, InputArray(array=scan.data, geometry=scan.geometry, modality="LGE"))
    told = {
        name: overlap_counts(reference == value, labels == value, scan.geometry.voxel_ml)
        for value, name in enumerate(STRUCTURES, start=1)
    }
    for name, counts in told.items():
        log.info("%s seed %d %s Dice %s", folder.name, study.seed, name, kept_overlap(counts)[0].dice)
    return told


@cache
def study_of(seed: int) -> Study:
    """The study that a person gets as a sample; every variant is scored on the same ones."""
    return make_study("cardiac-lge", seed)


def found(folder: Path, scan: InputArray) -> AnyArray:
    """Labels of an ordinary run."""
    request = RunRequest(
        model_id=SPEC.id, version=SPEC.version, inputs={"lge": scan}, weights=folder, is_cached=False
    )
    with tempfile.TemporaryDirectory() as scratch:
        labels: AnyArray = run(request, RunContext(scratch=Path(scratch))).outputs["pathology"]
    return labels
