from __future__ import annotations

import subprocess
import sys

import pytest

from medview.core.errors import InputRefused
from medview.core.params import Int
from medview.ml.registry import Registry, weights_in
from medview.ml.spec import InputSpec, OutputSpec

STEPS = Int(name="steps", title="Steps", help="", default=1)


@pytest.fixture
def module_of(tmp_path, monkeypatch):
    """Makes a module that holds one of the fake specs as SPEC, as a zoo folder does."""

    def make(name, spec):
        (tmp_path / f"{name}.py").write_text(f"from fake_models import {spec} as SPEC\n")
        monkeypatch.syspath_prepend(str(tmp_path))
        return name

    return make


@pytest.fixture
def plugins(tmp_path, monkeypatch):
    """Installs a package's entry points, as pip would."""

    def install(*lines):
        folder = tmp_path / "site" / "someones_models-1.0.dist-info"
        folder.mkdir(parents=True)
        (folder / "METADATA").write_text("Metadata-Version: 2.1\nName: someones-models\nVersion: 1.0\n")
        (folder / "entry_points.txt").write_text("[medview.models]\n" + "\n".join(lines))
        monkeypatch.syspath_prepend(str(tmp_path / "site"))

    return install


def test_models_are_found_by_id_and_unknown_ids_list_the_known_ones():
    registry = Registry(["fake_models"], with_plugins=False)
    assert registry.find("threshold").title == "Bright things"
    assert [spec.id for spec in registry.specs()] == ["threshold"]
    with pytest.raises(InputRefused, match="Cannot find the model treshold") as refusal:
        registry.find("treshold")
    assert "Known: threshold" in refusal.value.hint


def test_two_models_of_the_same_name_are_refused(module_of):
    with pytest.raises(InputRefused, match="two are called threshold"):
        Registry(["fake_models", module_of("copy_of_it", "SPEC")], with_plugins=False)


def test_installed_packages_bring_models_and_broken_ones_are_told(plugins):
    plugins(
        "good = fake_models:WEIGHTED",
        "gone = no_such_package.spec:SPEC",
        "dict = fake_models:NOT_A_SPEC",
    )
    registry = Registry(["fake_models"])
    assert [spec.id for spec in registry.specs()][:2] == ["threshold", "weighted"]
    assert len(registry.problems) == 2
    assert "No module named 'no_such_package'" in registry.problems[0]
    assert "is no ModelSpec" in registry.problems[1]


def test_a_model_without_weights_is_ready(fake_models):
    found = Registry(["fake_models"], with_plugins=False).availability(fake_models.SPEC)
    assert (found.ready, found.reason, found.card) == (True, "", None)


def test_missing_weights_are_told(module_of, fake_models, tmp_path):
    registry = Registry([module_of("weighted_spec", "WEIGHTED")], [tmp_path / "nowhere"], with_plugins=False)
    found = registry.availability(fake_models.WEIGHTED)
    assert not found.ready
    assert found.reason == "The weights bright-net/weights.safetensors are not installed."


def test_the_first_fitting_folder_wins_and_all_are_offered(model_folder, fake_models, tmp_path):
    own = model_folder("trained-by-me", root=tmp_path / "own")
    shipped = model_folder("bright-net", root=tmp_path / "shipped")
    model_folder("other", model_id="other", root=tmp_path / "shipped")
    registry = Registry([], [tmp_path / "own", tmp_path / "shipped"], with_plugins=False)
    found = registry.availability(fake_models.WEIGHTED)
    assert (found.ready, found.folder, found.card.title) == (True, own, "trained-by-me")
    assert registry.weight_folders(fake_models.WEIGHTED) == (own, shipped)


def test_a_model_folder_itself_may_be_named(model_folder, fake_models):
    folder = model_folder("anything")
    assert Registry([], [folder], with_plugins=False).availability(fake_models.WEIGHTED).folder == folder
    assert weights_in(fake_models.WEIGHTED, folder) == folder


def test_a_damaged_folder_is_told_instead_of_missing(model_folder, fake_models, tmp_path):
    folder = model_folder()
    (folder / "card.toml").write_text("rubbish")
    found = Registry([], [tmp_path / "models"], with_plugins=False).availability(fake_models.WEIGHTED)
    assert "Cannot use the model card" in found.reason


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"model_id": "other"}, "belong to other, not to weighted"),
        ({"version": "2.0"}, "are for version 2.0"),
    ],
)
def test_weights_that_do_not_fit_are_refused_in_words(model_folder, fake_models, changes, words):
    with pytest.raises(InputRefused, match=words):
        weights_in(fake_models.WEIGHTED, model_folder(**changes))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"id": "Two Words"}, "lower case"),
        ({"entry": "fake_models.threshold"}, "module:function"),
        ({"train_entry": "import os; f"}, "module:function"),
        ({"estimate": "forecast"}, "module:function"),
        (
            {"inputs": (InputSpec(role="a", title=""), InputSpec(role="a", title=""))},
            "role 'a' is named twice",
        ),
        ({"params": (STEPS, STEPS)}, "parameter 'steps' is named twice"),
        ({"outputs": (OutputSpec(name="x", title="", kind="labels"),)}, "names no labels"),
    ],
)
def test_a_malformed_spec_is_a_defect(fake_models, changes, words):
    with pytest.raises(ValueError, match=words):
        fake_models.make_spec(**changes)


def test_the_installed_registry_lists_every_built_in_model_fast_and_without_torch():
    script = (
        "import sys, time\n"
        "import numpy, medview.ml.registry as r\n"
        "t = time.perf_counter()\n"
        "n = len(r.Registry(r.BUILT_IN, with_plugins=False).specs())\n"
        "print(n, time.perf_counter() - t, 'torch' in sys.modules)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=30
    )
    count, seconds, has_torch = done.stdout.split()
    assert int(count) >= 1
    assert has_torch == "False"
    # 0.05 s on a quiet machine; four times that tells a torch import (0.5 s and more) on a busy one
    assert float(seconds) < 0.2
