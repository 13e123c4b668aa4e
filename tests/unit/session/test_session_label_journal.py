"""What is done to labels can be brought back by the journal: codes, locks, eyes and notes too."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from medview.core.codes import Code, Terminology
from medview.core.labels import LabelEntry, LabelTable
from medview.core.layers import LayerId
from medview.session.commands import ChangeLabelTable
from medview.session.journal.encoding import known_types
from medview.session.journal.plain import Packer, Unpacker


def test_a_table_with_codes_comes_back_from_the_journal_as_it_was() -> None:
    terms = Terminology(
        category=Code("91723000", "SCT", "Anatomical Structure"),
        type=Code("64033007", "SCT", "Kidney"),
        type_modifier=Code("7771000", "SCT", "Left"),
    )
    entry = LabelEntry(value=3, name="Kidney", colour=(1, 2, 3), terms=terms, locked=True, note="half")
    table = LabelTable((entry, replace(entry, value=9, visible=False)))
    # what the table has looked up for itself is no part of it
    assert table.find(9) is not None and table.locked_values == (3, 9)
    packer = Packer()
    plain = packer.pack(ChangeLabelTable(layer_id=LayerId(1), table=table, title="Take labels"))
    again = Unpacker(known_types(), packer.parts, pytest.fail).unpack(json.loads(json.dumps(plain)))
    assert again.table == table and again.title == "Take labels"
