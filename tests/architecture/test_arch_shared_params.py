"""The same word means the same in every method: shared parameters have one declaration."""

from __future__ import annotations

from dataclasses import replace

import pytest

from medview.ml.belief import BELIEF_PARAMS
from medview.ml.registry import BUILT_IN, Registry
from medview.zoo.learning.params import ablation_param, training_params
from medview.zoo.slicewise.params import (
    decay_param,
    pixel_spacing_param,
    smallest_piece_param,
    threshold_param,
    width_param,
    window_param,
)

OWN = ("default", "help", "minimum", "maximum", "step", "choices", "titles")
"""What a method may say of a shared parameter in its own way."""
SHARED = {
    param.name: param
    for param in (
        *BELIEF_PARAMS,
        *training_params(augmentation="Some."),
        ablation_param({}, ""),
        threshold_param("", ""),
        smallest_piece_param(),
        width_param("", ""),
        pixel_spacing_param(1.0, (0.1, 2.0), 0.1),
        window_param(""),
        decay_param(""),
    )
}
SPECS = Registry(BUILT_IN, with_plugins=False).specs()


def of_all_methods(name):
    return [
        (spec.id, param)
        for spec in SPECS
        for param in (*spec.params, *spec.train_params)
        if param.name == name
    ]


@pytest.mark.parametrize("name", SHARED)
def test_a_shared_parameter_is_the_same_but_for_defaults_and_limits(name):
    wanted, found = SHARED[name], of_all_methods(name)
    assert found, "no method has it"
    for model, param in found:
        assert type(param) is type(wanted), model
        same = {key: getattr(wanted, key) for key in OWN if hasattr(wanted, key)}
        assert replace(param, **same) == wanted, model


def test_the_ids_that_cards_and_commands_go_by_are_still_there():
    ids = {spec.id: {param.name for param in (*spec.params, *spec.train_params)} for spec in SPECS}
    head = {"threshold", "min_component_voxels", "width", "pixel_spacing_mm", "crop_px", "window_px", "decay"}
    assert head <= ids["t2-vessels"] and head <= ids["flair-wmh"]
    assert {"threshold", "min_component_ml", "width", "side_px"} <= ids["stroke-lesion"]
    assert {"width", "pixel_mm", "crop_px"} <= ids["cardiac-pathology"]
