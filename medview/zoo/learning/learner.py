"""What a method hands to the trainer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.optim import Optimizer

from medview.ml.context import RunContext
from medview.zoo.learning.draws import Batch
from medview.zoo.learning.workplace import Workplace


class Learner(Protocol):
    """A method in training: its networks, what one step does with a batch, how it is judged, what is kept.

    Attributes:
        modules: All that learns, by name; each is saved in checkpoints. A network and what learns with it
            (task weights, a weight generator) may be one module whose forward returns losses.
        optimisers: By name; each parameter group's ``lr`` is the base that the schedule multiplies, unless
            the group says ``is_fixed_rate``.
    """

    modules: Mapping[str, nn.Module]
    optimisers: Mapping[str, Optimizer]

    def step(self, batch: Batch, phase: str, place: Workplace) -> Mapping[str, Tensor]:
        """Learn from one batch and return the losses by name; ``total`` is watched, and must stay finite.

        Args:
            batch: On the device.
            phase: The name of the phase.
            place: Gives the networks (`module`) and takes the losses (`descend`), once per optimiser.
        """

    def judge(self, place: Workplace, ctx: RunContext) -> Mapping[str, float]:
        """Scores on the validation subjects, the same in every process; networks are in evaluation mode.

        Those named ``validation_…`` go into the card. Other numbers that are worth a curve, such as task
        weights, may be among them. It calls ``ctx.check_cancelled``.
        """

    def kept(self) -> Mapping[str, Tensor]:
        """The tensors that a run needs, as they go into ``weights.safetensors``."""

    def picture(self, place: Workplace) -> NDArray[np.uint8] | None:
        """A validation picture (H, W, 3) of how it does now; None for none. Evaluation mode."""
