"""The methods' descriptions: no torch, shared parameters of one meaning, code where they say."""

from __future__ import annotations

import importlib
import subprocess
import sys
from dataclasses import replace

import pytest

from medview.core.params import validate
from medview.ml.spec import Task
from medview.zoo.fields.params import field_params

METHODS = ("instant_ngp", "nerf", "k_planes", "nerfacto")
OWN = ("default", "help", "minimum", "maximum", "step", "choices", "titles")


def spec_of(method: str):
    return importlib.import_module(f"medview.zoo.fields.{method}.spec").SPEC


@pytest.mark.parametrize("method", METHODS)
def test_a_field_reads_no_scan_and_makes_no_layer(method):
    spec = spec_of(method)
    assert spec.task is Task.FIELD and spec.inputs == () and spec.outputs == ()
    assert spec.id == method.replace("_", "-")
    assert spec.entry == "medview.zoo.fields.rendering:render"
    assert spec.train_entry == f"medview.zoo.fields.{method}.training:train"
    assert "not for measurement" in spec.note


@pytest.mark.parametrize("method", METHODS)
def test_shared_parameters_mean_the_same_everywhere(method):
    found = {param.name: param for param in spec_of(method).train_params}
    for wanted in field_params("", ""):
        same = {key: getattr(wanted, key) for key in OWN if hasattr(wanted, key)}
        assert replace(found[wanted.name], **same) == wanted
    validate(spec_of(method).train_params, {})


@pytest.mark.parametrize("method", METHODS)
def test_code_lies_where_the_description_says(method):
    training = importlib.import_module(f"medview.zoo.fields.{method}.training")
    assert callable(training.train) and set(training.METHOD.presets) == {"cpu-demo", "gpu-default"}
    network = importlib.import_module(f"medview.zoo.fields.{method}.network")
    assert training.METHOD.build is network.build


def test_descriptions_need_no_torch():
    words = "; ".join(f"import medview.zoo.fields.{method}.spec" for method in METHODS)
    code = f"import sys; {words}; assert 'torch' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)
