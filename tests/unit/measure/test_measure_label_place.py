from __future__ import annotations

import numpy as np
import pytest

from medview.core.geometry import Geometry
from medview.core.labels import LabelMap
from medview.core.volume import Source, Volume, value_range
from medview.measure.label_place import largest_slice_center, scan_inside
from medview.measure.pieces import piece_count

GRID = Geometry.from_spacing((12, 11, 10), (1, 2, 3))


def labels() -> LabelMap:
    array = np.zeros(GRID.shape, np.uint8)
    array[2:5, 3:6, 4] = 1  # nine voxels
    array[0, 0, 0:3] = 1
    array[2:9, 2, 7], array[2:9, 8, 7] = 2, 2  # two bars: their centre of gravity lies in neither
    return LabelMap(array, GRID)


def scan(data, **facts) -> Volume:
    source = Source(path=None, format="synthetic", stored=GRID)
    return Volume(name="s", data=data, geometry=GRID, source=source, values=value_range(data), **facts)


def test_a_label_is_looked_at_in_the_middle_of_its_largest_axial_slice() -> None:
    assert largest_slice_center(labels(), 1) == tuple(GRID.ras_of((3, 4, 4)))
    assert largest_slice_center(labels(), 3) is None


def test_the_place_lies_on_the_label_also_where_its_middle_does_not() -> None:
    place = largest_slice_center(labels(), 2)
    assert labels().array[GRID.voxel_at(place)] == 2


def test_the_scan_inside_a_label_is_that_of_its_voxels_alone(rng) -> None:
    data = rng.normal(10, 3, GRID.shape)
    data[2, 3, 4] = np.nan
    inside = data[labels().array == 1]
    inside = inside[np.isfinite(inside)]
    found = scan_inside(labels(), 1, scan(data))
    assert found.mean == pytest.approx(inside.mean()) and found.deviation == pytest.approx(inside.std(ddof=1))
    assert (found.minimum, found.median, found.maximum) == (inside.min(), np.median(inside), inside.max())
    assert scan_inside(labels(), 9, scan(data)) is None


def test_pieces_that_touch_by_a_corner_are_one() -> None:
    region = np.zeros((4, 4, 4), bool)
    region[0, 0, 0] = region[1, 1, 1] = region[3, 3, 3] = True
    assert piece_count(region) == 2
