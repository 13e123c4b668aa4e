"""A run on any subset of the maps, on their own grid; weights that read what is given; what is told."""

from __future__ import annotations

import shutil
from dataclasses import replace

import numpy as np
import pytest
import torch

from medview.core.errors import InputRefused
from medview.core.geometry import Geometry
from medview.core.params import validate
from medview.ml.card import ModelCard, file_sha256, read_card, write_card
from medview.ml.context import RunContext
from medview.ml.registry import Registry
from medview.ml.request import InputArray, RunRequest
from medview.ml.runner import run as checked_run
from medview.zoo.inference import save_weights
from medview.zoo.segment.stroke_lesion.forecast import forecast, macs_per_pixel
from medview.zoo.segment.stroke_lesion.model_folder import new_network
from medview.zoo.segment.stroke_lesion.pipeline import components, run, without_specks
from medview.zoo.segment.stroke_lesion.settings import (
    CLASS_WEIGHTS,
    CT_ROLES,
    MR_ROLES,
    WIDTHS,
    NetworkSettings,
)
from medview.zoo.segment.stroke_lesion.spec import SPEC

SHAPE, SPACING = (40, 48, 6), (2.0, 2.0, 5.0)
MR = NetworkSettings(roles=MR_ROLES, needs=(), width="small", side_px=64)
CT = NetworkSettings(modality="CT", roles=CT_ROLES, needs=CT_ROLES, width="small", side_px=64)


def model(folder, settings):
    torch.manual_seed(0)
    net = new_network(settings).eval()
    # untrained batch norms flatten everything: let them see some slices first
    net.train()
    with torch.no_grad():
        for _ in range(20):
            net(torch.rand(2, len(settings.roles), 64, 64))
    folder.mkdir(parents=True, exist_ok=True)
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


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    base = tmp_path_factory.mktemp("models")
    return {"mr": model(base / "mr", MR), "ct": model(base / "ct", CT)}


def maps_of(roles, shape=SHAPE, spacing=SPACING):
    i, j = np.meshgrid(*[np.linspace(-1, 1, n) for n in shape[:2]], indexing="ij")
    brain = (i**2 + j**2 < 0.8)[..., None]
    found = {}
    for number, role in enumerate(roles):
        values = brain * np.random.default_rng(number).uniform(300, 900, shape)
        found[role] = InputArray(
            array=values.astype(np.float32), geometry=Geometry.from_spacing(shape, spacing)
        )
    return found


def request(folder, inputs, **params):
    return RunRequest(
        model_id=SPEC.id,
        version=SPEC.version,
        inputs=inputs,
        params=validate(SPEC.params, params),
        weights=folder,
    )


def test_outputs_lie_on_the_first_map_s_grid_and_evidence_is_given_on_request(folders, tmp_path):
    ctx = RunContext(scratch=tmp_path)
    inputs = maps_of(("adc", "ttp", "tmax"))
    plain = run(request(folders["mr"], inputs), ctx)
    assert set(plain) == {"lesion"} and plain["lesion"].shape == SHAPE
    whole = run(request(folders["mr"], inputs, probability=True, attention=True, deep_outputs=True), ctx)
    levels = {f"attention_{level}" for level in range(1, 7)}
    assert set(whole) == {"lesion", "probability", *levels, *(f"output_{n}" for n in range(1, 6))}
    assert np.array_equal(whole["lesion"] > 0, whole["probability"] >= 0.5)
    for name in levels:
        assert whole[name].shape == SHAPE and whole[name].std() > 0
        assert whole[name].min() >= 0 and whole[name].max() <= 1


def test_check_8_any_affine_rescaling_of_a_map_leaves_the_prediction_unchanged(folders, tmp_path):
    inputs = maps_of(("adc", "tmax"))
    scaled = dict(inputs)
    scaled["adc"] = replace(inputs["adc"], array=inputs["adc"].array * 0.37 + 12.5)
    scaled["tmax"] = replace(inputs["tmax"], array=inputs["tmax"].array * 410 - 9000)
    ctx = RunContext(scratch=tmp_path, runtime="eager")
    before, after = (
        run(request(folders["mr"], given, probability=True), ctx)["probability"] for given in (inputs, scaled)
    )
    assert before.std() > 1e-3
    assert np.abs(before - after).max() < 1e-5


