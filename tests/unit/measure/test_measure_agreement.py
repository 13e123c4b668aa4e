from __future__ import annotations

import json

import numpy as np
import pytest

from medview.core.errors import InputRefused
from medview.core.geometry import Geometry
from medview.core.labels import LabelEntry, LabelMap, LabelTable
from medview.core.volume import Source, Volume, value_range
from medview.measure.agreement import compare_labels, volume_ml
from medview.measure.images import compare_images
from medview.measure.statistics import label_statistics, summary_sentence

SPACING = (1.0, 2.0, 3.0)
GRID = Geometry.from_spacing((20, 20, 20), SPACING)


def labels(*boxes, geometry=GRID) -> LabelMap:
    array = np.zeros(geometry.shape, np.uint8)
    for value, low, high in boxes:
        array[tuple(slice(a, b) for a, b in zip(low, high, strict=True))] = value
    return LabelMap(array, geometry)


def image(data, geometry=None) -> Volume:
    data = np.asarray(data, np.float32)
    geometry = geometry or Geometry.from_spacing(data.shape[:3], 1)
    source = Source(path=None, format="synthetic", stored=geometry)
    return Volume(name="x", data=data.copy(), geometry=geometry, source=source, values=value_range(data))


def test_equal_maps_agree_fully() -> None:
    one = labels((1, (2, 2, 2), (6, 6, 6)))
    row = compare_labels(one, one).labels[0]
    assert (row.dice, row.hd95_mm, row.assd_mm) == (1.0, 0.0, 0.0)
    assert row.volume_ref_ml == pytest.approx(64 * 6 / 1000)


def test_two_single_voxels_are_apart_by_their_distance_in_millimetres() -> None:
    report = compare_labels(labels((1, (2, 2, 2), (3, 3, 3))), labels((1, (5, 4, 3), (6, 5, 4))))
    row = report.labels[0]
    expected = np.sqrt((3 * 1) ** 2 + (2 * 2) ** 2 + (1 * 3) ** 2)
    assert row.dice == 0.0
    assert row.hd95_mm == pytest.approx(expected) and row.assd_mm == pytest.approx(expected)


def test_a_plate_moved_by_one_voxel_has_the_numbers_worked_out_by_hand() -> None:
    # two plates one voxel thick: every voxel is surface and its nearest is 2 mm away
    row = compare_labels(labels((1, (2, 5, 2), (8, 6, 8))), labels((1, (2, 6, 2), (8, 7, 8)))).labels[0]
    assert row.hd95_mm == pytest.approx(2) and row.assd_mm == pytest.approx(2)
    # and thick slabs that overlap by half
    row = compare_labels(labels((1, (2, 4, 2), (8, 8, 8))), labels((1, (2, 6, 2), (8, 10, 8)))).labels[0]
    assert row.dice == pytest.approx(0.5)


def test_one_voxel_against_a_row_of_three_weighs_every_surface_voxel() -> None:
    row = compare_labels(labels((1, (5, 5, 5), (6, 6, 6))), labels((1, (5, 5, 5), (8, 6, 6)))).labels[0]
    assert row.dice == pytest.approx(2 * 1 / 4)
    assert row.assd_mm == pytest.approx((0 + 0 + 1 + 2) / 4)
    assert row.hd95_mm == pytest.approx(np.percentile([0, 1, 2], 95))


def test_distances_on_a_sheared_grid_are_those_of_the_patient() -> None:
    matrix = np.eye(4)
    matrix[0, 2] = 0.5
    grid = Geometry((10, 10, 10), matrix)
    first = labels((1, (2, 2, 2), (3, 3, 3)), geometry=grid)
    second = labels((1, (2, 2, 4), (3, 3, 5)), geometry=grid)
    assert compare_labels(first, second).labels[0].hd95_mm == pytest.approx(np.hypot(2, 1))


def test_what_is_missing_has_no_numbers() -> None:
    reference, result = labels((1, (2, 2, 2), (4, 4, 4))), labels((2, (2, 2, 2), (4, 4, 4)))
    reference.table = reference.table.with_entry(LabelEntry(value=3, name="absent", colour=(0, 0, 0)))
    report = compare_labels(reference, result)
    assert [row.value for row in report.labels] == [1, 2, 3]
    assert [row.dice for row in report.labels] == [0.0, 0.0, None]
    assert all(row.hd95_mm is None and row.assd_mm is None for row in report.labels)
    # the mean is over what the reference holds; what it lacks is counted apart: 8 voxels of 6 mm³
    assert report.mean_dice == 0.0 and report.score.n == 1
    assert (report.score.without, report.score.false_findings) == (2, 1)
    assert report.score.false_finding_ml == pytest.approx(0.048)
    assert compare_labels(labels(), labels()).mean_dice is None


