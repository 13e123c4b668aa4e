"""What the demo's card says of belief: calibration of the lesions, input range, self-test."""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from medview.core.params import validate
from medview.measure.calibration import CalibrationSample, calibration_sample
from medview.ml.context import RunContext
from medview.ml.request import InputArray, RunRequest, Subject
from medview.phantoms.studies import make_study
from medview.zoo.belief import Belief
from medview.zoo.card_facts import subject_facts, write_calibration, write_range, write_self_test
from medview.zoo.synthesize.flair_wmh.demo_scores import outputs_of
from medview.zoo.synthesize.flair_wmh.demo_studies import prepared_study
from medview.zoo.synthesize.flair_wmh.slicewise import Wanted
from medview.zoo.synthesize.flair_wmh.spec import SPEC

CALIBRATION_SEEDS = range(3001, 3004)
SELF_TEST_SEED = 3007
log = logging.getLogger(__name__)


def write_belief(folder: Path, learned: Sequence[Subject]) -> None:
    """Calibrate a trained model folder, and write range and self-test into its card.

    Args:
        folder: The model folder, within the demo's.
        learned: The subjects that were learned from.
    """
    seeds = f"seeds {CALIBRATION_SEEDS.start} to {CALIBRATION_SEEDS.stop - 1}"
    names = [label.name for label in SPEC.output("wmh").labels]
    samples = [head_sample(folder, seed) for seed in CALIBRATION_SEEDS]
    table = write_calibration(folder, samples, names, f"validation: synthetic heads, {seeds}")
    log.info("ECE %s, with temperature %s: %s", table["ece"], table["temperature"], table["ece_scaled"])
    write_range(folder, SPEC, [subject_facts(SPEC, subject) for subject in learned])
    with tempfile.TemporaryDirectory() as scratch:
        ctx = RunContext(scratch=Path(scratch))
        write_self_test(folder, self_test_request(folder), ctx, image_difference=0.05)


def head_sample(folder: Path, seed: int) -> CalibrationSample:
    """The region of one synthetic head, with the lesion probability of the network as it is."""
    study = prepared_study(folder.parent, seed)
    wanted = Wanted(flair=False, belief=Belief(probability=True))
    probability = outputs_of(folder, study.t1, study.geometry, wanted)["probability"]
    log.info("calibration, seed %d", seed)
    return calibration_sample(probability, study.wmh.astype(np.uint8))


def self_test_request(folder: Path) -> RunRequest:
    """A run on a coarse head, so that the file stays small."""
    scan = make_study("head-wmh", SELF_TEST_SEED, spacing_mm=3.0).volumes["t1"]
    return RunRequest(
        model_id=SPEC.id,
        version=SPEC.version,
        inputs={"t1": InputArray(array=scan.data // 8, geometry=scan.geometry, modality="T1")},
        params=validate(SPEC.params, {"n4": False}),
        weights=folder,
    )
