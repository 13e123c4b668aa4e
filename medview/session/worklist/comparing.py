"""Several annotators' masks of one case: how well they agree, where they differ, and what they agree on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any, cast

import numpy as np

from medview import __version__
from medview.core.errors import Cancelled
from medview.core.labels import LabelArray, LabelEntry, LabelMap, LabelTable, default_entry
from medview.core.volume import AnyArray
from medview.io.hashing import content_sha256
from medview.jobs.execution import Link
from medview.measure.agreement import compare_labels, demand_same_grid
from medview.measure.consensus import Estimate, majority, staple
from medview.measure.disagreement import compared, disagreement_text
from medview.session.files.layers_from import Content
from medview.session.judging.comparison import DIFFERENCE
from medview.session.worklist.case_reading import read_mask

CONSENSUS = "consensus"
_CITED = {
    "majority": "more than half of the annotators",
    "STAPLE": "Warfield et al., IEEE Trans. Med. Imaging 23(7), 2004",
}
_TWO = "Of two annotators STAPLE's numbers depend on its first guess (0.99999); from three on they do not."
_Outcome = tuple[Any, Mapping[str, AnyArray]]


@dataclass(frozen=True, eq=False, kw_only=True)
class Finding:
    """A layer to be, and what was found, in lines."""

    content: Content
    text: str


def compare_annotators(payload: Mapping[str, Any], _arrays: Mapping[str, AnyArray], link: Link) -> _Outcome:
    """Job target: the `Finding` of where the masks of ``payload["masks"]`` (name: path) differ.

    Raises:
        InputRefused: One cannot be read, or they lie on different grids.
    """
    maps = _read(payload, link)
    names, case_id = list(maps), payload["case_id"]
    if len(maps) == 2:
        link.progress(0.4, "Comparing")
        first, second = maps.values()
        data, text = compared(first, second, (names[0], names[1]))
    else:
        data, text = _all_compared(maps, link)
    facts = {"output": DIFFERENCE, "of": names, "case": case_id, "found": text, "program": __version__}
    return _finding(f"{case_id}: {' against '.join(names)}", data, text, facts), {}


def make_consensus(payload: Mapping[str, Any], _arrays: Mapping[str, AnyArray], link: Link) -> _Outcome:
    """Job target: the `Finding` of what ``payload["masks"]`` agree on by ``payload["method"]``.

    Raises:
        InputRefused: One cannot be read, or they lie on different grids.
    """
    maps, method = _read(payload, link), payload["method"]
    arrays = [data.array for data in maps.values()]

    def step(part: float) -> None:
        _check(link)
        link.progress(0.3 + 0.7 * part, method)

    facts = {
        "output": CONSENSUS,
        "method": method,
        "reference": _CITED[method],
        "of": {name: content_sha256(path) for name, path in payload["masks"].items()},
        "case": payload["case_id"],
        "program": __version__,
    }
    lines = [f"{method} of {', '.join(maps)}"]
    if method == "majority":
        array = majority(arrays, step)
    else:
        array, found = staple(arrays, step)
        facts["performance"] = _performance(found, list(maps))
        lines += _performance_lines(found, maps)
    first = next(iter(maps.values()))
    data = LabelMap(cast(LabelArray, np.asfortranarray(array)), first.geometry, _table(maps))
    lines += [
        f"{entry.name}: {data.voxel_count(entry.value) * first.geometry.voxel_ml:.2f} mL"
        for entry in data.table.entries
    ]
    text = "\n".join(lines)
    return _finding(f"{payload['case_id']} {method}", data, text, facts), {}


def _read(payload: Mapping[str, Any], link: Link) -> dict[str, LabelMap]:
    made: dict[str, LabelMap] = {}
    for place, (name, path) in enumerate(payload["masks"].items()):
        _check(link)
        link.progress(0.3 * place / len(payload["masks"]), f"Reading the mask of {name}")
        data = read_mask(path, name).data
        assert isinstance(data, LabelMap)
        made[name] = data
    first, *others = made.values()
    for other in others:
        demand_same_grid(first.geometry, other.geometry)
    return made


def _all_compared(maps: Mapping[str, LabelMap], link: Link) -> tuple[LabelMap, str]:
    """Where any two of several differ, and the text of every pair."""
    first = next(iter(maps.values()))
    differs = np.zeros(first.array.shape, np.uint8, order="F")
    pairs, texts = list(combinations(maps, 2)), []
    for place, (one, other) in enumerate(pairs):
        _check(link)
        link.progress(0.3 + 0.7 * place / len(pairs), f"Comparing {one} and {other}")
        apart = maps[one].array != maps[other].array
        differs[apart] = 1
        report = compare_labels(maps[one], maps[other])
        texts.append(disagreement_text(one, other, report, int(np.count_nonzero(apart))))
    entry = LabelEntry(value=1, name="Annotators differ", colour=(240, 200, 40))
    return LabelMap(differs, first.geometry, LabelTable((entry,))), "\n\n".join(texts)


def _finding(name: str, data: LabelMap, text: str, facts: dict[str, Any]) -> Finding:
    # it can be made again from the masks on disk: leaving it behind loses no work
    content = Content(name=name, data=data, provenance=facts, is_reproducible=True)
    return Finding(content=content, text=text)


def _table(maps: Mapping[str, LabelMap]) -> LabelTable:
    """The labels of all annotators; where they call one differently, as the first does."""
    table = LabelTable()
    for data in reversed(list(maps.values())):
        for entry in data.table.entries:
            table = table.with_entry(entry)
    return LabelTable(tuple(sorted(table.entries, key=lambda entry: entry.value)))


def _performance(found: Mapping[int, Estimate], names: Sequence[str]) -> dict[str, Any]:
    return {
        str(value): {
            name: {"sensitivity": one.sensitivity, "specificity": one.specificity}
            for name, one in zip(names, estimate.performance, strict=True)
        }
        for value, estimate in found.items()
    }


def _performance_lines(found: Mapping[int, Estimate], maps: Mapping[str, LabelMap]) -> list[str]:
    table = _table(maps)
    lines = [_TWO] if len(maps) == 2 else []
    for value, estimate in found.items():
        entry = table.find(value) or default_entry(value)
        for name, one in zip(maps, estimate.performance, strict=True):
            lines.append(
                f"{entry.name}, {name}: sensitivity {one.sensitivity:.3f}, specificity {one.specificity:.5f}"
            )
    return lines


def _check(link: Link) -> None:
    if link.is_cancelled():
        raise Cancelled
