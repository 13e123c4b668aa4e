"""What a network was made for, as a model's card keeps it; no torch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from medview.core.errors import InputRefused

DEPTHS = 4


@dataclass(frozen=True, kw_only=True)
class NetworkSettings:
    """Sizes of the network, and the grid it works on.

    Args:
        dims: 2 for slices, 3 for regions of a volume.
        grid: Pixels along each side of the square (cube) that the network sees; a multiple of 32.
        widths: Channels of the four stages; those of PALM are the first.
        blocks: Transformer blocks of each stage.
        heads: Attention heads of each stage.
        reductions: By how much each stage shortens keys and values along each axis.
        detail: Channels of the path at full size (ours; the paper's network ends at a quarter of the
            size, where vessels of two pixels are gone); 0: the paper's network.
        likeness: The clicks' maps also say how alike each pixel's value is to that of a click (ours).
        radius_px: Of the disc that stands for a click.
    """

    dims: int = 2
    grid: int = 128
    widths: tuple[int, ...] = (32, 64, 128, 192)
    blocks: tuple[int, ...] = (1, 1, 2, 1)
    heads: tuple[int, ...] = (1, 2, 4, 6)
    reductions: tuple[int, ...] = (4, 2, 1, 1)
    detail: int = 8
    likeness: bool = True
    radius_px: int = 3

    @property
    def guidance(self) -> int:
        """Channels for the clicks of one sign."""
        return 2 if self.likeness else 1

    @property
    def shape(self) -> tuple[int, ...]:
        """Of the grid."""
        return (self.grid,) * self.dims

    def as_card(self) -> dict[str, Any]:
        """Plain data for a card's settings."""
        return {name: list(v) if isinstance(v, tuple) else v for name, v in asdict(self).items()}

    @classmethod
    def from_card(cls, settings: Mapping[str, Any]) -> NetworkSettings:
        """The settings of a card; InputRefused where they are not those of this method."""
        names = {field.name for field in fields(cls)}
        found = {
            name: tuple(v) if isinstance(v, list) else v for name, v in settings.items() if name in names
        }
        try:
            made = cls(**found)
            sizes = [made.widths, made.blocks, made.heads, made.reductions]
            is_sound = (
                made.dims in (2, 3) and made.grid % 32 == 0 and {len(size) for size in sizes} == {DEPTHS}
            )
        except TypeError:
            is_sound = False
        if not is_sound:
            hint = "Copy the whole model folder again from its source."
            raise InputRefused("Cannot use these weights", "their card describes no PE-MED network", hint)
        return made


PAPER_B0 = NetworkSettings(
    grid=224,
    widths=(32, 64, 160, 256),
    blocks=(2, 2, 2, 2),
    heads=(1, 2, 5, 8),
    reductions=(8, 4, 2, 1),
    detail=0,
    likeness=False,
    radius_px=5,
)
"""The size that the paper's tables are closest to: Mix Transformer B0, 224 pixels."""