def test_any_subset_of_maps_runs_and_what_is_absent_is_told(folders, tmp_path):
    results = []
    for roles in (("tmax",), ("adc", "tmax"), MR_ROLES):
        ctx = RunContext(scratch=tmp_path)
        results.append(run(request(folders["mr"], maps_of(roles), probability=True), ctx)["probability"])
        assert ctx.facts["maps"] == list(roles)
        absent = [role for role in MR_ROLES if role not in roles]
        assert any("zeros in their place" in note for note in ctx.notes) == bool(absent)
        assert all(role in " ".join(ctx.notes) for role in absent)
    assert np.abs(results[0] - results[1]).max() > 1e-4
    assert np.abs(results[1] - results[2]).max() > 1e-4


def test_ct_takes_the_likeliest_class_and_its_boundary_belongs_to_the_lesion(folders, tmp_path):
    made = run(request(folders["ct"], maps_of(CT_ROLES), probability=True), RunContext(scratch=tmp_path))
    assert set(np.unique(made["lesion"])) <= {0, 1}
    # background is unlikely wherever a lesion class is the likeliest of three
    assert made["probability"][made["lesion"] > 0].min(initial=1) > 0.33


def test_doubt_on_ct_is_of_lesion_or_boundary_and_a_temperature_leaves_labels_alone(folders, tmp_path):
    warm = tmp_path / "ct"
    shutil.copytree(folders["ct"], warm)
    card = read_card(warm)
    write_card(warm, replace(card, settings={**card.settings, "temperature": 2.0}))
    plain, warmed = (
        run(request(folder, maps_of(CT_ROLES), probability=True, entropy=True), RunContext(scratch=tmp_path))
        for folder in (folders["ct"], warm)
    )
    p = plain["probability"].astype(np.float64)
    inside = (p > 1e-6) & (p < 1 - 1e-6)
    expected = 1 / (1 + np.sqrt(1 / p[inside] - 1))
    assert np.abs(warmed["probability"][inside] - expected).max() < 1e-4
    bits = -(p * np.log2(p) + (1 - p) * np.log2(1 - p))
    assert np.abs(plain["entropy"][inside] - bits[inside]).max() < 1e-4
    assert np.array_equal(plain["lesion"], warmed["lesion"])


def test_a_run_on_ct_takes_the_weights_of_the_loss_back(folders, tmp_path):
    weights = np.array(CLASS_WEIGHTS["CT"])
    told = tmp_path / "ct"
    shutil.copytree(folders["ct"], told)
    card = read_card(told)
    write_card(told, replace(card, settings={**card.settings, "class_weights": weights.tolist()}))
    plain, lighter = (
        run(request(folder, maps_of(CT_ROLES), probability=True), RunContext(scratch=tmp_path))
        for folder in (folders["ct"], told)
    )
    odds_of_any = [p / (1 - p) for p in (plain["probability"], lighter["probability"])]
    inside = plain["probability"] > 1e-6
    factors = (odds_of_any[0] / odds_of_any[1])[inside]
    # between those of boundary and lesion, as the pixel is rather the one or the other
    assert factors.min() > 0.99 * weights[2] / weights[0] and factors.max() < 1.01 * weights[1] / weights[0]
    assert np.count_nonzero(lighter["lesion"]) <= np.count_nonzero(plain["lesion"])


@pytest.mark.parametrize("weights", [[1.0, 2.0], [0.7, 0.0, 2.0]])
def test_a_card_needs_a_class_weight_above_0_for_each_class(weights):
    with pytest.raises(InputRefused, match="class weights"):
        NetworkSettings.from_card({**CT.as_table(), "class_weights": weights})


def test_weights_refuse_maps_that_they_do_not_read_or_that_are_missing(folders, tmp_path):
    ctx = RunContext(scratch=tmp_path)
    with pytest.raises(InputRefused, match="the weights cannot use ncct"):
        run(request(folders["mr"], maps_of(("adc", "ncct"))), ctx)
    with pytest.raises(InputRefused, match="the weights need cbf too"):
        run(request(folders["ct"], maps_of(("ncct",))), ctx)
    with pytest.raises(InputRefused, match="Cannot use CT maps"):
        run(request(folders["mr"], maps_of(("adc",)), modality="CT"), ctx)


