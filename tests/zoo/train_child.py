"""A training in a process of its own, alone or one of several: ``train_child.py OUT EPOCHS [WORD…]``."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

import torch
from learning_parts import MeanLearner, PairLearner, pair_recipe, pair_request
from safetensors.torch import save_file

from medview.ml.context import RunContext
from medview.zoo.learning.conduct import conduct
from medview.zoo.learning.run_folder import cpu_copy


def main(out: Path, epochs: int, words: list[str]) -> None:
    torch.set_num_threads(1)
    kind = MeanLearner if "mean" in words else PairLearner
    made = []

    def learner(held):
        made.append(kind(held))
        return made[-1]

    request = pair_request(out, resume="resume" in words, steps_per_epoch=20, batch=4)
    with tempfile.TemporaryDirectory() as scratch:
        conduct(pair_recipe(learner, epochs), request, RunContext(scratch=Path(scratch), seed=request.seed))
    if "WORLD_SIZE" in os.environ:
        save_file(cpu_copy(made[-1].kept()), out / f"final-{os.environ['RANK']}.safetensors")


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3:])
