"""A field as a layer: where its cells lie in the patient, when it may be measured, what it refuses."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from medview.core.pose_frame import rotation_of
from medview.core.radiance import (
    FIRST_MM_PER_UNIT,
    FieldDisplay,
    FieldMode,
    Placement,
    RadianceField,
    ScaleSource,
)


def field(baked: np.ndarray, placement: Placement | None = None) -> RadianceField:
    scene_from_ijk = np.diag([0.1, 0.2, 0.3, 1])
    scene_from_ijk[:3, 3] = (-1, -1, -1)
    return RadianceField(
        name="abdomen",
        folder=Path("abdomen"),
        method="Instant-NGP",
        baked=baked,
        scene_from_ijk=scene_from_ijk,
        placement=placement or Placement(ras_from_scene=np.diag([50.0, 50, 50, 1])),
    )


@given(st.floats(0.01, 1000), st.integers(0, 2**32 - 1))
def test_scale_of_a_placement_is_that_of_its_similarity(scale: float, seed: int) -> None:
    matrix = np.eye(4)
    matrix[:3, :3] = scale * rotation_of(np.random.default_rng(seed).normal(size=4))
    assert Placement(ras_from_scene=matrix).mm_per_unit == pytest.approx(scale, rel=1e-9)


@pytest.mark.parametrize("source", list(ScaleSource))
def test_lengths_mean_millimetres_once_the_scale_is_known(source: ScaleSource) -> None:
    placement = Placement(ras_from_scene=np.eye(4), scale_source=source)
    assert placement.is_measurable is (source is not ScaleSource.ARBITRARY)


def test_cells_lie_where_the_placement_puts_the_scene() -> None:
    geometry = field(np.zeros((2, 3, 4, 4), np.uint8)).geometry
    assert geometry.shape == (2, 3, 4)
    np.testing.assert_allclose(geometry.ras_from_ijk @ (1, 2, 3, 1), (-45, -30, -5, 1))
    assert FIRST_MM_PER_UNIT == 50


def test_baked_colours_cannot_be_changed() -> None:
    made = field(np.zeros((2, 2, 2, 4), np.uint8))
    with pytest.raises(ValueError, match="read-only"):
        made.baked[0] = 1


@pytest.mark.parametrize(
    "baked", [np.zeros((2, 2, 2, 3), np.uint8), np.zeros((2, 2, 4), np.uint8), np.zeros((2, 2, 2, 4))]
)
def test_grids_of_another_kind_are_refused(baked: np.ndarray) -> None:
    with pytest.raises(ValueError, match="red, green, blue, opacity"):
        field(baked)


def test_a_field_is_first_shown_in_its_colours_with_its_cameras() -> None:
    shown = FieldDisplay()
    assert (shown.mode, shown.time, shown.cameras, shown.frame) == (FieldMode.COLOUR, 0, True, None)
