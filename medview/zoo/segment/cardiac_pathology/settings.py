"""What a trained network was made for, and what a training was asked for, as typed data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from medview.core.errors import InputRefused
from medview.ml.card import unusable_settings

CLASSES = ("background", "LV cavity", "normal myocardium", "infarction", "no-reflow")
WIDTHS = {"paper": (64, 128, 256, 512, 1024), "small": (16, 32, 64, 128, 256)}
"""Channels of the encoder's four levels, finest first, and of the bottom."""
ATTENTION_MAPS = ("full", "single")
FACTOR = 16
"""Height and width must be multiples of this: four poolings."""
ABLATIONS: Mapping[str, Mapping[str, Any]] = {
    "none": {"attention": True, "awce": True, "penalty_weight": 0.0},
    "baseline": {"attention": False, "awce": False, "penalty_weight": 0.0},
    "attention": {"attention": True, "awce": False, "penalty_weight": 0.0},
    "penalty": {"attention": True, "awce": True, "penalty_weight": 0.01},
}
"""The variants of the paper's table; the full method, ``"none"``, is the one with the highest Dice there."""


@dataclass(frozen=True, kw_only=True)
class NetworkSettings:
    """What must be known to run a set of weights; kept in the card's ``settings``.

    Args:
        width: ``"paper"`` or ``"small"``.
        attention: Whether blocks have an attention branch.
        attention_maps: ``"full"``, a map for every channel, or ``"single"``, one for all.
        pixel_mm: In-plane pixel size of the network.
        crop_px: Side of the square that the network sees.
    """

    width: str = "paper"
    attention: bool = True
    attention_maps: str = "full"
    pixel_mm: float = 1.458
    crop_px: int = 128

    @classmethod
    def from_card(cls, settings: Mapping[str, Any]) -> NetworkSettings:
        """Read a card's settings.

        Raises:
            InputRefused: One is missing or is none that this network knows.
        """
        try:
            found = cls(
                width=str(settings["width"]),
                attention=bool(settings["attention"]),
                attention_maps=str(settings["attention_maps"]),
                pixel_mm=float(settings["pixel_mm"]),
                crop_px=int(settings["crop_px"]),
            )
        except (KeyError, TypeError, ValueError) as reason:
            raise unusable_settings(f"the setting {reason} is missing or malformed") from None
        if found.width not in WIDTHS or found.attention_maps not in ATTENTION_MAPS:
            raise unusable_settings(f"width {found.width!r} or maps {found.attention_maps!r} is unknown")
        if not 0.2 <= found.pixel_mm <= 10 or not 16 <= found.crop_px <= 1024 or found.crop_px % FACTOR:
            raise unusable_settings("the pixel size or the size of the slices is out of range")
        return found

    def as_table(self) -> dict[str, Any]:
        """What goes into a card."""
        return asdict(self)


@dataclass(frozen=True, kw_only=True)
class TrainSettings:
    """One training, as asked for: the training parameters of the spec that are this method's own."""

    width: str
    attention: bool
    attention_maps: str
    awce: bool
    penalty_weight: float
    penalty_mode: str
    mixup_prob: float
    ablation: str
    pixel_mm: float
    crop_px: int
    window_px: int
    start: str
    label_values: str
    epochs: int
    learning_rate: float
    final_rate: float
    patience: int
    augmentation: bool

    @classmethod
    def from_params(cls, params: Mapping[str, Any]) -> TrainSettings:
        """Read them from among all training parameters; an ablation overrules the parts that it names.

        Raises:
            InputRefused: The label values are not four different whole numbers.
        """
        own = {name: params[name] for name in cls.__dataclass_fields__}
        if own["ablation"] != "none":
            own |= ABLATIONS[own["ablation"]]
        own["crop_px"] = max(FACTOR, int(own["crop_px"]) // FACTOR * FACTOR)
        found = cls(**own)
        parsed_values(found.label_values)
        return found

    @property
    def network(self) -> NetworkSettings:
        """What a run must know."""
        return NetworkSettings(
            width=self.width,
            attention=self.attention,
            attention_maps=self.attention_maps,
            pixel_mm=self.pixel_mm,
            crop_px=self.crop_px,
        )


def parsed_values(text: str) -> tuple[int, ...]:
    """Label values of cavity, myocardium, infarction and no-reflow, such as ``"1,2,3,4"``.

    Raises:
        InputRefused: They are not four different whole numbers above 0.
    """
    try:
        values = tuple(int(word) for word in text.split(","))
    except ValueError:
        values = ()
    if len(values) != 4 or len(set(values)) != 4 or min(values) < 1:
        raise InputRefused(
            f"Cannot set label_values to {text!r}",
            "four different whole numbers above 0 are needed",
            "Write the values of cavity, myocardium, infarction and no-reflow, such as 1,2,3,4.",
        )
    return values
