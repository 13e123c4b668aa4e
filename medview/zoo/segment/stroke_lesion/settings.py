"""What a trained network was made for, and what a training was asked for, as typed data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from medview.core.errors import InputRefused
from medview.ml.card import unusable_settings

WIDTHS = {"paper": (32, 64, 128, 256, 512, 512), "small": (8, 16, 32, 64, 128, 128)}
"""Channels of the six encoder levels, finest first."""
MR_ROLES = ("adc", "rcbf", "rcbv", "mtt", "ttp", "tmax")
CT_ROLES = ("ncct", "cbf", "cbv", "mtt", "tmax")
VARIANTS = {
    "none": (True, True, True),
    "cw_ds": (True, True, False),
    "cw": (True, False, False),
    "unet": (False, False, False),
}
"""Ablations of the thesis: class weights, deep supervision, attention."""
CLASS_WEIGHTS = {"MRI": (0.3, 0.7), "CT": (0.7, 7.0, 2.0)}
"""By class number: background, lesion and, for CT, boundary.

For CT the thesis gives 0.7, 2.0 and 7.0 without saying which is whose; 7.0 for the lesion is our choice.
"""
LEAST_PX = 64
"""Six poolings leave nothing of fewer pixels."""


@dataclass(frozen=True, kw_only=True)
class NetworkSettings:
    """What must be known to run a set of weights; kept in the card's ``settings``.

    Args:
        modality: ``"MRI"`` (one lesion probability) or ``"CT"`` (background, lesion, boundary).
        roles: Maps in the order of the network's channels.
        needs: Maps that it does not run without; the others may be missing and are zeros then.
        width: ``"paper"`` or ``"small"``.
        side_px: Rows and columns that slices are resized to.
        ablation: Which variant of the thesis it is; only ``"none"`` has attention.
        class_weights: Of CT's cross-entropy, which a run takes back; empty where there were none, and for
            MRI, whose focal loss is no likelihood.
    """

    modality: str = "MRI"
    roles: tuple[str, ...] = ("adc", "ttp", "tmax")
    needs: tuple[str, ...] = ("adc", "ttp", "tmax")
    width: str = "paper"
    side_px: int = 224
    ablation: str = "none"
    class_weights: tuple[float, ...] = ()

    @property
    def classes(self) -> int:
        """Channels of each output: 1 for MRI, 3 for CT."""
        return 3 if self.modality == "CT" else 1

    @property
    def has_attention(self) -> bool:
        """Whether skips are filtered by cross-attention."""
        return VARIANTS[self.ablation][2]

    @property
    def has_usable_weights(self) -> bool:
        """Whether there is one class weight above 0 for each class."""
        return len(self.class_weights) == self.classes and min(self.class_weights) > 0

    @classmethod
    def from_card(cls, settings: Mapping[str, Any]) -> NetworkSettings:
        """Read a card's settings.

        Raises:
            InputRefused: One is missing or is none that this network knows.
        """
        try:
            found = cls(
                modality=str(settings["modality"]),
                roles=tuple(str(role) for role in settings["roles"]),
                needs=tuple(str(role) for role in settings["needs"]),
                width=str(settings["width"]),
                side_px=int(settings["side_px"]),
                ablation=str(settings["ablation"]),
                class_weights=tuple(float(weight) for weight in settings.get("class_weights", ())),
            )
        except (KeyError, TypeError, ValueError) as reason:
            raise unusable_settings(f"the setting {reason} is missing or malformed") from None
        known = MR_ROLES if found.modality == "MRI" else CT_ROLES
        if found.modality not in ("MRI", "CT") or found.width not in WIDTHS:
            raise unusable_settings(f"modality {found.modality!r} or width {found.width!r} is unknown")
        if not found.roles or set(found.roles) - set(known) or set(found.needs) - set(found.roles):
            raise unusable_settings(
                f"its maps {', '.join(found.roles) or 'none'} are not maps of {found.modality}"
            )
        if found.ablation not in VARIANTS or not LEAST_PX <= found.side_px <= 1024:
            raise unusable_settings("the variant or the slice size is out of range")
        if found.class_weights and not found.has_usable_weights:
            raise unusable_settings("its class weights are not one above 0 for each class")
        return found

    def as_table(self) -> dict[str, Any]:
        """What goes into a card."""
        lists = {name: list(getattr(self, name)) for name in ("roles", "needs", "class_weights")}
        return {**asdict(self), **lists}


@dataclass(frozen=True, kw_only=True)
class TrainSettings:
    """One training, as asked for; fields are the training parameters of the spec that the method reads."""

    modality: str
    channels: str
    map_dropout: float
    width: str
    side_px: int
    gamma: float
    ablation: str
    warmup: float
    epochs: int
    learning_rate: float
    patience: int
    keep: str
    augmentation: bool

    @classmethod
    def from_params(cls, params: Mapping[str, Any]) -> TrainSettings:
        """Read a request's parameters; those of the platform are its own business.

        Raises:
            InputRefused: The maps are not those of the modality, or are named twice.
        """
        found = cls(**{name: params[name] for name in cls.__dataclass_fields__})
        known = MR_ROLES if found.modality == "MRI" else CT_ROLES
        roles = found.network.roles
        if set(roles) - set(known) or len(set(roles)) < len(roles):
            raise InputRefused(
                f"Cannot set channels to {found.channels!r}",
                f"the maps of {found.modality} are {', '.join(known)}",
                "Name each that is wanted once, with commas between.",
            )
        return found

    @property
    def network(self) -> NetworkSettings:
        """What a run must know."""
        usual = ("adc", "ttp", "tmax") if self.modality == "MRI" else CT_ROLES
        roles = tuple(word.strip() for word in self.channels.split(",") if word.strip()) or usual
        return NetworkSettings(
            modality=self.modality,
            roles=roles,
            needs=() if self.map_dropout else roles,
            width=self.width,
            side_px=self.side_px,
            ablation=self.ablation,
            class_weights=CLASS_WEIGHTS["CT"] if self.modality == "CT" and VARIANTS[self.ablation][0] else (),
        )
