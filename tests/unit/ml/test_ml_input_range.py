"""A scan like those of the training is passed over in silence; one that is not is told of, and how."""

from __future__ import annotations

import numpy as np
import pytest

from medview.core.geometry import Geometry
from medview.ml.input_range import facts_of, range_table, range_warnings
from medview.ml.request import InputArray


def scan(shape=(40, 50, 30), spacing=(1.0, 1.0, 2.0), power=1.0, scale=1000.0, offset=0.0, **changes):
    """A ball of values between air; `power` bends their histogram."""
    rng = np.random.default_rng(0)
    grids = np.meshgrid(*[np.linspace(-1, 1, n) for n in shape], indexing="ij")
    inside = sum(grid**2 for grid in grids) < 0.8
    values = scale * inside * (0.2 + 0.8 * rng.random(shape) ** power) + offset
    given = {"array": values.astype(np.float32), "geometry": Geometry.from_spacing(shape, spacing)}
    return InputArray(**{"modality": "T2", **given, **changes})


@pytest.fixture
def table(fake_models):
    return lambda *scans: range_table(fake_models.SPEC, [{"t2": facts_of(item)} for item in scans])


@pytest.fixture
def told(fake_models, table):
    def tell(item, *learned):
        return range_warnings(fake_models.SPEC, table(*learned or (scan(),)), {"t2": facts_of(item)})

    return tell


def test_facts_do_not_change_with_the_scale_of_the_values():
    first, second = facts_of(scan()), facts_of(scan(scale=3.0, offset=-7.0))
    assert second.median_part == pytest.approx(first.median_part, abs=1e-3)
    assert second.air_part == pytest.approx(first.air_part, abs=1e-3)
    assert 0.3 < first.air_part < 0.8
    assert first.median_part == pytest.approx(0.5, abs=0.03)
    assert first.extent_mm == (40.0, 50.0, 60.0)


def test_a_scan_like_those_of_the_training_is_not_warned_of(told):
    assert told(scan()) == ()
    assert told(scan(scale=12.0), scan()) == ()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"modality": "T1"}, "it is T1, the model reads T2"),
        ({"spacing": (1.0, 1.0, 6.0)}, "voxels measure 6 mm up-down, in training 2 mm"),
        ({"spacing": (3.0, 1.0, 2.0)}, "voxels measure 3 mm right-left, in training 1 mm"),
        ({"shape": (40, 50, 8)}, "the field of view measures 16 mm up-down, in training 60 mm"),
        ({"power": 4.0}, "its typical brightness is"),
        ({"value_unit": "HU"}, "its values are in HU, in training in none"),
    ],
)
def test_what_differs_is_told_with_both_numbers(told, changes, words):
    sentences = told(scan(**changes))
    assert any(words in sentence for sentence in sentences)
    assert all(sentence.startswith("T2 scan: ") and sentence.endswith(".") for sentence in sentences)


def test_an_unknown_modality_is_not_held_against_a_scan(told):
    assert told(scan(modality="")) == ()


def test_a_film_is_told_from_a_still_scan(told):
    still = scan()
    film = np.stack([still.array] * 5, axis=3)
    sentences = told(InputArray(array=film, geometry=still.geometry, modality="T2"))
    assert sentences == ("T2 scan: it holds 5 frames, the model saw 1.",)


def test_hounsfield_units_are_compared_themselves(told):
    body = scan(value_unit="HU", offset=-1000.0, scale=1100.0)
    assert told(body, body) == ()
    shifted = scan(value_unit="HU", offset=-1000.0, scale=4000.0)
    assert any("HU, in training" in sentence for sentence in told(shifted, body))


def test_the_range_spans_all_subjects_and_a_card_without_one_compares_the_modality_only(fake_models, table):
    rows = table(scan(), scan(spacing=(1.5, 1.0, 2.0)))
    assert rows["subjects"] == 2
    assert (rows["spacing_min_mm"], rows["spacing_max_mm"]) == ([1.0, 1.0, 2.0], [1.5, 1.0, 2.0])
    odd = {"t2": facts_of(scan(modality="CT", spacing=(9.0, 9.0, 9.0)))}
    assert range_warnings(fake_models.SPEC, {}, odd) == ("T2 scan: it is CT, the model reads T2.",)


def test_a_damaged_range_is_passed_over(fake_models):
    odd = {"spacing_min_mm": "narrow", "roles": {"t2": 7}, "extent_min_mm": [None]}
    assert range_warnings(fake_models.SPEC, odd, {"t2": facts_of(scan())}) == ()
    with pytest.raises(ValueError, match="no subject"):
        range_table(fake_models.SPEC, [])
