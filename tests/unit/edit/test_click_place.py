"""Where smart clicks look: slices laid flat, and regions around clicks."""

from __future__ import annotations

import numpy as np
import pytest

from medview.core.geometry import Geometry
from medview.edit.click_place import ClickPlace, plane_key

SHAPE = (100, 90, 30)


def grid(degrees: float = 0.0) -> Geometry:
    c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    matrix = np.diag([0.5, 1.0, 2.0, 1.0])
    matrix[:3, :3] = np.array([[1, 0, 0], [0, c, -s], [0, s, c]]) @ matrix[:3, :3]
    return Geometry(SHAPE, matrix)


def test_a_slice_along_the_grid_is_that_slice() -> None:
    geometry = grid()
    place = ClickPlace.slice_of(geometry, geometry.ras_of((10, 20, 7)), (0, 0, -3))
    values = np.arange(np.prod(SHAPE)).reshape(SHAPE)
    np.testing.assert_array_equal(place.held(values), values[:, :, 7])
    assert place.spacing_mm == (0.5, 1.0)
    np.testing.assert_allclose(place.places_of([geometry.ras_of((10.25, 20, 7))]), [[10.25, 20]])
    assert place.places_of([geometry.ras_of((-3, 20, 7))]).shape == (0, 2)


def test_what_is_found_on_an_oblique_slice_lies_along_it() -> None:
    geometry = grid(30)
    middle = geometry.ras_of((50, 45, 15))
    place = ClickPlace.slice_of(geometry, middle, (0, 0, 1))
    region = place.region(np.ones(place.inside.shape, bool))
    voxels = np.argwhere(region.mask) + region.offset_ijk
    away = geometry.ras_of(voxels)[:, 2] - middle[2]
    assert np.abs(away).max() <= 2.0 / 2
    np.testing.assert_allclose(place.places_of([middle]), [[50, 45]])


def test_a_region_holds_all_clicks_that_fit_and_always_the_newest() -> None:
    geometry = grid()

    def origin(*clicks: tuple[int, int, int]) -> tuple[int, ...]:
        return ClickPlace.region_around(geometry, [geometry.ras_of(ijk) for ijk in clicks]).origin_ijk

    assert origin((50, 45, 15)) == (18, 13, 0)
    assert origin((0, 89, 0)) == (0, 26, 0)
    assert origin((20, 45, 15), (60, 45, 15)) == (8, 13, 0)
    assert origin((5, 45, 15), (60, 45, 15), (99, 45, 15)) == (36, 13, 0)
    assert ClickPlace.region_around(geometry, [geometry.ras_of((50, 45, 15))]).inside.shape == (64, 64, 30)


def test_a_box_is_kept_within_the_picture() -> None:
    geometry = grid()
    place = ClickPlace.slice_of(geometry, geometry.ras_of((0, 0, 7)), (0, 0, 1))
    assert place.box_of([]) is None
    box = place.box_of([geometry.ras_of((-9, 20, 7)), geometry.ras_of((30, 200, 7))])
    np.testing.assert_allclose(box, [[0, 20], [30, 89]])


@pytest.mark.parametrize("degrees", [0, 30])
def test_a_plane_is_known_again_from_either_side_and_another_one_is_not(degrees: float) -> None:
    geometry = grid(degrees)
    one, across = geometry.ras_of((50, 45, 15)), np.array([7.0, -3.0, 0.0])
    key = plane_key(geometry, one, (0, 0, 1))
    assert plane_key(geometry, one + across, (0, 0, -2)) == key
    assert plane_key(geometry, one + np.array([0, 0, 2.0]), (0, 0, 1)) != key
    assert plane_key(geometry, one, (0, 1, 0)) != key
