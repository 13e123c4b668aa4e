"""Parameters that slice-wise methods share, so that the same word means the same everywhere. No torch.

Defaults and limits are a method's own; ids, titles and units are not, since settings of cards and commands
go by them. What all trainings share, slice-wise or not, is in `medview.zoo.learning.params`.
"""

from __future__ import annotations

from medview.core.params import Choice, Float, Int

WIDTHS = ("paper", "small")
DECAYS = ("constant", "cosine")


def threshold_param(structure: str, note: str) -> Float:
    """The probability from which a voxel counts.

    Args:
        structure: As what, in the singular: ``"vessel"``.
        note: A sentence on what a lower one does, or where there is none.
    """
    return Float(
        name="threshold",
        title="Threshold",
        help=f"Probability from which a voxel counts as {structure}. {note}",
        default=0.5,
        minimum=0.05,
        maximum=0.95,
        step=0.05,
    )


def smallest_piece_param(most: int = 1000, step: int = 10) -> Int:
    """The number of voxels that a connected piece must have to be kept."""
    return Int(
        name="min_component_voxels",
        title="Smallest piece",
        help="Connected pieces with fewer voxels are removed; 0 keeps all, as in the paper.",
        unit="voxels",
        default=0,
        minimum=0,
        maximum=most,
        step=step,
    )


def width_param(paper: str, small: str) -> Choice:
    """The network as in the paper, or one of a CPU's size; `paper` and `small` are millions of parameters."""
    return Choice(
        name="width",
        title="Network width",
        help=f"Paper: {paper} million parameters, for a graphics card. Small: {small} million, for a CPU.",
        default=WIDTHS[0],
        choices=WIDTHS,
    )


def pixel_spacing_param(default: float, ends: tuple[float, float], step: float) -> Float:
    """The pixel size of the network."""
    return Float(
        name="pixel_spacing_mm",
        title="Pixel spacing",
        help="In-plane pixel size that slices are resampled to.",
        unit="mm",
        default=default,
        minimum=ends[0],
        maximum=ends[1],
        step=step,
    )


def largest_slice_param(default: int) -> Int:
    """The rows and columns beyond which a head loses its rim."""
    return Int(
        name="crop_px",
        title="Largest slice",
        help="Rows and columns around the middle of the head that are kept; smaller needs less memory.",
        unit="px",
        default=default,
        minimum=32,
        maximum=1024,
        step=16,
    )


def window_param(note: str) -> Int:
    """The side of the squares that a training cuts slices to; `note` says how often and where."""
    return Int(
        name="window_px",
        title="Window",
        help=f"{note}; 0: whole slices.",
        unit="px",
        default=0,
        minimum=0,
        maximum=1024,
        step=16,
        lowest_word="whole slices",
        advanced=True,
    )


def decay_param(note: str) -> Choice:
    """The course of the learning rate; `note` says what the cosine does."""
    return Choice(
        name="decay",
        title="Course of the learning rate",
        help=note,
        default=DECAYS[0],
        choices=DECAYS,
        advanced=True,
    )
