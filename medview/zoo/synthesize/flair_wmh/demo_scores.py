"""How the demo's variants do on heads and on a person that none of them learned from.

Every score goes through the parts of an ordinary run: preparation, slice engine, the study's own grid. The
shading is corrected once for all variants.
"""

from __future__ import annotations

import json
import logging
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from medview.core.geometry import Geometry
from medview.core.volume import AnyArray
from medview.measure.inner_agreement import compare_inside, linear_mapping
from medview.measure.overlap import overlap_of
from medview.measure.structure_score import structure_score
from medview.ml.card import WEIGHTS_NAME, file_sha256
from medview.ml.context import RunContext
from medview.ml.request import Subject
from medview.zoo.slicewise.engine import run_slices
from medview.zoo.synthesize.flair_wmh.demo_studies import PreparedStudy, prepared_study
from medview.zoo.synthesize.flair_wmh.model_folder import load_network
from medview.zoo.synthesize.flair_wmh.preparation import Prepared, prepare_scan
from medview.zoo.synthesize.flair_wmh.settings import ABLATIONS, has_flair
from medview.zoo.synthesize.flair_wmh.slicewise import Wanted, slice_model

log = logging.getLogger(__name__)
SHIPPED = "shipped"
"""The folder of the joint variant after its second stage, on heads and a patient."""
JUDGED = (*ABLATIONS, SHIPPED)
Scores = dict[str, dict[str, float | None]]


def outputs_of(folder: Path, scan: Prepared, geometry: Geometry, wanted: Wanted) -> Mapping[str, AnyArray]:
    """What a run of one model gives on a prepared T1."""
    net, settings = load_network(folder)
    model = slice_model(net, settings, scan, wanted)
    with tempfile.TemporaryDirectory() as scratch:
        return run_slices(model, [scan.scores()], geometry, RunContext(scratch=Path(scratch)))


def head_scores(base: Path, seed: int, names: Sequence[str] = JUDGED) -> Scores:
    """Lesion and FLAIR scores of some variants on the synthetic study of a seed.

    They are kept in ``scores``, each with the weights that it belongs to: only what is missing is made.
    """
    kept = base / "scores" / f"head-{seed}.json"
    known: dict[str, Any] = json.loads(kept.read_text(encoding="utf-8")) if kept.is_file() else {}
    weights = {name: file_sha256(base / name / WEIGHTS_NAME) for name in names}
    missing = [name for name in names if known.get(name, {}).get("weights") != weights[name]]
    if missing:
        made = _made_scores(base, seed, missing)
        known |= {name: {"weights": weights[name], "scores": made[name]} for name in missing}
        kept.parent.mkdir(exist_ok=True)
        kept.write_text(json.dumps(known), encoding="utf-8")
    scores = {name: known[name]["scores"] for name in names}
    log.info("seed %d %s", seed, json.dumps(scores))
    return scores


def _made_scores(base: Path, seed: int, names: Sequence[str]) -> Scores:
    study = prepared_study(base, seed)
    return {name: _variant_scores(base / name, name, study) for name in names}


def _variant_scores(folder: Path, name: str, study: PreparedStudy) -> dict[str, float | None]:
    made = outputs_of(folder, study.t1, study.geometry, Wanted(flair=has_flair(name)))
    overlap = overlap_of(study.wmh, made["wmh"] > 0)
    scores = {
        "dice": structure_score([(overlap, study.geometry.voxel_ml)]).mean,
        "fpr": overlap.excess_per_reference,
        "fnr": overlap.missed_part,
        "fp_of_found": overlap.excess_part,
    }
    if has_flair(name):
        head = study.t1.head
        report = compare_inside(study.flair.scores(head), made["flair"], head)
        scores |= {"mae": report.mae, "psnr_db": report.psnr_db}
    return scores


def person_scores(base: Path, person: Subject) -> dict[str, Any]:
    """The joint variant on a person, before and after its second stage, beside a straight line.

    The straight line through the T1's grey levels that comes nearest to the real FLAIR.
    """
    scans = [prepare_scan(person.load(role), person.geometry, with_n4=False) for role in ("t1", "flair")]
    t1, flair = scans
    brain = t1.head & flair.head
    reference = person.load("wmh") > 0
    line = linear_mapping(t1.scan, flair.scan, brain)
    found: dict[str, Any] = {"straight line": compare_inside(flair.scan, line, brain).as_json()}
    for name in ("none", SHIPPED):
        wanted = Wanted(scale=flair.deviation, shift=flair.mean)
        made = outputs_of(base / name, t1, person.geometry, wanted)
        overlap = overlap_of(reference, made["wmh"] > 0)
        found[name] = {
            **compare_inside(flair.scan, made["flair"], brain).as_json(),
            "dice": overlap.dice,
            "fpr": overlap.excess_per_reference,
            "fnr": overlap.missed_part,
        }
    log.info("%s %s", person.id, json.dumps(found))
    return found


def mean_and_spread(values: list[float | None]) -> tuple[float, float]:
    """Mean and standard deviation of the numbers that exist."""
    there = [value for value in values if value is not None]
    return float(np.mean(there)), float(np.std(there, ddof=1))
