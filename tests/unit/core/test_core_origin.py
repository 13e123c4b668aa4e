"""Who worked on a label, step by step."""

from __future__ import annotations

from dataclasses import replace

from medview.core.labels import LabelEntry
from medview.core.origin import BY_HAND, HAND, NOT_STATED, SOMEBODY, Maker, MakerKind, Origin, model_maker

FACTS = {"model": "t2_vessels", "version": "2.1", "weights_sha256": "0123456789abcdef" * 4}
MODEL = model_maker({**FACTS, "params": {"threshold": 0.5, "sides": [1, 2]}})


def test_a_provenance_names_its_model_with_weights_and_parameters() -> None:
    assert (
        Maker(
            kind=MakerKind.MODEL,
            name="t2_vessels",
            version="2.1",
            weights_sha256="0123456789abcdef" * 4,
            params=(("threshold", 0.5), ("sides", "[1, 2]")),
        )
        == MODEL
    )
    assert str(MODEL) == "model t2_vessels 2.1, weights 0123456789ab"
    assert MODEL.params_text == "threshold=0.5, sides=[1, 2]"
    assert model_maker({"study": "head"}) is None


def test_makers_are_kept_in_the_order_in_which_they_came() -> None:
    origin = NOT_STATED.touched_by(MODEL, was_empty=True)
    assert origin == Origin((MODEL,)) and origin.is_by_models and not origin.is_by_hand
    corrected = origin.touched_by(HAND, was_empty=False)
    assert str(corrected) == "model t2_vessels 2.1, weights 0123456789ab; then hand"
    assert not corrected.is_by_models and not corrected.is_by_hand and corrected.models == (MODEL,)
    assert corrected.touched_by(HAND, was_empty=False) == corrected
    again = replace(MODEL, params=(("threshold", 0.7),))
    assert corrected.touched_by(again, was_empty=False) == Origin((again, HAND))
    other = replace(MODEL, version="3")
    assert corrected.touched_by(other, was_empty=False) == Origin((MODEL, HAND, other))


def test_what_an_emptied_label_was_made_by_is_over() -> None:
    assert Origin((MODEL,)).touched_by(HAND, was_empty=True) == BY_HAND


def test_voxels_whose_maker_is_not_stated_do_not_become_handwork() -> None:
    origin = NOT_STATED.touched_by(HAND, was_empty=False)
    assert (
        origin == Origin((SOMEBODY, HAND)) and not origin.is_by_hand and str(origin) == "unknown; then hand"
    )


def test_a_label_that_changes_is_to_be_reviewed_again() -> None:
    entry = LabelEntry(value=1, name="Vein", colour=(1, 2, 3), origin=BY_HAND, is_reviewed=True)
    assert entry.touched_by(HAND, was_empty=False) == replace(entry, is_reviewed=False)


def test_a_label_that_takes_another_over_has_the_makers_of_both() -> None:
    assert Origin((MODEL,)).joined_with(Origin((HAND, MODEL))) == Origin((MODEL, HAND))
