"""Coded meaning of labels: what DICOM segmentations and terminologies call a segmented property."""

from __future__ import annotations

from dataclasses import dataclass, fields

#: SNOMED CT, as DICOM PS3.16 designates it.
SNOMED = "SCT"


@dataclass(frozen=True)
class Code:
    """One coded concept: its value within a scheme, and what it means in words (64 letters in DICOM)."""

    value: str
    scheme: str = SNOMED
    meaning: str = ""

    def __str__(self) -> str:
        number = f"{self.scheme} {self.value}"
        return f"{self.meaning} ({number})" if self.meaning else number


@dataclass(frozen=True, kw_only=True)
class Terminology:
    """What a label stands for, in the five codes of a DICOM segment (PS3.3 C.8.20.4).

    Args:
        category: Segmented Property Category, such as Tissue or Anatomical Structure.
        type: Segmented Property Type, such as Kidney; what is meant by "the code" of a label.
        type_modifier: Such as Left or Right.
        region: Anatomic Region that a lesion lies in.
        region_modifier: Such as Left or Right.
    """

    category: Code | None = None
    type: Code | None = None
    type_modifier: Code | None = None
    region: Code | None = None
    region_modifier: Code | None = None

    @classmethod
    def of_type(cls, text: str) -> Terminology:
        """A type alone: ``"51114001"``, ``"SCT 51114001"`` or ``"SCT:51114001"``; nothing of no text."""
        words = text.replace(":", " ").split()
        if not words:
            return cls()
        return cls(type=Code(words[-1], words[0] if len(words) > 1 else SNOMED))

    def __bool__(self) -> bool:
        return any(getattr(self, field.name) is not None for field in fields(self))

    def __str__(self) -> str:
        """Such as ``"Kidney (SCT 64033007), Left (SCT 7771000)"``; empty where nothing is coded."""
        parts = (self.type, self.type_modifier, self.region, self.region_modifier)
        return ", ".join(str(part) for part in parts if part is not None)


NOT_CODED = Terminology()
