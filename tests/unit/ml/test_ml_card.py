from __future__ import annotations

import math
import tomllib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from medview.core.errors import InputRefused
from medview.ml.card import CARD_NAME, ModelCard, file_sha256, read_card, verified_sha256, write_card
from medview.ml.toml_text import toml_text

SCALARS = st.one_of(
    st.booleans(),
    st.integers(-(2**63), 2**63 - 1),
    st.floats(allow_nan=False),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=12),
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=4), inner, max_size=3)
    ),
    max_leaves=8,
)


def full_card(**changes):
    facts = {
        "model_id": "t2-vessels",
        "version": "1.2",
        "title": 'Vessels "small"\nsecond line',
        "sha256": "0" * 64,
        "licence": "Apache-2.0",
        "trained_on": "40 scans at 0.5 mm; µ = 3",
        "intended_use": "T2 scans",
        "not_for": "CT",
        "results": ({"data": "test", "dice": 0.87}, {"data": "7 T", "dice": 0.5}),
        "settings": {"pixel_spacing_mm": 0.4, "width": 32, "levels": [1, 2, 4], "norm": {"kind": "z"}},
        "citation": "Someone 2026",
    }
    return ModelCard(**{**facts, **changes})


def test_a_card_reads_back_as_written(tmp_path):
    write_card(tmp_path, full_card())
    assert read_card(tmp_path) == full_card()
    assert [path.name for path in tmp_path.iterdir()] == [CARD_NAME]


@settings(max_examples=60, deadline=None)
@given(st.dictionaries(st.text(max_size=6), VALUES, max_size=4))
def test_any_plain_table_survives_toml(table):
    assert tomllib.loads(toml_text(table)) == table


def test_not_a_number_and_infinity_survive_toml_and_none_has_no_form():
    back = tomllib.loads(toml_text({"a": math.nan, "b": -math.inf, "c": "\x7f\x00"}))
    assert math.isnan(back["a"])
    assert (back["b"], back["c"]) == (-math.inf, "\x7f\x00")
    with pytest.raises(TypeError, match="NoneType"):
        toml_text({"a": None})


HEAD = 'model_id = "a"\nversion = "1"\ntitle = "t"\n'
SHA = f'sha256 = "{"0" * 64}"\n'


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("model_id = ", "Invalid value"),
        (HEAD, "sha256 is missing"),
        (f'{HEAD}sha256 = "xyz"', "64 lower case hexadecimal"),
        (f"{HEAD}{SHA}licence = 1", "licence must be text"),
        (f"{HEAD}{SHA}results = 3", "not iterable"),
        (f"{HEAD}{SHA}results = [3]", "list of tables"),
        (f"{HEAD}{SHA}settings = 3", "settings must be a table"),
        ('colour = "red"', "colour is not a field of a card"),
    ],
)
def test_a_malformed_card_is_refused_with_the_reason(tmp_path, text, reason):
    (tmp_path / CARD_NAME).write_text(text)
    with pytest.raises(InputRefused, match="Cannot use the model card") as refusal:
        read_card(tmp_path)
    assert reason in refusal.value.detail


def test_bytes_that_are_no_text_are_refused(tmp_path):
    (tmp_path / CARD_NAME).write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InputRefused):
        read_card(tmp_path)


def test_weights_that_are_not_the_cards_are_refused(tmp_path):
    weights = tmp_path / "weights.safetensors"
    with pytest.raises(InputRefused, match=r"weights\.safetensors is missing"):
        verified_sha256(tmp_path, full_card())
    weights.write_bytes(b"numbers")
    card = full_card(sha256=file_sha256(weights))
    assert verified_sha256(tmp_path, card) == card.sha256
    weights.write_bytes(b"other numbers")
    with pytest.raises(InputRefused, match="not the file that its card describes"):
        verified_sha256(tmp_path, card)
