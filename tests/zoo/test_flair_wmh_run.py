"""A run of flair-wmh: outputs on the scan's own grid, comparison with a real FLAIR, refusals, forecast."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from medview.core.errors import InputRefused
from medview.core.geometry import Geometry
from medview.core.params import validate
from medview.ml.card import ModelCard, file_sha256, write_card
from medview.ml.context import RunContext
from medview.ml.request import InputArray, RunRequest
from medview.zoo.blocks import count_parameters
from medview.zoo.inference import save_weights
from medview.zoo.synthesize.flair_wmh.forecast import forecast, macs_per_pixel
from medview.zoo.synthesize.flair_wmh.network import FlairLesionNet, Generator
from medview.zoo.synthesize.flair_wmh.pipeline import darken_air, run, without_specks
from medview.zoo.synthesize.flair_wmh.preparation import head_mask, prepare_scan
from medview.zoo.synthesize.flair_wmh.settings import WIDTHS, NetworkSettings
from medview.zoo.synthesize.flair_wmh.spec import SPEC

SHAPE, SPACING = (50, 60, 13), (1.3, 0.9, 4.0)


def model(folder, ablation="none"):
    settings = NetworkSettings(width="small", pixel_spacing_mm=1.0, ablation=ablation)
    torch.manual_seed(0)
    net = FlairLesionNet(ablation, WIDTHS["small"])
    with torch.no_grad():
        # running averages of an untrained network are no averages
        net.train()(torch.randn(4, 1, 64, 64))
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


def scan(seed=0, shape=SHAPE, modality="T1"):
    rng = np.random.default_rng(seed)
    i, j = np.meshgrid(*[np.linspace(-1, 1, n) for n in shape[:2]], indexing="ij")
    head = (i**2 + j**2 < 0.8)[..., None] * rng.uniform(300, 900, shape)
    geometry = Geometry.from_spacing(shape, SPACING)
    return InputArray(array=head.astype(np.float32), geometry=geometry, modality=modality)


def request(folder, inputs=None, **params):
    return RunRequest(
        model_id=SPEC.id,
        version=SPEC.version,
        inputs=inputs or {"t1": scan()},
        params=validate(SPEC.params, {"n4": False, **params}),
        weights=folder,
    )


@pytest.fixture(scope="module")
def weights(tmp_path_factory):
    return model(tmp_path_factory.mktemp("model"))


def test_flair_and_lesions_lie_on_the_scan_s_own_grid(weights, tmp_path):
    made = run(request(weights), RunContext(scratch=tmp_path))
    assert set(made) == {"wmh", "flair"}
    assert made["wmh"].shape == made["flair"].shape == SHAPE
    assert made["wmh"].dtype == np.uint8 and made["flair"].dtype == np.float32
    asked = run(request(weights, probability=True, entropy=True, spread="flip"), RunContext(scratch=tmp_path))
    assert set(asked) == {"wmh", "flair", "probability", "entropy", "spread"}
    assert np.array_equal(asked["wmh"] > 0, asked["probability"] >= 0.5)
    assert "flair" not in run(request(weights, flair=False), RunContext(scratch=tmp_path))


def test_air_gets_the_darkest_value_of_the_head(weights, tmp_path):
    made = run(request(weights), RunContext(scratch=tmp_path))
    head = head_mask(scan().array)
    outside = np.unique(made["flair"][~head])
    assert len(outside) == 1
    assert (made["flair"][head] < outside[0]).mean() < 0.002
    flair = np.ones((4, 4, 4), np.float32)
    darken_air(flair, np.zeros((4, 4, 4), bool))
    assert (flair == 1).all()


def test_a_real_flair_lends_its_numbers_and_is_compared_with(weights, tmp_path):
    real = scan(seed=1, modality="FLAIR")
    ctx = RunContext(scratch=tmp_path)
    made = run(request(weights, {"t1": scan(), "flair": real}), ctx)
    head = head_mask(scan().array)
    plain = run(request(weights), RunContext(scratch=tmp_path))
    prepared = prepare_scan(real.array, real.geometry, with_n4=False)
    expected = plain["flair"] * prepared.deviation + prepared.mean
    assert np.allclose(made["flair"][head], expected[head], atol=0.01 * prepared.deviation)
    assert np.array_equal(made["wmh"], plain["wmh"])
    inside = made["difference"] != 0
    assert np.allclose(made["difference"][inside], (made["flair"] - real.array)[inside], atol=0.1)
    told = ctx.facts["flair_against_real"]
    mae = np.abs(made["flair"] - real.array)[head & prepared.head].mean()
    assert told["mae"] == pytest.approx(mae, rel=1e-3)
    assert told["psnr_db"] > 0 and -1 <= told["ssim"] <= 1
    assert any("PSNR" in note and "SSIM" in note and "mean error" in note for note in ctx.notes)


def test_weights_of_the_unimodal_variant_find_lesions_and_say_that_they_make_no_flair(tmp_path):
    ctx = RunContext(scratch=tmp_path)
    made = run(request(model(tmp_path / "unimodal", "unimodal")), ctx)
    assert set(made) == {"wmh"}
    assert any("make no FLAIR" in note for note in ctx.notes)


def test_shading_is_corrected_unless_it_is_asked_not_to_be(weights, tmp_path):
    i = np.linspace(-0.5, 0.5, 60)[:, None, None]
    wide = scan(shape=(60, 60, 40))
    shaded = replace(wide, array=(wide.array * np.exp(i)).astype(np.float32))
    made = [
        run(request(weights, {"t1": shaded}, n4=with_n4), RunContext(scratch=tmp_path))["flair"]
        for with_n4 in (False, True)
    ]
    assert np.abs(made[0] - made[1]).max() > 0.05 * made[0].std()
    slopes = []
    for with_n4 in (False, True):
        prepared = prepare_scan(shaded.array, shaded.geometry, with_n4=with_n4)
        left, right = prepared.scan[10:20, 20:40].mean(), prepared.scan[40:50, 20:40].mean()
        slopes.append(np.log(right / left))
    assert abs(slopes[1]) < 0.3 * slopes[0]


def test_empty_scans_and_missing_weights_are_refused(weights, tmp_path):
    ctx = RunContext(scratch=tmp_path)
    empty = replace(scan(), array=np.zeros(SHAPE, np.float32))
    with pytest.raises(InputRefused, match="the same"):
        run(request(weights, {"t1": empty}), ctx)
    with pytest.raises(InputRefused, match="weights"):
        run(replace(request(weights), weights=None), ctx)


def test_outside_the_head_scores_are_zero_and_bright_specks_are_cut_off():
    shining = scan().array.copy()
    shining[25, 30, 6] = 1e6
    prepared = prepare_scan(shining, scan().geometry, with_n4=False)
    scores = prepared.scores()
    assert (scores[~prepared.head] == 0).all()
    assert np.abs(scores).max() <= 5


def test_specks_are_removed_from_the_lesions():
    labels = np.zeros((10, 10, 10), np.uint8)
    labels[1, 1, 1], labels[5:8, 5:8, 5:8] = 1, 1
    assert without_specks(labels, 3).sum() == 27
    assert without_specks(labels, 0).sum() == 28


def test_the_forecast_knows_the_network_s_arithmetic_and_what_is_asked_for(weights):
    net = Generator(WIDTHS["small"])
    counted = 0

    def count(module, inputs, output):
        nonlocal counted
        counted += module.weight.numel() * output.shape[-2] * output.shape[-1]

    for layer in net.modules():
        if isinstance(layer, torch.nn.Conv2d):
            layer.register_forward_hook(count)
    net.eval()(torch.zeros(1, 1, 32, 32))
    # all but the last 1x1 convolution
    assert macs_per_pixel(WIDTHS["small"]) == pytest.approx(counted / 32**2, rel=0.01)
    plain, mirrored = forecast(request(weights)), forecast(request(weights, spread="flip"))
    assert mirrored.seconds > plain.seconds and mirrored.memory_bytes > plain.memory_bytes
    assert forecast(request(weights, n4=True)).seconds > plain.seconds
    assert count_parameters(net) < 600_000
