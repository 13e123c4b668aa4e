"""How well demo networks do on synthetic patients that they have not seen, through the ordinary run."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

from medview.core.params import validate
from medview.core.volume import AnyArray
from medview.measure.overlap import Overlap
from medview.measure.structure_score import StructureScore, structure_score
from medview.ml.context import RunContext
from medview.ml.request import InputArray, RunRequest
from medview.ml.runner import run
from medview.phantoms.studies import make_study
from medview.phantoms.study import Study
from medview.zoo.learning.demonstration import kept_overlap, overlap_counts
from medview.zoo.learning.stages import made_once
from medview.zoo.segment.stroke_lesion.spec import SPEC

Measured = tuple[Overlap, float]
"""Of one patient: the overlap of reference and finding, and the volume of a voxel in mL."""
Scores = dict[tuple[str, str], list[Measured]]
"""What was measured on every patient, by network and subset of maps."""


@dataclass(frozen=True, kw_only=True)
class Given:
    """What a run is given.

    Args:
        name: Of the subset, for the table.
        roles: The maps.
    """

    name: str
    roles: tuple[str, ...]


def request_of(study: Study, roles: Sequence[str], folder: Path, **params: Any) -> RunRequest:
    """A run of the weights in a folder on some maps of a study."""
    inputs = {
        role: InputArray(
            array=study.volumes[role].data,
            geometry=study.volumes[role].geometry,
            modality=study.volumes[role].modality,
            name=study.volumes[role].name,
            value_unit=study.volumes[role].value_unit,
        )
        for role in roles
    }
    return RunRequest(
        model_id=SPEC.id,
        version=SPEC.version,
        inputs=inputs,
        params=validate(SPEC.params, params),
        weights=folder,
        is_cached=False,
    )


def outputs_of(study: Study, roles: Sequence[str], folder: Path, **params: Any) -> Mapping[str, AnyArray]:
    """What that run makes."""
    with tempfile.TemporaryDirectory() as scratch:
        return run(request_of(study, roles, folder, **params), RunContext(scratch=Path(scratch))).outputs


def score(
    study_name: str, folders: Mapping[str, Path], subsets: Sequence[Given], seeds: Sequence[int]
) -> Scores:
    """Run every network on every subset of every patient's maps; kept in the folders' ``overlaps``."""
    scores: Scores = {(name, given.name): [] for name in folders for given in subsets}
    for seed in seeds:
        study = lru_cache(partial(make_study, study_name, seed))
        for name, folder in folders.items():
            make = partial(_of_patient, study, folder, subsets)
            for subset, counts in made_once(folder / "overlaps" / f"{seed}.json", make).items():
                scores[name, subset].append(kept_overlap(counts))
    return scores


def _of_patient(
    study: Callable[[], Study], folder: Path, subsets: Sequence[Given]
) -> dict[str, dict[str, float]]:
    labels, geometry, _ = study().labels["lesion"]
    found = {given.name: outputs_of(study(), given.roles, folder)["lesion"] > 0 for given in subsets}
    return {name: overlap_counts(labels > 0, mask, geometry.voxel_ml) for name, mask in found.items()}


def metrics(patients: Sequence[Measured]) -> dict[str, StructureScore]:
    """Dice, precision and recall, each of the patients that show a lesion; precision is 0 for no finding."""
    dice = structure_score(patients)
    shown = [overlap for overlap, _ in patients if overlap.is_shown]
    parts = {
        "precision": tuple(overlap.hit / max(overlap.hit + overlap.excess, 1) for overlap in shown),
        "recall": tuple(1 - (overlap.missed_part or 0.0) for overlap in shown),
    }
    return {"dice": dice, **{name: StructureScore(dice=values) for name, values in parts.items()}}


def row(data: str, patients: Sequence[Measured]) -> dict[str, Any]:
    """A row of a card's results: mean and standard deviation of each metric, extremes of Dice."""
    found = metrics(patients)
    dice = found.pop("dice").as_row(data)
    parts = [score.as_row(data, name) for name, score in found.items()]
    ends = ("n", "data", "precision_min", "precision_max", "recall_min", "recall_max")
    return {**dice, **{name: value for part in parts for name, value in part.items() if name not in ends}}
