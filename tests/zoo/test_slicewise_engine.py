"""One engine for all methods that work slice by slice: any inputs, any frame, labels and images."""

from __future__ import annotations

import time

import numpy as np
import pytest
import torch
from torch import nn

from medview.core.errors import Cancelled, InputRefused
from medview.core.geometry import Geometry
from medview.ml.context import RunContext
from medview.ml.request import InputArray, RunRequest
from medview.zoo.pace import Pace
from medview.zoo.slicewise.engine import run_slices
from medview.zoo.slicewise.frames import head_frame, head_window_frame, stretched_frame, window_frame
from medview.zoo.slicewise.inputs import volumes_on_first_grid
from medview.zoo.slicewise.intensity import head_quantiles, min_max, slice_z_scores
from medview.zoo.slicewise.maps import MostLikely, Picture, Thresholded
from medview.zoo.slicewise.model import SliceModel

GRID = Geometry.from_spacing((48, 40, 11), (1.0, 1.0, 4.0))


class Listener:
    def __init__(self, cancel_after=-1):
        self.previews, self.messages, self.asked, self.cancel_after = [], [], 0, cancel_after

    def progress(self, fraction, message):
        self.messages.append(message)

    def preview(self, name, offset_ijk, array):
        self.previews.append((name, offset_ijk, array))

    def report(self, step, values):
        raise AssertionError

    def is_cancelled(self):
        self.asked += 1
        return self.asked == self.cancel_after


class TwoInARow(nn.Module):
    """A synthetic image from one network, and a probability from another that also reads it."""

    def __init__(self):
        super().__init__()
        self.image, self.segmenter = nn.Conv2d(1, 1, 1), nn.Conv2d(2, 1, 1)
        nn.init.constant_(self.image.weight, -2.0)
        nn.init.zeros_(self.image.bias)
        self.segmenter.weight.data[:] = torch.tensor([10.0, 0.0])[None, :, None, None]
        nn.init.constant_(self.segmenter.bias, -5.0)

    def forward(self, x):
        image = self.image(x)
        return image, torch.sigmoid(self.segmenter(torch.cat([x, image], dim=1)))


class FourClasses(nn.Module):
    """Bands of brightness as classes, and two attention maps of coarser levels."""

    def forward(self, x):
        centres = torch.tensor([-1.5, -0.5, 0.5, 1.5])[None, :, None, None]
        classes = torch.softmax(-4 * (x[:, :1] - centres) ** 2, dim=1)
        pooled = nn.functional.avg_pool2d(x[:, :1], 4)
        return classes, torch.sigmoid(pooled), torch.sigmoid(nn.functional.avg_pool2d(pooled, 2))


class Mean(nn.Module):
    """The mean of its inputs as a probability."""

    def forward(self, x):
        return x.mean(dim=1, keepdim=True)


def volume(seed=0):
    noise = np.random.default_rng(seed).random(GRID.shape)
    i, j = np.meshgrid(*[np.linspace(-1, 1, n) for n in GRID.shape[:2]], indexing="ij")
    return ((i**2 + j**2 < 0.8)[..., None] * (300 + 600 * noise)).astype(np.float32)


def run(model, volumes, tmp_path, listener=None):
    return run_slices(model, volumes, GRID, RunContext(scratch=tmp_path, listener=listener or Listener()))


def test_two_networks_in_a_row_give_an_image_and_labels(tmp_path):
    model = SliceModel(
        network=TwoInARow(),
        maps=("image", "probability"),
        normalise=head_quantiles,
        frame=head_frame(1.0, 16),
        outputs=(
            Picture(name="image", of="image", low=-1, scale=100, shift=5),
            Thresholded(name="bright", of="probability"),
            Picture(name="probability", of="probability"),
        ),
        channels=4,
    )
    listener, scan = Listener(), volume()
    made = run(model, [scan], tmp_path, listener)
    scaled = head_quantiles(scan)(scan)
    inside = made["probability"] > 0
    assert np.array_equal(made["bright"][inside], (scaled >= 0.5)[inside])
    assert np.allclose(made["image"][inside], np.maximum(-2 * scaled, -1)[inside] * 100 + 5, atol=1e-3)
    assert made["image"].dtype == np.float32 and made["bright"].dtype == np.uint8
    shown = np.concatenate([array for name, _, array in listener.previews if name == "bright"], axis=2)
    assert np.array_equal(shown, made["bright"])
    assert {name for name, _, _ in listener.previews} == {"bright"}


def test_classes_in_a_window_around_a_point_come_with_attention_of_every_level(tmp_path):
    model = SliceModel(
        network=FourClasses(),
        maps=("classes", "level1", "level2"),
        normalise=slice_z_scores,
        frame=window_frame(0.8, (32, 32), tuple(GRID.ras_of((20, 16, 5)))),
        outputs=(
            MostLikely(name="tissue", of="classes", values=(0, 1, 2, 2)),
            Picture(name="attention_1", of="level1"),
            Picture(name="attention_2", of="level2"),
        ),
        channels=16,
    )
    made = run(model, [volume()], tmp_path)
    assert set(np.unique(made["tissue"])) == {0, 1, 2}
    rows = np.flatnonzero(made["tissue"].any(axis=(1, 2)))
    assert abs(rows.mean() - 20) <= 1 and 24 <= len(rows) <= 27
    for name in ("attention_1", "attention_2"):
        assert made[name].shape == GRID.shape and 0 < made[name].max() <= 1


