"""A run on any grid: outputs on the scan's own voxels, slab by slab; cancelled at once; refused politely."""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np
import pytest
import torch

from medview.core.errors import Cancelled, InputRefused
from medview.core.geometry import Geometry
from medview.core.params import validate
from medview.ml.card import ModelCard, file_sha256, read_card, write_card
from medview.ml.context import RunContext
from medview.ml.request import InputArray, RunRequest
from medview.zoo.inference import save_weights
from medview.zoo.segment.t2_vessels.forecast import forecast
from medview.zoo.segment.t2_vessels.model_folder import new_network
from medview.zoo.segment.t2_vessels.pipeline import plane_warning, run, without_specks
from medview.zoo.segment.t2_vessels.settings import NetworkSettings
from medview.zoo.segment.t2_vessels.spec import SPEC


class Watcher:
    """Keeps what it hears; cancels right after it was asked for the n-th time whether it does."""

    def __init__(self, cancel_after: int = -1) -> None:
        self.previews, self.messages = [], []
        self.asked, self.cancel_after, self.cancelled_s = 0, cancel_after, float("inf")

    def progress(self, fraction, message):
        self.messages.append(message)

    def preview(self, name, offset_ijk, array):
        self.previews.append((name, offset_ijk, array))

    def report(self, step, values):
        raise AssertionError("a run reports no training")

    def is_cancelled(self):
        if self.cancelled_s < float("inf"):
            return True
        self.asked += 1
        if self.asked == self.cancel_after:
            self.cancelled_s = time.process_time()
        return False


def model(folder, **changes):
    settings = replace(NetworkSettings(width="small", pixel_spacing_mm=1.0), **changes)
    torch.manual_seed(0)
    net = new_network(settings)
    # an untrained network that answers with about a half, so that both sides of the threshold occur
    torch.nn.init.constant_(net.synthesis.head.bias, 0.0)
    folder.mkdir(exist_ok=True)
    save_weights(net.state_dict(), folder / "weights.safetensors")
    card = ModelCard(
        model_id=SPEC.id,
        version=SPEC.version,
        title="Untrained",
        sha256=file_sha256(folder / "weights.safetensors"),
        settings=settings.as_table(),
    )
    write_card(folder, card)
    return folder


def scan(shape=(50, 60, 13), spacing=(1.3, 0.9, 4.0), seed=0):
    rng = np.random.default_rng(seed)
    i, j = np.meshgrid(*[np.linspace(-1, 1, n) for n in shape[:2]], indexing="ij")
    head = (i**2 + j**2 < 0.8)[..., None] * rng.uniform(300, 900, shape)
    return InputArray(array=head.astype(np.float32), geometry=Geometry.from_spacing(shape, spacing))


def request(folder, scans=None, **params):
    return RunRequest(
        model_id=SPEC.id,
        version=SPEC.version,
        inputs=scans or {"t2": scan()},
        params=validate(SPEC.params, params),
        weights=folder,
    )


@pytest.fixture(scope="module")
def weights(tmp_path_factory):
    return model(tmp_path_factory.mktemp("model"))


def test_outputs_lie_on_the_scan_s_own_grid_and_only_what_was_asked_for_is_made(weights, tmp_path):
    ctx = RunContext(scratch=tmp_path)
    plain = run(request(weights), ctx)
    assert set(plain) == {"vessels"}
    assert plain["vessels"].shape == (50, 60, 13) and plain["vessels"].dtype == np.uint8
    whole = run(request(weights, probability=True, attention=True, reconstruction=True), ctx)
    assert set(whole) == {"vessels", "probability", "attention", "reconstruction"}
    assert np.array_equal(whole["vessels"], plain["vessels"])
    assert np.array_equal(whole["vessels"] > 0, whole["probability"] >= 0.5)
    for name in ("probability", "attention", "reconstruction"):
        assert whole[name].dtype == np.float32
        assert whole[name].min() >= 0 and whole[name].max() <= 1


def test_doubt_is_told_on_request_and_mirrored_passes_make_the_result(weights, tmp_path):
    ctx = RunContext(scratch=tmp_path)
    plain = run(request(weights, probability=True, entropy=True), ctx)
    assert set(plain) == {"vessels", "probability", "entropy"}
    assert plain["entropy"].min() >= 0 and plain["entropy"].max() <= 1
    most_doubtful = np.unravel_index(plain["entropy"].argmax(), plain["entropy"].shape)
    inside = plain["probability"][plain["probability"] > 0]
    assert abs(plain["probability"][most_doubtful] - 0.5) == pytest.approx(abs(inside - 0.5).min(), abs=1e-3)
    mirrored = run(request(weights, probability=True, spread="flip"), ctx)
    assert set(mirrored) == {"vessels", "probability", "spread"}
    assert mirrored["spread"].max() > 1e-4
    assert np.abs(mirrored["probability"] - plain["probability"]).max() > 1e-4
    assert np.array_equal(mirrored["vessels"] > 0, mirrored["probability"] >= 0.5)


