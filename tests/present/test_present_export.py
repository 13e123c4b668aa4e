"""Surfaces and numbers of masks go into files that other programs read."""

from __future__ import annotations

import csv
import sys
from pathlib import Path

import numpy as np
import pytest
from scans import grid, image_layer, mask_layer, volume

from medview.core.labels import LabelEntry, Patch
from medview.io.dicom import reader as dicom
from medview.io.stl import read_stl
from medview.session.commands import AddLayers, ApplyPatches
from medview.session.labels.vocabulary import bundled_tables
from medview.session.masks import new_mask

sys.path.append(str(Path(__file__).parents[1] / "unit" / "io"))
import series_making

GRID = grid(spacing=(1.0, 1.0, 1.0), shape=(20, 20, 20))


def painted(desk):
    data = np.full(GRID.shape, 7, np.float32)
    entries = (LabelEntry(value=1, name="Cube", colour=(1, 2, 3), note="to check"),)
    mask = mask_layer(desk.session, GRID, entries=entries)
    desk.session.do(
        AddLayers(title="Open", layers=(image_layer(desk.session, volume(GRID, data=data)), mask))
    )
    desk.session.do(ApplyPatches.of("Paint", mask.id, [Patch((5, 5, 5), np.ones((8, 8, 8), np.uint8))]))
    return mask


def test_numbers_of_a_mask(desk, tmp_path):
    painted(desk)
    desk.window.export_path = tmp_path / "numbers.csv"
    desk.run("file.export_numbers")
    (row,) = csv.DictReader((tmp_path / "numbers.csv").read_text().splitlines())
    assert (row["label"], row["name"], row["voxels"], row["volume_ml"]) == ("1", "Cube", "512", "0.512")
    assert (row["pieces"], row["made_by"], row["note"], row["mean"]) == ("1", "hand", "to check", "7")
    assert row["reviewed"] == "no"
    assert "Saved the numbers" in desk.window.hints[-1]


def test_the_surface_of_a_label_lies_around_it(desk, tmp_path):
    painted(desk)
    desk.window.export_path = tmp_path / "cube.stl"
    desk.run("file.export_surface")
    corners = read_stl(tmp_path / "cube.stl").reshape(-1, 3)
    low, high = GRID.ras_of((4.5, 4.5, 4.5)), GRID.ras_of((12.5, 12.5, 12.5))
    assert np.allclose(corners.min(axis=0), low, atol=0.8) and np.allclose(
        corners.max(axis=0), high, atol=0.8
    )
    assert "millimetres" in desk.window.hints[-1]


def test_cancelling_and_empty_labels_write_nothing(desk, tmp_path):
    mask = mask_layer(desk.session, GRID)
    desk.session.do(AddLayers(title="Open", layers=(image_layer(desk.session, volume(GRID)), mask)))
    assert desk.why_not("file.export_surface") == "Vessel has no voxels yet."
    desk.run("file.export_numbers")
    assert not list(tmp_path.glob("*.csv"))


@pytest.fixture
def on_series(desk, tmp_path):
    """A mask on an oblique DICOM series, with a label that has a code and one that has none."""
    (tmp_path / "scan").mkdir()
    volume = series_making.series(tmp_path / "scan", "oblique")
    desk.workflows.opening.open_paths([tmp_path / "scan"])
    new_mask(desk.session)
    mask = desk.session.state.active
    desk.workflows.labels.take(mask.id, next(t for t in bundled_tables() if t.table_id == "abdomen"))
    box = np.ones((4, 4, 3), np.uint8)
    for value, place in ((1, (2, 2, 2)), (2, (8, 8, 2))):
        desk.session.do(ApplyPatches.of("Paint", mask.id, [Patch(place, box * value)]))
    return mask, volume


def test_a_mask_on_a_series_becomes_a_dicom_segmentation(desk, on_series, tmp_path):
    mask, _ = on_series
    desk.window.export_path = tmp_path / "seg.dcm"
    assert desk.why_not("file.export_segmentation") == ""
    desk.run("file.export_segmentation")
    assert desk.window.export_suggestion.name.endswith("_seg.dcm")
    (found,) = dicom.read(tmp_path / "seg.dcm")
    assert np.count_nonzero(found.data) == np.count_nonzero(desk.session.state.layer(mask.id).data.array)
    said = desk.window.hints[-1]
    assert said.startswith("Saved the segmentation of") and "seg.dcm" in said
    # opened again it leaves slices out at the ends, and still lies on the series
    desk.workflows.opening.open_paths([tmp_path / "seg.dcm"])
    assert desk.session.state.active.is_labels and desk.session.state.active.id != mask.id
    desk.window.export_path = tmp_path / "again.dcm"
    desk.run("file.export_segmentation")
    (again,) = dicom.read(tmp_path / "again.dcm")
    assert np.array_equal(again.data, found.data)


def test_contours_go_out_and_come_back_as_a_mask(desk, on_series, tmp_path):
    mask, _ = on_series
    desk.window.export_path = tmp_path / "rt.dcm"
    desk.run("file.export_contours")
    assert desk.window.hints[-1].startswith("Saved the contours of")
    desk.window.answers["contours file"] = tmp_path / "rt.dcm"
    steps = desk.session.undo_stack.count
    desk.run("labels.load_contours")
    loaded = desk.session.state.active
    assert loaded.id != mask.id and not loaded.is_unsaved and desk.session.undo_stack.count == steps + 1
    assert np.array_equal(loaded.data.array, desk.session.state.layer(mask.id).data.array)
    assert str(loaded.data.table.find(1).origin) == "hand"
    # opened as a scan, it says what to do
    desk.workflows.opening.open_paths([tmp_path / "rt.dcm"])
    assert "Labels > Load contours" in desk.window.errors[-1][2]


def test_a_mask_on_no_series_says_what_is_missing(desk):
    painted(desk)
    for action in ("file.export_segmentation", "file.export_contours"):
        assert "lies on no DICOM series: open the series" in desk.why_not(action)
