"""The small method as a plug-in, so that launchers can train it through the program's own command."""

from __future__ import annotations

from dataclasses import replace

from learning_parts import SPEC as PAIR
from learning_parts import MeanLearner, pair_recipe

from medview.ml.spec import WeightSpec
from medview.zoo.learning.conduct import conduct

SPEC = replace(PAIR, train_entry="launched_pair:train", weights=(WeightSpec(folder="pair"),))


def train(request, ctx):
    """One epoch without judgement, one with: the weights that are kept are the last ones."""
    return conduct(pair_recipe(MeanLearner, epochs=1), request, ctx)
