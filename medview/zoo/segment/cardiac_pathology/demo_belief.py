"""What the demo's card says of belief: calibration, input range, self-test."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch

from medview.measure.calibration import CalibrationSample, calibration_sample
from medview.ml.card import read_card, write_card
from medview.ml.context import RunContext
from medview.ml.input_range import InputFacts, facts_of
from medview.ml.request import InputArray, RunRequest
from medview.phantoms.heart.anatomy import make_heart
from medview.phantoms.heart.frame import nearest_ras
from medview.phantoms.heart.scan import render
from medview.phantoms.studies import Study, make_study
from medview.zoo.belief import TEMPERATURE
from medview.zoo.card_facts import subject_facts, write_calibration, write_range, write_self_test
from medview.zoo.segment.cardiac_pathology.data import one_hot_slices
from medview.zoo.segment.cardiac_pathology.demo_hearts import subjects
from medview.zoo.segment.cardiac_pathology.pipeline import load_network, middle_square
from medview.zoo.segment.cardiac_pathology.preparation import square_scores
from medview.zoo.segment.cardiac_pathology.settings import CLASSES
from medview.zoo.segment.cardiac_pathology.spec import SPEC
from medview.zoo.segment.cardiac_pathology.view import ShortAxisView
from medview.zoo.slicewise.grid import slices_of

CALIBRATION_SEEDS = range(3001, 3007)
SELF_TEST_SEED = 3007


def write_belief(folder: Path, hearts: Path, learned: range) -> None:
    """Calibrate a trained model folder, and write range and self-test into its card.

    Args:
        folder: The model folder.
        hearts: The hearts that were learned from.
        learned: Their seeds.
    """
    card = read_card(folder)
    plain = {name: value for name, value in card.settings.items() if name != TEMPERATURE}
    write_card(folder, replace(card, settings=plain))
    seeds = f"seeds {CALIBRATION_SEEDS.start} to {CALIBRATION_SEEDS.stop - 1}"
    samples = [heart_sample(folder, seed) for seed in CALIBRATION_SEEDS]
    write_calibration(folder, samples, CLASSES[1:], f"validation: synthetic hearts, {seeds}")
    studies = [make_study("cardiac-lge", seed) for seed in learned[:3]]
    # the study's field of view is wider than that of the hearts to learn from
    wide = [{"lge": _study_facts(study)} for study in studies]
    write_range(folder, SPEC, [*(subject_facts(SPEC, each) for each in subjects(hearts, learned)), *wide])
    with tempfile.TemporaryDirectory() as scratch:
        write_self_test(folder, self_test_request(), RunContext(scratch=Path(scratch)))


def _study_facts(study: Study) -> InputFacts:
    scan = study.volumes["lge"]
    return facts_of(InputArray(array=scan.data, geometry=scan.geometry, modality="LGE"))


def heart_sample(folder: Path, seed: int) -> CalibrationSample:
    """The region of one synthetic heart, with class probabilities of the network on its own pixels."""
    study = make_study("cardiac-lge", seed)
    volume, (labels, geometry, _) = study.volumes["lge"], study.labels["pathology"]
    net, settings = load_network(folder)
    view = ShortAxisView.of(geometry)
    scan, reference = view.turned(volume.data), view.turned(labels)
    grid = middle_square(view.grid(geometry), settings)
    slices = slices_of([scan], [square_scores(grid)(scan)], 0, scan.shape[2])
    with torch.inference_mode():
        probability = torch.softmax(net(grid.to_network(slices)), dim=1).numpy()
    classes = one_hot_slices(reference, grid).argmax(axis=1)
    return calibration_sample(probability.transpose(1, 0, 2, 3), classes)


def self_test_request() -> RunRequest:
    """A run on a coarse heart, in bytes, so that the file stays small."""
    heart = make_heart(SELF_TEST_SEED, pixel_mm=2.4, thickness_mm=8.0, gap_mm=12.0, field_mm=160.0)
    scan = render(heart, np.random.default_rng(SELF_TEST_SEED)).astype(np.float32)
    values = np.clip(scan * (255 / np.quantile(scan, 0.999)), 0, 255).astype(np.uint8)
    image, geometry = nearest_ras(values, heart.stack.ras_from_ijk)
    given = InputArray(array=np.ascontiguousarray(image), geometry=geometry, modality="LGE")
    return RunRequest(
        model_id=SPEC.id, version=SPEC.version, inputs={"lge": given}, params={"probability": True}
    )