def test_several_volumes_each_have_their_own_normalisation(tmp_path):
    model = SliceModel(
        network=Mean(),
        maps=("mean",),
        normalise=(min_max, head_quantiles, min_max),
        frame=stretched_frame((64, 64)),
        outputs=(Thresholded(name="bright", of="mean", level=0.4), Picture(name="mean", of="mean")),
        channels=3,
    )
    volumes = [volume(seed) for seed in range(3)]
    made = run(model, volumes, tmp_path)
    assert np.array_equal(made["bright"] > 0, made["mean"] >= 0.4)
    assert 0.2 < made["bright"].mean() < 0.9
    with pytest.raises(ValueError, match="3 normalisations for 2 volumes"):
        run(model, volumes[:2], tmp_path)


def test_a_method_may_run_several_passes_and_add_maps_of_its_own(tmp_path):
    def mirrored(forward, slices):
        first, second = forward(slices)["mean"], forward(slices.flip(2))["mean"].flip(2)
        return {"mean": (first + second) / 2, "spread": (first - second).abs()}

    model = SliceModel(
        network=Mean(),
        maps=("mean",),
        normalise=min_max,
        frame=head_window_frame(1.0, (64, 64)),
        outputs=(Thresholded(name="bright", of="mean"), Picture(name="spread", of="spread")),
        channels=1,
        passes=mirrored,
    )
    made = run(model, [volume()], tmp_path)
    assert made["spread"].max() < 1e-6 and made["bright"].any()


def test_a_run_can_be_cancelled_inside_a_network(tmp_path):
    model = SliceModel(
        network=TwoInARow(),
        maps=("image", "probability"),
        normalise=min_max,
        frame=stretched_frame((64, 64)),
        outputs=(Thresholded(name="bright", of="probability"),),
        channels=4,
    )
    listener = Listener(cancel_after=4)
    with pytest.raises(Cancelled):
        run(model, [volume()], tmp_path, listener)
    assert not listener.previews
    assert run(model, [volume()], tmp_path)["bright"].any()


def test_inputs_of_another_grid_are_brought_onto_the_first_one_s():
    other = Geometry.from_spacing((24, 20, 11), (2.0, 2.0, 4.0))
    coarse = np.full(other.shape, 7.0, np.float32)
    inputs = {
        "a": InputArray(array=volume(), geometry=GRID),
        "b": InputArray(array=coarse, geometry=other),
    }
    request = RunRequest(model_id="m", version="1", inputs=inputs)
    first, second = volumes_on_first_grid(request, ("a", "b"))
    assert first is inputs["a"].array
    assert second.shape == GRID.shape and second[10, 10, 5] == 7
    with pytest.raises(InputRefused, match="need the input c"):
        volumes_on_first_grid(request, ("a", "c"))


def test_time_and_memory_are_told_from_what_is_done(monkeypatch, tmp_path):
    now = [0.0]
    monkeypatch.setattr("medview.zoo.pace.time.monotonic", lambda: now[0])
    monkeypatch.setattr("medview.zoo.pace.peak_bytes", lambda device: 500_000_000)
    ctx = RunContext(scratch=tmp_path)
    pace = Pace(10, ctx, more_bytes=1e9)
    assert pace.words == "" and pace.left_s is None
    now[0] = 8.0
    pace.step(2)
    assert pace.left_s == 32 and pace.words == ", 1.5 GB of memory, about 32 s left"
    assert ctx.facts["forecast_of_first_patch"] == {"seconds": 40.0, "memory_bytes": 1_500_000_000}
    now[0] = 10.0
    pace.step(4)
    assert pace.left_s == 6 and pace.words == ", 1.5 GB of memory, about 6 s left"
    now[0] = 13.0
    pace.step(10)
    assert pace.left_s == 0 and pace.words == ""


class Slow(nn.Module):
    """A twentieth of a second for every slice."""

    def forward(self, x):
        time.sleep(0.05 * len(x))
        return x


def test_the_first_batch_foretells_the_run(tmp_path, monkeypatch):
    monkeypatch.setattr("medview.zoo.slicewise.engine.batch_size", lambda *_given: 2)
    monkeypatch.setattr("medview.zoo.pace._TOLD_FROM_S", 0.0)
    model = SliceModel(
        network=Slow(), maps=("same",), normalise=min_max, frame=stretched_frame((48, 40)),
        outputs=(Thresholded(name="bright", of="same"),), channels=1,
    )  # fmt: skip
    ctx = RunContext(scratch=tmp_path, listener=Listener(), runtime="torch")
    started_s = time.monotonic()
    run_slices(model, [volume()], GRID, ctx)
    seconds = time.monotonic() - started_s
    told = ctx.facts["forecast_of_first_patch"]
    assert 0.05 * GRID.shape[2] <= told["seconds"] <= 2 * seconds
    assert told["memory_bytes"] > 50e6
    told_after = [message for message in ctx.listener.messages if message.startswith("Slice 4 of 11, ")]
    assert len(told_after) == 1 and " of memory, about " in told_after[0] and told_after[0].endswith(" left")