def test_a_run_without_any_map_is_refused(folders, tmp_path):
    registry = Registry(["medview.zoo.segment.stroke_lesion.spec"], [], with_plugins=False)
    with pytest.raises(InputRefused, match="no input is given"):
        checked_run(request(folders["mr"], {}), RunContext(scratch=tmp_path), registry)


def test_a_run_picks_the_weights_that_read_what_is_given(folders):
    registry = Registry(
        ["medview.zoo.segment.stroke_lesion.spec"], [folders["mr"].parent], with_plugins=False
    )
    assert registry.availability(SPEC, ("adc", "tmax")).folder == folders["mr"]
    assert registry.availability(SPEC, CT_ROLES).folder == folders["ct"]
    assert registry.availability(SPEC, ("mtt", "tmax")).folder == folders["mr"]
    mixed = registry.availability(SPEC, ("adc", "ncct"))
    assert not mixed.ready and "read" in mixed.reason


def test_a_map_on_another_grid_is_resampled_and_that_is_said(folders, tmp_path):
    inputs = maps_of(("adc", "tmax"))
    coarse = (20, 24, 6)
    fine = inputs["tmax"]
    halved = fine.array.reshape(20, 2, 24, 2, 6).mean((1, 3))
    matrix = fine.geometry.ras_from_ijk @ np.array(
        [[2, 0, 0, 0.5], [0, 2, 0, 0.5], [0, 0, 1, 0], [0, 0, 0, 1.0]]
    )
    inputs["tmax"] = InputArray(array=halved, geometry=Geometry(coarse, matrix))
    ctx = RunContext(scratch=tmp_path)
    assert run(request(folders["mr"], inputs), ctx)["lesion"].shape == SHAPE
    assert any("The grid of tmax is not that of adc: resampled" in note for note in ctx.notes)


def test_pieces_are_listed_by_size_and_small_ones_removed_on_request():
    geometry = Geometry.from_spacing((20, 20, 10), (2, 2, 5))
    labels = np.zeros((20, 20, 10), np.uint8)
    labels[2:6, 2:6, 2:4] = 1
    labels[12, 12, 5] = 1
    rows = components(labels, geometry)
    assert [row["volume_ml"] for row in rows] == [0.64, 0.02]
    wanted = geometry.ras_from_ijk @ (12, 12, 5, 1.0)
    assert rows[1]["centre_ras_mm"] == pytest.approx(list(wanted[:3]))
    assert without_specks(labels, geometry, 0.1).sum() == 32
    assert without_specks(labels, geometry, 0.0).sum() == 33


def test_a_result_is_never_presented_as_a_decision(folders, tmp_path):
    ctx = RunContext(scratch=tmp_path)
    labels = run(request(folders["mr"], maps_of(("adc",))), ctx)["lesion"]
    assert not any("Ischaemic lesion" in note for note in ctx.notes)  # the window tells volume and pieces
    assert len(ctx.facts["components"]) == len(components(labels, Geometry.from_spacing(SHAPE, SPACING)))
    assert "never the ground of a treatment decision" in SPEC.note  # told with every result


def test_the_forecast_counts_what_the_network_multiplies(folders):
    given = request(folders["mr"], maps_of(("adc", "tmax")))
    assert forecast(given).seconds > 2
    more = request(folders["mr"], maps_of(("adc", "tmax")), spread="flips", attention=True)
    assert forecast(more).seconds > forecast(given).seconds
    assert forecast(more).memory_bytes > forecast(given).memory_bytes
    counted = []
    with torch.device("meta"):
        net = new_network(replace(MR, side_px=128))
    for module in net.modules():
        if isinstance(module, torch.nn.Conv2d):
            module.register_forward_hook(
                lambda conv, _given, made: counted.append(
                    made.shape[-1] * made.shape[-2] * conv.weight.numel()
                )
            )
    with torch.inference_mode():
        net.eval()(torch.zeros(1, 6, 128, 128, device="meta"))
    assert macs_per_pixel(WIDTHS["small"], 6) == pytest.approx(sum(counted) / 128**2, rel=0.02)
