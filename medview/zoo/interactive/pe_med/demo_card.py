"""The shipped model folder, put together from both trainings, with what was measured.

    python -m medview.zoo.interactive.pe_med.demo_card FOLDER OUT BENCH.json

FOLDER is that of `demo`; BENCH.json is what ``medview bench clicks PICTURES --json`` printed with these
weights. OUT becomes the model folder: both networks, card, self-test.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from torch import Tensor

from medview.core.geometry import Geometry
from medview.ml.card import ModelCard, read_card, write_card
from medview.ml.context import RunContext
from medview.ml.request import InputArray, RunRequest
from medview.ml.training_folder import HISTORY
from medview.zoo.card_facts import write_self_test
from medview.zoo.interactive.pe_med.demo import PLANS
from medview.zoo.interactive.pe_med.model_folder import networks_in, write_folder
from medview.zoo.interactive.pe_med.source import example
from medview.zoo.interactive.pe_med.spec import SPEC

SELF_TEST_SEED = 77
SELF_TEST_SIDE = 96
NOT_FOR = (
    "Clinical use: the weights never saw a person's scan. Vessels of one to three pixels (retina, OCT) are "
    "not found. Clicks are hints: what is clicked need not change. Contours without any edge want many clicks"
)
LEARNED_FROM = (
    "Random scenes only (blobs, rings, trees, swarms, folds, tissues; random tones, textures, noise), each "
    "seen once, with simulated clicks, strokes, boxes and spoiled masks; no scan of a person"
)

ON_THE_WAY = (
    "Both were broken off, and the best epoch kept. Came in on the way, for slices: fixed averages after "
    "700 batches, scenes of few tones after 1300, averaged weights after 1900, the loss of overlap after "
    "2050; for regions, which began as the slices' network after 1500 batches: the last two after 120. The "
    "view and how an answer follows edges were chosen on 18 of the 36 pictures of the table"
)


def put_together(base: Path, out: Path) -> None:
    """Write both networks and a card that says how they were trained."""
    folders = {kind: base / kind for kind in PLANS}
    networks = {}
    for kind, folder in folders.items():
        settings, state = networks_in(folder)[kind]
        networks[kind] = settings, {name: _halved(tensor) for name, tensor in state.items()}
    told = [f"{kind}: {_training_words(kind, folder)}" for kind, folder in folders.items()]
    write_folder(
        out,
        networks,
        ModelCard(
            model_id=SPEC.id,
            version=SPEC.version,
            title="Smart click, trained on random shapes",
            sha256="0" * 64,
            licence="Apache-2.0",
            trained_on=f"{LEARNED_FROM}. {'; '.join(told)}. {ON_THE_WAY}",
            intended_use="Outlining and correcting by clicks, each result looked at by the person who clicks",
            not_for=NOT_FOR,
            citation=SPEC.citation,
        ),
    )


def _halved(tensor: Tensor) -> Tensor:
    """Half the precision for numbers that are no counts: the file stays small."""
    return tensor.half() if tensor.is_floating_point() else tensor


def _training_words(kind: str, folder: Path) -> str:
    rows = json.loads((folder / HISTORY).read_text(encoding="utf-8"))
    minutes = sum(row["seconds"] for row in rows) / 60
    return f"{PLANS[kind].steps * len(rows)} batches in {minutes:.0f} minutes on one shared core"


def add_results(out: Path, bench: Mapping[str, Any]) -> None:
    """Put the rows of a bench into the card, one for each tool."""
    rows = [_row(bench, tool) for tool in bench["tools"]]
    write_card(out, replace(read_card(out), results=tuple(rows)))


def _row(bench: Mapping[str, Any], tool: Mapping[str, Any]) -> dict[str, Any]:
    names = ("noc85", "noc90", "dice_1", "dice_3", "dice_5", "dice_10")
    data = f"{bench['cases']} labelled pictures (medscribble), {bench['seeds']} seeds of jittered clicks"
    return {
        "data": f"{data}, {tool['tool']}",
        "n": bench["cases"],
        **{name: round(float(tool[name]), 3) for name in names},
    }


def self_test_request() -> RunRequest:
    """One click on a random scene, in bytes, so that the file stays small."""
    image, target = example((SELF_TEST_SIDE, SELF_TEST_SIDE), SELF_TEST_SEED)
    scan: Any = np.rint(image * 255).astype(np.uint8)[..., None]
    i, j = (int(places.mean()) for places in np.nonzero(target))
    given = InputArray(array=scan, geometry=Geometry(scan.shape, np.eye(4)))
    params = {"include": f"{i},{j},0"}
    return RunRequest(model_id=SPEC.id, version=SPEC.version, inputs={"image": given}, params=params)


def main(words: Sequence[str]) -> None:
    """Put together, add results, write the self-test."""
    base, out, bench = (Path(word) for word in words)
    put_together(base, out)
    add_results(out, json.loads(bench.read_text(encoding="utf-8")))
    with tempfile.TemporaryDirectory() as scratch:
        write_self_test(out, self_test_request(), RunContext(scratch=Path(scratch)))


if __name__ == "__main__":
    main(sys.argv[1:])
