"""Who or what made a label: hands, models with their weights, files, in the order in which they came."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any

ParamFact = str | int | float | bool

_HASH_LETTERS = 12


class MakerKind(Enum):
    """What sort of maker worked on a label."""

    HAND = "hand"
    MODEL = "model"
    FILE = "file"
    UNKNOWN = "unknown"


@dataclass(frozen=True, kw_only=True)
class Maker:
    """One who worked on a label.

    Args:
        kind: A person's tools, a model, a file that says no more, or nobody knows.
        name: A model's id, or the name of the file.
        version: Of the model.
        weights_sha256: Of the model's weights, 64 letters.
        params: Names and values of the model's parameters, as last used.
    """

    kind: MakerKind
    name: str = ""
    version: str = ""
    weights_sha256: str = ""
    params: tuple[tuple[str, ParamFact], ...] = ()

    def is_same_as(self, other: Maker) -> bool:
        """Whether it is the same one, whatever the parameters."""
        return replace(self, params=()) == replace(other, params=())

    def __str__(self) -> str:
        """Such as ``"model t2_vessels 2.1, weights 0123456789ab"``; parameters are left to `params_text`."""
        words = " ".join(filter(None, (self.kind.value, self.name, self.version)))
        weights = self.weights_sha256[:_HASH_LETTERS]
        return f"{words}, weights {weights}" if weights else words

    @property
    def params_text(self) -> str:
        """Such as ``"threshold=0.5, smooth=True"``."""
        return ", ".join(f"{name}={value}" for name, value in self.params)


HAND = Maker(kind=MakerKind.HAND)
SOMEBODY = Maker(kind=MakerKind.UNKNOWN)


def model_maker(facts: Mapping[str, Any]) -> Maker | None:
    """The model that a provenance tells of (``model, version, weights_sha256, params``); None of none."""
    if not facts.get("model"):
        return None
    params = facts.get("params")
    pairs = params.items() if isinstance(params, Mapping) else ()
    return Maker(
        kind=MakerKind.MODEL,
        name=str(facts["model"]),
        version=str(facts.get("version") or ""),
        weights_sha256=str(facts.get("weights_sha256") or ""),
        params=tuple((str(name), _fact(value)) for name, value in pairs),
    )


def _fact(value: Any) -> ParamFact:
    return value if isinstance(value, str | int | float | bool) else str(value)


@dataclass(frozen=True)
class Origin:
    """All who worked on a label, in the order in which they came to it; empty where it is not stated."""

    makers: tuple[Maker, ...] = ()

    def touched_by(self, maker: Maker, *, was_empty: bool) -> Origin:
        """The origin after somebody has changed which voxels the label holds.

        Args:
            maker: Who changed it. A model that comes again is noted once, with its last parameters.
            was_empty: It held no voxel before: what was noted of it is over.
        """
        if was_empty:
            return Origin((maker,))
        earlier = self.makers or (SOMEBODY,)
        if any(known.is_same_as(maker) for known in earlier):
            return Origin(tuple(maker if known.is_same_as(maker) else known for known in earlier))
        return Origin((*earlier, maker))

    def joined_with(self, other: Origin) -> Origin:
        """The origin of a label that takes over another's voxels."""
        news = tuple(m for m in other.makers if not any(m.is_same_as(known) for known in self.makers))
        return Origin((*self.makers, *news))

    @property
    def is_by_hand(self) -> bool:
        """Whether a person's tools alone made it."""
        return bool(self.makers) and all(maker.kind is MakerKind.HAND for maker in self.makers)

    @property
    def models(self) -> tuple[Maker, ...]:
        """The models among its makers."""
        return tuple(maker for maker in self.makers if maker.kind is MakerKind.MODEL)

    @property
    def is_by_models(self) -> bool:
        """Whether models alone made it."""
        return bool(self.makers) and len(self.models) == len(self.makers)

    def __bool__(self) -> bool:
        return bool(self.makers)

    def __str__(self) -> str:
        """Such as ``"hand"``, or ``"model a 1, weights 012…; then hand"``; empty where it is not stated."""
        return "; then ".join(str(maker) for maker in self.makers)


NOT_STATED = Origin()
BY_HAND = Origin((HAND,))
