"""A small phantom, from radiographs back to a CT: how near field and classical answer come, what is told."""

import numpy as np
import pytest

from medview.core.errors import Cancelled, InputRefused
from medview.core.geometry import Geometry
from medview.core.params import defaults
from medview.ml.context import RunContext, Silence
from medview.ml.output_check import checked_outputs
from medview.ml.request import InputArray, RunRequest
from medview.zoo.fields.attenuation.forecast import forecast
from medview.zoo.fields.attenuation.pipeline import run
from medview.zoo.fields.attenuation.spec import SPEC


class Ear(Silence):
    def __init__(self):
        self.losses, self.boxes, self.fractions = [], [], []

    def preview(self, name, offset_ijk, array):
        self.boxes.append((name, offset_ijk, array))

    def report(self, step, values):
        self.losses.append(values["loss"])

    def progress(self, fraction, message):
        self.fractions.append(fraction)


class Impatient(Silence):
    def is_cancelled(self):
        return True


@pytest.fixture(scope="module")
def phantom():
    """A cylinder of soft tissue (40 HU) in air, a rod of bone (800 HU), a hole of air; 4 mm voxels."""
    x, y, z = np.meshgrid(np.arange(28) - 13.5, np.arange(24) - 11.5, np.arange(20) - 9.5, indexing="ij")
    hu = np.full(x.shape, -1000, np.int16)
    hu[(x / 12) ** 2 + (y / 9) ** 2 <= 1] = 40
    hu[(x - 4) ** 2 + (y + 2) ** 2 <= 9] = 800
    hu[(x + 5) ** 2 + (y - 2) ** 2 + z**2 <= 9] = -1000
    return hu


def request(array, **params):
    geometry = Geometry(array.shape[:3], np.diag([4.0, 4, 4, 1]))
    scan = InputArray(array=array, geometry=geometry, modality="CT", value_unit="HU")
    values = defaults(SPEC.params) | {"columns": 32, "views": 30, "steps": 250, "rays": 256} | params
    return RunRequest(model_id=SPEC.id, version=SPEC.version, inputs={"image": scan}, params=values)


@pytest.fixture(scope="module")
def outcome(phantom, tmp_path_factory):
    ear = Ear()
    ctx = RunContext(scratch=tmp_path_factory.mktemp("scratch"), listener=ear, seed=4)
    asked = request(phantom, classical=True, sweeps=4)
    return asked, run(asked, ctx), ctx, ear


def test_the_field_comes_back_to_the_phantom(outcome, phantom):
    _, outputs, ctx, _ = outcome
    whole = ctx.facts["field_against_ct"]["whole"]
    # 26.7 dB measured; 23.1 dB for SART below, 17.3 dB for 120 steps of planes
    assert whole["psnr_db"] > 25
    assert whole["mae"] == pytest.approx(np.abs(outputs["attenuation"] - phantom).mean(), rel=1e-4)
    assert abs(np.median(outputs["attenuation"][phantom == 40]) - 40) < 25
    assert np.median(outputs["attenuation"][phantom == 800]) > 650


def test_the_classical_answer_comes_back_too_and_is_told_beside(outcome):
    _, outputs, ctx, _ = outcome
    assert ctx.facts["classical_against_ct"]["whole"]["psnr_db"] > 21
    assert len([note for note in ctx.notes if note.startswith(("The field against", "SART from"))]) == 2
    assert outputs["classical"].shape == outputs["attenuation"].shape


def test_outputs_fit_the_spec_and_the_difference_is_field_minus_ct(outcome, phantom):
    asked, outputs, _, _ = outcome
    arrays, _ = checked_outputs(SPEC, asked, outputs)
    np.testing.assert_allclose(arrays["difference"], arrays["attenuation"] - phantom, atol=1e-3)
    assert all(SPEC.output(name).synthesized for name in arrays)
    assert arrays["attenuation"].min() >= -1000


def test_unseen_radiographs_and_the_orbit_are_kept_for_the_provenance(outcome):
    _, _, ctx, _ = outcome
    # the middle of the phantom weakens by about 2: half of a tenth of it is a fair error
    assert 0 < ctx.facts["unseen_projection_error"] < 0.1
    assert ctx.facts["orbit"]["views"] == 30


def test_the_loss_falls_and_slices_are_shown(outcome):
    _, _, _, ear = outcome
    assert len(ear.losses) == 250
    assert np.mean(ear.losses[-20:]) < np.mean(ear.losses[:20]) / 20
    assert {name for name, _, _ in ear.boxes} == {"attenuation"}
    assert ear.fractions == sorted(ear.fractions) and ear.fractions[-1] == 1


def test_planes_parallel_rays_and_noise_without_comparison(phantom, tmp_path):
    ctx = RunContext(scratch=tmp_path, seed=1)
    asked = request(
        phantom,
        encoding="planes",
        beam="parallel",
        arc_deg=180,
        photons=1e5,
        sweeps=0,
        difference=False,
        steps=120,
    )
    outputs = run(asked, ctx)
    assert set(outputs) == {"attenuation"}
    assert ctx.facts["field_against_ct"]["whole"]["psnr_db"] > 15
    assert "source_axis_mm" not in ctx.facts["orbit"]


def test_a_hash_table_learns_as_well(phantom, tmp_path):
    ctx = RunContext(scratch=tmp_path, seed=1)
    run(request(phantom, encoding="hash", sweeps=0, difference=False, steps=120), ctx)
    assert ctx.facts["field_against_ct"]["whole"]["psnr_db"] > 18


def test_the_same_seed_gives_the_same_field(phantom, tmp_path):
    asked = request(phantom, steps=10, sweeps=0, photons=1e4)
    first, second = (run(asked, RunContext(scratch=tmp_path, seed=7)) for _ in range(2))
    np.testing.assert_array_equal(first["attenuation"], second["attenuation"])


@pytest.mark.parametrize(
    ("array", "params", "words"),
    [
        (np.zeros((8, 8, 8, 2), np.float32), {}, "frames"),
        (np.full((8, 8, 8), -1000.0, np.float32), {}, "nothing in the scan"),
        (np.zeros((64, 64, 8), np.float32), {"source_axis_mm": 100.0}, "through the scan"),
    ],
)
def test_what_is_refused(array, params, words, tmp_path):
    with pytest.raises(InputRefused, match=words):
        run(request(array, **params), RunContext(scratch=tmp_path))


def test_numbers_that_are_hardly_hounsfield_are_pointed_out(phantom, tmp_path):
    ctx = RunContext(scratch=tmp_path)
    run(request((phantom / 10 + 120).astype(np.uint8), steps=2, sweeps=0), ctx)
    assert any("Hounsfield" in note for note in ctx.notes)


def test_cancelling_is_heard_at_once(phantom, tmp_path):
    with pytest.raises(Cancelled):
        run(request(phantom), RunContext(scratch=tmp_path, listener=Impatient()))


def test_more_steps_and_finer_detectors_are_forecast_to_take_longer(phantom):
    usual = forecast(request(phantom))
    assert forecast(request(phantom, steps=2500)).seconds > 5 * (usual.seconds - 3)
    assert forecast(request(phantom, columns=128)).memory_bytes > usual.memory_bytes
    # a run that will be refused is no reason to fail before it
    assert forecast(request(phantom, source_axis_mm=50.0)).seconds > 0
