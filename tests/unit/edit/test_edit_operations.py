"""Every operation of the list, on a scan with a bright ball, and on a mask of another grid than the scan."""

from __future__ import annotations

import numpy as np
import pytest

from medview.core.errors import InputRefused
from medview.core.geometry import Geometry
from medview.core.labels import LabelMap
from medview.core.params import validate
from medview.core.volume import Source, Volume, value_range
from medview.edit.intensities import intensities
from medview.edit.operation import Given
from medview.edit.operations import OPERATIONS, operation

GRID = Geometry.from_spacing((30, 28, 16), (1.0, 1.0, 2.0))


def distance_mm(geometry: Geometry = GRID) -> np.ndarray:
    return np.linalg.norm(geometry.ras_of(np.moveaxis(np.indices(geometry.shape), 0, -1)), axis=-1)


def ball(radius_mm: float, geometry: Geometry = GRID) -> np.ndarray:
    return distance_mm(geometry) <= radius_mm


def scan(geometry: Geometry = GRID) -> Volume:
    data = np.clip(200 - 20 * distance_mm(geometry), 0, None).astype(np.float32)  # 100 at 5 mm
    source = Source(path=None, format="synthetic", stored=geometry)
    return Volume(name="ball", data=data, geometry=geometry, source=source, values=value_range(data))


def given(mask: np.ndarray, geometry: Geometry = GRID, **more) -> Given:
    labels = LabelMap(mask.astype(np.uint8), geometry)
    return Given(labels=labels, value=1, **{"scan": scan(), **more})


def done(work: Given, name: str, **values) -> np.ndarray:
    chosen = operation(name)
    patches = chosen.patches(work, validate(chosen.params, values))
    with work.labels.edit():
        for patch in patches:
            work.labels.apply(patch)
    return np.array(work.labels.array)


@pytest.mark.parametrize("entry", OPERATIONS, ids=[entry.id for entry in OPERATIONS])
def test_every_operation_has_words_and_valid_defaults(entry) -> None:
    assert entry.title and entry.help.endswith(".")
    assert validate(entry.params, {}) == {param.name: param.default for param in entry.params}


@pytest.mark.parametrize("entry", [e for e in OPERATIONS if e.needs_label], ids=lambda entry: entry.id)
def test_operations_on_a_label_without_voxels_refuse_in_words(entry) -> None:
    with pytest.raises(InputRefused):
        done(given(np.zeros(GRID.shape)), entry.id)


def test_a_threshold_gives_the_label_to_what_lies_between() -> None:
    found = done(given(np.zeros(GRID.shape)), "threshold", low=100, high=1000)
    assert ((found == 1) == ball(5)).all()


def test_a_threshold_within_the_label_only_takes_away() -> None:
    found = done(given(ball(8)), "threshold", low=100, high=1000, inside_only=True)
    assert ((found == 1) == ball(5)).all()


def test_a_threshold_on_another_grid_lies_at_the_same_place() -> None:
    fine = Geometry.from_spacing((40, 40, 40), 0.7)
    found = done(given(np.zeros(fine.shape), fine), "threshold", low=100, high=1000)
    differing = (found == 1) != ball(5, fine)
    assert differing.sum() < 0.1 * ball(5, fine).sum()


def test_outside_the_scan_there_is_nothing_to_threshold() -> None:
    wide = Geometry.from_spacing((60, 8, 8), 1.0)
    everything = tuple(slice(0, n) for n in wide.shape)
    values = intensities(scan(), 0, wide, everything)
    assert np.isnan(values[0]).all() and np.isfinite(values[30, 4, 4])
    found = done(given(np.zeros(wide.shape), wide), "threshold", low=-1e9, high=1e9)
    assert not found[0].any() and found[30, 4, 4] == 1


def test_left_out_slices_are_interpolated() -> None:
    mask = ball(8)
    mask[..., 6:9:2] = mask[..., 7:8] = False
    found = done(given(mask), "interpolate")
    assert found[15, 14, 7] == 1
    with pytest.raises(InputRefused, match="no slice was left out"):
        done(given(ball(8)), "interpolate")


