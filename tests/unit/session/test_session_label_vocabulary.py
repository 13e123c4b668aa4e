from __future__ import annotations

import pytest
from pydicom.sr.codedict import codes
from pydicom.sr.coding import Code as DicomCode

from medview.core.codes import Code
from medview.session.labels.vocabulary import CATEGORIES, LEFT, RIGHT, bundled_tables, known_types

#: Concepts of DICOM PS3.16, as pydicom lists them: scheme and value to meaning.
_STANDARD: dict[tuple[str, str], set[str]] = {}
for scheme in ("SCT", "NCIt"):
    collection = getattr(codes, scheme)
    for keyword in collection.dir():
        found = getattr(collection, keyword)
        assert isinstance(found, DicomCode)
        _STANDARD.setdefault((scheme, found.value), set()).add(found.meaning)


def is_standard(code: Code) -> bool:
    return code.meaning in _STANDARD.get((code.scheme, code.value), set())


@pytest.mark.parametrize("table", bundled_tables(), ids=lambda table: table.table_id)
def test_every_code_of_the_tables_is_one_of_dicom_and_means_the_same_there(table) -> None:
    entries = table.entries
    assert [entry.value for entry in entries] == list(range(1, len(entries) + 1))
    assert len({entry.name for entry in entries}) == len({entry.colour for entry in entries}) == len(entries)
    for entry in entries:
        assert entry.terms.category in CATEGORIES and entry.terms.type is not None
        for code in (entry.terms.type, entry.terms.type_modifier):
            assert code is None or is_standard(code), entry.name
        side = entry.name.split()[0].lower()
        wanted = {"left": LEFT, "right": RIGHT}.get(side)
        within = "lobe" in str(entry.terms.type) and "Middle" in str(entry.terms.type)
        is_chamber = ("ventric" in entry.name and "lateral" not in entry.name) or "atrium" in entry.name
        assert entry.terms.type_modifier == (None if within or is_chamber else wanted), entry.name


def test_categories_and_sides_are_those_of_dicom() -> None:
    assert all(is_standard(code) for code in (*CATEGORIES, LEFT, RIGHT))
    standard = {code.value for code in codes.cid7150.concepts.values()}
    assert {code.value for code in CATEGORIES} == standard


def test_the_known_types_are_listed_once_by_their_meaning() -> None:
    meanings = [code.meaning for code in known_types()]
    assert meanings == sorted(meanings, key=str.lower) and len(set(known_types())) == len(meanings) > 80
