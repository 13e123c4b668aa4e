"""How a foreign network wants its scans and how its answer becomes labels: one description for all formats.

ONNX cards, nnU-Net plans and MONAI configurations are all turned into a `Recipe`; one engine runs it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from medview.ml.spec import LabelSpec

Axes = tuple[int, int, int]
Numbers = tuple[float, float, float]
Within = Literal["all", "nonzero", "mask"]


@dataclass(frozen=True, kw_only=True)
class Channel:
    """One input scan: its role, what people call it, and the modalities that fit (empty: any)."""

    role: str
    title: str
    modalities: tuple[str, ...] = ()


@dataclass(frozen=True)
class Orient:
    """Turn the axes so that they run towards these patient directions, such as ``"LPS"``."""

    codes: str


@dataclass(frozen=True)
class Permute:
    """Reorder the spatial axes: new axis n is old axis ``axes[n]``."""

    axes: Axes


@dataclass(frozen=True)
class CropNonzero:
    """Cut to the box of what is above `above` in any channel, with a margin in voxels."""

    margin: int = 0
    above: float | None = None
    """None: what is not exactly 0, holes filled, as nnU-Net does."""


@dataclass(frozen=True, kw_only=True)
class Respace:
    """Resample to voxels of another size.

    Args:
        spacing_mm: Along the axes as they are now; 0 keeps an axis.
        order: Of the spline, 0 to 3.
        order_across: Of the spline across the coarse axis, where that one is resampled apart.
        is_across_apart: Whether a coarse axis is resampled apart; None: where it is 3 times coarser.
        keeps: ``"edges"``: the outer edges of the grids coincide (nnU-Net, scikit-image);
            ``"centres"``: the first voxel centres do (MONAI, ITK).
    """

    spacing_mm: Numbers
    order: int = 1
    order_across: int = 0
    is_across_apart: bool | None = False
    keeps: Literal["edges", "centres"] = "edges"


@dataclass(frozen=True, kw_only=True)
class Rescale:
    """What happens to the values of one channel.

    Args:
        kind: ``"none"``; ``"zscore"``: subtract mean, divide by deviation, both measured within
            `within`; ``"given"``: subtract `mean`, divide by `std`; ``"ct"``: clip to `low` and `high`,
            then as given; ``"range"``: `low` and `high` become `new_low` and `new_high`;
            ``"minmax"``: the same with the measured extremes; ``"percentiles"``: the same with these
            percentiles (0 to 100) of the measured values.
        is_clipped: Cut what leaves the new range.
    """

    kind: Literal["none", "zscore", "given", "ct", "range", "minmax", "percentiles"] = "none"
    within: Within = "all"
    low: float = 0.0
    high: float = 1.0
    new_low: float = 0.0
    new_high: float = 1.0
    mean: float = 0.0
    std: float = 1.0
    is_clipped: bool = False


@dataclass(frozen=True)
class Normalise:
    """Rescale the values, a rule per channel; one rule serves all channels."""

    rules: tuple[Rescale, ...]


Step = Orient | Permute | CropNonzero | Respace | Normalise


@dataclass(frozen=True, kw_only=True)
class Window:
    """What the network sees at a time.

    Args:
        patch: Size along the axes after all steps; empty: the whole image.
        slice_axis: The network is 2-D and reads slices across this axis; None: it is 3-D.
        overlap: Part of a patch shared with its neighbour, 0 to 0.9.
        blend: How overlapping patches are mixed.
        multiple: Sizes are padded to multiples of this where `patch` is empty.
        mirror_axes: Axes along which mirrored runs may be averaged, when a person asks for it.
    """

    patch: tuple[int, ...] = ()
    slice_axis: int | None = None
    overlap: float = 0.5
    blend: Literal["gaussian", "constant"] = "gaussian"
    multiple: int = 1
    mirror_axes: tuple[int, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What the network's output channels mean.

    Args:
        kind: ``"labels"``, or ``"image"`` where the first channel is an image.
        decide: ``"argmax"``: the likeliest channel wins; ``"threshold"``: every channel above
            `threshold` paints its value, later channels over earlier ones.
        activation: What turns the numbers into probabilities.
        channels: Number of output channels.
        values: Label value of every channel.
        labels: Names and colours of the values that are not 0.
        is_synthesized: An image that was never measured.
        keep_largest: Values of which only the largest connected piece is kept.
        mixes: What is interpolated on the way back to the scan's grid: ``"probabilities"``, or
            ``"logits"``, the network's own numbers, as nnU-Net does.
    """

    kind: Literal["labels", "image"] = "labels"
    decide: Literal["argmax", "threshold"] = "argmax"
    activation: Literal["softmax", "sigmoid", "none"] = "softmax"
    channels: int
    values: tuple[int, ...] = ()
    labels: tuple[LabelSpec, ...] = ()
    threshold: float = 0.5
    is_synthesized: bool = False
    keep_largest: tuple[int, ...] = ()
    mixes: Literal["probabilities", "logits"] = "probabilities"


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """Everything between a scan on its own grid and labels on that grid.

    Raises:
        ValueError: The grid is resampled twice, or sizes do not fit each other.
    """

    steps: tuple[Step, ...]
    window: Window
    answer: Answer

    def __post_init__(self) -> None:
        if sum(isinstance(step, Respace) for step in self.steps) > 1:
            raise ValueError("the grid is resampled twice")
        if self.window.patch and len(self.window.patch) != 3:
            raise ValueError("a patch has three sizes; a 2-D network has 1 along its slice axis")
        if self.answer.kind == "labels" and len(self.answer.values) != self.answer.channels:
            raise ValueError("every output channel needs a label value")

    @property
    def spacing_mm(self) -> Numbers | None:
        """Voxel size of the network's grid; None: the scan's own."""
        return next((step.spacing_mm for step in self.steps if isinstance(step, Respace)), None)
