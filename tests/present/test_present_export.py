"""Surfaces and numbers of masks go into files that other programs read."""

from __future__ import annotations

import csv

import numpy as np
from scans import grid, image_layer, mask_layer, volume

from medview.core.labels import LabelEntry, Patch
from medview.io.stl import read_stl
from medview.session.commands import AddLayers, ApplyPatches

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