def test_the_json_has_the_published_keys_and_names() -> None:
    one = labels((1, (2, 2, 2), (4, 4, 4)))
    one.table = LabelTable((LabelEntry(value=1, name="Artery", colour=(9, 9, 9)),))
    told = json.loads(json.dumps(compare_labels(one, one).as_json()))
    assert told["kind"] == "labels" and told["mean_dice"] == 1.0
    expected = {"value", "name", "dice", "hd95_mm", "assd_mm", "volume_ref_ml", "volume_res_ml"}
    assert set(told["labels"][0]) == expected and told["labels"][0]["name"] == "Artery"
    assert set(told) == {"kind", "labels", "mean_dice"}


def test_labels_that_the_reference_lacks_are_not_in_the_mean_and_are_counted_in_the_json() -> None:
    reference = labels((1, (2, 2, 2), (4, 4, 4)))
    result = labels((1, (2, 2, 2), (4, 4, 4)), (2, (8, 8, 8), (10, 10, 10)), (3, (0, 0, 0), (1, 1, 1)))
    told = compare_labels(reference, result).as_json()
    assert told["mean_dice"] == 1.0 and [row["dice"] for row in told["labels"]] == [1.0, 0.0, 0.0]
    assert (told["n"], told["without"], told["false_findings"]) == (1, 2, 2)
    assert told["false_finding_ml"] == pytest.approx((0.048 + 0.006) / 2)


def test_different_grids_are_refused_with_what_differs() -> None:
    with pytest.raises(InputRefused, match="20 × 20 × 20"):
        compare_labels(labels(), labels(geometry=Geometry.from_spacing((20, 20, 21), 1)))
    with pytest.raises(InputRefused, match="elsewhere"):
        compare_labels(labels(), labels(geometry=Geometry.from_spacing((20, 20, 20), 1)))


def test_volume_counts_the_voxels_of_a_sheared_grid_by_their_determinant() -> None:
    matrix = np.diag([1.0, 2.0, 3.0, 1.0])
    matrix[0, 2] = 0.7
    assert volume_ml(1000, Geometry((10, 10, 10), matrix)) == pytest.approx(6.0)


def test_image_errors_are_those_worked_out_by_hand() -> None:
    first = np.zeros((8, 8, 8))
    first[0, 0, 0] = 10
    second = first + 1
    second[0, 0, 0] = 8
    report = compare_images(image(first), image(second))
    assert report.mae == pytest.approx((511 * 1 + 2) / 512)
    rmse = np.sqrt((511 + 4) / 512)
    assert report.rmse == pytest.approx(rmse)
    assert report.psnr_db == pytest.approx(20 * np.log10(10 / rmse))
    assert set(report.as_json()) == {"kind", "mae", "rmse", "psnr_db", "ssim"}


def test_equal_images_have_no_finite_ratio_and_full_similarity(rng) -> None:
    one = image(rng.normal(size=(9, 9, 9)))
    report = compare_images(one, one)
    assert (report.mae, report.rmse, report.psnr_db) == (0.0, 0.0, None)
    assert report.ssim == pytest.approx(1)


def test_similarity_falls_with_noise_and_exists_for_slices_but_not_for_specks(rng) -> None:
    clean = rng.normal(size=(16, 16, 1))
    noisy = compare_images(image(clean), image(clean + rng.normal(size=clean.shape)))
    assert 0 < noisy.ssim < 0.9
    assert compare_images(image(clean[:4, :4]), image(clean[:4, :4])).ssim is None


def test_voxels_that_are_no_numbers_are_left_out() -> None:
    data = np.arange(512.0).reshape(8, 8, 8)
    holed = data.copy()
    holed[3, 3, 3] = np.nan
    assert compare_images(image(data), image(holed)).mae == 0.0


def test_statistics_count_voxels_volumes_and_pieces() -> None:
    found = label_statistics(
        labels((1, (0, 0, 0), (2, 2, 2)), (1, (5, 5, 5), (6, 6, 6)), (7, (9, 9, 9), (10, 10, 10)))
    )
    assert [(row.value, row.voxel_count, row.component_count) for row in found] == [(1, 9, 2), (7, 1, 1)]
    assert found[0].volume_ml == pytest.approx(9 * 6 / 1000)
    assert summary_sentence(found) == "Label 1: 0.054 mL in 2 pieces; Label 7: 0.006 mL in 1 piece."


def test_pieces_that_touch_by_a_corner_are_one_and_an_empty_map_says_so() -> None:
    touching = labels((1, (2, 2, 2), (3, 3, 3)), (1, (3, 3, 3), (4, 4, 4)))
    assert label_statistics(touching)[0].component_count == 1
    assert summary_sentence(label_statistics(labels())) == "Nothing was found."
