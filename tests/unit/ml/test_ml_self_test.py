"""A stored run is repeated and compared; what is not as the card says is refused or fails."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from medview.core.errors import InputRefused
from medview.ml.card import read_card, write_card
from medview.ml.self_test import FILE, run_self_test, write_self_test


class Models:
    def __init__(self, spec):
        self.spec = spec

    def find(self, _model_id):
        return self.spec


@pytest.fixture
def case(fake_models, ctx, request_for, model_folder):
    spec = fake_models.make_spec(
        id="weighted", weights=fake_models.WEIGHTED.weights, entry="fake_models:score"
    )
    folder = model_folder()
    write_self_test(folder, request_for("weighted", params={"level": 0.3}), ctx, Models(spec))
    return spec, folder


def test_the_same_code_and_weights_reproduce_the_stored_output(case, ctx):
    spec, folder = case
    report = run_self_test(spec, folder, ctx, Models(spec))
    assert report.passed
    assert report.rows[0] == "bright: 0 of 120 voxels differ (allowed 0)"
    assert report.rows[1].startswith("score differs by at most ") and "allowed 0.01" in report.rows[1]
    assert report.sentence.startswith("Self-test passed: bright: 0 of 120 voxels differ")
    assert read_card(folder).self_test["params"] == {"level": 0.3}
    assert read_card(folder).self_test["modalities"] == {"t2": "T2"}


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        ("fake_models:score_off", "score differs by at most 0.05"),
        ("fake_models:threshold", "score was not made as stored"),
        ("fake_models:all_bright", "bright: "),
    ],
)
def test_other_answers_fail_and_say_which_output_and_by_how_much(case, ctx, entry, words):
    spec, folder = case
    report = run_self_test(spec, folder, ctx, Models(replace(spec, entry=entry)))
    assert not report.passed
    assert report.sentence.startswith("Self-test FAILED: ")
    assert any(row.startswith(words) for row in report.rows)


def test_a_tolerance_in_the_card_is_kept_to(case, ctx):
    spec, folder = case
    card = read_card(folder)
    write_card(folder, replace(card, self_test={**card.self_test, "image_difference": 0.1}))
    assert run_self_test(spec, folder, ctx, Models(replace(spec, entry="fake_models:score_off"))).passed


def test_a_folder_without_a_self_test_or_with_another_file_is_refused(case, ctx, model_folder):
    spec, folder = case
    with pytest.raises(InputRefused, match="its card holds none"):
        run_self_test(spec, model_folder("other"), ctx, Models(spec))
    (folder / FILE).write_bytes(b"something else")
    with pytest.raises(InputRefused, match="is not the file that its card describes"):
        run_self_test(spec, folder, ctx, Models(spec))
    (folder / FILE).unlink()
    with pytest.raises(InputRefused, match="is missing"):
        run_self_test(spec, folder, ctx, Models(spec))


def test_a_file_that_holds_pickled_code_is_refused(case, ctx, tmp_path):
    from medview.ml.card import file_sha256

    spec, folder = case
    np.savez(folder / FILE, **{"input.t2": np.array([print, None], dtype=object)})
    card = read_card(folder)
    write_card(folder, replace(card, self_test={**card.self_test, "sha256": file_sha256(folder / FILE)}))
    with pytest.raises(InputRefused, match="cannot be read"):
        run_self_test(spec, folder, ctx, Models(spec))


def test_weights_that_were_changed_do_not_pass(case, ctx):
    spec, folder = case
    (folder / "weights.safetensors").write_bytes(b"changed")
    with pytest.raises(InputRefused, match="is not the file that its card describes"):
        run_self_test(spec, folder, ctx, Models(spec))
