"""Running APU-Net: turned slices, outputs on the scan's own grid, clean-up, numbers."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from medview.core.errors import InputRefused
from medview.core.geometry import Geometry
from medview.ml.card import WEIGHTS_NAME, ModelCard, file_sha256, write_card
from medview.ml.context import RunContext, Silence
from medview.ml.preflight import Speeds
from medview.ml.registry import Registry
from medview.ml.request import InputArray, RunRequest
from medview.ml.runner import run
from medview.zoo.inference import save_weights
from medview.zoo.segment.cardiac_pathology.findings import Findings, enforce_inclusion, keep_largest_cavity
from medview.zoo.segment.cardiac_pathology.forecast import forecast, macs_per_pixel
from medview.zoo.segment.cardiac_pathology.network import new_network
from medview.zoo.segment.cardiac_pathology.preparation import square_scores
from medview.zoo.segment.cardiac_pathology.settings import WIDTHS, NetworkSettings
from medview.zoo.segment.cardiac_pathology.spec import SPEC
from medview.zoo.segment.cardiac_pathology.view import ShortAxisView, in_scan_axes
from medview.zoo.slicewise.grid import SliceGrid

SETTINGS = NetworkSettings(width="small", crop_px=64, pixel_mm=1.5)


def oblique(order: tuple[int, int, int] = (0, 1, 2)) -> tuple[np.ndarray, Geometry]:
    """A short-axis stack (rows down, columns to the left, slices to the apex) with axes in some order."""
    apical = np.array([-0.58, 0.58, -0.57]) / np.linalg.norm([-0.58, 0.58, -0.57])
    left = np.array([-1.0, -1.0, 0.0]) / np.sqrt(2)
    down = np.cross(apical, left)
    down *= -np.sign(down[2])
    matrix = np.eye(4)
    matrix[:3, :3] = np.stack([down * 1.4, left * 1.4, apical * 9], axis=1)
    matrix[:3, 3] = (20, -10, 30)
    array = np.random.default_rng(0).normal(100, 20, (70, 60, 6)).astype(np.float32)
    array[25:45, 20:40, 1:5] += 80
    matrix[:, :3] = matrix[:, list(order)]
    return np.ascontiguousarray(array.transpose(order)), Geometry(
        tuple(array.shape[axis] for axis in order), matrix
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    torch.manual_seed(4)
    net = new_network(SETTINGS)
    out = tmp_path_factory.mktemp("weights")
    save_weights(net.state_dict(), out / WEIGHTS_NAME)
    card = ModelCard(
        model_id=SPEC.id,
        version=SPEC.version,
        title="untrained",
        sha256=file_sha256(out / WEIGHTS_NAME),
        settings=SETTINGS.as_table(),
    )
    write_card(out, card)
    return out


def ran(folder: Path, scratch: Path, scan: np.ndarray, geometry: Geometry, **params: object):
    request = RunRequest(
        model_id=SPEC.id,
        version=SPEC.version,
        inputs={"lge": InputArray(array=scan, geometry=geometry, modality="LGE")},
        params=params,
        weights=folder,
        is_cached=False,
        runtime="torch",
    )
    registry = Registry(["medview.zoo.segment.cardiac_pathology.spec"], with_plugins=False)
    return run(request, RunContext(scratch=scratch), registry, Speeds(scratch / "speeds.json"))


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 0, 1), (1, 2, 0)])
@pytest.mark.parametrize("mirrored", [(), (0, 2)])
def test_the_view_finds_the_slices_however_the_axes_lie(order, mirrored) -> None:
    array, geometry = oblique()
    view = ShortAxisView.of(geometry)
    plain = view.turned(array)
    moved, grid = oblique(order)
    matrix = grid.ras_from_ijk.copy()
    for axis in mirrored:
        moved = np.flip(moved, axis)
        matrix[:3, 3] += matrix[:3, axis] * (grid.shape[axis] - 1)
        matrix[:3, axis] *= -1
    other = Geometry(grid.shape, matrix)
    found = ShortAxisView.of(other)
    assert np.array_equal(found.turned(moved), plain)
    assert np.array_equal(found.back(plain), moved)
    assert found.grid(other).matches(view.grid(geometry))
    assert found.tilt_deg < 5 and not found.warning


def test_axial_slices_are_told_to_be_no_short_axis() -> None:
    matrix = np.diag([1.0, 1.0, 8.0, 1.0])
    view = ShortAxisView.of(Geometry((50, 60, 10), matrix))
    assert view.order[2] == 2
    assert "short axis" in view.warning


def test_previews_are_turned_back() -> None:
    array, geometry = oblique((2, 0, 1))
    view = ShortAxisView.of(geometry)
    heard = []

    class Ear(Silence):
        def preview(self, name, offset_ijk, array) -> None:
            heard.append((name, offset_ijk, array))

    count = view.turned(array).shape[2]
    turned = in_scan_axes(RunContext(scratch=Path(), listener=Ear()), view, count)
    turned.preview("pathology", (0, 0, 2), view.turned(array)[:, :, 2:4])
    name, (i, j, k), box = heard[0]
    assert name == "pathology"
    part = array[i : i + box.shape[0], j : j + box.shape[1], k : k + box.shape[2]]
    assert np.array_equal(part, box)


def test_scores_are_measured_in_the_square_and_whatever_lies_around_it_does_not_count() -> None:
    rng = np.random.default_rng(0)
    small = rng.normal(100, 20, (64, 64, 2)).astype(np.float32)
    large = np.zeros((128, 128, 2), np.float32)
    large[32:96, 32:96] = small
    grids = [SliceGrid.window(part.shape[:2], (1.5, 1.5), 1.5, (64, 64)) for part in (small, large)]
    scores = [square_scores(grid)(part)(part) for grid, part in zip(grids, (small, large), strict=True)]
    assert np.allclose(scores[0], scores[1][32:96, 32:96], atol=1e-5)
    assert scores[0].mean() == pytest.approx(0, abs=1e-4) and scores[0].std() == pytest.approx(1, abs=1e-3)


def test_a_run_gives_what_was_asked_for_on_the_scans_own_grid(folder: Path, tmp_path: Path) -> None:
    scan, geometry = oblique((2, 0, 1))
    plain = ran(folder, tmp_path, scan, geometry)
    assert list(plain.outputs) == ["pathology"]
    assert plain.outputs["pathology"].shape == scan.shape
    assert set(plain.provenance["findings"]) == {
        "infarct_ml",
        "infarct_percent_of_myocardium",
        "no_reflow_percent_of_infarct",
    }
    rich = ran(
        folder, tmp_path, scan, geometry, probability=True, entropy=True, spread="flip",
        class_probability=True, attention="all",
    )  # fmt: skip
    images = {"probability", "entropy", "spread", "infarct_probability", "no_reflow_probability"}
    images |= {f"attention_{level}" for level in (1, 2, 3, 4)}
    assert set(rich.outputs) == {"pathology", *images}
    for name in images:
        assert rich.outputs[name].shape == scan.shape
        assert 0 <= rich.outputs[name].min() <= rich.outputs[name].max() <= 1 + 1e-5, name
    assert (rich.outputs["no_reflow_probability"] <= rich.outputs["infarct_probability"] + 1e-6).all()
    only = ran(folder, tmp_path, scan, geometry, attention="2")
    assert set(only.outputs) == {"pathology", "attention_2"}


def test_turned_scans_give_turned_labels(folder: Path, tmp_path: Path) -> None:
    straight, grid = oblique()
    turned, other = oblique((2, 0, 1))
    first = ran(folder, tmp_path, straight, grid).outputs["pathology"]
    second = ran(folder, tmp_path, turned, other).outputs["pathology"]
    assert len(np.unique(first)) > 1
    assert np.array_equal(first.transpose(2, 0, 1), second)


def test_a_click_moves_the_square_and_nonsense_is_refused(folder: Path, tmp_path: Path) -> None:
    scan, geometry = oblique()
    middle = geometry.ras_of((34.5, 29.5, 2))
    same = ran(
        folder, tmp_path, scan, geometry, crop_centre="click", centre_ras=",".join(f"{x:.6f}" for x in middle)
    )
    assert np.array_equal(
        same.outputs["pathology"], ran(folder, tmp_path, scan, geometry).outputs["pathology"]
    )
    away = geometry.ras_of((0, 0, 2))
    moved = ran(
        folder, tmp_path, scan, geometry, crop_centre="click", centre_ras=",".join(f"{x:.2f}" for x in away)
    )
    assert not moved.outputs["pathology"][40:].any()
    with pytest.raises(InputRefused, match="three numbers"):
        ran(folder, tmp_path, scan, geometry, crop_centre="click", centre_ras="here")
    with pytest.raises(InputRefused, match="beside the slices"):
        ran(folder, tmp_path, scan, geometry, crop_centre="click", centre_ras="900,900,900")


def test_numbers_of_a_heart_by_hand() -> None:
    labels = np.zeros((10, 10, 2), np.uint8)
    labels[0:3, 0:10, 0] = 2
    labels[3:4, 0:8, 0] = 3
    labels[3:4, 8:10, 0] = 4
    labels[8, 8, 1] = 4
    found = Findings.of(labels, 0.5)
    assert found.infarct_ml == 11 * 0.5
    assert found.infarct_percent == pytest.approx(100 * 11 / 41)
    assert found.no_reflow_percent == pytest.approx(100 * 3 / 11)
    assert found.loose == (1,)
    assert "slice 2" in found.words and "5.5 mL" in found.words
    assert Findings.of(np.zeros((3, 3, 1)), 1.0).words == "No infarct found"


def test_clean_up_removes_what_it_names_and_nothing_else() -> None:
    labels = np.zeros((12, 12, 1), np.uint8)
    labels[1:5, 1:5, 0], labels[7, 7, 0] = 1, 1
    labels[6, 1:5, 0], labels[7, 1:3, 0] = 2, 3
    labels[10:12, 10:12, 0] = 3
    labels[10, 5, 0] = 4
    largest = keep_largest_cavity(labels)
    assert largest[7, 7, 0] == 0
    assert (largest != labels).sum() == 1
    inside = enforce_inclusion(labels)
    assert not inside[10:12].any()
    assert np.array_equal(inside[:10], labels[:10])


def test_the_forecast_counts_both_branches_and_passes(folder: Path) -> None:
    small = WIDTHS["small"]
    assert macs_per_pixel(small, "full") > 1.8 * macs_per_pixel(small, "")
    assert macs_per_pixel(small, "") < macs_per_pixel(small, "single") < macs_per_pixel(small, "full")
    scan, geometry = oblique()
    request = RunRequest(
        model_id=SPEC.id,
        version=SPEC.version,
        inputs={"lge": InputArray(array=scan, geometry=geometry)},
        params={},
        weights=folder,
    )
    plain, four = forecast(request), forecast(replace(request, params={"spread": "flips"}))
    assert 0 < plain.seconds < four.seconds
    assert plain.memory_bytes < four.memory_bytes
