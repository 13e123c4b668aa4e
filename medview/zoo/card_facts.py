"""What trainings and demos write into a card about belief: calibration, input range, self-test.

A method's demo, once weights and card lie in its folder, calls::

    write_calibration(folder, samples, ["Lesion"], "synthetic heads, seeds 3001 to 3006")
    write_range(folder, SPEC, [{"t1": facts_of(scan)} for scan in scans])
    write_self_test(folder, request, ctx)     # last: it stores what a run gives with all this

`samples` come from `medview.measure.calibration.calibration_sample`, with probabilities of the network as it
is (temperature 1) on validation subjects, never on those of the card's results table. `facts_of` and
`write_self_test` are those of `medview.ml.input_range` and `medview.ml.self_test`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from medview.measure.calibration import CalibrationSample, calibration_table
from medview.ml.card import read_card, write_card
from medview.ml.input_range import InputFacts, facts_of, range_table
from medview.ml.request import InputArray, Subject
from medview.ml.self_test import write_self_test
from medview.ml.spec import ModelSpec
from medview.zoo.belief import TEMPERATURE

__all__ = ["subject_facts", "write_calibration", "write_range", "write_self_test"]


def write_calibration(
    folder: Path, samples: Sequence[CalibrationSample], names: Sequence[str], data: str
) -> dict[str, Any]:
    """Fit the temperature and put the curves into the card's ``calibration``.

    The temperature goes into the card's settings where it makes probabilities better, else 1.

    Args:
        folder: The model folder.
        samples: One for each validation subject.
        names: Of the structures, in the order of their classes.
        data: What the subjects are, in words.

    Returns:
        The table that was written.
    """
    card, table = read_card(folder), calibration_table(samples, names, data)
    settings = {**card.settings, TEMPERATURE: table["temperature"] if table["is_used"] else 1.0}
    write_card(folder, replace(card, calibration=table, settings=settings))
    return table


def write_range(
    folder: Path, spec: ModelSpec, subjects: Iterable[Mapping[str, InputFacts]], count: int = 0
) -> dict[str, Any]:
    """Put what the training scans looked like into the card's ``range``.

    Args:
        folder: The model folder.
        spec: The model.
        subjects: Facts by role, one mapping for each subject that was learned from; see `subject_facts`.
        count: How many subjects these are, where one is described more than once.

    Returns:
        The table that was written.
    """
    table = range_table(spec, subjects, count)
    write_card(folder, replace(read_card(folder), range=table))
    return table


def subject_facts(spec: ModelSpec, subject: Subject) -> dict[str, InputFacts]:
    """Facts of a training subject by role; its modalities are those that the spec names."""
    return {
        item.role: facts_of(
            InputArray(
                array=subject.load(item.role),
                geometry=subject.geometry,
                modality=item.modalities[0] if item.modalities else "",
            )
        )
        for item in spec.inputs
        if item.role in subject.arrays
    }