def test_seeds_grow_until_they_meet_at_the_edge() -> None:
    values = scan()
    step = Volume(
        name="step",
        data=(values.data > 80).astype(np.float32) * 100,
        geometry=GRID,
        source=values.source,
        values=values.values,
    )
    seeds = ball(2).astype(np.uint8) + 2 * (distance_mm() > 11).astype(np.uint8)
    found = done(given(seeds, scan=step), "grow_from_seeds", smoothing_mm=0)
    assert ((found == 1) != ball(6)).sum() < 0.35 * ball(6).sum()
    assert set(np.unique(found)) == {1, 2}


def test_islands_go_by_number_and_by_volume() -> None:
    mask = ball(5)
    mask[1:3, 1, 1] = True  # 2 voxels of 2 mm³
    mask[28, 26, 14] = True  # 1 voxel
    assert ((done(given(mask), "keep_islands") == 1) == ball(5)).all()
    kept = done(given(mask), "remove_islands", volume_mm3=4)
    assert kept[1, 1, 1] and not kept[28, 26, 14]


def test_holes_are_filled_in_space_or_in_slices() -> None:
    mask = ball(8)
    mask[15, 14, 8] = False
    assert done(given(mask), "fill_holes")[15, 14, 8] == 1
    mask[15, 14, :] = False
    assert done(given(mask), "fill_holes")[15, 14, 8] == 0
    assert done(given(mask), "fill_holes", holes="k")[15, 14, 8] == 1


@pytest.mark.parametrize("kind", ["median", "gaussian", "open", "curvature"])
def test_every_smoothing_takes_a_lone_voxel_away(kind: str) -> None:
    mask = ball(8)
    mask[1, 1, 1] = True
    found = done(given(mask), "smooth", kind=kind, size_mm=2)
    assert not found[1, 1, 1] and found[15, 14, 8]


def test_closing_fills_a_crack() -> None:
    mask = ball(8)
    mask[15] = False
    assert done(given(mask), "smooth", kind="close", size_mm=2)[15, 14, 8] == 1


def test_growing_shrinking_and_hollowing_change_the_size_as_told() -> None:
    size = int(ball(8).sum())
    assert (done(given(ball(8)), "margin", margin_mm=2) == 1).sum() > size
    assert (done(given(ball(8)), "margin", margin_mm=-2) == 1).sum() < size
    hollow = done(given(ball(8)), "hollow", wall_mm=2)
    assert hollow[15, 14, 8] == 0 and ((hollow == 1) & ~ball(8)).sum() == 0


@pytest.mark.parametrize("how", ["add", "subtract", "intersect"])
def test_two_masks_are_combined_also_across_grids(how: str) -> None:
    fine = Geometry.from_spacing((60, 60, 60), 0.5)
    right = distance_mm(fine) <= 8
    right[:30] = False
    other = LabelMap(right.astype(np.uint8) * 3, fine)
    found = done(given(ball(6), masks={"7": other}), "combine", mask="7", label=3, how=how) == 1
    patient_right = GRID.ras_of(np.moveaxis(np.indices(GRID.shape), 0, -1))[..., 0] > 0
    half = ball(8) & patient_right
    truth = {"add": ball(6) | half, "subtract": ball(6) & ~half, "intersect": ball(6) & half}[how]
    assert (found != truth).sum() <= 0.06 * truth.sum()  # voxels at the rim


def test_combining_without_another_mask_is_refused_in_words() -> None:
    with pytest.raises(InputRefused, match="no other mask was chosen"):
        done(given(ball(5)), "combine")


def test_other_labels_stay_where_a_label_only_loses() -> None:
    mask = ball(8).astype(np.uint8)
    mask[:5] = 2
    found = done(given(mask), "margin", margin_mm=-2)
    assert (found[:5] == 2).all()
