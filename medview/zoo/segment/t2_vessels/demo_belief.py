"""What the demo's card says of belief: calibration, input range, self-test.

    python -m medview.zoo.segment.t2_vessels.demo_belief FOLDER HEADS

writes them into the card of a trained model folder. HEADS holds the heads that were learned from; missing
ones are made again. The temperature is fitted on heads that were neither learned from nor are among those of
the results table.
"""

from __future__ import annotations

import logging
import sys
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from medview.measure.calibration import CalibrationSample, calibration_sample
from medview.ml.card import read_card, write_card
from medview.ml.context import RunContext
from medview.ml.input_range import InputFacts
from medview.ml.request import InputArray, RunRequest
from medview.ml.runner import run
from medview.phantoms.head.anatomy import make_head
from medview.phantoms.head.scan import render
from medview.phantoms.studies import make_study
from medview.zoo.belief import TEMPERATURE
from medview.zoo.card_facts import subject_facts, write_calibration, write_range, write_self_test
from medview.zoo.segment.t2_vessels.demo_heads import (
    CALIBRATION_SEEDS,
    LEARNED_SEEDS,
    SLICE_STEP,
    subjects,
)
from medview.zoo.segment.t2_vessels.spec import SPEC

SELF_TEST_SEED = 3007
SELF_TEST_Z_MM = (-12.5, -10.5)
"""Through the circle of Willis."""
log = logging.getLogger(__name__)


def write_belief(folder: Path, learned: Iterable[Mapping[str, InputFacts]]) -> None:
    """Calibrate a trained model folder, and write range and self-test into its card.

    Args:
        folder: The model folder.
        learned: Facts of the heads that were learned from, see `learned_facts`.
    """
    card = read_card(folder)
    plain = {name: value for name, value in card.settings.items() if name != TEMPERATURE}
    write_card(folder, replace(card, settings=plain))
    samples = [head_sample(folder, seed) for seed in CALIBRATION_SEEDS]
    seeds = f"seeds {CALIBRATION_SEEDS.start} to {CALIBRATION_SEEDS.stop - 1}"
    names = [label.name for label in SPEC.output("vessels").labels]
    table = write_calibration(folder, samples, names, f"validation: synthetic heads, {seeds}")
    log.info("ECE %s, with temperature %s: %s", table["ece"], table["temperature"], table["ece_scaled"])
    seen = list(learned)
    # every head is described twice: with all of its slices, and with those that were kept
    write_range(folder, SPEC, seen, len(seen) // 2)
    with tempfile.TemporaryDirectory() as scratch:
        path = write_self_test(folder, self_test_request(), RunContext(scratch=Path(scratch)))
    log.info("self-test of %d bytes", path.stat().st_size)


def learned_facts(data: Path, seeds: range) -> list[dict[str, InputFacts]]:
    """What heads to learn from look like, as they are and with only the slices that were kept of them."""
    found = []
    for subject in subjects(data, seeds):
        facts = subject_facts(SPEC, subject)
        found += [facts, {role: _with_all_slices(item) for role, item in facts.items()}]
    return found


def _with_all_slices(facts: InputFacts) -> InputFacts:
    i_mm, j_mm, k_mm = facts.spacing_mm
    return replace(facts, spacing_mm=(i_mm, j_mm, k_mm / SLICE_STEP))


def head_sample(folder: Path, seed: int) -> CalibrationSample:
    """The region of one synthetic head, with the probability of an ordinary run on its own grid."""
    study = make_study("head-mr", seed)
    scan, (reference, _, _) = study.volumes["t2"], study.labels["vessels"]
    request = _request(InputArray(array=scan.data, geometry=scan.geometry, modality="T2"), folder)
    with tempfile.TemporaryDirectory() as scratch:
        result = run(request, RunContext(scratch=Path(scratch)))
    log.info("seed %d", seed)
    return calibration_sample(result.outputs["probability"], (reference > 0).astype(np.uint8))


def self_test_request() -> RunRequest:
    """A run on a few slices, in bytes, so that the file stays small."""
    head = make_head(SELF_TEST_SEED, z_range_mm=SELF_TEST_Z_MM)
    scan = render(head, "t2", np.random.default_rng(SELF_TEST_SEED)).astype(np.float32)
    values: Any = np.clip(scan * (255 / np.quantile(scan, 0.999)), 0, 255).astype(np.uint8)
    return _request(InputArray(array=values, geometry=head.geometry, modality="T2"), None)


def _request(scan: InputArray, folder: Path | None) -> RunRequest:
    params = {"probability": True}
    return RunRequest(
        model_id=SPEC.id,
        version=SPEC.version,
        inputs={"t2": scan},
        params=params,
        weights=folder,
        is_cached=False,
    )


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    write_belief(Path(sys.argv[1]), learned_facts(Path(sys.argv[2]), LEARNED_SEEDS))
