"""Nerfacto and K-planes learn a few small views of the synthetic abdomen through the shared loop."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from medview.ml.context import RunContext, Silence
from medview.ml.field_folder import read_facts
from medview.ml.field_request import FieldRequest
from medview.phantoms.laparoscopy.abdomen import p09_views
from medview.zoo.fields.k_planes.training import train as train_planes
from medview.zoo.fields.nerfacto.training import train as train_nerfacto
from medview.zoo.fields.resident import resident

FRAME = {"normalise": False, "near": 0.03, "far": 2.2, "box": "-1.1, -1.1, -1.1, 1.1, 1.1, 1.1"}


class Listener(Silence):
    def __init__(self) -> None:
        self.psnr: list[float] = []

    def report(self, step, values):
        self.psnr.append(values["psnr"])


@pytest.mark.parametrize(
    ("model_id", "train", "sizes", "least_db"),
    [
        ("k-planes", train_planes, {"steps": 250, "rays": 256, "samples": 16}, 21.0),
        ("nerfacto", train_nerfacto, {"steps": 150, "rays": 128, "samples": 8}, 20.0),
    ],
)
def test_a_few_small_views_are_learned_and_the_folder_opens_again(
    model_id, train, sizes, least_db, tmp_path: Path
) -> None:
    views, listener = p09_views(16).only(np.arange(0, 40, 8)), Listener()
    params = {**FRAME, **sizes, "cells": 16, "lambda_depth": 0.0}
    request = FieldRequest(model_id=model_id, version="1.0", views=views, params=params, out=tmp_path, seed=1)
    scores = train(request, RunContext(scratch=tmp_path, listener=listener))
    # measured 22.7 and 21.9; a constant colour has 13.5
    assert np.mean(listener.psnr[-3:]) > least_db
    assert np.isfinite(list(scores.values())).all()
    assert read_facts(tmp_path).model_id == model_id
    assert resident(tmp_path).scene.field.density(resident(tmp_path).scene.field.box)[0].shape == (2,)
