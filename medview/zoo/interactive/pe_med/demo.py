"""How the shipped weights were made; anyone can repeat it.

    python -m medview.zoo.interactive.pe_med.demo FOLDER slices|regions

trains on random scenes into ``FOLDER/slices`` or ``FOLDER/regions`` until it is done, or broken off: started
again, it goes on from the last epoch. These model folders always hold the best weights so far. The network
for regions begins as the one for slices, as far as that has come.
"""

from __future__ import annotations

import logging
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from medview.ml.context import RunContext
from medview.zoo.interactive.pe_med.inflation import inflated
from medview.zoo.interactive.pe_med.learner import FEW, MANY, PeMedLearner
from medview.zoo.interactive.pe_med.model_folder import KINDS, networks_in
from medview.zoo.interactive.pe_med.settings import NetworkSettings
from medview.zoo.interactive.pe_med.source import SceneSource, example
from medview.zoo.interactive.pe_med.spec import SPEC
from medview.zoo.learning.checkpoint import has_checkpoint
from medview.zoo.learning.demonstration import Journal, fastest_precision, log_to_terminal
from medview.zoo.learning.phases import Phase, Schedule
from medview.zoo.learning.run_folder import draft_card, keep_weights
from medview.zoo.learning.trainer import Course, Trainer
from medview.zoo.learning.workplace import new_accelerator

HELD_SEEDS = range(10**13, 10**13 + 48)
"""Beyond all seeds that training draws."""
SEED = 1


@dataclass(frozen=True, kw_only=True)
class Plan:
    """One of the two trainings.

    Args:
        network: Its sizes.
        source: Of its scenes.
        learning_rate: At the start.
        few: Epochs with up to three simulated clicks.
        many: Epochs with up to eight, over which the rate falls to nothing.
        steps: Batches in an epoch.
        settled: See `PeMedLearner`.
        held: Scenes that it is judged on.
        held_side: Pixels along their sides.
    """

    network: NetworkSettings
    source: SceneSource
    learning_rate: float = 1e-3
    few: int
    many: int
    steps: int
    settled: int
    held: int
    held_side: int


PLANS: Mapping[str, Plan] = {
    "slices": Plan(
        network=NetworkSettings(),
        source=SceneSource(
            dims=2, sides=(48, 64, 64, 64, 96), later_sides=(64, 96, 128), switch=1300, pixels=12 * 64**2
        ),
        few=29,
        many=34,
        steps=50,
        settled=700,
        held=24,
        held_side=96,
    ),
    "regions": Plan(
        network=NetworkSettings(dims=3, grid=32),
        source=SceneSource(dims=3, sides=(32,), later_sides=(32, 48), switch=300, pixels=4 * 32**3),
        few=7,
        many=9,
        steps=30,
        settled=0,
        held=12,
        held_side=32,
    ),
}


def learn(name: str, base: Path) -> None:
    """Train, or go on training."""
    plan, out = PLANS[name], base / name
    out.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(SEED)
    shape = (plan.held_side,) * plan.network.dims
    held = [example(shape, seed) for seed in HELD_SEEDS[: plan.held]]
    learner = PeMedLearner(plan.network, plan.learning_rate, held, settled=plan.settled)
    with tempfile.TemporaryDirectory(dir=out) as scratch:
        ctx = RunContext(scratch=Path(scratch), seed=SEED, listener=Journal())
        accelerator = new_accelerator("cpu", fastest_precision())
        keep = partial(_keep, plan.network, out)
        trainer = Trainer(learner, plan.source, _course(plan), accelerator, out, keep, ctx)
        if has_checkpoint(out):
            trainer.resume()
        elif name == KINDS[3]:
            _, known = networks_in(base / KINDS[2])[KINDS[2]]
            learner.net.load_state_dict(inflated(known, plan.network))
        trainer.run()


def _course(plan: Plan) -> Course:
    warm = Schedule(course="warmup_cosine", floor=1.0, warm_up_epochs=1.0)
    falling = Schedule(course="cosine", floor=0.02)
    phases = (
        Phase(name=FEW, epochs=plan.few, schedule=warm),
        Phase(name=MANY, epochs=plan.many, schedule=falling),
    )
    return Course(phases=phases, steps_per_epoch=plan.steps)


def _keep(
    settings: NetworkSettings, out: Path, state: Mapping[str, Tensor], facts: Mapping[str, Any]
) -> None:
    known = {"learned": 0, "held": 0, **facts}
    keep_weights(out, state, draft_card(SPEC, {KINDS[settings.dims]: settings.as_card()}, known))


if __name__ == "__main__":
    log_to_terminal()
    logging.getLogger("medview").setLevel(logging.INFO)
    learn(sys.argv[2], Path(sys.argv[1]))
