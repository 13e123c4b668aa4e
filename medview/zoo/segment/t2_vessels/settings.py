"""What a trained network was made for, and what a training was asked for, as typed data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from medview.ml.card import unusable_settings

WIDTHS = {"paper": (64, 128, 256, 384), "small": (16, 32, 64, 96)}
"""Channels of the four encoder blocks, finest first."""
ROLES = {"T2": ("t2",), "T1+T2": ("t2", "t1")}


@dataclass(frozen=True, kw_only=True)
class NetworkSettings:
    """What must be known to run a set of weights; kept in the card's ``settings``.

    Args:
        modalities: ``"T2"`` or ``"T1+T2"``.
        width: ``"paper"`` or ``"small"``.
        pixel_spacing_mm: In-plane pixel size of the network.
        dilation_px: Dilation of the local attention mask; -1 where it was trained without one.
    """

    modalities: str = "T2"
    width: str = "paper"
    pixel_spacing_mm: float = 0.47
    dilation_px: int = 10

    @property
    def roles(self) -> tuple[str, ...]:
        """Input roles in the order of the network's channels."""
        return ROLES[self.modalities]

    @classmethod
    def from_card(cls, settings: Mapping[str, Any]) -> NetworkSettings:
        """Read a card's settings.

        Raises:
            InputRefused: One is missing or is none that this network knows.
        """
        try:
            found = cls(
                modalities=str(settings["modalities"]),
                width=str(settings["width"]),
                pixel_spacing_mm=float(settings["pixel_spacing_mm"]),
                dilation_px=int(settings["dilation_px"]),
            )
        except (KeyError, TypeError, ValueError) as reason:
            raise unusable_settings(f"the setting {reason} is missing or malformed") from None
        if found.modalities not in ROLES or found.width not in WIDTHS:
            raise unusable_settings(f"modalities {found.modalities!r} or width {found.width!r} is unknown")
        if not 0.05 <= found.pixel_spacing_mm <= 10 or found.dilation_px > 100:
            raise unusable_settings("the pixel spacing or the dilation is out of range")
        return found

    def as_table(self) -> dict[str, Any]:
        """What goes into a card."""
        return asdict(self)


@dataclass(frozen=True, kw_only=True)
class TrainSettings:
    """One training, as asked for: the training parameters of the spec that are this method's own."""

    modalities: str
    width: str
    pixel_spacing_mm: float
    crop_px: int
    window_px: int
    dilation_px: int
    ablation: str
    segmentation_loss: str
    mtl: str
    epochs_phase1: int
    epochs_phase2: int
    learning_rate: float
    decay: str
    patience: int
    augmentation: bool
    random_contrast: bool

    @classmethod
    def from_params(cls, params: Mapping[str, Any]) -> TrainSettings:
        """Read them from among all training parameters."""
        return cls(**{name: params[name] for name in cls.__dataclass_fields__})

    @property
    def radius_px(self) -> int | None:
        """Dilation of the local mask; None for the ablation without it."""
        if self.ablation == "no_mask":
            return None
        return self.dilation_px if self.ablation == "none" else int(self.ablation.removeprefix("dilation_"))

    @property
    def network(self) -> NetworkSettings:
        """What a run must know."""
        return NetworkSettings(
            modalities=self.modalities,
            width=self.width,
            pixel_spacing_mm=self.pixel_spacing_mm,
            dilation_px=-1 if self.radius_px is None else self.radius_px,
        )