def test_the_temperature_of_the_card_softens_probabilities_and_keeps_the_labels(weights, tmp_path):
    ctx = RunContext(scratch=tmp_path)
    folder = model(tmp_path / "warm")
    card = read_card(folder)
    write_card(folder, replace(card, settings={**card.settings, "temperature": 3.0}))
    sharp, soft = (run(request(place, probability=True), ctx) for place in (weights, folder))
    assert np.array_equal(sharp["vessels"], soft["vessels"])
    seen = sharp["probability"] > 0
    expected = 1 / (1 + (1 / sharp["probability"][seen] - 1) ** (1 / 3))
    assert np.allclose(soft["probability"][seen], expected, atol=1e-5)


def test_a_higher_threshold_never_finds_more(weights, tmp_path):
    ctx = RunContext(scratch=tmp_path)
    low, high = (run(request(weights, threshold=value), ctx)["vessels"] for value in (0.45, 0.55))
    assert 0 < high.sum() < low.sum()
    assert not (high > low).any()


def test_slabs_are_shown_bottom_up_and_add_up_to_the_result(weights, tmp_path):
    watcher = Watcher()
    vessels = run(request(weights), RunContext(scratch=tmp_path, listener=watcher))["vessels"]
    shown = np.concatenate([array for _, _, array in watcher.previews], axis=2)
    assert len(watcher.previews) > 1
    assert [offset[2] for _, offset, _ in watcher.previews] == [0, 7]
    assert np.array_equal(shown, vessels)


def test_slices_of_air_are_left_empty(weights, tmp_path):
    given = scan()
    array = given.array.copy()
    array[:, :, 7:] = 0
    result = run(
        request(weights, {"t2": replace(given, array=array)}, probability=True), RunContext(scratch=tmp_path)
    )
    assert not result["probability"][:, :, 7:].any()


def test_a_run_is_cancelled_within_a_batch(tmp_path):
    folder = model(tmp_path / "paper", width="paper", pixel_spacing_mm=0.6)
    watcher = Watcher(cancel_after=20)
    with pytest.raises(Cancelled):
        run(request(folder), RunContext(scratch=tmp_path, listener=watcher))
    assert time.process_time() - watcher.cancelled_s < 0.2
    assert not watcher.previews


def test_a_cancelled_run_leaves_no_hook_behind(weights, tmp_path):
    with pytest.raises(Cancelled):
        run(request(weights), RunContext(scratch=tmp_path, listener=Watcher(cancel_after=20)))
    assert run(request(weights), RunContext(scratch=tmp_path))["vessels"].any()


def test_weights_for_t1_and_t2_need_both_scans_and_take_t1_from_another_grid(tmp_path):
    folder = model(tmp_path / "both", modalities="T1+T2")
    ctx = RunContext(scratch=tmp_path)
    with pytest.raises(InputRefused, match="T1 scan"):
        run(request(folder), ctx)
    with pytest.raises(InputRefused, match="trained with T1\\+T2"):
        run(request(folder, modalities="T2"), ctx)
    other = scan(shape=(40, 44, 20), spacing=(1.6, 1.2, 2.6), seed=1)
    both = run(request(folder, {"t2": scan(), "t1": other}), ctx)
    assert both["vessels"].shape == (50, 60, 13)


def test_damaged_or_foreign_weights_are_refused(tmp_path):
    folder = model(tmp_path / "damaged")
    path = folder / "weights.safetensors"
    path.write_bytes(path.read_bytes()[:1000])
    with pytest.raises(InputRefused, match="Cannot use the weights"):
        run(request(folder), RunContext(scratch=tmp_path))
    save_weights({"encoder.weight": torch.zeros(3)}, path)
    with pytest.raises(InputRefused, match="Cannot use the weights"):
        run(request(folder), RunContext(scratch=tmp_path))


@pytest.mark.parametrize(
    "settings",
    [
        {"modalities": "T2", "width": "small"},
        {"modalities": "PD", "width": "small", "pixel_spacing_mm": 1.0, "dilation_px": 10},
        {"modalities": "T2", "width": "small", "pixel_spacing_mm": 0.0, "dilation_px": 10},
        {"modalities": "T2", "width": "small", "pixel_spacing_mm": "wide", "dilation_px": 10},
    ],
)
def test_a_card_that_does_not_say_what_the_network_needs_is_refused(settings):
    with pytest.raises(InputRefused, match="Cannot use the model card"):
        NetworkSettings.from_card(settings)


def test_small_pieces_are_removed_and_diagonal_neighbours_belong_together():
    labels = np.zeros((8, 8, 8), np.uint8)
    labels[0, 0, 0] = labels[1, 1, 1] = labels[2, 2, 2] = 1
    labels[7, 7, 7] = 1
    assert without_specks(labels, 0).sum() == 4
    assert without_specks(labels, 3).sum() == 3
    assert without_specks(labels, 4).sum() == 0


def test_a_sagittal_scan_with_thick_slices_is_warned_of():
    assert plane_warning(Geometry.from_spacing((30, 200, 200), (5.0, 0.9, 0.9))).startswith(
        "The scan's axial"
    )
    assert not plane_warning(Geometry.from_spacing((200, 200, 20), (0.9, 0.9, 5.0)))


def test_the_forecast_grows_with_the_scan_and_with_the_network(weights, tmp_path):
    small = forecast(request(weights))
    paper = forecast(request(model(tmp_path / "paper", width="paper")))
    larger = forecast(request(weights, {"t2": scan(shape=(100, 120, 13))}))
    assert 0 < small.seconds < larger.seconds < paper.seconds
    assert 0 < small.memory_bytes < paper.memory_bytes
