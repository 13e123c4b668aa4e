"""The label tables that come with the program, and the codes that they know."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache

from medview.core.codes import SNOMED, Code, Terminology
from medview.core.labels import LabelEntry
from medview.core.places import resource
from medview.io.label_tables.files import read_label_table

#: In the order of the menu: file name, and what people call the table.
_TABLES = {
    "brain": "Brain",
    "vessels": "Vessels",
    "heart": "Heart",
    "thorax": "Thorax",
    "abdomen": "Abdomen and pelvis",
    "spine": "Spine",
    "lesions": "Lesions",
}
#: The categories of DICOM PS3.16 CID 7150.
CATEGORIES = (
    Code("91723000", SNOMED, "Anatomical Structure"),
    Code("85756007", SNOMED, "Tissue"),
    Code("49755003", SNOMED, "Morphologically Abnormal Structure"),
    Code("91720002", SNOMED, "Body Substance"),
    Code("260787004", SNOMED, "Physical object"),
    Code("246464006", SNOMED, "Function"),
    Code("309825002", SNOMED, "Spatial and Relational Concept"),
    Code("105590001", SNOMED, "Substance"),
)
LEFT, RIGHT = Code("7771000", SNOMED, "Left"), Code("24028007", SNOMED, "Right")


@dataclass(frozen=True)
class BundledTable:
    """A table of the program's own: its name in menus, and its labels."""

    table_id: str
    title: str

    @property
    def entries(self) -> tuple[LabelEntry, ...]:
        """The labels; read where they are wanted, since nobody wants all tables."""
        return read_label_table(resource("labels", f"{self.table_id}.json"))


def bundled_tables() -> tuple[BundledTable, ...]:
    """All tables, in the order of the menu."""
    return tuple(BundledTable(table_id, title) for table_id, title in _TABLES.items())


@cache
def _known_terms() -> dict[tuple[str, str], Terminology]:
    """What the tables say of every type, by scheme and number."""
    entries = (entry for table in bundled_tables() for entry in table.entries)
    return {(kind.scheme, kind.value): e.terms for e in entries if (kind := e.terms.type) is not None}


def completed(terms: Terminology) -> Terminology:
    """The codes with what the tables know of their type: its category, and its meaning in words."""
    known = _known_terms().get((terms.type.scheme, terms.type.value)) if terms.type is not None else None
    if known is None or terms.type is None:
        return terms
    kind = terms.type if terms.type.meaning else known.type
    return replace(terms, category=terms.category or known.category, type=kind)


@cache
def known_types() -> tuple[Code, ...]:
    """Every segmented property type of the tables, by its meaning."""
    entries = (entry for table in bundled_tables() for entry in table.entries)
    found = {entry.terms.type for entry in entries if entry.terms.type is not None}
    return tuple(sorted(found, key=lambda code: code.meaning.lower()))
