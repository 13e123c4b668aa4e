"""How well demo networks do on synthetic patients that they have not seen, through the ordinary run."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

import numpy as np

from medview.core.params import validate
from medview.core.volume import AnyArray
from medview.ml.context import RunContext
from medview.ml.request import InputArray, RunRequest
from medview.ml.runner import run
from medview.phantoms.studies import make_study
from medview.phantoms.study import Study
from medview.zoo.learning.stages import made_once
from medview.zoo.segment.stroke_lesion.spec import SPEC

METRICS = ("dice", "precision", "recall")
Scores = dict[tuple[str, str], list[tuple[float, float, float]]]
"""Dice, precision and recall of every patient by network and subset of maps."""


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


def overlap_scores(reference: AnyArray, found: AnyArray) -> tuple[float, float, float]:
    """Dice, precision and recall of two masks; 0 where nothing was found of something."""
    both = float(np.count_nonzero(reference & found))
    wanted, made = float(np.count_nonzero(reference)), float(np.count_nonzero(found))
    return 2 * both / max(wanted + made, 1.0), both / max(made, 1.0), both / max(wanted, 1.0)


def score(
    study_name: str, folders: Mapping[str, Path], subsets: Sequence[Given], seeds: Sequence[int]
) -> Scores:
    """Run every network on every subset of every patient's maps; each is kept in the folder's ``scores``."""
    scores: Scores = {(name, given.name): [] for name in folders for given in subsets}
    for seed in seeds:
        study = lru_cache(partial(make_study, study_name, seed))
        for name, folder in folders.items():
            make = partial(_of_patient, study, folder, subsets)
            for subset, values in made_once(folder / "scores" / f"{seed}.json", make).items():
                scores[name, subset].append(tuple(values))
    return scores


def _of_patient(
    study: Callable[[], Study], folder: Path, subsets: Sequence[Given]
) -> dict[str, tuple[float, float, float]]:
    reference = study().labels["lesion"][0] > 0
    found = {given.name: outputs_of(study(), given.roles, folder)["lesion"] > 0 for given in subsets}
    return {name: overlap_scores(reference, mask) for name, mask in found.items()}


def row(data: str, scores: Sequence[tuple[float, float, float]]) -> dict[str, Any]:
    """A row of a card's results: mean and standard deviation of each metric, extremes of Dice."""
    table = np.array(scores)
    found: dict[str, Any] = {"data": data, "n": len(table)}
    for number, metric in enumerate(METRICS):
        found[metric] = round(float(table[:, number].mean()), 3)
        found[f"{metric}_sd"] = round(float(table[:, number].std(ddof=1)), 3)
    found["dice_min"], found["dice_max"] = (
        round(float(end), 3) for end in (table.min(0)[0], table.max(0)[0])
    )
    return found
