"""What a trained network was made for, and what a training was asked for, as typed data. No torch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from medview.ml.card import unusable_settings

WIDTHS = {"paper": (64, 96, 128, 256, 512), "small": (16, 24, 32, 64, 128)}
"""Channels of the four levels, finest first, and of the bottom."""
ABLATIONS = ("none", "unimodal", "offline")


def has_flair(ablation: str) -> bool:
    """Whether a variant makes a FLAIR."""
    return ablation != "unimodal"


@dataclass(frozen=True, kw_only=True)
class NetworkSettings:
    """What must be known to run a set of weights; kept in the card's ``settings``.

    Args:
        width: ``"paper"`` or ``"small"``.
        pixel_spacing_mm: In-plane pixel size of the network.
        ablation: ``"none"`` (joint), ``"unimodal"`` or ``"offline"``.
    """

    width: str = "paper"
    pixel_spacing_mm: float = 1.0
    ablation: str = "none"

    @classmethod
    def from_card(cls, settings: Mapping[str, Any]) -> NetworkSettings:
        """Read a card's settings.

        Raises:
            InputRefused: One is missing or is none that this network knows.
        """
        try:
            found = cls(
                width=str(settings["width"]),
                pixel_spacing_mm=float(settings["pixel_spacing_mm"]),
                ablation=str(settings["ablation"]),
            )
        except (KeyError, TypeError, ValueError) as reason:
            raise unusable_settings(f"the setting {reason} is missing or malformed") from None
        if found.ablation not in ABLATIONS or found.width not in WIDTHS:
            raise unusable_settings(f"ablation {found.ablation!r} or width {found.width!r} is unknown")
        if not 0.05 <= found.pixel_spacing_mm <= 10:
            raise unusable_settings("the pixel spacing is out of range")
        return found

    def as_table(self) -> dict[str, Any]:
        """What goes into a card."""
        return asdict(self)


@dataclass(frozen=True, kw_only=True)
class TrainSettings:
    """One training, as asked for: the training parameters of the spec that are this method's own."""

    width: str
    pixel_spacing_mm: float
    crop_px: int
    window_px: int
    n4: bool
    lambda_seg: float
    segmentation_loss: str
    ablation: str
    augmentation: bool
    start_from: str
    epochs: int
    learning_rate: float
    decay: str
    keep: str
    patience: int

    @classmethod
    def from_params(cls, params: Mapping[str, Any]) -> TrainSettings:
        """Read them from among all training parameters."""
        return cls(**{name: params[name] for name in cls.__dataclass_fields__})

    @property
    def network(self) -> NetworkSettings:
        """What a run must know."""
        return NetworkSettings(
            width=self.width, pixel_spacing_mm=self.pixel_spacing_mm, ablation=self.ablation
        )
