from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from medview.core.errors import InputRefused
from medview.core.params import Bool, Choice, File, Float, Int, LayerParam, Seed, Text, defaults, validate

PARAMS = (
    Float(name="radius", title="Radius", help="How far.", default=2.0, minimum=0.5, maximum=10, unit="mm"),
    Int(name="patches", title="Patches", help="How many.", default=4, minimum=1),
    Bool(name="mirror", title="Mirror", help="Also mirrored.", default=False),
    Choice(name="quality", title="Quality", help="How well.", default="fast", choices=("fast", "best")),
    Text(name="note", title="Note", help="For the record.", maximum_length=5),
    File(name="atlas", title="Atlas", help="A scan.", suffixes=(".nii.gz",)),
    LayerParam(name="mask", title="Mask", help="Where.", kinds=("labels",)),
    Seed(),
)


def test_without_values_the_defaults_come_in_order():
    assert validate(PARAMS, {}) == defaults(PARAMS)
    assert list(validate(PARAMS, {"seed": 1, "radius": 3})) == [param.name for param in PARAMS]


def test_text_from_the_command_line_becomes_the_right_type(tmp_path):
    atlas = tmp_path / "atlas.nii.gz"
    atlas.write_bytes(b"")
    words = {
        "radius": "1e0", "patches": " 7", "mirror": "Yes", "quality": "best", "note": "ok",
        "atlas": str(atlas), "seed": "4294967295",
    }  # fmt: skip
    values = validate(PARAMS, words)
    assert values == {
        "radius": 1.0, "patches": 7, "mirror": True, "quality": "best", "note": "ok",
        "atlas": str(atlas), "mask": "", "seed": 2**32 - 1,
    }  # fmt: skip
    assert type(values["radius"]) is float
    assert type(values["patches"]) is int


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("radius", 11, "it must be between 0.5 and 10 mm"),
        ("radius", "nan", "the number must be finite"),
        ("radius", "wide", "a number is needed"),
        ("radius", True, "a number is needed"),
        ("radius", None, "a number is needed"),
        ("patches", 0, "it must be between 1 and 2147483647"),
        ("patches", 2.5, "a whole number is needed"),
        ("patches", "2.5", "a whole number is needed"),
        ("patches", float("inf"), "a whole number is needed"),
        ("mirror", "perhaps", "yes or no"),
        ("quality", "better", "the choices are fast, best"),
        ("quality", ["fast"], "the choices are fast, best"),
        ("note", "too long", "at most 5 characters"),
        ("note", 3, "text is needed"),
        ("atlas", "/no/such/file", "there is no such file"),
        ("mask", 3, "the id of a layer is needed"),
        ("seed", -1, "it must be between 0 and 4294967295"),
    ],
)
def test_values_out_of_range_or_of_the_wrong_type_are_refused_with_the_reason(name, value, reason):
    with pytest.raises(InputRefused, match=f"Cannot set {name} to ") as refusal:
        validate(PARAMS, {name: value})
    assert reason in refusal.value.detail
    assert refusal.value.exit_code == 3


def test_unknown_names_list_the_known_ones():
    with pytest.raises(InputRefused) as refusal:
        validate(PARAMS[:2], {"radios": 3})
    assert str(refusal.value) == (
        "Cannot set radios: there is no such parameter. The known ones are radius, patches."
    )
    with pytest.raises(InputRefused, match="There is nothing to set"):
        validate((), {"x": 1})


def test_open_ranges_are_told_by_their_one_end():
    at_least = Float(name="a", title="A", help="", default=1, minimum=0)
    at_most = Float(name="a", title="A", help="", default=1, maximum=3)
    with pytest.raises(InputRefused, match="at least 0"):
        validate((at_least,), {"a": -1})
    with pytest.raises(InputRefused, match="at most 3"):
        validate((at_most,), {"a": 4})


@settings(max_examples=60, deadline=None)
@given(
    st.one_of(
        st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=8), st.lists(st.integers())
    )
)
def test_any_value_is_either_taken_within_limits_or_refused_never_a_crash(value):
    for param in PARAMS:
        try:
            taken = validate((param,), {param.name: value})[param.name]
        except InputRefused:
            continue
        assert validate((param,), {param.name: taken})[param.name] == taken
        if isinstance(param, Float | Int | Seed):
            assert param.minimum <= taken <= param.maximum
