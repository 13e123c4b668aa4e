"""Tissue on a grid with partial volume: the two chief tissues of each voxel and their shares."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from medview.phantoms.fields import Box
from medview.phantoms.tissues import NUMBER

Field = NDArray[np.float32]
Numbers = NDArray[np.uint8]

WHOLE: Box = (slice(None), slice(None), slice(None))


@dataclass(frozen=True, eq=False, kw_only=True)
class Mixture:
    """Two tissues per voxel; a third, smaller one is dropped when a paint makes one.

    Args:
        first: Tissue numbers (I, J, K) of the larger or earlier part.
        second: Tissue numbers (I, J, K) of the rest.
        share: Share of `first`, 0 to 1, single precision.
    """

    first: Numbers
    second: Numbers
    share: Field

    @classmethod
    def of_air(cls, shape: tuple[int, int, int]) -> Mixture:
        """A grid that holds nothing but air."""
        return cls(
            first=np.zeros(shape, np.uint8),
            second=np.zeros(shape, np.uint8),
            share=np.ones(shape, np.float32),
        )

    def paint(self, tissue: str, cover: Field, box: Box = WHOLE) -> None:
        """Lay a tissue over what is there.

        Args:
            tissue: Name of the tissue.
            cover: Share (shape of the box) of each voxel that the tissue takes, 0 to 1.
            box: Where the cover lies in the grid.
        """
        number = NUMBER[tissue]
        first, second, share = self.first[box], self.second[box], self.share[box]
        solid = cover >= np.float32(0.995)
        first[solid] = number
        share[solid] = 1.0
        edge = np.nonzero((cover > np.float32(0.005)) & ~solid)
        first[edge], second[edge], share[edge] = _blend(
            number, cover[edge], first[edge], second[edge], share[edge]
        )

    def look_up(self, values: NDArray[np.floating]) -> Field:
        """Mean over the two tissues of a value per tissue number; same shape as the grid."""
        table = values.astype(np.float32)
        rest = table[self.second]
        image = table[self.first]
        image -= rest
        image *= self.share
        image += rest
        return image

    def fraction_of(self, tissue: str) -> Field:
        """Share of each voxel that one tissue takes."""
        return self.look_up(np.eye(len(NUMBER), dtype=np.float32)[NUMBER[tissue]])

    def crop(self, box: Box) -> Mixture:
        """The part of the grid in a box, as views."""
        return Mixture(first=self.first[box], second=self.second[box], share=self.share[box])


def _blend(
    number: int, cover: Field, first: Numbers, second: Numbers, share: Field
) -> tuple[Numbers, Numbers, Field]:
    """Mix one tissue into voxels and keep the two largest of at most three parts."""
    weight_a = (1 - cover) * share
    weight_b = (1 - cover) * (1 - share)
    weight_a += np.where(first == number, cover, 0)
    weight_b += np.where((second == number) & (first != number), cover, 0)
    is_new = (first != number) & (second != number)
    replace_b = is_new & ((weight_b <= weight_a) | (weight_b <= 0))
    replace_a = is_new & ~replace_b
    first = np.where(replace_a, np.uint8(number), first)
    second = np.where(replace_b, np.uint8(number), second)
    weight_a = np.where(replace_a, cover, weight_a)
    weight_b = np.where(replace_b, cover, weight_b)
    total = np.maximum(weight_a + weight_b, np.float32(1e-6))
    return first, second, np.asarray(weight_a / total, np.float32)
