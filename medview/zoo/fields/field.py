"""What every radiance field can do: a density at a place, a colour from a direction."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping

from torch import Tensor, nn

from medview.zoo.fields.space import Space


class Field(nn.Module):
    """A function of place (and time) and direction (P09, inputs and outputs).

    Renderers and samplers call these two functions and know nothing else of a field.

    Args:
        space: Where it has content; maps positions to its unit cube.
    """

    def __init__(self, space: Space) -> None:
        super().__init__()
        self.space = space

    @property
    def box(self) -> Tensor:
        """(2, 3) lower and upper corner of the part of the scene that is of interest."""
        return self.space.box

    @abstractmethod
    def density(self, positions: Tensor, times: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """How much is there.

        Args:
            positions: (N, 3) in the scene.
            times: (N,) 0 to 1; None for a scene at rest.

        Returns:
            sigma (N,) per unit of length, not negative; features (N, F) that `colour` wants.
        """

    @abstractmethod
    def colour(self, features: Tensor, directions: Tensor, views: Tensor | None = None) -> Tensor:
        """What it looks like.

        Args:
            features: (N, F) of `density`.
            directions: (N, 3) unit vectors that light is seen along.
            views: (N,) int64 number of the training view, for what differs between pictures; None where
                no training view is meant: then their mean.

        Returns:
            (N, 3) red, green, blue, 0 to 1.
        """

    def advance(self, done: float) -> None:
        """Take note of how much of the training is done (0 to 1), for what opens up step by step."""

    def extra_losses(self) -> Mapping[str, Tensor]:
        """Weighted losses on the field itself, such as the smoothness of its planes; none by default."""
        return {}
